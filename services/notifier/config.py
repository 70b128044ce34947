"""The settings of the notifier."""

from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import ClassVar, Literal

from pydantic import AliasChoices, Field, SecretStr

from shared.config import Networks
from shared.files.config import FileSettings


class Settings(FileSettings):
    """Letters, the mail server, and mail that comes in."""

    service: ClassVar[str] = "notifier"
    mongodb_database: str = Field("klu_notifier", validation_alias="KLU_NOTIFIER_DATABASE", description="Its database.")
    port: int = Field(8004, validation_alias=AliasChoices("KLU_NOTIFIER_PORT", "KLU_PORT"), description="Public port.")
    management_port: int = Field(
        9004,
        validation_alias=AliasChoices("KLU_NOTIFIER_MANAGEMENT_PORT", "KLU_MANAGEMENT_PORT"),
        description="Port of /livez, /readyz and /metrics.",
    )
    smtp_url: SecretStr = Field(
        description="Mail server: smtp://user:password@host:587 (STARTTLS when offered), smtps://... for TLS."
    )
    smtp_tls: Literal["opportunistic", "required", "off"] = Field(
        "opportunistic",
        description="STARTTLS of smtp://: when it is offered (with a password: always), always, or never.",
    )
    smtp_verify: bool = Field(True, description="Whether the mail server's certificate has to be valid for its name.")
    smtp_ca_file: Path | None = Field(
        None, description="PEM file of the authorities that sign it; empty: those of the system."
    )
    smtp_timeout: float = Field(30.0, gt=0, description="Seconds to wait for the mail server.")
    dkim_key_file: Path | None = Field(
        None, description="PEM file of an RSA key that signs letters (DKIM); empty: the mail server does, or nobody."
    )
    dkim_selector: str = Field("klu", description="Name of its public half in the DNS.")
    dkim_domain: str = Field("", description="Domain that signs; empty: that of KLU_MAIL_FROM.")
    mail_from: str = Field("hat@klu.example", description="Sender of every letter, and where replies to it go.")
    mail_inbound_domain: str = Field(
        "",
        pattern=r"^([a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+)?$",
        description="Domain whose mail the institution's server hands to the notifier: letters come back and are "
        "answered there, each at an address of its own; empty: both go to KLU_MAIL_FROM.",
    )
    desk_email: str = Field("bidb@klu.example", description="Where notices of new messages and replies go.")
    intake_url: str = Field("http://127.0.0.1:8001", description="The public form, for the letters to citizens.")
    notifier_url: str = Field("http://127.0.0.1:8004", description="Where files are read that came by e-mail.")
    router_url: str = Field("http://127.0.0.1:8002", description="The desk, for the letters to officers.")
    receipts_per_hour: int = Field(
        5, ge=1, description="Receipts to one address in an hour; an officer decides about further ones."
    )
    letter_retry_delays: tuple[float, ...] = Field(
        (5.0, 30.0, 120.0, 600.0, 1800.0, 3600.0, 7200.0, *[14400.0] * 29),
        description="Seconds before each further attempt at a letter the mail server refused for now, five days "
        "in all. JSON list.",
    )
    letters_per_domain: int = Field(
        4, ge=1, description="Letters that go to one mail domain at once, from all processes; each sends 12 in all."
    )
    letters_per_domain_minute: int = Field(
        0, ge=0, description="Letters that go to one mail domain in a minute, from all processes; 0: no limit."
    )
    quiet_from: int = Field(20, ge=0, le=23, description="From this hour, in KLU_TIMEZONE, no reminder leaves ...")
    quiet_until: int = Field(8, ge=0, le=23, description="... until this one. Equal: there are no quiet hours.")
    mail_inbound_port: int = Field(
        0,
        ge=0,
        le=65535,
        description="Port on which mail comes in, from the institution's server; 0 or empty: none does.",
    )
    mail_inbound_peers: Networks = Field(
        (IPv4Network("127.0.0.0/8"), IPv6Network("::1/128")),
        description="Addresses or networks of the institution's mail server, separated by commas; others are refused.",
    )
    mail_inbound_mb: int = Field(20, ge=1, le=100, description="Largest mail that is taken, in MB.")
    mail_inbound_certificate: Path | None = Field(
        None, description="Certificate (PEM, with its chain) for STARTTLS; empty: it is not offered."
    )
    mail_inbound_key: Path | None = Field(None, description="Its private key (PEM), where it is in a file of its own.")
    mail_inbound_per_hour: int = Field(
        20,
        ge=1,
        description="Mails in an hour to one reply address, and of one sender to the hotline's address; further ones "
        "are kept and wait for the next hour.",
    )
    mail_authserv_id: str = Field(
        "",
        description="Name by which the institution's server signs its Authentication-Results (RFC 8601), whose word on "
        "SPF, DKIM and DMARC is believed; empty: every mail is shown as unverified.",
    )
    mail_new_messages: bool = Field(
        False, description="Whether a mail from anybody to KLU_MAIL_FROM becomes a new message; else it is only kept."
    )
