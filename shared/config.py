"""The settings that every service reads from its environment. ``.env.example`` lists all of them."""

import re
from collections.abc import Mapping
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, TypeVar

from pydantic import AwareDatetime, BeforeValidator, Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from shared.events import Language
from shared.signing import HEX_KEY, Signer

SHORT_RETRIES = (10.0, 60.0, 600.0, 3600.0)


def _split(value: Any) -> Any:
    """``a,b`` as a tuple."""
    return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value


def _by_service(value: Any) -> Any:
    """``intake:a,intake:b,router:c`` as the keys of each service."""
    if not isinstance(value, str):
        return value
    pairs = [part.partition(":")[::2] for part in _split(value)]
    return {service: tuple(key for owner, key in pairs if owner == service) for service, _ in pairs}


KeyName = Annotated[str, Field(pattern=r"^[0-9a-f]{16,64}$")]
KeysByService = Annotated[Mapping[str, tuple[KeyName, ...]], NoDecode, BeforeValidator(_by_service)]
"""Public keys, or ids of keys, of each service; in the environment ``service:key``, separated by commas."""
Secrets = Annotated[tuple[SecretStr, ...], NoDecode, BeforeValidator(_split)]
"""In the environment separated by commas."""
Origin = Annotated[str, Field(pattern=r"^https?://[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]{1,5})?$")]
Origins = Annotated[tuple[Origin, ...], NoDecode, BeforeValidator(_split)]
"""Scheme, host and port of web sites (RFC 6454); in the environment separated by commas."""
Networks = Annotated[tuple[IPv4Network | IPv6Network, ...], NoDecode, BeforeValidator(_split)]
"""Addresses and networks; in the environment separated by commas."""
Languages = Annotated[tuple[Language, ...], NoDecode, BeforeValidator(_split), Field(min_length=1)]


class ServiceSettings(BaseSettings):
    """Environment variables with the prefix ``KLU_``."""

    model_config = SettingsConfigDict(
        env_prefix="KLU_", extra="ignore", env_ignore_empty=True, frozen=True, populate_by_name=True
    )
    service: ClassVar[str]
    """Name of the service."""

    mongodb_url: SecretStr = Field(description="MongoDB replica set for the documents.")
    mongodb_database: str = Field(description="Name of this service's own database.")
    rabbitmq_url: SecretStr = Field(description="RabbitMQ broker for the events, with the virtual host.")
    secret_key: SecretStr = Field(
        min_length=32, description="At least 32 characters. Links, codes and form tokens are derived from it."
    )
    old_secret_keys: Secrets = Field(
        (), description="Earlier values of KLU_SECRET_KEY, separated by commas: they open what was sealed before."
    )
    signing_key: SecretStr = Field(description="Private key of this service, 64 hexadecimal digits: signs its events.")
    verify_keys: KeysByService = Field(
        description="Public keys of all services, service:key separated by commas; a service may have several."
    )
    unsigned_until: AwareDatetime | None = Field(
        None, description="Until when events without a signature are accepted, with time zone; never when empty."
    )
    destruction_log: Path | None = Field(
        None,
        description="File that names every order to destroy, on a volume that outlives the databases; the router "
        "writes it, the others read it. Nothing is erased without it.",
    )
    host: str = Field("127.0.0.1", description="Address to listen on.")
    port: int = Field(description="Public port.")
    management_host: str = Field("127.0.0.1", description="Address of /livez, /readyz and /metrics.")
    management_port: int = Field(description="Port of /livez, /readyz and /metrics; never to be public.")
    max_connections: int = Field(
        500, ge=10, description="Open connections; for one more, the one that has waited for longest is closed."
    )
    max_requests: int = Field(200, ge=1, description="Requests answered at once; more get 503.")
    head_seconds: float = Field(10.0, gt=0, description="Time for the request line and the headers of a request.")
    body_seconds: float = Field(20.0, gt=0, description="Time for a body; one second more for every 500 bytes.")
    answer_seconds: float = Field(30.0, gt=0, description="Time for which a client may take nothing of its answer.")
    keep_alive_seconds: int = Field(5, ge=1, description="Time for which an idle connection is kept.")
    log_format: Literal["json", "console"] = Field("json", description="json for machines, console for people.")
    trusted_proxies: str = Field(
        "",
        description="Addresses or networks of the proxies before this service, separated by commas: what they say "
        "of the client's address and scheme is believed.",
    )
    log_level: str = Field("INFO", description="Least severe level that is logged.")
    prefetch: int = Field(20, ge=1, description="Events that one process handles at once, per queue.")
    retry_delays: tuple[float, ...] = Field(
        SHORT_RETRIES, description="Seconds before each retry of an event; after the last it is parked. JSON list."
    )
    publish_timeout: float = Field(5.0, gt=0, description="Seconds to wait for the broker to confirm an event.")
    watch_seconds: float = Field(15.0, gt=0, description="Seconds between two checks of queues and backlog.")
    stuck_seconds: float = Field(
        60.0, gt=0, description="Seconds without progress, though all dependencies answer, until /livez answers 503."
    )
    sweep_seconds: float = Field(5.0, gt=0, description="Seconds between two searches for unpublished events.")
    otlp_endpoint: str = Field(
        "",
        validation_alias="OTEL_EXPORTER_OTLP_ENDPOINT",
        description="OpenTelemetry collector for traces, over OTLP/HTTP; empty: no traces. A standard name.",
    )

    @field_validator("signing_key")
    @classmethod
    def _is_a_key(cls, value: SecretStr) -> SecretStr:
        if not re.match(HEX_KEY, value.get_secret_value()):
            raise ValueError("it must have 64 hexadecimal digits")
        return value

    @field_validator("verify_keys")
    @classmethod
    def _own_key_is_known(cls, value: Mapping[str, tuple[str, ...]], info: ValidationInfo) -> Mapping[str, Any]:
        """What nobody could check would be parked everywhere."""
        if any(not re.match(HEX_KEY, key) for keys in value.values() for key in keys):
            raise ValueError("each key must have 64 hexadecimal digits")
        each = [key for keys in value.values() for key in set(keys)]
        if len(each) != len(set(each)):
            raise ValueError("two services have the same key: one could say what only the other may")
        key = info.data.get("signing_key")
        if key and Signer(key.get_secret_value()).public_key not in value.get(cls.service, ()):
            raise ValueError(f"the public key of KLU_SIGNING_KEY is not among those of {cls.service}")
        return value


