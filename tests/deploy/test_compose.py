"""What compose.yaml promises: it is valid, its order can be kept, and nothing in it has more rights than it needs."""

import copy
import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import compose_spec
import pytest
import yaml
from pydantic import AliasChoices
from pydantic.fields import FieldInfo

from scripts.local.config import ROOT, SERVICES, dotenv
from scripts.local.seeds import DEMO_PASSWORD, DEMO_USERS
from scripts.manifests import compose
from scripts.secrets import write_secrets
from tests.conftest import MAKERS
from tests.deploy.breaks.compose import BREAKS, File

FILE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
PARTS: dict[str, dict[str, Any]] = FILE["services"]
OURS = [name for name, part in PARTS.items() if part["image"].startswith("klu-hat/")]
DOCUMENTED = {"rabbitmq-definitions.json", "mongodb-keyfile", "mongodb-root-password", "mongodb-users.js"}
"""What `python -m scripts.secrets` writes into .secrets/, besides one file of settings per service."""
IN_ENV_FILES = {"KLU_MONGODB_URL", "KLU_RABBITMQ_URL", "KLU_SECRET_KEY", "KLU_SIGNING_KEY", "KLU_VERIFY_KEYS"}
OPTIONAL_THERE = {"KLU_OLD_SECRET_KEYS"}
IN_THE_NOTIFIERS = {"KLU_SMTP_URL"}
IN_THE_ROUTERS = {"KLU_AUDIT_KEY", "KLU_OLD_AUDIT_KEYS"}


def service_of(part: str) -> str:
    """The service whose image a part runs."""
    return re.sub(r"klu-hat/(\w+):.*", r"\1", PARTS[part]["image"])


def variables(name: str, field: FieldInfo) -> set[str]:
    """The environment variables that set a field."""
    alias = field.validation_alias
    if alias is None:
        return {f"KLU_{name.upper()}"}
    return {str(choice) for choice in alias.choices} if isinstance(alias, AliasChoices) else {str(alias)}


def grants(condition: str, part: dict[str, Any]) -> bool:
    """Whether a part can ever be in this condition: one that looks after its health, or one that ends."""
    ends = "restart" not in part and "healthcheck" not in part
    return {"service_healthy": "healthcheck" in part, "service_completed_successfully": ends}[condition]


def test_it_is_what_the_compose_specification_allows() -> None:
    named = re.sub(r"\$\{KLU_\w+_IMAGE:-([^}]+)\}", r"\1", json.dumps(FILE))
    compose_spec.PyCompose.from_json(named).validate()


def test_all_four_services_are_there() -> None:
    assert set(SERVICES) <= set(PARTS)


@pytest.mark.parametrize("part", PARTS)
def test_whatever_a_part_waits_for_can_happen(part: str) -> None:
    for awaited, how in PARTS[part].get("depends_on", {}).items():
        assert grants(how["condition"], PARTS[awaited]), f"{awaited} never is {how['condition']}"
        assert "profiles" not in PARTS[awaited]


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_starts_after_its_stores_are_prepared(service: str) -> None:
    assert PARTS[service]["depends_on"][f"{service}-prepare"]["condition"] == "service_completed_successfully"
    prepare = PARTS[f"{service}-prepare"]
    assert (prepare["image"], prepare["command"]) == (PARTS[service]["image"], ["prepare"])
    assert set(prepare["depends_on"]) == {"rabbitmq", "mongodb-users"}
    assert PARTS["mongodb-users"]["depends_on"] == {"mongodb": {"condition": "service_healthy"}}


@pytest.mark.parametrize("part", OURS)
def test_a_part_of_ours_has_every_setting_it_needs_and_none_that_nobody_reads(part: str) -> None:
    service = service_of(part)
    assert PARTS[part]["env_file"] == f".secrets/{service}.env"
    given = set(PARTS[part].get("environment", {}))
    fields = MAKERS[service][1].model_fields
    known = {variable for name, field in fields.items() for variable in variables(name, field)}
    needed = {variable for name, field in fields.items() if field.is_required() for variable in variables(name, field)}
    assert given <= known
    from_file = IN_ENV_FILES | {"notifier": IN_THE_NOTIFIERS, "router": IN_THE_ROUTERS}.get(service, set())
    assert not given & from_file
    assert needed <= given | from_file


def test_there_is_a_mailbox_before_the_first_letter() -> None:
    assert PARTS["notifier"]["depends_on"]["mailpit"] == {"condition": "service_healthy"}


def test_no_part_has_more_than_it_needs() -> None:
    assert compose.broken(FILE) == []


@pytest.mark.parametrize(("says", "does"), BREAKS, ids=[f"{n} {says}" for n, (says, _) in enumerate(BREAKS)])
def test_a_broken_rule_is_noticed(says: str, does: Callable[[dict[str, File], File], object]) -> None:
    broken = copy.deepcopy(FILE)
    does(broken["services"], broken["networks"])
    assert any(says in finding for finding in compose.broken(broken)), compose.broken(broken)


