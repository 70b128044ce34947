"""*Sordunuz, yaptık*: proposed in own words, published by a supervisor, kept without the case behind it."""

from datetime import UTC, datetime

import pytest
from fastapi import FastAPI

from scripts.browser import Browser
from services.router.access import Role
from services.router.cases.store.cases import Cases
from services.router.statistics.domain.answers import (
    PublicAnswer,
    Words,
    propose,
    publish_answer,
    recognisable,
    rewrite,
    withdraw_answer,
    without_case,
)
from services.router.statistics.store.public import PublicAnswers
from shared.documents import Database
from shared.refused import Refused
from tests import examples as example
from tests.conftest import Visit
from tests.router.desk import kept, log_in, send, shown, unpublished

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
BY = example.officer().actor
WORDS = Words(asked={"tr": "Kütüphane neden soğuk?"}, done={"tr": "Isıtma onarıldı."})
FIELDS = {"asked_tr": "Kütüphane neden soğuk?", "done_tr": "Isıtma onarıldı."}


def proposed(case_id: str | None = None) -> PublicAnswer:
    return propose(WORDS, answer_id="a1", case_id=case_id, by=BY, now=NOW)[0]


async def answer(database: Database) -> PublicAnswer:
    (found,) = await PublicAnswers(database).all()
    return found


def test_what_is_published_stays_until_newer_words_are_published() -> None:
    public, _ = publish_answer(proposed(), by=BY, now=NOW)
    newer = WORDS.model_copy(update={"done": {"tr": "Isıtma yenilendi."}})
    again, _ = rewrite(public, newer, by=BY, now=NOW)
    assert (again.shown, again.waits) == (WORDS, True)
    assert publish_answer(again, by=BY, now=NOW)[0].shown == newer


def test_nothing_is_published_or_withdrawn_twice() -> None:
    public, _ = publish_answer(proposed(), by=BY, now=NOW)
    with pytest.raises(Refused, match="published already"):
        publish_answer(public, by=BY, now=NOW)
    withdrawn, _ = withdraw_answer(public, by=BY, now=NOW)
    assert withdrawn.shown is None
    with pytest.raises(Refused, match="withdrawn already"):
        withdraw_answer(withdrawn, by=BY, now=NOW)


def test_of_an_erased_case_the_published_words_stay_alone() -> None:
    public, _ = publish_answer(proposed("m1"), by=BY, now=NOW)
    kept_words = without_case(rewrite(public, WORDS.model_copy(update={"unit": None}), by=BY, now=NOW)[0])
    assert kept_words is not None
    assert (kept_words.case_id, kept_words.shown, kept_words.history) == (None, WORDS, ())
    assert without_case(proposed("m1")) is None


@pytest.mark.parametrize(
    "text",
    ["Deniz Kaya sordu", "deniz@example.org", "0532 123 45 67", "10000000146 numaralı", "12345678 no'lu dilekçe"],
)
def test_what_may_tell_who_asked_is_found(text: str) -> None:
    words = WORDS.model_copy(update={"asked": {"tr": f"{text}, neden?"}})
    assert recognisable(words, name="Deniz Kaya", email="deniz@example.org")
    assert recognisable(WORDS, name="Deniz Kaya") == []


async def test_an_officer_proposes_and_a_supervisor_publishes(
    app: FastAPI, visit: Visit, officer: Browser, database: Database
) -> None:
    case = await kept(database, example.answered_case())
    await officer.open(f"/answers/new?case={case.id}")
    form = officer.form("/answers/new").fields
    assert form["asked_tr"] == [""]
    doubtful = await officer.client.post("/answers/new", data=form | FIELDS | {"done_tr": "Deniz Kaya arandı."})
    assert (doubtful.status_code, "Deniz Kaya" in shown(doubtful)) == (422, True)
    await officer.client.post("/answers/new", data=form | FIELDS)
    made = await answer(database)
    assert (made.case_id, made.shown) == (case.id, None)
    refused = await officer.client.post(f"/answers/{made.id}/publication", data={"csrf": form["csrf"]})
    assert refused.status_code == 403
    supervisor = await log_in(visit(app, language="en"), database, role=Role.SUPERVISOR)
    await supervisor.open(f"/answers/{made.id}")
    unsure = await send(supervisor, f"/answers/{made.id}/publication")
    assert unsure.status_code == 422
    await send(supervisor, f"/answers/{made.id}/publication", confirmed="yes")
    assert (await answer(database)).shown == made.draft
    told = await unpublished(database, "public_answers")
    assert [one["action"] for one in told] == ["public_answer_changed"] * 2


async def test_both_parts_are_in_english_or_neither(officer: Browser, database: Database) -> None:
    await officer.open("/answers/new")
    refused = await send(officer, "/answers/new", **FIELDS, asked_en="Why is it cold?")
    assert (refused.status_code, "Please write both parts" in shown(refused)) == (422, True)
    assert await PublicAnswers(database).all() == []


async def test_who_has_said_that_nobody_is_recognised_need_not_say_so_again(
    officer: Browser, database: Database
) -> None:
    await officer.open("/answers/new")
    doubtful = {**FIELDS, "done_tr": "deniz@example.org adresine yazıldı."}
    officer.page = asked = await send(officer, "/answers/new", **doubtful)
    assert 'href="#sure"' in asked.text
    officer.page = refused = await send(officer, "/answers/new", sure="yes", asked_tr="")
    assert refused.status_code == 422
    assert officer.form("/answers/new").fields["sure"] == ["yes"]
    await send(officer, "/answers/new", **doubtful)
    assert len(await PublicAnswers(database).all()) == 1


async def test_a_case_without_answer_or_that_few_may_read_is_not_proposed(officer: Browser, database: Database) -> None:
    case = await kept(database, example.case())
    assert (await officer.client.get(f"/answers/new?case={case.id}")).status_code == 404


async def test_the_link_to_an_erased_case_goes(database: Database) -> None:
    case = await kept(database, example.answered_case())
    answers = PublicAnswers(database)
    await answers.add(publish_answer(proposed(case.id), by=BY, now=NOW)[0])
    await answers.forget_erased()
    assert (await answer(database)).case_id == case.id
    await Cases(database).erase(case.id, at_once=True)
    await answers.forget_erased()
    assert ((await answer(database)).case_id, (await answer(database)).shown) == (None, WORDS)
