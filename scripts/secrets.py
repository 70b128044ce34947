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

from scripts.local import amqp, config, mongod
from shared.broker.rights import Rights, definitions, reader, rights

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
HOSTS: Mapping[Place, tuple[str, str, str]] = {
    "compose": ("mongodb:27017", "klu", "rabbitmq:5672"),
    "kubernetes": ("mongodb-svc:27017", "mongodb", "rabbitmq:5672"),
}
"""MongoDB's members, the name of their replica set, and RabbitMQ."""


def write_secrets(
    place: Annotated[Place, typer.Argument(help="Where it is going to run.")],
    folder: Annotated[Path, typer.Option(help="Where they are written.")] = config.ROOT / ".secrets",
    mongodb: Annotated[str, typer.Option(help="Members of another MongoDB: host:port,host:port.")] = "",
    replica_set: Annotated[str, typer.Option(help="Its name.")] = "",
    rabbitmq: Annotated[str, typer.Option(help="Another RabbitMQ: host:port.")] = "",
    smtp: Annotated[str, typer.Option(help="The mail server, smtp://user:password@host:587.")] = "",
) -> None:
    """Write all files; those that hold a secret can be read by their owner alone."""
    members, set_name, broker = HOSTS[place]
    made = Secrets(folder, mongodb or members, replica_set or set_name, rabbitmq or broker)
    files = made.stores() | {f"{service}.env": made.environment(service, smtp) for service in config.SERVICES}
    files |= {"backup.env": made.backup(), "kustomization.yaml": made.kustomization()}
    for name, text in files.items():
        keep(folder / name, text)
    print(f"{len(files)} files are in {folder}.")


class Secrets:
    """The log-ins of one installation, below one folder."""

    def __init__(self, folder: Path, mongodb: str, replica_set: str, rabbitmq: str) -> None:
        self._folder, self._mongodb, self._replica_set, self._rabbitmq = folder, mongodb, replica_set, rabbitmq

    def environment(self, service: str, smtp: str) -> str:
        """What one service must be given."""
        given = {
            "KLU_MONGODB_URL": self._mongodb_url(service),
            "KLU_RABBITMQ_URL": self._rabbitmq_url(service),
            "KLU_SECRET_KEY": config.secret(self._folder / "keys" / service),
        }
        return _lines(given | ({"KLU_SMTP_URL": smtp or "smtp://mailpit:1025"} if service == NOTIFIER else {}))

    def backup(self) -> str:
        """What the backup must be given."""
        urls = {"KLU_BACKUP_MONGODB_URL": self._mongodb_url(config.BACKUP)}
        return _lines(urls | {"KLU_BACKUP_RABBITMQ_URL": self._rabbitmq_url(config.BACKUP)})

    def stores(self) -> dict[str, str]:
        """What RabbitMQ and MongoDB load, so that they know the users."""
        given = {config.user(service): rights(service) for service in config.SERVICES}
        given |= {config.user(config.BACKUP): reader(), config.user(KEDA): Rights()}
        passwords = {config.user(name): self._password("rabbitmq", name) for name in (*config.USERS, KEDA)}
        passwords[amqp.USER] = self._password("rabbitmq", amqp.USER)
        loaded = definitions(amqp.VHOST, passwords, given, admin=amqp.USER)
        return {
            "rabbitmq-definitions.json": json.dumps(loaded, indent=2),
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
        return f"mongodb://{log_in}@{self._mongodb}/?replicaSet={self._replica_set}"

    def _rabbitmq_url(self, user: str) -> str:
        log_in = f"{config.user(user)}:{self._password('rabbitmq', user)}"
        return f"amqp://{log_in}@{self._rabbitmq}/{amqp.VHOST}"

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


def _lines(values: Mapping[str, str]) -> str:
    return "".join(f"{name}={value}\n" for name, value in values.items())


if __name__ == "__main__":
    command = typer.Typer(add_completion=False, rich_markup_mode=None, help=__doc__)
    command.command()(write_secrets)
    command()
