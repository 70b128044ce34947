"""Make the secrets of an installation: log-ins with least rights, keys, and what the stores load to know them.

``python -m scripts.secrets compose`` or ``... kubernetes`` writes them into ``.secrets``, which is never committed.
What is there is kept: delete a file of ``passwords`` or ``keys`` to have a new one, and run it again. How a key in
``signing`` is replaced, docs/operations.md says.
"""

import json
import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from string import Template
from typing import Annotated, Literal

import typer

from scripts.local import config, mongod, rabbitmq
from shared.broker.rights import counter

KEDA = "keda"
"""Asks the broker how long the queues are."""
ADMIT = Template(Path(__file__).with_name("mongodb-users.js").read_text(encoding="utf-8"))
Place = Literal["compose", "kubernetes"]
STORES: Mapping[Place, dict[str, str]] = {
    "compose": {"mongodb": "mongodb:27017", "replica_set": "klu", "rabbitmq": "rabbitmq:5672"},
    "kubernetes": {"mongodb": "mongodb-svc:27017", "replica_set": "mongodb", "rabbitmq": "rabbitmq.klu-hat.svc:5672"},
}
"""MongoDB's members, the name of their replica set, and RabbitMQ, which KEDA asks from a namespace of its own."""


def write_secrets(
    place: Annotated[Place, typer.Argument(help="Where it is going to run.")],
    folder: Annotated[Path, typer.Option(help="Where they are written.")] = config.ROOT / ".secrets",
    mongodb: Annotated[str, typer.Option(help="Members of another MongoDB: host:port,host:port.")] = "",
    replica_set: Annotated[str, typer.Option(help="Its name.")] = "",
    rabbitmq: Annotated[str, typer.Option(help="Another RabbitMQ: host:port.")] = "",
    tls: Annotated[str, typer.Option(help="yes when those two are to be spoken to with TLS.")] = "",
    smtp: Annotated[str, typer.Option(help="The mail server, smtp://user:password@host:587.")] = "",
) -> None:
    """Write all files; those that hold a secret can be read by their owner alone. What was said before holds on."""
    told = {"mongodb": mongodb, "replica_set": replica_set, "rabbitmq": rabbitmq, "tls": tls, "smtp": smtp}
    kept = folder / f"answers-{place}.json"
    before = json.loads(kept.read_text()) if kept.exists() else {}
    answers = {**STORES[place], **before, **{name: value for name, value in told.items() if value}}
    files = {**_files(folder, answers), kept.name: json.dumps(answers, indent=2)}
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        fresh = folder / f"{name}.{secrets.token_hex(4)}"
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(text)
        fresh.replace(folder / name)
    print(f"{len(files)} files are in {folder}.")


def _files(folder: Path, answers: Mapping[str, str]) -> dict[str, str]:
    tls, host, set_name = answers.get("tls") == "yes", answers["mongodb"], answers["replica_set"]
    scheme, options = ("amqps", f"replicaSet={set_name}&tls=true") if tls else ("amqp", f"replicaSet={set_name}")
    names = [*config.USERS, KEDA]
    passwords = {name: config.password(folder / "mongodb", name) for name in (mongod.ADMIN, *config.USERS)}
    mongodb = {n: f"mongodb://{config.user(n)}:{passwords[n]}@{host}/?{options}" for n in config.USERS}
    logins = {n: f"{config.user(n)}:{config.password(folder / 'rabbitmq', n)}" for n in names}
    broker = {n: f"{scheme}://{login}@{answers['rabbitmq']}/{rabbitmq.VHOST}" for n, login in logins.items()}
    seals = {name: config.seal_keys(folder / "keys" / name) for name in config.SERVICES}
    files = {}
    for name in config.USERS:
        prefix = "KLU" if name in config.SERVICES else "KLU_BACKUP"
        own = {f"{prefix}_MONGODB_URL": mongodb[name], f"{prefix}_RABBITMQ_URL": broker[name]}
        if name in config.SERVICES:
            own["KLU_SECRET_KEY"] = config.secret(folder / "keys" / name)
            own["KLU_OLD_SECRET_KEYS"] = ",".join(config.old_secrets(folder / "keys" / name))
            own["KLU_SIGNING_KEY"] = config.signing_key(folder / "signing", name)
            own["KLU_VERIFY_KEYS"] = config.verify_keys(folder / "signing")
        if name == config.RESTORE:
            own["KLU_SEAL_KEYS"] = ",".join(f"{service}:{key}" for service in config.SERVICES for key in seals[service])
        if name == "router":
            own["KLU_AUDIT_KEY"] = config.secret(folder / "keys" / "audit")
            own["KLU_OLD_AUDIT_KEYS"] = ",".join(config.old_secrets(folder / "keys" / "audit"))
        if name == "notifier":
            own["KLU_SMTP_URL"] = answers.get("smtp", "smtp://mailpit:1025")
        files[f"{name}.env"] = "".join(f"{variable}={value}\n" for variable, value in own.items())
    grants = mongod.grants(config.databases({}))
    users = [json.dumps([config.user(n), {"pwd": passwords[n], "roles": grants[n]}]) for n in config.USERS]
    return {
        **files,
        "rabbitmq-definitions.json": json.dumps(rabbitmq.loaded(folder / "rabbitmq", {KEDA: counter()}), indent=2),
        "mongodb-keyfile": config.secret(folder / "keys" / "mongodb"),
        "mongodb-root-password": passwords[mongod.ADMIN],
        "mongodb-users.js": ADMIT.substitute(users=",\n  ".join(users)),
        **{f"mongodb-{config.user(name)}": passwords[name] for name in config.USERS},
        KEDA: broker[KEDA],
        "kustomization.yaml": json.dumps(_kustomization(), indent=2),
    }


def _kustomization() -> dict[str, object]:
    files = {
        "klu-rabbitmq-definitions": "definitions.json=rabbitmq-definitions.json",
        "klu-keda": "host=keda",
        "klu-mongodb-root": "password=mongodb-root-password",
        "klu-mongodb-users": "users.js=mongodb-users.js",
    }
    files |= {f"klu-mongodb-{config.user(n)}": f"password=mongodb-{config.user(n)}" for n in config.USERS}
    secrets: list[object] = [{"name": f"klu-{name}", "envs": [f"{name}.env"]} for name in config.USERS]
    secrets += [{"name": name, "files": [file]} for name, file in files.items()]
    head = {"apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization", "namespace": "klu-hat"}
    return {**head, "generatorOptions": {"disableNameSuffixHash": True}, "secretGenerator": secrets}


if __name__ == "__main__":
    typer.run(write_secrets)
