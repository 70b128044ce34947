"""What becomes of a mail that came in: told once, as a failure of a letter, or held."""

import asyncio
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from aiosmtplib import SMTPRecipientsRefused

from services.notifier.domain.contacts import Contacts
from services.notifier.domain.incoming import Reading, Understood
from services.notifier.domain.letter import TO_THE_DESK, Letter, LetterState
from services.notifier.domain.mail import MailState
from services.notifier.domain.sending import sent
from services.notifier.domain.taking import check_file
from services.notifier.handlers import mailroom
from services.notifier.handlers.receiving import TIMES
from services.notifier.inbound.reading import Reader, Unreadable
from services.notifier.store.mails import KEPT_FOR, ORPHANED_AFTER
from shared.clock import utc_now
from shared.documents import Database
from shared.events import LetterFailed
from shared.files.store import CLEAN, HELD, UNSCANNED
from tests import examples as example
from tests.notifier.incoming import HOTLINE, HUMAN, Inbound, listening, offer
from tests.notifier.letters import deliver
from tests.notifier.test_bounces import report
from tests.notifier.test_incoming import mail, multipart

EXE = ("Content-Type: application/octet-stream\nContent-Disposition: attachment; filename=x.exe", "MZ")
NOTE = ("Content-Type: text/plain\nContent-Disposition: attachment; filename=not.txt", "Isitma")
AWAY = mail("Yıllık izindeyim.", Subject="Otomatik yanıt: 26-7KX4-9Q", Auto_Submitted="auto-replied")


async def gone(inbound: Inbound, **different: Any) -> tuple[Letter, str, str]:
    """A letter that was sent, and its two addresses."""
    letter, back, reply = await inbound.letter(**different)
    left, _ = sent(letter, example.NOW)
    return await inbound.letters.save(left), back, reply


async def test_a_citizens_answer_is_told_with_the_message_of_its_address(database: Database) -> None:
    async with listening(database, mail_authserv_id="mx.klu.edu.tr") as inbound:
        letter, _, reply = await gone(inbound)
        verified = b"Authentication-Results: mx.klu.edu.tr; dmarc=pass header.from=example.org\r\n" + HUMAN
        found = await inbound.understood(verified, reply)
        (told,) = await inbound.told(found)
    assert told["type"] == "mail.received"
    assert told["data"] | {"received_at": ""} == {
        "mail_id": found.id,
        "purpose": "citizen",
        "message_id": letter.message_id,
        "sender": "deniz.kaya@example.org",
        "sender_name": "Deniz Kaya",
        "subject": "Re: 26-7KX4-9Q",
        "text": "Hala soguk.",
        "quotation": "",
        "files": [],
        "verified": "pass",
        "received_at": "",
    }
    assert (found.state, found.due_at, found.purpose) == (MailState.READ, None, "citizen")


async def test_a_units_answer_is_told_with_its_assignment(database: Database) -> None:
    async with listening(database) as inbound:
        letter, _, reply = await gone(inbound, template="invitation", assignment_id="a1", unit_code="kddb")
        (told,) = await inbound.told(await inbound.understood(HUMAN, reply))
    assert (told["data"]["purpose"], told["data"]["assignment_id"]) == ("unit", "a1")
    assert told["data"]["message_id"] == letter.message_id


@pytest.mark.parametrize(("switched_on", "purpose"), [(True, "new"), (False, "unclear")])
async def test_a_strangers_mail_is_a_new_message_where_that_is_switched_on(
    database: Database, switched_on: bool, purpose: str
) -> None:
    async with listening(database, mail_new_messages=switched_on) as inbound:
        (told,) = await inbound.told(await inbound.understood(HUMAN, HOTLINE))
    assert told["data"]["purpose"] == purpose
    assert "message_id" not in told["data"]


async def test_somebody_who_is_away_is_told_of_and_the_letter_stays_sent(database: Database) -> None:
    async with listening(database) as inbound:
        letter, back, _ = await gone(inbound)
        (told,) = await inbound.told(await inbound.understood(AWAY, back, sender=""))
        assert (await inbound.letters.get(letter.id)).state is LetterState.SENT
    assert (told["data"]["purpose"], told["data"]["automatic"]) == ("automatic", "out_of_office")
    assert told["data"]["message_id"] == letter.message_id


