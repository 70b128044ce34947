"""Routing a case to units, and taking it back."""

import asyncio
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from fastapi import FastAPI

from scripts.browser import Browser
from services.router.cases.domain.case import Case
from services.router.cases.domain.review import close
from services.router.cases.domain.states import AssignmentState, CaseState, ClosureReason
from services.router.cases.store.cases import Cases
from services.router.deadlines.domain.counting import Deadlines
from shared.documents import Database
from tests import examples as example
from tests.conftest import Visit
from tests.router.desk import announced, directory, keeps, kept, log_in, send, shown, types

ISTANBUL = ZoneInfo("Europe/Istanbul")
REDACTED = "Kütüphanede ısıtma çalışmıyor. [kimlik numarası çıkarıldı]"
NOTE = "Lütfen 'acele' <inceleyiniz> & cevaplayınız."


async def at(officer: Browser, database: Database, **different: Any) -> Case:
    """The officer looks at a new case; the directory holds two units."""
    await directory(database)
    case = await kept(database, example.case(**different))
    await officer.open(f"/cases/{case.id}")
    return case


async def test_routing_to_one_unit_gives_it_an_assignment(officer: Browser, database: Database) -> None:
    case = await at(officer, database)
    await officer.submit(f"/cases/{case.id}/routing", units=["kddb"], note=NOTE)
    routed = await Cases(database).get(case.id)
    assert (officer.path, routed.state, len(routed.assignments)) == (f"/cases/{case.id}", CaseState.ROUTED, 1)
    assert routed.timeline[-1].by == "Ayşe Yılmaz"
    request, news = await announced(database, case.id)
    assert (request["type"], request["unit"]["code"], request["note"]) == ("assignment.requested", "kddb", NOTE)
    assert request["text"] == case.text
    assert (news["type"], news["step"]) == ("case.progressed", "at_unit")


async def test_routing_to_several_units_gives_each_its_own_assignment(officer: Browser, database: Database) -> None:
    case = await at(officer, database)
    page = await officer.submit(f"/cases/{case.id}/routing", units=["kddb", "yitdb"])
    requests = (await announced(database, case.id))[:2]
    assert {request["unit"]["code"] for request in requests} == {"kddb", "yitdb"}
    assert len({request["assignment_id"] for request in requests}) == 2
    assert page.count("identity hidden") == 2


async def test_a_unit_gets_the_redacted_text_and_the_case_keeps_the_original(
    officer: Browser, database: Database
) -> None:
    case = await at(officer, database)
    page = await officer.submit(f"/cases/{case.id}/routing", units=["kddb"], text=REDACTED)
    assert (await announced(database, case.id))[0]["text"] == REDACTED
    assert case.text in page


@pytest.mark.parametrize("share", ["", [], "yes"])
async def test_a_submitter_who_wants_to_stay_hidden_stays_hidden_whatever_is_sent(
    officer: Browser, database: Database, share: Any
) -> None:
    case = await at(officer, database, hide_identity=True)
    await officer.submit(f"/cases/{case.id}/routing", units=["kddb"], share_identity=share)
    request = (await announced(database, case.id))[0]
    assert "submitter" not in request
    assert "Deniz" not in str(request)


@pytest.mark.parametrize("kind", ["complaint", "suggestion", "request", "compliment", "other"])
async def test_who_wrote_a_complaint_is_told_to_the_unit_only_when_the_officer_says_so(
    officer: Browser, database: Database, kind: str
) -> None:
    case = await at(officer, database, kind=kind)
    assert ("share_identity" in officer.form(f"/cases/{case.id}/routing").fields) == (kind != "complaint")
    await officer.submit(f"/cases/{case.id}/routing", units=["kddb"], share_identity="yes")
    assert (await announced(database, case.id))[0]["submitter"]["name"] == "Deniz Kaya"


async def test_a_unit_has_until_the_midnight_of_its_last_day(officer: Browser, database: Database) -> None:
    case = await at(officer, database)
    page = await officer.submit(f"/cases/{case.id}/routing", units=["kddb"])
    (assignment,) = (await Cases(database).get(case.id)).assignments
    assert assignment.due_at == Deadlines().due(Deadlines().for_unit(assignment.requested_at, 7))
    assert f"Last day {assignment.due_at.astimezone(ISTANBUL):%A, %-d %B}" in page


