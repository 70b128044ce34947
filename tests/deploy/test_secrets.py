"""The secrets of an installation: complete, kept from one time to the next, and readable by their owner alone."""

import json
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from scripts.local.config import SERVICES, dotenv
from scripts.manifests.rules.references import documented
from scripts.secrets import Place, write_secrets
from services.intake.config import Settings as IntakeSettings
from services.notifier.config import Settings as NotifierSettings
from services.replies.config import Settings as RepliesSettings
from services.router.config import Settings as RouterSettings
from shared.broker.rights import rights
from shared.seal import key_id
from shared.signing import Signer

SETTINGS = {
    "intake": IntakeSettings,
    "router": RouterSettings,
    "replies": RepliesSettings,
    "notifier": NotifierSettings,
}


def write(folder: Path, place: Place = "compose", **more: str) -> dict[str, str]:
    write_secrets(place, folder, **{"mongodb": "", "replica_set": "", "rabbitmq": "", "tls": "", "smtp": "", **more})
    return {str(f.relative_to(folder)): f.read_text() for f in folder.rglob("*") if f.is_file()}


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_can_start_with_what_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, service: str
) -> None:
    write(tmp_path)
    given = dotenv(tmp_path / f"{service}.env")
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    settings = SETTINGS[service]()
    assert urlsplit(settings.mongodb_url.get_secret_value()).username == f"klu-{service}"
    assert urlsplit(settings.rabbitmq_url.get_secret_value()).username == f"klu-{service}"
    assert len({dotenv(tmp_path / f"{name}.env")["KLU_SECRET_KEY"] for name in SERVICES}) == len(SERVICES)


def test_a_service_has_its_own_private_key_alone_and_everybodys_public_keys(tmp_path: Path) -> None:
    files = write(tmp_path)
    private = {name: dotenv(tmp_path / f"{name}.env")["KLU_SIGNING_KEY"] for name in SERVICES}
    for name, key in private.items():
        assert {file for file, text in files.items() if key in text} == {f"{name}.env", f"signing/{name}"}
    public = ",".join(f"{name}:{Signer(key).public_key}" for name, key in private.items())
    assert {dotenv(tmp_path / f"{name}.env")["KLU_VERIFY_KEYS"] for name in SERVICES} == {public}


def test_a_new_key_is_known_before_it_signs_and_the_old_one_afterwards(tmp_path: Path) -> None:
    before = write(tmp_path)["intake.env"]
    following = tmp_path / "signing" / "intake.next"
    following.write_text("1" * 64)
    listed = dotenv_of(tmp_path, "router")["KLU_VERIFY_KEYS"]
    old, new = Signer(dotenv_of(tmp_path, "intake")["KLU_SIGNING_KEY"]), Signer("1" * 64)
    assert f"intake:{old.public_key},intake:{new.public_key}" in listed and old.public_key in before
    following.rename(tmp_path / "signing" / "intake")
    assert dotenv_of(tmp_path, "intake")["KLU_SIGNING_KEY"] == "1" * 64
    assert dotenv_of(tmp_path, "router")["KLU_VERIFY_KEYS"] == listed


def test_an_old_secret_key_opens_what_it_sealed_and_a_restore_knows_of_it(tmp_path: Path) -> None:
    write(tmp_path)
    keys = tmp_path / "keys"
    old = (keys / "router").rename(keys / "router.old").read_text()
    given = dotenv_of(tmp_path, "router")
    assert (given["KLU_OLD_SECRET_KEYS"], given["KLU_SECRET_KEY"] != old) == (old, True)
    ids = {f"router:{key_id(key)}" for key in (old, given["KLU_SECRET_KEY"])}
    assert ids < set(dotenv_of(tmp_path, "restore")["KLU_SEAL_KEYS"].split(","))


def dotenv_of(folder: Path, name: str) -> dict[str, str]:
    """The settings of one program, as they are written now."""
    write(folder)
    return dotenv(folder / f"{name}.env")


def test_a_second_time_changes_no_secret(tmp_path: Path) -> None:
    first, second = write(tmp_path), write(tmp_path)
    salted = "rabbitmq-definitions.json"
    assert {k: v for k, v in first.items() if k != salted} == {k: v for k, v in second.items() if k != salted}


def test_what_was_said_once_holds_on(tmp_path: Path) -> None:
    said = {
        "mongodb": "a:1,b:2",
        "replica_set": "own",
        "rabbitmq": "c:5671",
        "tls": "yes",
        "smtp": "smtp://mail.example",
    }
    first, second = write(tmp_path, "kubernetes", **said), write(tmp_path, "kubernetes")
    for name in ("notifier.env", "backup.env", "keda"):
        assert first[name] == second[name]
    assert "@a:1,b:2/?replicaSet=own&tls=true\n" in second["intake.env"]
    assert second["keda"].startswith("amqps://klu-keda:")
    assert "KLU_SMTP_URL=smtp://mail.example\n" in second["notifier.env"]


def test_only_their_owner_can_read_them(tmp_path: Path) -> None:
    names = write(tmp_path)
    assert {(tmp_path / name).stat().st_mode & 0o077 for name in names} == {0}


@pytest.mark.parametrize("service", SERVICES)
def test_the_broker_is_told_the_rights_of_the_code(tmp_path: Path, service: str) -> None:
    told = json.loads(write(tmp_path)["rabbitmq-definitions.json"])
    (may,) = [p for p in told["permissions"] if p["user"] == f"klu-{service}"]
    (topics,) = [p for p in told["topic_permissions"] if p["user"] == f"klu-{service}"]
    own = rights(service)
    assert (may["configure"], may["write"], may["read"]) == (own.configure, own.write, own.read)
    assert (topics["write"], topics["read"]) == (own.says, own.hears)


def test_another_place_has_other_hosts_and_the_same_passwords(tmp_path: Path) -> None:
    compose, kubernetes = write(tmp_path), write(tmp_path, "kubernetes", smtp="smtp://mail.example:587")
    assert "@mongodb:27017/?replicaSet=klu\n" in compose["intake.env"]
    assert "@mongodb-svc:27017/?replicaSet=mongodb\n" in kubernetes["intake.env"]
    assert ".klu-hat.svc:5672/klu" in kubernetes["keda"]  # KEDA asks from a namespace of its own
    assert "KLU_SMTP_URL=smtp://mail.example:587" in kubernetes["notifier.env"]
    assert "KLU_SMTP_URL" not in kubernetes["router.env"]
    assert compose["mongodb-klu-router"] == kubernetes["mongodb-klu-router"]


def test_the_cluster_is_given_what_its_manifests_ask_for(tmp_path: Path) -> None:
    told = json.loads(write(tmp_path, "kubernetes")["kustomization.yaml"])
    given = {}
    for secret in told["secretGenerator"]:
        keys = {key for file in secret.get("envs", []) for key in dotenv(tmp_path / file)}
        for file in secret.get("files", []):
            key, _, source = file.partition("=")
            assert (tmp_path / source).read_text()
            keys.add(key)
        given[secret["name"]] = frozenset(keys)
    by_hand = {name for name in documented() if name.endswith("-tls")} | {"klu-first-admin", "klu-oidc"}
    assert given == {name: keys for name, keys in documented().items() if name not in by_hand}
