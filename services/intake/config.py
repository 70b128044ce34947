"""The settings of the intake."""

from typing import ClassVar
from urllib.parse import urlsplit

from pydantic import AliasChoices, Field

from shared.config import Languages, Origins
from shared.files.config import FileSettings
from shared.institution import Institution, of_settings


class Settings(FileSettings):
    """The public form, the status page and the JSON API."""

    service: ClassVar[str] = "intake"
    mongodb_database: str = Field("klu_intake", validation_alias="KLU_INTAKE_DATABASE", description="Its database.")
    port: int = Field(8001, validation_alias=AliasChoices("KLU_INTAKE_PORT", "KLU_PORT"), description="Public port.")
    management_port: int = Field(
        9001,
        validation_alias=AliasChoices("KLU_INTAKE_MANAGEMENT_PORT", "KLU_MANAGEMENT_PORT"),
        description="Port of /livez, /readyz and /metrics.",
    )
    intake_url: str = Field("http://127.0.0.1:8001", description="Where the public finds the form; used in links.")
    replies_url: str = Field("http://127.0.0.1:8003", description="The units' portal, whose files the answers have.")
    notifier_url: str = Field("http://127.0.0.1:8004", description="Where files are read that came by e-mail.")
    languages: Languages = Field(
        ("tr", "en"), description="Languages of the public pages, separated by commas; ar (Arabic) is possible as well."
    )
    privacy_url: str = Field(
        "https://www.klu.edu.tr", description="Page of the institution's KVKK notice, linked from the form."
    )
    embed_origins: Origins = Field(
        (),
        description="Web sites that may show the form in their pages and use the API from them, separated by commas; "
        "as https://www.klu.edu.tr.",
    )
    proof_cost: int = Field(
        1_500,
        ge=0,
        le=100_000,
        description="Proof of work: keys that a browser derives at most before it sends the form. 0: no proof.",
    )
    form_per_client_hour: int = Field(
        300,
        ge=0,
        le=500,
        description="Messages in an hour from one client with proof of work; further ones are marked, after ten "
        "times as many the client waits. 0: nobody is counted, and no texts are compared.",
    )
    form_per_client_hour_unproved: int = Field(
        20, ge=0, le=500, description="The same without proof of work; 0: nobody is counted."
    )
    form_per_address_hour: int = Field(
        10,
        ge=0,
        le=500,
        description="Messages in an hour with one e-mail address; further ones are marked. 0: any.",
    )
    wrong_codes: int = Field(
        30,
        ge=0,
        le=500,
        description="Wrong tracking codes from one client in ten minutes; further ones are answered with 429, "
        "right ones as ever. 0: no limit.",
    )

    lost_codes_hour: int = Field(
        3, ge=1, le=100, description="Letters with lost tracking codes to one address in an hour; more are not sent."
    )
    lost_codes_client_hour: int = Field(
        20, ge=0, le=500, description="Requests for lost tracking codes from one client in an hour; 0: any number."
    )

    @property
    def own_domains(self) -> tuple[str, ...]:
        """The domains of the institution's web site and of its address."""
        site = urlsplit(self.institution_url).hostname or ""
        return tuple(filter(None, (site.removeprefix("www."), self.institution_email.rpartition("@")[2])))

    @property
    def institution(self) -> Institution:
        """The institution as the settings describe it. What the router tells takes its place (``Snapshots``)."""
        everything = of_settings(self)
        kinds = (
            kind.model_copy(update={"label": {language: kind.label[language] for language in self.languages}})
            for kind in everything.kinds
        )
        return everything.model_copy(update={"kinds": tuple(kinds)})
