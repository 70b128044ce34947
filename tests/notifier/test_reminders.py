"""Letters that remind: one for all that is due, to the right person, and not at night."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from services.notifier.domain.letter import Letter
from services.notifier.handlers.contacts import ContactHandlers
from services.notifier.handlers.correspondence import Correspondence
from services.notifier.handlers.institution import InstitutionHandlers
from services.notifier.handlers.writing import Writer
from services.notifier.store import Letters, Snapshots
from shared.clock import utc_now
from shared.documents import AlreadyProcessed, Database, NotYet
from shared.events import ContactsChanged, Event, InstitutionChanged, NotifierKnown, UnitContact, UnitName
from shared.institution import of_settings
from shared.institution_snapshots import InstitutionSnapshots
from tests import examples as example
from tests.conftest import Broker, Make, listening, outcomes
from tests.notifier.letters import LINK, deliver, due_assignment, due_case, handle, officer_reminded, unit_reminded
from tests.notifier.mail import parsed, part, settings

NEWEST = "new.kddb@klu.example"


async def letter(database: Database, event: Event, now: datetime = example.NOW) -> Letter:
    """The one letter that this event makes."""
    letters = await handle(database, event, clock=lambda: now)
    (made,) = await letters.find({}, sort=[("_id", 1)], limit=10)
    return made


async def test_thirty_assignments_are_one_letter_with_a_link_for_each(database: Database) -> None:
    assignments = tuple(due_assignment(number, reference=f"26-7KX4-{number:02}") for number in range(30))
    made = await letter(database, unit_reminded(assignments=assignments))
    assert made.subject == "Hatırlatma: Süresi dolan birim cevapları (30)"
    assert (made.recipient, made.unit_code, made.id) == (
        *(example.LIBRARY.email, None),
        "unit.kddb.2026-11-23.responsible.reminder",
    )
    text = part(parsed(made.raw), "plain")
    assert "30. 26-7KX4-29 – Kütüphanede ısıtma çalışmıyor\nSon gün 20 Kasım 2026 (3 gün geçti)\n" in text
    assert all(f"{LINK}{number}\n" in text for number in range(30))
    assert LINK not in made.record


async def test_what_is_overdue_and_what_is_due_soon_stand_apart(database: Database) -> None:
    today, later = example.NOW, example.NOW + timedelta(days=2)
    due = [due_assignment(), due_assignment(1, due_at=today), due_assignment(2, due_at=later)]
    made = await letter(database, unit_reminded(assignments=tuple(due)))
    text = part(parsed(made.raw), "plain")
    assert made.subject == "Hatırlatma: Süresi dolan birim cevapları (1)"
    assert text.index("Süresi dolanlar") < text.index("3 gün geçti") < text.index("Son günü yaklaşanlar")
    assert text.index("Son gün bugün: 23 Kasım 2026") < text.index("Son gün 25 Kasım 2026")


async def test_before_the_last_day_the_subject_says_that_it_is_near(database: Database) -> None:
    due = due_assignment(due_at=example.NOW + timedelta(days=2))
    made = await letter(database, unit_reminded(cause="before", assignments=(due,)))
    expected = "Hatırlatma: Son günü yaklaşan birim cevapları (1) [26-7KX4-9Q] Kütüphanede ısıtma çalışmıyor"
    assert made.subject == expected
    assert "Süresi dolanlar" not in part(parsed(made.raw), "plain")


async def test_the_head_reads_that_the_unit_has_not_replied(database: Database) -> None:
    made = await letter(database, unit_reminded(role="head"))
    assert made.subject.startswith("Biriminizde cevap süresi dolan başvurular (1)")
    assert "Birim amirinin dikkatine: Kütüphane" in part(parsed(made.raw), "plain")
    assert (made.recipient, made.unit_code) == (example.LIBRARY.email, None)


async def test_a_reminder_waits_for_the_addresses_that_it_names_and_goes_to_the_newest(database: Database) -> None:
    event = unit_reminded(contacts_version=2)
    with pytest.raises(NotYet):
        await handle(database, event)
    told = ContactsChanged(version=2, units=(UnitContact(code=example.LIBRARY.code, email=NEWEST),))
    contacts = ContactHandlers(Snapshots(database), Letters(database), utc_now)
    await contacts.on_contacts_changed(example.sealed(told))
    made = await letter(database, event)
    assert (made.recipient, made.unit_code) == (NEWEST, example.LIBRARY.code)


@pytest.mark.parametrize(
    ("now", "due_at"),
    [
        (datetime(2026, 11, 23, 19, 59, 59), datetime(2026, 11, 23, 19, 59, 59)),
        (datetime(2026, 11, 23, 20, 0), datetime(2026, 11, 24, 8, 0)),
        (datetime(2026, 11, 24, 3, 0), datetime(2026, 11, 24, 8, 0)),
    ],
    ids=["evening", "night", "after midnight"],
)
async def test_no_reminder_leaves_at_night(database: Database, now: datetime, due_at: datetime) -> None:
    ours = timedelta(hours=3)
    utc = example.NOW.tzinfo
    made = await letter(database, unit_reminded(), (now - ours).replace(tzinfo=utc))
    assert made.due_at == (due_at - ours).replace(tzinfo=utc)


@pytest.mark.parametrize(
    ("said", "hour", "due_hour"),
    [
        ({}, 19, 19),
        ({"quiet_from": 18}, 19, 8),
        ({"quiet_from": 18, "quiet_until": 10}, 19, 10),
        ({"quiet_until": 10}, 9, 10),
        ({"quiet_from": 0, "quiet_until": 0}, 23, 23),
    ],
)
async def test_the_quiet_hours_of_the_desk_count_before_those_of_the_settings(
    database: Database, said: dict[str, int], hour: int, due_hour: int
) -> None:
    given, zone = settings(), ZoneInfo("Europe/Istanbul")
    known = of_settings(given).model_copy(update=said)
    office = Correspondence(Letters(database), Writer(given, lambda: known), given, utc_now)
    made = example.letter(due_at=datetime(2026, 11, 23, hour, 30, tzinfo=zone))
    assert office.by_day(made).due_at.astimezone(zone).hour == due_hour


async def test_the_notifier_follows_the_quiet_hours_that_the_router_tells(database: Database) -> None:
    given = settings()
    snapshots = InstitutionSnapshots(database, given, NotifierKnown)
    told = InstitutionChanged.model_validate(
        of_settings(given).model_dump() | {"version": 1, "quiet_from": 18, "quiet_until": 9}
    )
    await InstitutionHandlers(snapshots).on_institution_changed(example.sealed(told))
    assert (snapshots.institution.quiet_from, snapshots.institution.quiet_until) == (18, 9)


async def test_an_officer_reads_in_their_language_why_each_case_is_there(database: Database) -> None:
    unit = UnitName.model_validate(example.LIBRARY)
    overdue = due_case(message_id="m2", cause="overdue", unit=unit, due_at=example.NOW - timedelta(days=1))
    cases = (due_case(), overdue, due_case(message_id="m3", cause="review"), due_case(message_id="m4", cause="newer"))
    made = await letter(database, officer_reminded(cases=cases, cause="digest", language="en"))
    text = part(parsed(made.raw), "plain")
    assert (made.subject, made.recipient) == ("Today on the hotline: waiting cases (4)", "gorevli@klu.example")
    assert text.startswith("Dear Ayşe Yılmaz,")
    groups = ("Units that have not replied in time", "Messages that nobody has taken", "Replies to be checked", "Other")
    assert sorted(groups, key=text.index) == list(groups)
    assert "Department of Library and Documentation\nLast day 22 November 2026 (1 day ago)" in text
    assert "http://127.0.0.1:8002/cases/m2\n" in text


async def test_a_digest_that_is_late_by_a_day_is_not_sent(database: Database) -> None:
    late = example.NOW + timedelta(days=1, minutes=1)
    letters = await handle(database, officer_reminded(cause="digest"), clock=lambda: late)
    assert not await letters.find({}, sort=[("_id", 1)], limit=1)
    assert await letter(database, officer_reminded(), late)


async def test_a_reminder_is_one_letter_however_often_it_is_told(database: Database) -> None:
    event = example.sealed(unit_reminded())
    await deliver(database, event)
    with pytest.raises(AlreadyProcessed):
        await deliver(database, event)


async def test_the_notifier_hears_reminders_over_the_broker(make: Make, broker: Broker) -> None:
    async with listening(make("notifier")) as service:
        await broker.publish(example.sealed(unit_reminded()), times=3)
        assert await outcomes(service, "notifier.unit.reminded", of=3) == {"obeyed": 1, "duplicate": 2}
        await broker.publish(example.sealed(officer_reminded()), times=3)
        assert await outcomes(service, "notifier.officer.reminded", of=3) == {"obeyed": 1, "duplicate": 2}
