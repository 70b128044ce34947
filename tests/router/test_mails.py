"""Mails that came in, in their cases: kept whole, marked, found, and taken as replies by one click."""

from typing import Any

import pytest

from scripts.browser import Browser
from services.router.access import Role
from services.router.cases.domain.attention import attention, needs_attention
from services.router.cases.domain.case import Case, open_case
from services.router.cases.domain.mailed import adopt, do_not_take, propose_reply, receive_mail
from services.router.cases.domain.mails import Mail, mail_of
from services.router.cases.domain.reading import look_at
from services.router.cases.domain.submitter import follow_up
from services.router.cases.domain.terms import terms
from services.router.cases.mails import MailHandlers
from services.router.cases.store.cases import Cases
from services.router.cases.store.mails import Mails
from shared.documents import AlreadyProcessed, Database, NotFound
from shared.events import MailFileChecked, MailReplyDecided
from shared.mails import message_of
from shared.refused import Refused
from tests import examples as example
from tests.conftest import Make, Visit
from tests.router.desk import announced, kept, log_in, send, shown
from tests.router.mails import FILE, LATER, from_unit, mail, proposed, with_proposed_reply
from tests.router.submitting import followed_up

BY = example.officer()


def received(case: Case, **different: Any) -> Case:
    return example.saved(receive_mail(case, mail_of(mail(case, **different))))


# What a mail does to its case


def test_a_mail_stands_in_the_history_with_its_sender_and_is_found_by_its_words() -> None:
    case = received(example.routed_case())
    entry = case.timeline[-1]
    assert (entry.what, entry.by, entry.mail, entry.verified) == ("mail_received", "Deniz Kaya", "m1", "none")
    assert "kalorifer" in terms(case)
    assert case.state == "routed"


def test_a_mail_that_became_nothing_else_waits_to_be_read_also_in_a_closed_case() -> None:
    case = received(example.answered_case())
    assert attention(case) == ("mail_received",)
    assert needs_attention(case)
    assert attention(look_at(case, by=BY, now=LATER)) == ()


def test_a_mail_that_became_an_addition_has_that_mark_alone() -> None:
    case = received(example.routed_case())
    told = followed_up(case).model_copy(update={"mail_id": "m1"})
    case = example.saved(follow_up(case, told))
    assert attention(case) == ("followed_up",)
    assert case.timeline[-1].mail == "m1"


def test_an_automatic_reply_is_a_short_entry_that_nobody_has_to_read() -> None:
    case = received(example.routed_case(), automatic="out_of_office", text="İzindeyim. " * 200)
    assert (case.timeline[-1].what, len(case.timeline[-1].text) <= 500, attention(case)) == ("mail_automatic", True, ())


def test_of_a_long_mail_the_history_has_the_beginning() -> None:
    case = received(example.routed_case(), text="a" * 20_000)
    assert len(case.timeline[-1].text) == 10_000


def test_of_very_many_mails_the_history_has_a_few_words_each() -> None:
    case = example.routed_case()
    for number in range(101):
        case = received(case, mail_id=f"m{number}", text="a" * 20_000)
    assert [len(entry.text) for entry in case.timeline[-2:]] == [10_000, 500]


def test_a_message_that_was_a_mail_leads_to_it_and_is_doubtful_only_if_it_may_be_forged() -> None:
    submitted = example.message_submitted(channel="email", mail_id="m1", doubts=("unverified",))
    case = open_case(submitted)[0]
    assert (case.timeline[0].mail, case.timeline[0].verified, case.doubtful) == ("m1", "none", False)
    forged = open_case(submitted.model_copy(update={"doubts": ("forged",)}))[0]
    assert (forged.timeline[0].verified, forged.doubtful) == ("fail", True)
    assert open_case(submitted.model_copy(update={"doubts": ()}))[0].timeline[0].verified == "pass"


# A unit's mail


def test_a_proposed_reply_waits_for_an_officer_and_changes_no_state() -> None:
    case = with_proposed_reply(example.routed_case())
    assert attention(case) == ("reply_proposed",)
    assert ([mail.id for mail in case.assignments[0].waiting_mails], case.state) == (["m1"], "routed")
    assert propose_reply(case, proposed(case), LATER) == case


def test_an_adopted_mail_is_told_to_the_portal_and_waits_no_more() -> None:
    case = with_proposed_reply(example.routed_case())
    adopted, (told,) = adopt(case, case.assignments[0].id, "m1", by=BY, now=LATER)
    assert isinstance(told, MailReplyDecided)
    assert (told.adopted, told.mail_id, told.actor and told.actor.id) == (True, "m1", BY.id)
    assert (adopted.timeline[-1].what, attention(example.saved(adopted))) == ("mail_adopted", ())