async def test_chosen_units_are_listed_above_the_button_when_the_form_comes_back(
    officer: Browser, database: Database
) -> None:
    case = await at(officer, database)
    answer = await send(officer, f"/cases/{case.id}/routing", units=["kddb"], text="")
    chosen = answer.text.partition('data-chosen="units"')[2].partition("</form>")[0]
    assert (example.LIBRARY.name_en in chosen, example.WORKS.name_en in chosen) == (True, False)


async def test_an_officer_may_hide_who_wrote(officer: Browser, database: Database) -> None:
    case = await at(officer, database)
    page = await officer.submit(f"/cases/{case.id}/routing", units=["kddb"], share_identity=[])
    assert "submitter" not in (await announced(database, case.id))[0]
    assert "identity hidden" in page


async def test_a_routing_sent_twice_makes_one_assignment(officer: Browser, database: Database) -> None:
    case = await at(officer, database)
    url = f"/cases/{case.id}/routing"
    answers = await asyncio.gather(*(send(officer, url, units=["kddb"], note=NOTE) for _ in range(2)))
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    slower = max(answers, key=lambda answer: answer.status_code)
    assert "One of these units is already working on the case." in shown(slower)
    assert keeps(slower, NOTE)
    assert len((await Cases(database).get(case.id)).assignments) == 1
    assert types(await announced(database, case.id)) == ["assignment.requested", "case.progressed"]


async def test_a_unit_that_was_ticked_twice_gets_one_assignment(officer: Browser, database: Database) -> None:
    case = await at(officer, database)
    await officer.submit(f"/cases/{case.id}/routing", units=["kddb", "kddb"])
    assert len((await Cases(database).get(case.id)).assignments) == 1


@pytest.mark.parametrize(
    ("fields", "status", "said"),
    [
        ({"units": []}, 422, "Please choose at least one unit."),
        ({"text": ""}, 422, "Please leave the unit a text to read."),
        ({"text": "x" * 10_001}, 422, "Please use at most 10,000 characters."),
        ({"note": "y" * 10_001}, 422, "Please use at most 10,000 characters."),
        ({"note": "bell \ufffd"}, 422, "The text contains characters that could not be read."),
        ({"text": "Başvuru metni \ufffd"}, 422, "The text contains characters that could not be read."),
        ({"share_identity": "perhaps"}, 422, "Please choose one of the options."),
        ({"units": [f"unit-{n}" for n in range(11)]}, 422, "Please check"),
        ({"units": ["nowhere"]}, 409, "This unit is not in the directory any more."),
        ({"units": ["kddb", "nowhere"]}, 409, "This unit is not in the directory any more."),
        ({"units": ["kddb\x00"]}, 409, "This unit is not in the directory any more."),
        ({"units": ['{"$ne": ""}']}, 409, "This unit is not in the directory any more."),
        ({"csrf": "forged"}, 422, "This page was open for a long time."),
    ],
)
async def test_a_bad_routing_is_explained_and_nothing_is_half_done(
    officer: Browser, database: Database, fields: dict[str, Any], status: int, said: str
) -> None:
    case = await at(officer, database)
    submitted: dict[str, Any] = {"units": ["kddb"], "note": NOTE, "text": REDACTED} | fields
    answer = await send(officer, f"/cases/{case.id}/routing", **submitted)
    assert (answer.status_code, said in shown(answer)) == (status, True)
    assert keeps(answer, submitted["note"])
    assert keeps(answer, submitted["text"])
    assert await Cases(database).get(case.id) == case
    assert await announced(database, case.id) == []


@pytest.mark.parametrize(
    ("text", "status"), [(b"Ba%FEvuru+metni+burada", 422), ("Başvuru+metni+burada".encode("cp1254"), 400)]
)
async def test_bytes_that_are_no_text_are_refused(
    officer: Browser, database: Database, text: bytes, status: int
) -> None:
    case = await at(officer, database)
    csrf = officer.form(f"/cases/{case.id}/routing").fields["csrf"][0]
    body = b"units=kddb&note=Acele+ediniz&text=" + text + b"&csrf=" + csrf.encode()
    answer = await officer.client.post(
        f"/cases/{case.id}/routing", content=body, headers={"content-type": "application/x-www-form-urlencoded"}
    )
    assert (answer.status_code, "could not be read" in shown(answer)) == (status, True)
    assert keeps(answer, "Acele ediniz") == (status == 422)
    assert await Cases(database).get(case.id) == case