async def test_a_mail_about_a_letter_of_no_message_names_none(database: Database) -> None:
    async with listening(database) as inbound:
        _, back, _ = await gone(inbound, template="codes")
        (told,) = await inbound.told(await inbound.understood(AWAY, back, sender=""))
    assert "message_id" not in told["data"]


async def test_a_letter_that_comes_back_has_failed_once(database: Database) -> None:
    async with listening(database) as inbound:
        letter, back, _ = await gone(inbound)
        first = await inbound.understood(report(), back, sender="")
        await inbound.understood(report(Subject="Again"), back, sender="")
        failed = await inbound.letters.get(letter.id)
        (told,) = await inbound.announced(letter)
        assert await inbound.told(first) == []
    assert (failed.state, failed.reason) == (LetterState.FAILED, "550 5.1.1 No such user")
    assert (told["type"], told["data"]["cause"], told["data"]["reason"]) == ("letter.failed", "returned", failed.reason)
    assert (first.purpose, first.letter_id, first.message_id) == ("bounce", letter.id, letter.message_id)


async def test_a_letter_that_is_late_stays_sent(database: Database) -> None:
    async with listening(database) as inbound:
        letter, back, _ = await gone(inbound)
        found = await inbound.understood(report("delayed", "4.4.1", "smtp; 451 later"), back, sender="")
        assert (await inbound.letters.get(letter.id)).state is LetterState.SENT
        assert await inbound.announced(letter) == []
    assert (found.state, found.reason) == (MailState.READ, "451 later")


async def test_a_report_that_is_faster_than_the_outcome_of_its_letter_waits_for_it(database: Database) -> None:
    now = utc_now()
    async with listening(database, clock=lambda: now) as inbound:
        letter, back, _ = await inbound.letter()
        leased = await inbound.letters.claim(now, timedelta(minutes=1))
        assert leased
        waiting = await inbound.understood(report(), back, sender="")
        assert (waiting.state, waiting.due_at is not None) == (MailState.STORED, True)
        await inbound.letters.save(sent(leased, now)[0])
        now += timedelta(seconds=11)
        assert await inbound.room.read_due()
        assert (await inbound.letters.get(letter.id)).state is LetterState.FAILED


async def head_of_unit(inbound: Inbound) -> None:
    head = {"code": "kddb", "email": "kddb@klu.example", "head_email": "mudur@klu.example"}
    await inbound.snapshots.add(Contacts.model_validate({"id": "contacts", "version": 1, "units": [head]}))


def unit_letter() -> dict[str, Any]:
    return {"template": "invitation", "assignment_id": "a1", "unit_code": "kddb", "recipient": "kddb@klu.example"}


async def test_a_units_letter_that_comes_back_goes_to_its_head(database: Database) -> None:
    async with listening(database) as inbound:
        await head_of_unit(inbound)
        letter, back, _ = await gone(inbound, **unit_letter())
        await inbound.understood(report(), back, sender="")
        passed = await inbound.letters.get(letter.id)
        (told,) = await inbound.announced(letter)
        assert inbound.letters.raw(passed).count(b"\r\n") > 1
    assert (passed.state, passed.recipient) == (LetterState.QUEUED, "mudur@klu.example")
    assert (told["data"]["cause"], told["data"]["passed_to"]) == ("returned", "head")
    assert passed.return_path != letter.return_path


async def test_only_the_third_soft_failure_of_an_address_within_days_is_a_hard_one(database: Database) -> None:
    full = report(status="5.2.2", said="smtp; 552 5.2.2 Mailbox full")
    states = []
    async with listening(database) as inbound:
        await head_of_unit(inbound)
        for _ in range(3):
            letter, back, _ = await gone(inbound, **unit_letter() | {"id": f"{example.letter().id}"})
            await inbound.understood(full, back, sender="")
            states.append((await inbound.letters.get(letter.id)).state)
    assert states == [LetterState.FAILED, LetterState.FAILED, LetterState.QUEUED]


