"""The inbox and the case page."""

import html
import re
from datetime import timedelta
from urllib.parse import quote

import pytest

from scripts.browser import Browser
from services.router.cases.domain.lists import Position
from services.router.cases.domain.routing import view
from services.router.cases.domain.states import CaseState
from services.router.cases.store.inbox import PER_PAGE
from shared.documents import Database
from shared.events import AssignmentViewed
from tests import examples as example
from tests.router.desk import directory, kept, shown


async def test_the_inbox_counts_what_is_open_and_shows_one_state(officer: Browser, database: Database) -> None:
    new = await kept(database, example.case(subject="Yeni gelen"))
    routed = await kept(database, example.routed_case(subject="Birimde olan"))
    page = await officer.open("/")
    assert new.reference in page
    assert routed.reference not in page
    assert "New 1" in page
    assert "At the unit 1" in page
    assert "To be checked 0" in page
    assert "Answered" in page
    assert "Answered 0" not in page
    page = await officer.open("/?state=routed")
    assert routed.reference in page
    assert "Department of Library and Documentation" in page
    assert new.reference not in page


@pytest.mark.parametrize("state", list(CaseState))
async def test_every_state_has_a_page_though_it_is_empty(officer: Browser, state: CaseState) -> None:
    assert "No case is in this list." in await officer.open(f"/?state={state}")


async def test_what_waits_longest_comes_first_and_the_rest_stands_on_further_pages(
    officer: Browser, database: Database
) -> None:
    for number in range(PER_PAGE + 1):
        later = example.NOW + timedelta(minutes=number)
        await kept(database, example.case(subject=f"Konu {number:02}", submitted_at=later))
    first = await officer.open("/")
    assert (first.index("Konu 00") < first.index("Konu 24"), "Konu 25" in first) == (True, False)
    second = await officer.open(beside(officer, "next"))
    assert re.findall(r"Konu \d\d", second) == ["Konu 25"]
    assert "Konu 00" in await officer.open(beside(officer, "prev"))


def beside(browser: Browser, which: str) -> str:
    """The address of the page after this one (``next``) or before it (``prev``)."""
    found = re.search(rf'rel="{which}" href="([^"]+)"', browser.html)
    assert found
    return html.unescape(found[1])


async def test_a_page_past_the_end_says_so_and_leads_back(officer: Browser, database: Database) -> None:
    case = await kept(database, example.case())
    page = await officer.open(f"/?state=new&after={quote(str(Position.of(case, 2)))}")
    assert "This is the end of the list" in page
    assert 'href="/?view=new"' in officer.html


@pytest.mark.parametrize("query", ["state=nonsense", "state=", "state=%ff", "state[$ne]=new&state=x"])
async def test_an_address_that_means_nothing_is_answered_with_a_page(officer: Browser, query: str) -> None:
    answer = await officer.client.get(f"/?{query}")
    assert (answer.status_code, "This page was not found" in shown(answer)) == (404, True)


@pytest.mark.parametrize(
    "where", ["", "2", "~", "~x", "2026-11-25~x", "0001-01-01T00:00:00+23:59~x", "%00", "x" * 3000]
)
@pytest.mark.parametrize("which", ["after", "before"])
async def test_a_position_that_means_nothing_is_the_start_of_the_list(
    officer: Browser, database: Database, which: str, where: str
) -> None:
    case = await kept(database, example.case())
    assert case.reference in await officer.open(f"/?{which}={where}")


@pytest.mark.parametrize("case_id", ["unknown", "%00", "%ff%fe", "x" * 3000, "%7B%22$ne%22:1%7D", "..%2f.."])
@pytest.mark.parametrize("page", ["", "/review", "/closure", "/assignments/x/recall", "/assignments/x/return"])
async def test_an_unknown_case_is_not_found(officer: Browser, case_id: str, page: str) -> None:
    answer = await officer.client.get(f"/cases/{case_id}{page}")
    assert (answer.status_code, "This page was not found" in shown(answer)) == (404, True)


