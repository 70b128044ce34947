"""A mail server's program over a link in each state, three passes: the link was opened, and nothing else changes."""

import pytest
from playwright.async_api import Page

from shared.documents import Database
from tests.links import OVER, WRITABLE, document, in_state, kept
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