async def test_the_failure_of_a_letter_to_the_desk_makes_no_letter_to_the_desk(database: Database) -> None:
    async with listening(database) as inbound:
        letter, back, _ = await gone(inbound, template="notice", recipient="bidb@klu.example")
        await inbound.understood(report(), back, sender="")
        (told,) = await inbound.announced(letter)
        event = example.sealed(LetterFailed.model_validate(told["data"]))
        letters = await deliver(database, event)
        assert await letters.collection.count_documents({}) == 1
    assert letter.template in TO_THE_DESK


async def test_so_many_mails_of_a_sender_in_an_hour_and_the_others_in_the_next(database: Database) -> None:
    now = utc_now().replace(minute=10)
    async with listening(database, clock=lambda: now, mail_inbound_per_hour=2) as inbound:
        for number in range(3):
            await inbound.understood(HUMAN + b"%d" % number, HOTLINE)
        other = await inbound.understood(HUMAN.replace(b"deniz.kaya", b"ali"), HOTLINE)
        await inbound.understood(AWAY, HOTLINE)
        states = [found.state for found in await inbound.stored()]
        (held,) = [found for found in await inbound.stored() if found.state is MailState.HELD and found.due_at]
        assert await inbound.told(held) == []
        now += timedelta(hours=1)
        while await inbound.room.read_due():
            pass
        again = [found.state for found in await inbound.stored()]
    assert other.state is MailState.READ
    assert sorted(states) == ["held", "held", "read", "read", "read"]
    assert sorted(again) == ["held", "read", "read", "read", "read"]  # a machine's mail stays held


async def test_so_many_mails_to_one_reply_address_in_an_hour_whoever_sends_them(database: Database) -> None:
    now = utc_now()
    async with listening(database, clock=lambda: now, mail_inbound_per_hour=2) as inbound:
        letter, _, reply = await gone(inbound)
        for name in (b"ali", b"ayse", b"can"):
            await inbound.understood(HUMAN.replace(b"deniz.kaya", name), reply, sender=f"{name.decode()}@example.org")
        (held,) = [found for found in await inbound.stored() if found.state is MailState.HELD]
        assert held.message_id == letter.message_id
        elsewhere = await inbound.understood(HUMAN.replace(b"deniz.kaya", b"eren"), HOTLINE, sender="eren@example.org")
        now += timedelta(hours=1)
        assert await inbound.room.read_due()
        (later,) = [found for found in await inbound.stored() if found.id == held.id]
    assert (elsewhere.state, later.state) == (MailState.READ, MailState.READ)


async def test_who_writes_under_anothers_name_keeps_no_mail_of_theirs_from_being_read(database: Database) -> None:
    proof = b"Authentication-Results: mx.klu.example; dmarc=pass header.from=example.org\r\n"
    async with listening(database, mail_inbound_per_hour=2, mail_authserv_id="mx.klu.example") as inbound:
        _, _, reply = await gone(inbound)
        forged = [await inbound.understood(HUMAN + b"%d" % number, HOTLINE) for number in range(3)]
        answer = await inbound.understood(HUMAN + b"answer", reply)
        proved = [await inbound.understood(proof + HUMAN + b"own %d" % number, HOTLINE) for number in range(3)]
    assert [mail.state for mail in forged] == [MailState.READ, MailState.READ, MailState.HELD]
    assert answer.state is MailState.READ
    assert [mail.state for mail in proved] == [MailState.READ, MailState.READ, MailState.HELD]


async def test_who_writes_under_anothers_name_keeps_no_files_of_theirs_from_being_taken(database: Database) -> None:
    text = ("Content-Type: text/plain; charset=utf-8", "Ekte.")
    async with listening(database, client_files=1) as inbound:
        _, _, reply = await gone(inbound)
        forged = await inbound.understood(multipart(text, NOTE), HOTLINE)
        answer = await inbound.understood(multipart(text, NOTE) + b" ", reply)
    assert [len(mail.files) for mail in (forged, answer)] == [1, 1]


async def test_who_answers_many_letters_in_an_hour_is_read(database: Database) -> None:
    async with listening(database, mail_inbound_per_hour=1) as inbound:
        replies = [(await gone(inbound, reply_token=f"{'a' * 25}{digit}"))[2] for digit in "234"]
        read = [await inbound.understood(HUMAN + b"%d" % number, reply) for number, reply in enumerate(replies)]
    assert {mail.state for mail in read} == {MailState.READ}


