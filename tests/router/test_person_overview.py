"""What a person reads about their data on paper: it can be read aloud, and what is meant badly is text."""

from pathlib import Path
from typing import Any

import pytest
from pdfua import validate

from services.router.records.papers.case_file import CaseFile
from services.router.records.papers.person_export import overview
from services.router.records.papers.printed import CATALOGUES
from shared.printing import Printer
from shared.web.i18n import locales
from tests.router.case_files import INSTITUTION, case_file, hostile_case_file
from tests.router.persons import person_request


def html(found: CaseFile, language: str = "tr") -> str:
    spoken: Any = locales(CATALOGUES, "Europe/Istanbul")
    services = ["intake", "replies", "notifier"]
    told: dict[str, Any] = {"institution": INSTITUTION, "locale": spoken[language]}
    return overview(person_request(), [found.case], list(found.letters), services, **told)


@pytest.mark.parametrize("language", ["tr", "en"])
async def test_the_overview_of_a_person_can_be_read_aloud(language: str, tmp_path: Path) -> None:
    (tmp_path / "overview.pdf").write_bytes(await Printer().pdf(html(case_file(), language)))
    assert list(validate(str(tmp_path / "overview.pdf")).findings) == []


def test_what_is_meant_badly_is_text_without_control_characters() -> None:
    page = html(hostile_case_file())
    assert "<script" not in page
    assert not {"\u202e", "\x00", "\x07"} & set(page)