@pytest.mark.skipif(bool(compose.why_not_validated()), reason=compose.why_not_validated())
def test_docker_compose_reads_it_and_refuses_a_typing_mistake(tmp_path: Path) -> None:
    assert compose.invalid() == []
    mistaken = tmp_path / "compose.yaml"
    mistaken.write_text(compose.FILE.read_text(encoding="utf-8").replace("    mem_limit: 128m", "    mem_limt: 128m"))
    assert any("mem_limt" in complaint for complaint in compose.invalid(mistaken))


@pytest.mark.parametrize("part", OURS)
def test_a_part_of_ours_runs_as_the_user_of_its_image(part: str) -> None:
    assert PARTS[part]["user"] == "10001:10001" and "secrets" not in PARTS[part]


def test_no_secret_of_one_store_is_given_to_another_part() -> None:
    script = (ROOT / "deploy" / "compose" / "handover.sh").read_text(encoding="utf-8")
    assert set(re.findall(r"^give \w+ (\S+)$", script, re.MULTILINE)) == DOCUMENTED
    holders = {n: {v.partition(":")[0] for v in p.get("volumes", ()) if "-secrets:" in v} for n, p in PARTS.items()}
    assert {name: held for name, held in holders.items() if held} == {
        "handover": {"rabbitmq-secrets", "mongodb-secrets"},
        "rabbitmq": {"rabbitmq-secrets"},
        "mongodb": {"mongodb-secrets"},
        "mongodb-users": {"mongodb-secrets"},
    }


@pytest.mark.parametrize("part", PARTS)
def test_every_port_is_published_on_loopback_only(part: str) -> None:
    for port in PARTS[part].get("ports", []):
        assert re.fullmatch(r"127\.0\.0\.1:(\d+):\1", port)


@pytest.mark.parametrize("service", SERVICES)
def test_the_ports_are_those_of_the_settings(service: str) -> None:
    fields = MAKERS[service][1].model_fields
    listens = {fields["port"].default, fields["management_port"].default}
    assert {int(port.rpartition(":")[2]) for port in PARTS[service]["ports"]} <= listens


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_has_time_to_finish(service: str) -> None:
    assert int(PARTS[service]["stop_grace_period"].removesuffix("s")) > 30
    assert PARTS[service]["restart"] == "unless-stopped"


@pytest.mark.parametrize("part", OURS)
def test_an_image_of_ours_is_built_here_and_never_asked_of_a_registry(part: str) -> None:
    if part in SERVICES:
        assert PARTS[part]["build"] == {"context": ".", "args": {"SERVICE": part, "BASE": FILE["x-base"]}}
    assert PARTS[part]["pull_policy"] == ("build" if part in SERVICES else "never")


def test_no_secret_is_kept_in_the_repository() -> None:
    assert ".secrets/" in (ROOT / ".gitignore").read_text().splitlines()
    assert {name: made["file"] for name, made in FILE["secrets"].items()} == {n: f".secrets/{n}" for n in DOCUMENTED}
    assert {name for part in PARTS.values() for name in part.get("secrets", [])} == DOCUMENTED
    told = [key for part in PARTS.values() for key in part.get("environment", {})]
    assert not [key for key in told if re.search("PASS|SECRET|KEY|MONGODB|RABBITMQ", key)]


def test_the_command_for_secrets_writes_what_is_asked_for(tmp_path: Path) -> None:
    write_secrets("compose", tmp_path, "", "", "", "", "")
    assert all((tmp_path / name).is_file() for name in DOCUMENTED)
    given = {service: set(dotenv(tmp_path / f"{service}.env")) for service in SERVICES}
    everywhere = IN_ENV_FILES | OPTIONAL_THERE
    assert given["notifier"] == everywhere | IN_THE_NOTIFIERS
    assert given["router"] == everywhere | IN_THE_ROUTERS
    assert all(given[service] == everywhere for service in SERVICES if service not in ("notifier", "router"))
    assert not [text for file in tmp_path.glob("*.env") if "$" in (text := file.read_text())]  # compose would fill in


def test_what_is_mounted_is_there() -> None:
    mounted = [volume.split(":")[0] for part in PARTS.values() for volume in part.get("volumes", [])]
    assert {name for name in mounted if not name.startswith("./")} == set(FILE["volumes"])
    files = {name for name in mounted if name.startswith("./")}
    assert all((ROOT / name).is_file() for name in files)
    scripts = [str(ROOT / name) for name in files if name.endswith(".sh")]
    assert all(subprocess.run(["sh", "-n", script]).returncode == 0 for script in scripts)


def test_the_demo_plants_what_the_local_system_plants() -> None:
    script = (ROOT / "deploy" / "compose" / "demo.sh").read_text(encoding="utf-8")
    planted = re.findall(r"^echo (\S+) \| .*--email (\S+) --name \"(.+?)\" --role (\S+) ", script, re.MULTILINE)
    assert planted == [(DEMO_PASSWORD, *user) for user in DEMO_USERS]
    assert PARTS["demo"]["profiles"] == ["demo"]
    assert "./scripts/local/units.csv:/demo/units.csv:ro" in PARTS["demo"]["volumes"]
