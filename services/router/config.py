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
    undo_seconds: float = Field(
        60.0,
        ge=0,
        le=3600,
        description="Seconds for which an answer or a closing can be taken back. 0: none.",
    )
    four_eyes: bool = Field(
        default=False, description="Whether an answer needs a colleague's approval, unless another routed the case."
    )
    review_checklist: str = Field(
        "", description="Points to look at before an answer goes out, separated by |. Empty: three usual ones."
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
    search_milliseconds: int = Field(
        350, ge=50, le=10_000, description="Milliseconds of a search; then the officer is asked for another word."
    )
    sign_in_queue: int = Field(20, ge=1, description="Log-ins that wait for their password's check; others get a 503.")
    reminder_seconds: float = Field(
        120.0, ge=0, description="Seconds between two looks at what waits; 0: nobody is reminded."
    )
    remind_before_days: int = Field(
        2, ge=0, le=20, description="Working days before its last day on which a unit is reminded."
    )
    remind_again_days: int = Field(
        7, ge=1, le=60, description="Days after which a unit is reminded again of what is overdue."
    )
    untaken_days: int = Field(
        1, ge=1, le=20, description="Working days after which officers are told of what nobody has taken."
    )
    digest_hour: int = Field(8, ge=0, le=23, description="The hour of the daily digest, in KLU_TIMEZONE.")
    quiet_from: int = Field(20, ge=0, le=23, description="From this hour, in KLU_TIMEZONE, no reminder leaves ...")
    quiet_until: int = Field(8, ge=0, le=23, description="... until this one. Equal: there are no quiet hours.")
