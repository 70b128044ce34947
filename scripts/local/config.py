"""What the local system reads from the environment and from ``.env``, and the secrets it makes up."""

import os
import secrets
from collections.abc import Mapping
from pathlib import Path

from dotenv import dotenv_values

from scripts.local.setup_error import SetupError
from shared.seal import key_id
from shared.signing import Signer

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / ".local" / "run"
SERVICES = ("intake", "router", "replies", "notifier")
BACKUP, RESTORE = "backup", "restore"
USERS = (*SERVICES, BACKUP, RESTORE)
PORTS = {
    **{f"KLU_{service.upper()}_PORT": 8001 + n for n, service in enumerate(SERVICES)},
    **{f"KLU_{service.upper()}_MANAGEMENT_PORT": 9001 + n for n, service in enumerate(SERVICES)},
    "KLU_LOCAL_MAILBOX_PORT": 8025,
    "KLU_LOCAL_SMTP_PORT": 1025,
    # Not the usual 27017 and 5672: a MongoDB or RabbitMQ of the machine's own may listen there.
    "KLU_LOCAL_MONGODB_PORT": 27018,
    "KLU_LOCAL_RABBITMQ_PORT": 5673,
}


def settings() -> dict[str, str]:
    """Every ``KLU_`` setting of ``.env`` and of the real environment, which wins. An empty one counts as not set."""
    both = dotenv(ROOT / ".env") | {k: v for k, v in os.environ.items() if k.startswith("KLU_") and v}
    return {name: value for name, value in both.items() if value}


def dotenv(path: Path) -> dict[str, str]:
    return {name: value or "" for name, value in dotenv_values(path, interpolate=False).items()}


def ports(given: Mapping[str, str]) -> dict[str, int]:
    """Every port by the name of the variable that sets it. Raises SetupError with the variable's name."""
    chosen = {name: given.get(name, str(default)) for name, default in PORTS.items()}
    for name, value in chosen.items():
        if not (value.isdecimal() and 0 < int(value) < 65536):
            raise SetupError(f"{name} is {value!r}: it must be a port number between 1 and 65535.")
    return {name: int(value) for name, value in chosen.items()}


def databases(given: Mapping[str, str]) -> dict[str, str]:
    return {service: given.get(f"KLU_{service.upper()}_DATABASE", f"klu_{service}") for service in SERVICES}


def user(name: str) -> str:
    return f"klu-{name}"


def password(folder: Path, name: str) -> str:
    return secret(folder / "passwords" / name)


def secret(path: Path) -> str:
    """64 hexadecimal characters, made up the first time and kept in a file only its owner can read."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_hex(32))
    return path.read_text().strip()


def old_secrets(path: Path) -> list[str]:
    """Earlier values of a secret, which somebody has moved to a file beside it, ``<name>.old``; one in a line."""
    old = path.with_name(f"{path.name}.old")
    return old.read_text().split() if old.exists() else []


def seal_keys(path: Path) -> list[str]:
    """The ids of a secret key and its earlier values, as seals name them."""
    return [key_id(key) for key in (secret(path), *old_secrets(path))]


def signing_key(folder: Path, service: str) -> str:
    """The private key of one service."""
    return secret(folder / service)


def verify_keys(folder: Path) -> str:
    """The value of ``KLU_VERIFY_KEYS``. A service has several public keys: of its private key, of its next one in
    ``<service>.next``, and of all earlier ones. ``<service>.public`` lists them.
    """
    return ",".join(f"{service}:{key}" for service in SERVICES for key in _public_keys(folder, service))


def _public_keys(folder: Path, service: str) -> list[str]:
    following, listed = folder / f"{service}.next", folder / f"{service}.public"
    private = [signing_key(folder, service), *([secret(following)] if following.exists() else [])]
    known = listed.read_text().split() if listed.exists() else []
    keys = list(dict.fromkeys([*known, *(Signer(key).public_key for key in private)]))
    if keys != known:
        fresh = listed.with_suffix(f".{secrets.token_hex(4)}")
        fresh.touch(mode=0o600)
        fresh.write_text("\n".join(keys) + "\n")
        fresh.replace(listed)
    return keys