@pytest.mark.parametrize("of_letter", [True, False])
async def test_far_too_many_mails_to_one_address_stay_at_the_mail_server(database: Database, of_letter: bool) -> None:
    now = utc_now()
    async with listening(database, clock=lambda: now, mail_inbound_per_hour=1) as inbound:
        _, back, reply = await gone(inbound)
        to, other = (back, reply) if of_letter else (reply, back)
        for number in range(TIMES):
            await offer(inbound, HUMAN + b"%d" % number, to)
        with pytest.raises(SMTPRecipientsRefused) as refused:
            await offer(inbound, HUMAN + b"too many", to)
        assert (refused.value.recipients[0].code, refused.value.recipients[0].message[:5]) == (452, "4.2.2")
        assert len(await inbound.stored()) == TIMES
        await offer(inbound, HUMAN, other)
        await offer(inbound, HUMAN, HOTLINE)
        now += timedelta(hours=1, seconds=1)
        await offer(inbound, HUMAN + b"too many", to)
        assert len(await inbound.stored()) == TIMES + 3


async def test_many_write_to_the_hotline(database: Database) -> None:
    async with listening(database, mail_inbound_per_hour=1) as inbound:
        for number in range(TIMES + 2):
            await offer(inbound, HUMAN + b"%d" % number, HOTLINE)
        assert len(await inbound.stored()) == TIMES + 2


async def test_two_machines_that_answer_each_other_end_by_themselves(database: Database) -> None:
    async with listening(database, mail_inbound_per_hour=3) as inbound:
        letter, _, reply = await gone(inbound)
        for number in range(6):
            await inbound.understood(mail(f"Talebiniz alındı {number}", Auto_Submitted="auto-replied"), reply)
        told = [event for found in await inbound.stored() for event in await inbound.told(found)]
        assert await inbound.letters.collection.count_documents({}) == 1
    assert [event["data"]["purpose"] for event in told] == ["automatic"] * 3
    assert letter.state is LetterState.SENT


async def test_files_are_kept_or_named(database: Database) -> None:
    async with listening(database) as inbound:
        _, _, reply = await gone(inbound)
        text = ("Content-Type: text/plain; charset=utf-8", "Ekte.")
        found = await inbound.understood(multipart(text, NOTE, EXE), reply)
        (told,) = await inbound.told(found)
        (file,) = told["data"]["files"]
        content = b"".join([block async for block in inbound.room.uploads.files.read(file["id"])])
    assert (file["name"], file["owner"], file["state"], content.strip()) == (
        "not.txt",
        "notifier",
        UNSCANNED,
        b"Isitma",
    )
    assert told["data"]["text"] == "Ekte.\n\n[Eklenmedi: x.exe]"
    assert [kept.id for kept in found.files] == [file["id"]]


async def test_what_a_machine_attaches_is_not_kept(database: Database) -> None:
    async with listening(database) as inbound:
        found = await inbound.understood(multipart(NOTE, Auto_Submitted="auto-replied"), HOTLINE)
    assert found.files == ()


async def test_what_the_scanner_finds_later_is_told(database: Database) -> None:
    async with listening(database) as inbound:
        found = await inbound.understood(multipart(NOTE), HOTLINE)
    held = found.model_copy(update={"files": (found.files[0].model_copy(update={"state": HELD}),)})
    checked = check_file(held, found.files[0].id, CLEAN, example.NOW)
    assert checked
    changed, (told,) = checked
    assert (changed.files[0].state, told.type) == (CLEAN, "mail_file.checked")
    assert check_file(changed, found.files[0].id, CLEAN, example.NOW) is None
    assert check_file(changed, "another", CLEAN, example.NOW) is None


