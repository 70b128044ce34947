"""The settings of a backup or a restore."""

from collections.abc import Mapping

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from shared.config import SHORT_RETRIES, KeysByService


class Settings(BaseSettings):
    """Log-ins for the stores of all services. A backup reads, a restore writes."""

    model_config = SettingsConfigDict(env_prefix="KLU_", extra="ignore", env_ignore_empty=True, frozen=True)

    backup_mongodb_url: SecretStr = Field(description="MongoDB, with a log-in for the databases of all services.")
    backup_rabbitmq_url: SecretStr = Field(description="RabbitMQ, with a log-in for the queues of all services.")
    retry_delays: tuple[float, ...] = Field(
        SHORT_RETRIES, description="The same value as for the services: it names their delay queues."
    )
    seal_keys: KeysByService = Field(
        {}, description="A restore: the ids of the secret keys that the services have, service:id separated by commas."
    )
    intake_database: str = Field("klu_intake", description="Database of the service.")
    router_database: str = Field("klu_router", description="Database of the service.")
    replies_database: str = Field("klu_replies", description="Database of the service.")
    notifier_database: str = Field("klu_notifier", description="Database of the service.")

    @property
    def databases(self) -> tuple[str, ...]:
        """The databases of all services."""
        return tuple(self.services)

    @property
    def services(self) -> Mapping[str, str]:
        """The service of each database."""
        names = ("intake", "router", "replies", "notifier")
        return {getattr(self, f"{name}_database"): name for name in names}