def test_a_mail_is_not_taken_for_a_reason() -> None:
    case = with_proposed_reply(example.routed_case())
    refused, (told,) = do_not_take(case, case.assignments[0].id, "m1", reason="Tarih yok.", by=BY, now=LATER)
    assert (told.model_dump()["adopted"], told.model_dump()["reason"]) == (False, "Tarih yok.")
    assert refused.timeline[-1].text == "Tarih yok."


@pytest.mark.parametrize("made", [example.replied_case, example.answered_case], ids=["replied", "answered"])
def test_a_mail_after_the_reply_is_no_reply_any_more_and_waits_to_be_read(made: Any) -> None:
    case = example.saved(with_proposed_reply(made()))
    assert "reply_proposed" not in attention(case)
    assert "mail_received" in attention(case)
    with pytest.raises(Refused):
        adopt(case, case.assignments[0].id, "m1", by=BY, now=LATER)


def test_of_two_officers_the_second_one_is_refused() -> None:
    case = with_proposed_reply(example.routed_case())
    adopted, _ = adopt(case, case.assignments[0].id, "m1", by=BY, now=LATER)
    with pytest.raises(Refused):
        do_not_take(adopted, case.assignments[0].id, "m1", reason="Tarih yok.", by=BY, now=LATER)


# The handlers


@pytest.fixture
async def mails(database: Database) -> Mails:
    found = Mails(database)
    await found.prepare()
    return found


@pytest.fixture
def handlers(database: Database, mails: Mails) -> MailHandlers:
    return MailHandlers(Cases(database), mails, lambda: LATER)


async def test_a_mail_is_kept_whole_and_noted_once(handlers: MailHandlers, mails: Mails, database: Database) -> None:
    case = await kept(database, example.routed_case())
    event = example.sealed(mail(case, files=(FILE,)))
    await handlers.on_mail_received(event)
    with pytest.raises(AlreadyProcessed):
        await handlers.on_mail_received(event)
    whole = await mails.get("m1")
    assert (whole.text, whole.quotation) == ("Bugün de kalorifer soğuk.", "> Başvurunuz alınmıştır.")
    assert [file.owner for file in whole.files] == ["notifier"]
    assert [e.mail for e in (await Cases(database).get(case.id)).timeline if e.mail] == ["m1"]
    assert not whole.waits


async def test_no_mail_is_kept_of_a_case_that_is_not_here(handlers: MailHandlers, database: Database) -> None:
    with pytest.raises(NotFound):
        await handlers.on_mail_received(example.sealed(mail(example.case())))
    assert await database["mails"].count_documents({}) == 0


@pytest.mark.parametrize(
    ("different", "waits"),
    [
        ({"purpose": "unclear"}, True),
        ({"purpose": "new"}, False),
        ({"purpose": "automatic", "automatic": "other"}, False),
    ],
    ids=["unclear", "new", "automatic"],
)
async def test_a_mail_without_a_case_waits_unless_it_is_a_message_or_a_program_s(
    handlers: MailHandlers, mails: Mails, different: dict[str, Any], waits: bool
) -> None:
    await handlers.on_mail_received(example.sealed(mail(**different)))
    assert [one.id for one in await mails.waiting(limit=9)] == (["m1"] if waits else [])
    assert await mails.count() == int(waits)


async def test_what_the_scanner_found_reaches_the_mail_and_the_proposed_reply_in_any_order(
    handlers: MailHandlers, mails: Mails, database: Database
) -> None:
    case = await kept(database, example.routed_case())
    held = FILE.model_copy(update={"state": "held"})
    checked = MailFileChecked(mail_id="m1", message_id=case.id, file_id="m1a", state="clean", checked_at=LATER)
    with pytest.raises(NotFound):
        await handlers.on_mail_file_checked(example.sealed(checked))
    await handlers.on_mail_received(example.sealed(from_unit(case, files=(held,))))
    await handlers.on_mail_file_checked(example.sealed(checked))
    await handlers.on_reply_proposed(example.sealed(proposed(case, files=(held,))))
    assert [file.state for file in (await mails.get("m1")).files] == ["clean"]
    assert (await Cases(database).get(case.id)).assignments[0].mailed[0].files[0].state == "clean"
    infected = checked.model_copy(update={"state": "infected"})
    await handlers.on_mail_file_checked(example.sealed(infected))
    assert (await Cases(database).get(case.id)).assignments[0].mailed[0].files[0].state == "infected"


