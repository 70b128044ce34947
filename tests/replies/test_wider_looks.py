"""The pages beside the reply, with the longest word in every field: nothing is wider than the window."""

from datetime import timedelta

import pytest
from playwright.async_api import Page

from services.replies.domain.assignment import Assignment, Draft, Holder
from services.replies.domain.links import colleague_token, hash_token, overview_token, token
from services.replies.domain.overview import OverviewLink, no_links
from services.replies.domain.parts import Interim, News, Proposal
from services.replies.store import Assignments, Overviews
from shared.clock import utc_now
from shared.documents import Database
from shared.state import KeptFile
from tests import examples as example
from tests.links import in_state, kept
from tests.replies.test_looks import LONG, PICTURES, check_width, wordy

LANGUAGES = ("tr", "en") if PICTURES else ("tr",)


def busy(state: str = "drafted", *, words: bool = True) -> Assignment:
    """An assignment with everything that there can be beside the reply."""
    text = LONG if words else "Parça sipariş edildi, yarın takılacak."
    at = example.NOW + timedelta(hours=2)
    holders = [
        Holder(
            id=f"h{number}",
            name=LONG[:100] if words else ("Ayşe Yılmaz", "Mehmet Demir", "Zeynep Ak")[number],
            email=f"{LONG[:60]}@{LONG[:60]}.example" if words else f"calisan{number}@klu.example",
            by=LONG[:100] if words else "Fatma Şahin",
            note=text,
            token_hash=hash_token(colleague_token(example.SECRET, "a1", f"h{number}")),
            handed_on_at=at,
            taken_back_at=at if number == 2 else None,
            draft=Draft(text=text, by="Ayşe", saved_at=at),
        )
        for number in range(3)
    ]
    proposals = [
        Proposal(id=f"p{n}", text=text, by=text[:100], proposed_at=at, asked=asked, reason=reason, decided_at=at)
        for n, (asked, reason) in enumerate([(False, text), (True, ""), (None, "")])
    ]
    file = KeptFile.model_validate(example.file_ref(name=text))
    causes = ("question_answered", "follow_up", "interim_sent", "other")
    news = [
        News(id=f"n{n}", cause=cause, question=text, text=text, files=(file,), informed_at=at)
        for n, cause in enumerate(causes)
    ]
    return (wordy(state) if words else in_state(state)).model_copy(
        update={
            "id": "a1",
            "holders": tuple(holders),
            "proposals": tuple(proposals),
            "news": tuple(news),
            "interims": (Interim(id="i1", text=text, by=text[:100], submitted_at=at),),
        }
    )


async def unfold(window: Page) -> None:
    await window.evaluate("for (const fold of document.querySelectorAll('details')) fold.open = true")


@pytest.mark.parametrize("words", [True, False] if PICTURES else [True])
async def test_nothing_is_wider_with_everything_beside_the_reply(
    window: Page, portal: str, database: Database, *, words: bool
) -> None:
    assignment = busy(words=words).model_copy(update={"proposals": busy(words=words).proposals[:2]})
    url = await link_of(database, portal, assignment)
    for language in LANGUAGES:
        await window.goto(f"{url}?lang={language}")
        await unfold(window)
        await check_width(window, f"busy-{words}-{language}")


async def test_nothing_is_wider_on_the_page_of_a_colleague_and_after_it_was_taken_back(
    window: Page, portal: str, database: Database
) -> None:
    await Assignments(database).add(busy())
    for name, holder in (("colleague", "h0"), ("taken-back", "h2")):
        await window.goto(f"{portal}/a/{colleague_token(example.SECRET, 'a1', holder)}")
        await unfold(window)
        await check_width(window, name)


async def test_nothing_is_wider_where_a_link_is_asked_for(window: Page, portal: str) -> None:
    for name, path in (("new-link", "/new-link"), ("asked", "/new-link?asked=yes")):
        for language in LANGUAGES:
            await window.goto(f"{portal}{path}{'&' if '?' in path else '?'}lang={language}")
            await check_width(window, f"{name}-{language}")
    await window.goto(f"{portal}/new-link?lang=tr")
    await window.get_by_role("button", name="Bağlantıyı gönder").click()
    await window.wait_for_selector("[role=alert]")
    await check_width(window, "new-link-error")


@pytest.mark.parametrize("words", [True, False] if PICTURES else [True])
async def test_nothing_is_wider_on_the_list_of_a_unit(
    window: Page, portal: str, database: Database, *, words: bool
) -> None:
    states = ("fresh", "returned", "drafted", "answered")
    made = [wordy(state) if words else in_state(state) for state in states]
    await Assignments(database).add(busy(words=words))
    for one in made:
        await Assignments(database).add(one.model_copy(update={"due_at": utc_now() + timedelta(days=2)}))
    link_token, now = overview_token(), utc_now()
    link = OverviewLink(token_hash=hash_token(link_token), asked_at=now, expires_at=now + timedelta(days=1))
    await Overviews(database).add(no_links(made[0].unit.code, now).model_copy(update={"links": (link,)}))
    for language in LANGUAGES:
        await window.goto(f"{portal}/u/{link_token}?lang={language}")
        await check_width(window, f"overview-{words}-{language}")


async def link_of(database: Database, portal: str, assignment: Assignment) -> str:
    link_token = token(example.SECRET, assignment.id)
    url, _ = await kept(database, portal, assignment.model_copy(update={"token_hash": hash_token(link_token)}))
    return url
