"""The settings of the router."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, ClassVar, Self
from urllib.parse import urlsplit

from pydantic import AliasChoices, BeforeValidator, Field, IPvAnyNetwork, PositiveInt, SecretStr, model_validator
from pydantic_settings import NoDecode

from services.router.access import Role
from shared.config import WebSettings

LOCAL = ("127.0.0.1", "localhost", "::1")
"""Hosts whose provider may be asked without TLS: tests and a machine of one's own."""


def _pairs(value: Any) -> Any:
    """``desk-admins:admin,desk:officer`` as pairs. What stands before the last colon may have colons itself."""
    if not isinstance(value, str):
        return value
    pairs = [part.rpartition(":") for part in value.split(",") if part.strip()]
    return [(said.strip(), of.strip()) for said, _, of in pairs]


def _roles(value: Any) -> Any:
    """The same as a mapping."""
    return dict(_pairs(value)) if isinstance(value, str) else value


RolesByClaim = Annotated[Mapping[str, Role], NoDecode, BeforeValidator(_roles)]
"""The role of each value of a claim; the first that somebody has counts."""


def _addresses(value: Any) -> Any:
    """``intake=http://intake:8001,replies=http://replies:8003`` as a mapping."""
    if not isinstance(value, str):
        return value
    pairs = [part.partition("=")[::2] for part in value.split(",") if part.strip()]
    return {service.strip(): address.strip() for service, address in pairs}


AddressByService = Annotated[Mapping[str, str], NoDecode, BeforeValidator(_addresses)]
"""The address of each service."""


def _split(value: object) -> object:
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


Roles = Annotated[tuple[Role, ...], NoDecode, BeforeValidator(_split)]
"""In the environment separated by commas."""


OldAuditKeys = Annotated[tuple[tuple[SecretStr, PositiveInt], ...], NoDecode, BeforeValidator(_pairs)]
"""Each with the number of the last entry that it linked."""
Networks = Annotated[tuple[IPvAnyNetwork, ...], NoDecode, BeforeValidator(_split)]


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
    replies_url: str = Field(
        "http://127.0.0.1:8003", description="The portal of the units, whose files the desk shows."
    )
    notifier_url: str = Field("http://127.0.0.1:8004", description="Where files are read that came by e-mail.")
    file_hosts: AddressByService = Field(
        default_factory=dict,
        description="Where the router itself reaches the owners of files, service=address separated by commas, such as "
        "intake=http://intake:8001; others at their public address.",
    )
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
    totp_roles: Roles = Field(
        (), description="Roles that must have a second factor, separated by commas: who has none sets it up at sign-in."
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
    oidc_issuer: str = Field(
        "", description="OpenID Connect: the issuer, exactly as the provider writes it. Empty: no provider."
    )
    oidc_client_id: str = Field("", description="The name of the desk at the provider.")
    oidc_client_secret: SecretStr | None = Field(
        None, description="Its secret there; empty for a public client, for which PKCE alone speaks."
    )
    oidc_scopes: str = Field("openid profile email", description="What the provider is asked for.")
    oidc_role_claim: str = Field(
        "groups", description="The claim that has the roles; with dots for one within another: realm_access.roles"
    )
    oidc_roles: RolesByClaim = Field(
        default_factory=dict,
        description="Which value of the claim gives which role, value:role separated by commas; the first one counts.",
    )
    oidc_create_accounts: bool = Field(
        default=True, description="Whether somebody with a role gets an account at the first sign-in."
    )
    oidc_link_by_email: bool = Field(
        default=False, description="Whether a verified e-mail address at the provider takes over the local account."
    )
    oidc_label: str = Field("", description="What the button of the provider says; empty: our words.")
    oidc_timeout: float = Field(5.0, gt=0, le=30, description="Seconds in which the provider has to answer.")
    destruction_record_years: int = Field(
        10, ge=3, description="Years for which the destruction record is kept; by law at least three."
    )
    webhook_private: Networks = Field(
        (), description="Networks beside public ones to which webhooks may lead, such as 10.1.0.0/16, with commas."
    )
    webhook_timeout: float = Field(5.0, gt=0, le=30, description="Seconds in which a receiver has to answer.")
    local_accounts: bool = Field(default=True, description="Whether people may sign in with a password of the desk.")
    break_glass_email: str = Field(
        "", description="The account that has a password though local ones are off; its use is an alarm."
    )

    audit_key: SecretStr = Field(
        min_length=32, description="At least 32 characters, in no database: links the entries of the audit record."
    )
    old_audit_keys: OldAuditKeys = Field(
        (),
        description="Earlier values of KLU_AUDIT_KEY, each with a colon and the number of the last entry that it "
        "linked, separated by commas.",
    )
    audit_anchors: Path | None = Field(
        None, description="Folder to which the end of the audit record is written, signed; to be shipped away daily."
    )

    @property
    def audit_keys(self) -> tuple[str, list[tuple[str, int]]]:
        """The key of the audit record, and the earlier ones, each with the number of its last entry."""
        return self.audit_key.get_secret_value(), [(key.get_secret_value(), last) for key, last in self.old_audit_keys]

    @model_validator(mode="after")
    def _somebody_can_sign_in(self) -> Self:
        """What would keep everybody out, or let the wrong people in, is said at the start."""
        issuer = urlsplit(self.oidc_issuer)
        if not self.oidc_issuer:
            if not self.local_accounts:
                raise ValueError("KLU_LOCAL_ACCOUNTS=false needs KLU_OIDC_ISSUER: nobody could sign in")
            return self
        if issuer.scheme != "https" and (issuer.scheme, issuer.hostname in LOCAL) != ("http", True):
            raise ValueError("KLU_OIDC_ISSUER must begin with https://")
        if not self.oidc_client_id or not self.oidc_roles:
            raise ValueError("KLU_OIDC_ISSUER needs KLU_OIDC_CLIENT_ID and KLU_OIDC_ROLES")
        if "openid" not in self.oidc_scopes.split():
            raise ValueError("KLU_OIDC_SCOPES must have openid among them")
        return self

    @property
    def owners_of_files(self) -> dict[str, str]:
        """The public address of each service that has files."""
        return {"intake": self.intake_url, "replies": self.replies_url, "notifier": self.notifier_url}

    def undo_until(self, now: datetime) -> datetime:
        """Until when an answer or a closing of now can be taken back; then it goes out."""
        return now + timedelta(seconds=self.undo_seconds)