async def test_a_file_of_a_mail_that_is_a_message_is_noted_in_the_case_of_that(
    handlers: MailHandlers, database: Database
) -> None:
    await handlers.on_mail_received(example.sealed(mail(purpose="new", files=(FILE,))))
    checked = MailFileChecked(mail_id="m1", file_id="m1a", state="clean", checked_at=LATER)
    with pytest.raises(NotFound):
        await handlers.on_mail_file_checked(example.sealed(checked))
    case = await kept(database, example.case(id=message_of("m1")))
    await handlers.on_mail_file_checked(example.sealed(checked))
    assert [scan.state for scan in (await Cases(database).get(case.id)).checked] == ["clean"]


# The pages


async def waiting_case(database: Database) -> tuple[Case, str]:
    """A case whose unit has written an e-mail; and the address of the mail in its assignment."""
    case = await kept(database, with_proposed_reply(example.routed_case()))
    await Mails(database).add(mail_of(from_unit(case)))
    return case, f"/cases/{case.id}/assignments/{case.assignments[0].id}/mails/m1"


async def test_an_officer_adopts_a_mail_by_one_click(officer: Browser, database: Database) -> None:
    case, address = await waiting_case(database)
    page = await officer.open(f"/cases/{case.id}")
    assert "An e-mail came from the unit: is it its reply?" in page
    assert "Sender not verified" in page
    answer = await send(officer, f"{address}/adoption")
    assert "The e-mail is taken as the unit's reply" in shown(answer)
    (told,) = await announced(database, case.id)
    assert (told["type"], told["adopted"]) == ("mail_reply.decided", True)


async def test_the_review_shows_the_mail_too(officer: Browser, database: Database) -> None:
    case, address = await waiting_case(database)
    await officer.open(f"/cases/{case.id}/review")
    assert officer.form(f"{address}/adoption")


async def test_a_mail_is_not_taken_only_with_a_reason(officer: Browser, database: Database) -> None:
    case, address = await waiting_case(database)
    await officer.open(f"{address}/refusal")
    answer = await send(officer, f"{address}/refusal", reason="")
    assert answer.status_code == 422
    await officer.open(f"{address}/refusal")
    await send(officer, f"{address}/refusal", reason="Tarih yok.")
    (told,) = await announced(database, case.id)
    assert (told["adopted"], told["reason"]) == (False, "Tarih yok.")


async def test_a_mail_about_which_a_colleague_has_decided_is_refused_with_the_page(
    officer: Browser, database: Database
) -> None:
    case, address = await waiting_case(database)
    await officer.open(f"/cases/{case.id}")
    decided, told = adopt(case, case.assignments[0].id, "m1", by=BY, now=LATER)
    await Cases(database).save(decided, announcing=told)
    answer = await send(officer, f"{address}/adoption")
    assert answer.status_code == 409
    assert "A colleague has already decided about this e-mail." in shown(answer)


async def test_the_whole_mail_and_its_files_open_from_the_history(officer: Browser, database: Database) -> None:
    case, _ = await waiting_case(database)
    await officer.open(f"/cases/{case.id}")
    assert f'href="/cases/{case.id}/mails/m1"' in officer.html
    page = await officer.open(f"/cases/{case.id}/mails/m1")
    assert "Kalorifer onarıldı." in page
    assert "What the e-mail repeats of letters before" in page
    file = await officer.client.get(f"/cases/{case.id}/mails/m1/files/m1a", follow_redirects=False)
    assert file.headers["location"].startswith("http://127.0.0.1:8004/files/m1a?grant=")
    small = await officer.client.get(f"/cases/{case.id}/mails/m1/files/m1a/preview", follow_redirects=False)
    assert "/files/m1a/preview?grant=" in small.headers["location"]


async def test_a_mail_of_another_case_or_of_a_restricted_one_is_not_found(
    officer: Browser, database: Database, make: Make, visit: Visit
) -> None:
    case, _ = await waiting_case(database)
    other = await kept(database, example.routed_case())
    assert (await officer.client.get(f"/cases/{other.id}/mails/m1")).status_code == 404
    assert (await officer.client.get("/mails/m1")).status_code == 404
    restriction = {"why": "health", "to": ("somebody",), "at": LATER}
    await Cases(database).save(Case.model_validate(case.model_dump() | {"restriction": restriction}))
    for address in (f"/cases/{case.id}/mails/m1", f"/cases/{case.id}/mails/m1/files/m1a"):
        assert (await officer.client.get(address)).status_code == 404


