"""The settings of the portal."""

from typing import ClassVar

from pydantic import AliasChoices, Field

from shared.files.config import FileSettings


class Settings(FileSettings):
    """The page behind the link in a unit's e-mail."""

    service: ClassVar[str] = "replies"
    mongodb_database: str = Field("klu_replies", validation_alias="KLU_REPLIES_DATABASE", description="Its database.")
    port: int = Field(8003, validation_alias=AliasChoices("KLU_REPLIES_PORT", "KLU_PORT"), description="Public port.")
    management_port: int = Field(
        9003,
        validation_alias=AliasChoices("KLU_REPLIES_MANAGEMENT_PORT", "KLU_MANAGEMENT_PORT"),
        description="Port of /livez, /readyz and /metrics.",
    )
    new_links_hour: int = Field(
        3, ge=1, le=100, description="Letters with a new link about one message, or with one unit's list, in an hour."
    )
    new_links_client_hour: int = Field(
        20, ge=0, le=500, description="Requests for a new link from one client in an hour; 0: any number."
    )
    replies_url: str = Field("http://127.0.0.1:8003", description="Where the links in invitations lead.")
    intake_url: str = Field("http://127.0.0.1:8001", description="The public form, whose files the portal shows.")
    notifier_url: str = Field("http://127.0.0.1:8004", description="Where files are read that came by e-mail.")