class WebSettings(ServiceSettings):
    """The settings of pages and letters: name, contact and colours of the institution."""

    institution_name: str = Field("Kırklareli Üniversitesi", description="Name in Turkish.")
    institution_name_en: str = Field("Kırklareli University", description="Name in English.")
    institution_short_name: str = Field("KLÜ", description="Short name.")
    institution_url: str = Field("https://www.klu.edu.tr", description="Web site.")
    institution_email: str = Field("hat@klu.example", description="Public contact address of the hotline.")
    security_contact: str = Field(
        "",
        description="Where to report a vulnerability, as a URL or mailto: address; empty for the one above.",
    )
    institution_phone: str = Field("", description="Public telephone number; empty to show none.")
    institution_logo: Path | None = Field(None, description="SVG or PNG file; empty for the hotline's own emblem.")
    hotline_name: str = Field("7/24 KLU Hat", description="What the hotline is called.")
    color_primary: str = Field("#0b4f6c", pattern=r"^#[0-9a-fA-F]{6}$", description="Main colour of the pages.")
    color_accent: str = Field("#c8553d", pattern=r"^#[0-9a-fA-F]{6}$", description="Accent colour of the pages.")
    timezone: str = Field("Europe/Istanbul", description="Time zone of dates on pages and in letters.")
    answer_days: int = Field(30, ge=1, le=365, description="Calendar days for an answer (Law 3071, article 7).")
    usual_days: int | None = Field(
        None, ge=1, le=365, description="In how many days half of all answers come; empty: the form does not say."
    )
    objection_days: int = Field(
        15, ge=0, le=365, description="For how many days after an answer its reader may object; 0: never."
    )


S = TypeVar("S", bound=BaseSettings)


def load(settings: type[S]) -> S:
    """Read the settings. Exits with one line for each missing or invalid variable."""
    try:
        return settings()
    except ValidationError as error:
        lines = ["  " + ": ".join([*map(_variable, e["loc"][:1]), e["msg"]]) for e in error.errors()]
        raise SystemExit("The environment is not complete:\n" + "\n".join(lines)) from None


def _variable(field: str | int) -> str:
    name = str(field)
    return name if name.isupper() else f"KLU_{name.upper()}"