async def test_who_only_reads_sees_no_button(make: Make, visit: Visit, database: Database) -> None:
    case, _ = await waiting_case(database)
    auditor = await log_in(visit(make("router"), language="en"), database, role=Role.AUDITOR)
    assert "An e-mail came from the unit" in await auditor.open(f"/cases/{case.id}")
    assert "/adoption" not in auditor.html


# Mails without a case


async def incoming(database: Database, **different: Any) -> Mail:
    await Mails(database).add(one := mail_of(mail(**different)))
    return one


async def stored(database: Database) -> dict[str, Any]:
    return await database["mails"].find_one({"_id": "m1"}) or {}


async def test_an_officer_opens_a_case_from_a_mail(officer: Browser, database: Database) -> None:
    await incoming(database, files=(FILE,))
    assert "Isıtma hakkında" in await officer.open("/mails")
    await officer.open("/mails/m1")
    answer = await send(officer, "/mails/m1", act="case", kind="request")
    assert "The case is here in a moment." in shown(answer)
    document = await stored(database)
    requested, record = [example.unpublished_data(entry) for entry in document["outbox"]]
    assert (requested["kind"], requested["text"], requested["files"][0]["owner"]) == (
        "request",
        "Bugün de kalorifer soğuk.",
        "notifier",
    )
    assert (record["action"], record["object_id"], record["fields"]) == ("mail_made_case", "m1", ["outcome"])
    case = await kept(database, example.case(id=message_of("m1")))
    await officer.open("/mails/m1")
    assert f'href="/cases/{case.id}"' in officer.html
    assert "No e-mail waits" in await officer.open("/mails")


async def act(officer: Browser, **fields: str) -> Any:
    await officer.open("/mails/m1")
    return await send(officer, "/mails/m1", **fields)


async def test_a_mail_is_put_into_a_case_by_its_reference(officer: Browser, database: Database) -> None:
    case = await kept(database, example.routed_case())
    await incoming(database)
    answer = await act(officer, act="attach", reference=case.reference.replace("-", " ").lower())
    assert answer.url.path == "/mails"
    entry = (await Cases(database).get(case.id)).timeline[-1]
    assert (entry.what, entry.mail, entry.text) == ("mail_attached", "m1", "Bugün de kalorifer soğuk.")
    assert (await officer.client.get(f"/cases/{case.id}/mails/m1")).status_code == 200
    assert (await stored(database))["outcome"] == "attached"


async def test_an_unknown_reference_is_said_beside_the_field(officer: Browser, database: Database) -> None:
    await incoming(database)
    answer = await act(officer, act="attach", reference="26-0000-00")
    assert (answer.status_code, "There is no case with this number." in shown(answer)) == (409, True)
    assert (await stored(database))["outcome"] is None


async def test_a_mail_is_marked_as_dealt_with_once_and_stays_readable(officer: Browser, database: Database) -> None:
    await incoming(database)
    await officer.open("/mails/m1")
    again = officer.form("/mails/m1").fields | {"act": ["dealt_with"]}
    await act(officer, act="dealt_with")
    assert (await officer.client.post("/mails/m1", data=again)).status_code == 409
    document = await stored(database)
    assert [example.unpublished_data(entry)["action"] for entry in document["outbox"]] == ["mail_dealt_with"]
    assert "Bugün de kalorifer soğuk." in await officer.open("/mails/m1")


async def test_a_kind_that_the_institution_does_not_have_is_refused(officer: Browser, database: Database) -> None:
    await incoming(database)
    assert (await act(officer, act="case", kind="no-such-kind")).status_code == 422


async def test_the_files_of_a_mail_without_a_case_open(officer: Browser, database: Database) -> None:
    await incoming(database, files=(FILE, FILE.model_copy(update={"id": "m1b", "state": "held"})))
    opened = await officer.client.get("/mails/m1/files/m1a", follow_redirects=False)
    assert opened.headers["location"].startswith("http://127.0.0.1:8004/files/m1a?grant=")
    assert (await officer.client.get("/mails/m1/files/m1b", follow_redirects=False)).status_code == 404


async def test_who_only_reads_cannot_decide_about_a_mail(make: Make, visit: Visit, database: Database) -> None:
    await incoming(database)
    auditor = await log_in(visit(make("router"), language="en"), database, role=Role.AUDITOR)
    await auditor.open("/mails/m1")
    assert 'name="act"' not in auditor.html
    assert (await auditor.client.post("/mails/m1", data={"act": "dealt_with"})).status_code in (403, 422)
    assert (await stored(database))["outcome"] is None
