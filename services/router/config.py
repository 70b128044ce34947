"""The settings of the router."""

from typing import ClassVar

from pydantic import AliasChoices, Field

from shared.config import WebSettings


class Settings(WebSettings):
    """The hotline officers' desk."""

    service: ClassVar[str] = "router"
    mongodb_database: str = Field("klu_router", validation_alias="KLU_ROUTER_DATABASE", description="Its database.")
    port: int = Field(8002, validation_alias=AliasChoices("KLU_ROUTER_PORT", "KLU_PORT"), description="Public port.")
    management_port: int = Field(
        9002,
        validation_alias=AliasChoices("KLU_ROUTER_MANAGEMENT_PORT", "KLU_MANAGEMENT_PORT"),
        description="Port of /livez, /readyz and /metrics.",
    )
    router_url: str = Field("http://127.0.0.1:8002", description="Address of the desk, for links.")
    intake_url: str = Field("http://127.0.0.1:8001", description="The public form, whose files the desk shows.")
    unit_reply_days: int = Field(7, ge=1, le=60, description="Working days a unit has for its reply.")
    unit_revision_days: int = Field(
        3,
        ge=1,
        le=60,
        description="Working days a unit has to revise its reply, unless the officer says otherwise.",
    )
    live_streams: int = Field(
        100,
        ge=0,
        description="Open streams of live news in one process, less than KLU_MAX_REQUESTS; other browsers ask.",
    )
    sign_in_tries: int = Field(5, ge=1, description="Wrong passwords for one account from one client without a wait.")
    sign_in_longest_wait: float = Field(
        300.0, ge=1, description="Seconds: the wait doubles with each further try, up to this."
    )
    sign_in_tries_per_client: int = Field(
        50, ge=1, description="Wrong passwords from one client, for any account, without a wait."
    )
    sign_in_longest_wait_per_client: float = Field(10.0, ge=1, description="Seconds; a campus may be one client.")
    sign_in_queue: int = Field(20, ge=1, description="Log-ins that wait for their password's check; others get a 503.")
