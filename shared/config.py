"""The settings that every service reads from its environment. ``.env.example`` lists all of them."""

from pathlib import Path
from typing import Literal, TypeVar

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

SHORT_RETRIES = (10.0, 60.0, 600.0, 3600.0)


class ServiceSettings(BaseSettings):
    """Environment variables with the prefix ``KLU_``."""

    model_config = SettingsConfigDict(
        env_prefix="KLU_", extra="ignore", env_ignore_empty=True, frozen=True, populate_by_name=True
    )

    mongodb_url: SecretStr = Field(description="MongoDB replica set for the documents.")
    mongodb_database: str = Field(description="Name of this service's own database.")
    rabbitmq_url: SecretStr = Field(description="RabbitMQ broker for the events, with the virtual host.")
    secret_key: SecretStr = Field(
        min_length=32, description="At least 32 characters. Links, codes and form tokens are derived from it."
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


S = TypeVar("S", bound=BaseSettings)


def load(settings: type[S]) -> S:
    """Read the settings. Exits with one line for each missing or invalid variable."""
    try:
        return settings()
    except ValidationError as error:
        lines = [f"  {_variable(e['loc'][0])}: {e['msg']}" for e in error.errors()]
        raise SystemExit("The environment is not complete:\n" + "\n".join(lines)) from None


def _variable(field: str | int) -> str:
    name = str(field)
    return name if name.isupper() else f"KLU_{name.upper()}"
