"""``publiccode.yml`` has what the standard (version 0.4) demands, and says of this version what is true."""

import tomllib
from typing import Any

import pytest
import yaml

from scripts.local.config import ROOT
from shared.web.i18n import OFFERED

DESCRIBED: dict[str, Any] = yaml.safe_load((ROOT / "publiccode.yml").read_text(encoding="utf-8"))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


@pytest.mark.parametrize(
    "path",
    [
        *("publiccodeYmlVersion", "name", "url", "releaseDate", "platforms", "categories", "developmentStatus"),
        *("softwareType", "legal/license", "maintenance/type", "maintenance/contacts"),
        *("localisation/localisationReady", "localisation/availableLanguages"),
    ],
)
def test_a_mandatory_key_is_there(path: str) -> None:
    found: Any = DESCRIBED
    for key in path.split("/"):
        found = found[key]
    assert found


@pytest.mark.parametrize("language", OFFERED)
def test_each_language_has_a_description_of_the_size_that_is_allowed(language: str) -> None:
    told = DESCRIBED["description"][language]
    assert 0 < len(told["shortDescription"]) <= 150
    assert 150 <= len(told["longDescription"]) <= 10_000
    assert told["features"]
    assert [path for path in told["screenshots"] if not (ROOT / path).is_file()] == []
    assert language in DESCRIBED["localisation"]["availableLanguages"]


def test_version_licence_and_date_are_those_of_the_project() -> None:
    assert DESCRIBED["softwareVersion"] == PROJECT["version"]
    assert DESCRIBED["legal"]["license"] == PROJECT["license"]
    heading = f"## {PROJECT['version']} – {DESCRIBED['releaseDate']}\n"
    assert heading in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