async def test_a_routing_from_another_site_is_refused(officer: Browser, database: Database) -> None:
    case = await at(officer, database)
    for header in ({"origin": "https://evil.example"}, {"sec-fetch-site": "cross-site"}):
        officer.client.headers.update(header)
        answer = await send(officer, f"/cases/{case.id}/routing", units=["kddb"])
        assert answer.status_code == 422
    assert await Cases(database).get(case.id) == case


async def test_a_token_of_another_session_is_refused(
    app: FastAPI, visit: Visit, officer: Browser, database: Database
) -> None:
    case = await at(officer, database)
    colleague = await log_in(visit(app), database, id="meslektas@klu.example")
    await colleague.open(f"/cases/{case.id}")
    foreign = colleague.form(f"/cases/{case.id}/routing").fields["csrf"]
    answer = await send(officer, f"/cases/{case.id}/routing", units=["kddb"], csrf=foreign)
    assert answer.status_code == 422


async def test_a_finished_case_is_not_routed_again(officer: Browser, database: Database) -> None:
    case = await at(officer, database)
    closed, _ = close(
        case, reason=ClosureReason.DUPLICATE, explanation="", by=example.officer(name="Ali Demir"), now=example.NOW
    )
    await Cases(database).save(closed)
    answer = await send(officer, f"/cases/{case.id}/routing", units=["kddb"], note=NOTE)
    assert (answer.status_code, "This case is answered or closed already." in shown(answer)) == (409, True)
    assert keeps(answer, NOTE)
    assert await announced(database, case.id) == []


async def test_a_declined_case_shows_why_and_goes_to_another_unit(officer: Browser, database: Database) -> None:
    await directory(database)
    case = await kept(database, example.declined_case())
    page = await officer.open(f"/cases/{case.id}")
    assert "Bu konu bizim görevimiz değil." in page
    assert "Suggested unit: Yapı İşleri" in page
    await officer.submit(f"/cases/{case.id}/routing", units=["yitdb"])
    routed = await Cases(database).get(case.id)
    assert [a.state for a in routed.assignments] == [AssignmentState.DECLINED, AssignmentState.REQUESTED]
    assert routed.state is CaseState.ROUTED


async def test_each_unit_can_have_a_note_and_a_last_day_of_its_own(officer: Browser, database: Database) -> None:
    case = await at(officer, database)
    url = f"/cases/{case.id}/routing"
    page = await officer.submit(url, units=["kddb", "yitdb"], note=NOTE, look="units")
    assert "Note to this unit" in page
    assert (await Cases(database).get(case.id)).revision == case.revision
    own: dict[str, Any] = {"unit_codes": ["kddb", "yitdb"], "unit_notes": ["", "Yalnız kazan."], "unit_days": ["", "2"]}
    await officer.submit(url, units=["kddb", "yitdb"], note=NOTE, **own)
    library, works = (await Cases(database).get(case.id)).assignments
    assert (library.note, works.note) == (NOTE, f"{NOTE}\n\nYalnız kazan.")
    assert (library.clock and library.clock.days, works.clock and works.clock.days) == (7, 2)
    assert library.due_at
    assert works.due_at
    assert works.due_at < library.due_at


@pytest.mark.parametrize("days", ["0", "61", "bir"])
async def test_a_last_day_of_its_own_that_is_none_is_refused(officer: Browser, database: Database, days: str) -> None:
    case = await at(officer, database)
    own: dict[str, Any] = {"unit_codes": ["kddb"], "unit_notes": ["Kazan."], "unit_days": [days]}
    answer = await send(officer, f"/cases/{case.id}/routing", units=["kddb"], **own)
    assert (answer.status_code, "working days from 1 to 60" in shown(answer), keeps(answer, "Kazan.")) == (422, 1, 1)