async def test_a_mail_that_ends_its_process_is_told_by_its_head(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    deep = "".join(f"Content-Type: multipart/mixed; boundary=b{n}\n\n--b{n}\n" for n in range(3_000))
    async with listening(database) as inbound:
        _, _, reply = await gone(inbound)
        raw = b"From: Deniz <deniz.kaya@example.org>\r\nSubject: Merhaba\r\n" + deep.encode().replace(b"\n", b"\r\n")
        (told,) = await inbound.told(await inbound.understood(raw, reply))
    assert (told["data"]["subject"], told["data"]["purpose"]) == ("Merhaba", "citizen")
    assert told["data"]["text"] == "[Bu e-posta bütünüyle okunamadı.]"


async def test_a_mail_that_nobody_can_read_is_told_as_unclear(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def never(*_: object) -> None:
        raise Unreadable

    async with listening(database) as inbound:
        letter, _, reply = await gone(inbound)
        monkeypatch.setattr(Reader, "read", never)
        found = await inbound.understood(HUMAN, reply)
        (told,) = await inbound.told(found)
        assert await inbound.mails.content_of(found) == HUMAN
    assert (found.state, told["data"]["purpose"]) == (MailState.UNREADABLE, "unclear")
    assert told["data"]["message_id"] == letter.message_id


async def test_many_readers_tell_each_mail_once(database: Database) -> None:
    async with listening(database) as inbound, listening(database) as other:
        for number in range(6):
            await offer(inbound, HUMAN + b"%d" % number, HOTLINE)

        async def all_of(one: Inbound) -> None:
            while await one.room.read_due():
                pass

        await asyncio.gather(all_of(inbound), all_of(other))
        told = [event for found in await inbound.stored() for event in await inbound.told(found)]
    assert len({event["data"]["mail_id"] for event in told}) == len(told) == 6


@pytest.mark.parametrize("in_time", [True, False])
async def test_when_a_process_stops_while_it_reads_another_one_reads_the_mail_at_once(
    database: Database, monkeypatch: pytest.MonkeyPatch, in_time: bool
) -> None:
    begun, stopped = asyncio.Event(), asyncio.Event()
    read = Reader.read

    async def slowly(self: Reader, raw: bytes, reading: Reading) -> Understood:
        begun.set()
        await stopped.wait()
        return await read(self, raw, reading)

    async with listening(database) as inbound:
        _, _, reply = await gone(inbound)
        await offer(inbound, HUMAN, reply)
        with monkeypatch.context() as patched:
            patched.setattr(Reader, "read", slowly)
            if not in_time:
                patched.setattr(mailroom, "PATIENCE", 0)
            job = asyncio.create_task(inbound.room.run())
            await begun.wait()
            job.cancel()
            if in_time:
                stopped.set()
            with suppress(asyncio.CancelledError):
                await job
        (left,) = await inbound.stored()
        assert (left.state is MailState.READ, await inbound.room.read_due()) == (in_time, not in_time)
        (found,) = await inbound.stored()
        (told,) = await inbound.told(found)
    assert (found.state, found.due_at, told["data"]["text"]) == (MailState.READ, None, "Hala soguk.")


async def test_the_bytes_of_a_mail_go_after_a_month_and_those_of_none_after_a_day(database: Database) -> None:
    now = utc_now()
    async with listening(database, clock=lambda: now) as inbound:
        await inbound.mails.keep_content(b"of none")
        found = await inbound.understood(HUMAN, HOTLINE)
        parts = inbound.mails.database["mail_parts"]
        inbound.mails.database.clock = lambda: now + ORPHANED_AFTER * 2
        await inbound.mails.sweep()
        assert await parts.count_documents({}) == 1
        outlived = inbound.mails.outlived(now + KEPT_FOR + timedelta(hours=1))
        assert [one async for one in inbound.mails.ids(outlived)] == [found.id]
        await inbound.mails.forget_content(found.id, now)
        assert await parts.count_documents({}) == 0
        assert (await inbound.stored())[0].content == ""


@pytest.mark.parametrize("own", ["bidb@klu.example", "BIDB+hat@klu.example", HOTLINE])
async def test_what_the_desk_itself_writes_is_no_new_message(database: Database, own: str) -> None:
    """Else a machine that answers every letter there would be told of its own answers, and answer that, for ever."""
    raw = HUMAN.replace(b"deniz.kaya@example.org", own.encode())
    async with listening(database, mail_new_messages=True) as inbound:
        found = await inbound.understood(raw, HOTLINE)
        forwarded = await inbound.understood(HUMAN, HOTLINE, sender=own)
        (told,) = await inbound.told(found)
    assert (found.purpose, forwarded.purpose) == ("unclear", "unclear")
    assert told["data"]["purpose"] == "unclear"
