"""Make the secrets of an installation: log-ins with least rights, keys, and what the stores load to know them.

``python -m scripts.secrets compose`` or ``... kubernetes`` writes them into ``.secrets``, which is never committed.
What is there is kept: delete a file of ``passwords`` or ``keys`` to have a new one, and run it again.
"""

import json
import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

import typer

from scripts.local import config, mongod
from scripts.local.rabbitmq import VHOST, loaded
from shared.broker.rights import Rights

KEDA = "keda"
"""Asks the broker how long the queues are, which needs no right to them."""
NOTIFIER = "notifier"
ADMIT = """// For mongosh, logged in as an administrator: lets the users in, or brings what is known of them up to date.
const admin = db.getSiblingDB("admin");
for (const [name, rights] of [
  %s
]) {
  admin.getUser(name) ? admin.updateUser(name, rights) : admin.createUser({ user: name, ...rights });
}
"""
Place = Literal["compose", "kubernetes"]
Answers = dict[str, str]
MAILBOX = "smtp://mailpit:1025"
STORES: Mapping[Place, Answers] = {
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
    said = {"mongodb": mongodb, "replica_set": replica_set, "rabbitmq": rabbitmq, "tls": tls, "smtp": smtp}
    answers = {**STORES[place], **_said_before(folder, place), **{k: v for k, v in said.items() if v}}
    made = Secrets(folder, answers)
    files = made.stores() | {f"{service}.env": made.environment(service) for service in config.SERVICES}
    files |= {f"{user}.env": made.everything(user) for user in (config.BACKUP, config.RESTORE)}
    files |= {"kustomization.yaml": made.kustomization(), _answers(place): json.dumps(answers, indent=2)}
    for name, text in files.items():
        keep(folder / name, text)
    print(f"{len(files)} files are in {folder}.")


class Secrets:
    """The log-ins of one installation, below one folder."""

    def __init__(self, folder: Path, answers: Answers) -> None:
        self._folder, self._answers = folder, answers
        self._tls = answers.get("tls") == "yes"

    def environment(self, service: str) -> str:
        """What one service must be given."""
        given = {
            "KLU_MONGODB_URL": self._mongodb_url(service),
            "KLU_RABBITMQ_URL": self._rabbitmq_url(service),
            "KLU_SECRET_KEY": config.secret(self._folder / "keys" / service),
        }
        return _lines(given | ({"KLU_SMTP_URL": self._answers.get("smtp", MAILBOX)} if service == NOTIFIER else {}))

    def everything(self, user: str) -> str:
        """What a backup or a restore must be given."""
        return _lines(
            {"KLU_BACKUP_MONGODB_URL": self._mongodb_url(user), "KLU_BACKUP_RABBITMQ_URL": self._rabbitmq_url(user)}
        )

    def stores(self) -> dict[str, str]:
        """What RabbitMQ and MongoDB load, so that they know the users."""
        return {
            "rabbitmq-definitions.json": json.dumps(loaded(self._folder / "rabbitmq", {KEDA: Rights()}), indent=2),
            "mongodb-keyfile": config.secret(self._folder / "keys" / "mongodb"),
            "mongodb-root-password": self._password("mongodb", mongod.ADMIN),
            "mongodb-users.js": ADMIT % ",\n  ".join(map(self._user, config.USERS)),
            **{f"mongodb-{config.user(name)}": self._password("mongodb", name) for name in config.USERS},
            "keda": self._rabbitmq_url(KEDA),
        }

    def kustomization(self) -> str:
        """``kubectl apply -k .secrets`` makes them, under the names that ``deploy/k8s`` expects."""
        by_key = {
            "klu-rabbitmq-definitions": "definitions.json=rabbitmq-definitions.json",
            "klu-keda": "host=keda",
            "klu-mongodb-root": "password=mongodb-root-password",
            "klu-mongodb-users": "users.js=mongodb-users.js",
            **{f"klu-mongodb-{config.user(name)}": f"password=mongodb-{config.user(name)}" for name in config.USERS},
        }
        generators = [{"name": f"klu-{name}", "envs": [f"{name}.env"]} for name in config.USERS]
        return json.dumps(
            {
                "apiVersion": "kustomize.config.k8s.io/v1beta1",
                "kind": "Kustomization",
                "namespace": "klu-hat",
                "generatorOptions": {"disableNameSuffixHash": True},
                "secretGenerator": [*generators, *({"name": n, "files": [file]} for n, file in by_key.items())],
            },
            indent=2,
        )

    def _mongodb_url(self, user: str) -> str:
        log_in = f"{config.user(user)}:{self._password('mongodb', user)}"
        tls = "&tls=true" if self._tls else ""
        return f"mongodb://{log_in}@{self._answers['mongodb']}/?replicaSet={self._answers['replica_set']}{tls}"

    def _rabbitmq_url(self, user: str) -> str:
        log_in = f"{config.user(user)}:{self._password('rabbitmq', user)}"
        return f"{'amqps' if self._tls else 'amqp'}://{log_in}@{self._answers['rabbitmq']}/{VHOST}"

    def _user(self, name: str) -> str:
        roles = mongod.grants(config.databases({}))[name]
        return json.dumps([config.user(name), {"pwd": self._password("mongodb", name), "roles": roles}])

    def _password(self, store: str, user: str) -> str:
        return config.password(self._folder / store, user)


def keep(path: Path, text: str) -> None:
    """Write it; only its owner may read it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    fresh.replace(path)


def _answers(place: Place) -> str:
    return f"answers-{place}.json"


def _said_before(folder: Path, place: Place) -> Answers:
    file = folder / _answers(place)
    answers: Answers = json.loads(file.read_text()) if file.exists() else {}
    return answers


def _lines(values: Mapping[str, str]) -> str:
    return "".join(f"{name}={value}\n" for name, value in values.items())


if __name__ == "__main__":
    command = typer.Typer(add_completion=False, rich_markup_mode=None, help=__doc__)
    command.command()(write_secrets)
    command()