async def test_a_case_shows_everything_that_happened_newest_first(officer: Browser, database: Database) -> None:
    case = await kept(database, example.answered_case())
    page = await officer.open(f"/cases/{case.id}")
    history = page[page.index("History") :]
    lines = ["Answer approved and sent", "The unit replied", "Routed to the unit", "Message received"]
    assert [history.index(line) for line in lines] == sorted(history.index(line) for line in lines)
    for said in (case.text, "Isıtma sistemi onarılmıştır", "Fatma Şahin", "Deniz Kaya", "0288 212 96 79"):
        assert said in page
    assert "Route to units" not in page


@pytest.mark.parametrize(
    ("by_person", "badge", "line"),
    [(None, "Link opened", "The unit's link was opened"), (True, "Writing has begun", "The unit has begun to write")],
)
async def test_a_link_that_was_opened_is_no_message_that_was_read(
    officer: Browser, database: Database, by_person: bool | None, badge: str, line: str
) -> None:
    routed = example.routed_case()
    viewed = AssignmentViewed(
        message_id=routed.id, assignment_id=routed.assignments[0].id, viewed_at=example.NOW, by_person=by_person
    )
    case = await kept(database, view(routed, viewed)[0])
    page = html.unescape(await officer.open(f"/cases/{case.id}"))
    assert line in page
    assert badge in page
    assert ("Writing has begun" in page) == bool(by_person)


async def test_a_case_names_what_can_be_done_with_it(officer: Browser, database: Database) -> None:
    await directory(database)
    case = await kept(database, example.case())
    page = await officer.open(f"/cases/{case.id}")
    assert example.LIBRARY.name_en in page
    assert example.WORKS.email in page
    assert "Close the case" in page
    assert officer.form(f"/cases/{case.id}/routing").fields["text"] == [case.text]


@pytest.mark.parametrize("language", ["tr", "en"])
@pytest.mark.parametrize("page", ["tr", "en"])
async def test_what_is_written_in_another_language_than_the_page_says_so(
    officer: Browser, database: Database, language: str, page: str
) -> None:
    case = await kept(database, example.replied_case(language=language))
    name = {"tr": {"tr": "Türkçe", "en": "İngilizce"}, "en": {"tr": "Turkish", "en": "English"}}[page][language]
    for path in ("", "/review", "/closure"):
        assert name in await officer.open(f"/cases/{case.id}{path}?lang={page}")
        assert f'<html lang="{page}" dir="ltr">' in officer.html
        assert re.search(rf'lang="{language}">{case.subject}<', officer.html)
    await officer.open(f"/cases/{case.id}")
    assert f'<blockquote class="quote" dir="auto" lang="{language}">{case.text}' in officer.html
    assert re.search(r'<blockquote class="quote" dir="auto" lang="tr">Isıtma', officer.html)


async def test_an_inactive_unit_is_not_offered(officer: Browser, database: Database) -> None:
    await directory(database)
    await database["units"].update_one({"_id": "yitdb"}, {"$set": {"active": False}})
    page = await officer.open(f"/cases/{(await kept(database, example.case())).id}")
    assert (example.LIBRARY.name_en in page, example.WORKS.name_en in page) == (True, False)


async def test_what_a_citizen_typed_stays_text(officer: Browser, database: Database) -> None:
    trick = "<script>alert(1)</script> {{ 7*7 }} ' onload=\"x"
    case = await kept(database, example.case(subject=trick, text=trick, submitter=example.person(name=trick)))
    for path in ("/", f"/cases/{case.id}", f"/cases/{case.id}/review", f"/cases/{case.id}/closure"):
        assert trick in await officer.open(path)
        assert "<script>alert" not in (officer.page.text if officer.page else "")
        assert ' onload="' not in (officer.page.text if officer.page else "")


async def test_the_desk_speaks_turkish_by_default(officer: Browser, database: Database) -> None:
    officer.client.headers["accept-language"] = "de"
    page = await officer.open("/")
    assert ("Başvuru dosyaları" in page, "Cases" in page) == (True, False)
    assert '<html lang="tr" dir="ltr">' in (officer.page.text if officer.page else "")
