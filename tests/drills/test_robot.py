"""A mail server's program over a link in each state, three passes: the link was opened, and nothing else changes."""

import pytest
from playwright.async_api import Page
from pydantic import SecretStr

from services.replies.config import Settings
from services.replies.domain.handing_on import hand_on, take_back_from
from services.replies.domain.links import colleague_token, hash_token, overview_token
from services.replies.domain.overview import VALID_FOR, OverviewLink, no_links
from services.replies.jobs import NewLinksJob
from services.replies.store import Assignments, LinkRequests, Overviews
from shared.clock import utc_now
from shared.documents import Database
from shared.scheduled import act_on_due
from tests.examples import NOW, SECRET
from tests.links import KEYS, OVER, WRITABLE, document, in_state, kept
from tests.robot import rob, unnoted


@pytest.mark.parametrize("state", WRITABLE + OVER)
async def test_a_program_that_tries_everything_opens_a_link_and_changes_nothing_else(
    window: Page, portal: str, database: Database, state: str
) -> None:
    url, before = await kept(database, portal, in_state(state))
    sent = await rob(window, url)
    after = await document(database)
    assert unnoted(after) == unnoted(before)
    assert [event["type"] for event in after["outbox"]] == ["assignment.viewed"] * (state in WRITABLE)
    assert "by_person" not in str(after["outbox"])
    assert (sent > 20) == (state in WRITABLE), "the robot is no longer one"


async def test_a_program_that_tries_everything_behind_a_colleagues_link_changes_nothing(
    window: Page, portal: str, database: Database
) -> None:
    assignment, _ = hand_on(
        in_state("revised"), holder_id="h1", name="Ayşe", email="ayse@klu.example", note="", by="Fatma", **KEYS, now=NOW
    )
    _, before = await kept(database, portal, assignment)
    sent = await rob(window, f"{portal}/a/{colleague_token(SECRET, assignment.id, 'h1')}")
    after = await document(database)
    assert unnoted(after) == unnoted(before)
    assert "by_person" not in str(after["outbox"])
    assert sent > 20, "the robot is no longer one"


async def test_a_program_behind_a_link_that_was_taken_back_changes_nothing(
    window: Page, portal: str, database: Database
) -> None:
    given = {"holder_id": "h1", "name": "Ayşe", "email": "ayse@klu.example", "note": "", "by": "Fatma"}
    held, _ = hand_on(in_state("drafted"), **given, **KEYS, now=NOW)
    assignment, _ = take_back_from(held, holder_id="h1", by="Fatma", now=NOW)
    _, before = await kept(database, portal, assignment)
    await rob(window, f"{portal}/a/{colleague_token(SECRET, assignment.id, 'h1')}")
    assert await document(database) == before


async def test_a_program_behind_the_link_to_all_open_ones_opens_them_and_changes_nothing_else(
    window: Page, portal: str, database: Database
) -> None:
    _, before = await kept(database, portal, in_state("revised"))
    link_token, now = overview_token(), utc_now()
    link = OverviewLink(token_hash=hash_token(link_token), asked_at=now, expires_at=now + VALID_FOR)
    overviews = Overviews(database)
    await overviews.add(no_links(before["unit"]["code"], now).model_copy(update={"links": (link,)}))
    list_before = await database["overviews"].find_one({})
    await rob(window, f"{portal}/u/{link_token}")
    after = await document(database)
    assert unnoted(after) == unnoted(before)
    assert [event["type"] for event in after["outbox"]] == ["assignment.viewed"], "the robot follows no link any more"
    assert await database["overviews"].find_one({}) == list_before


async def test_a_program_that_asks_for_links_is_owed_no_letter(window: Page, portal: str, database: Database) -> None:
    url, before = await kept(database, portal, in_state("fresh"))
    assert await rob(window, url.partition("/a/")[0] + "/new-link") > 5
    requests, assignments, overviews = LinkRequests(database), Assignments(database), Overviews(database)
    job = NewLinksJob(
        requests,
        assignments,
        overviews,
        Settings.model_construct(secret_key=SecretStr(SECRET), replies_url=KEYS["base_url"], new_links_hour=3),
    )
    await act_on_due(requests, requests.waiting, job.answer)
    assert await document(database) == before
    assert await database["overviews"].count_documents({}) == 0
