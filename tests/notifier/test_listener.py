"""Mail that comes in over SMTP: for our addresses alone, and stored once before it is answered for."""

import asyncio
import ssl
from pathlib import Path

import pytest
from aiosmtplib import (
    SMTP,
    SMTPDataError,
    SMTPRecipientsRefused,
    SMTPResponseException,
    SMTPSenderRefused,
    SMTPServerDisconnected,
)
from pymongo.errors import ServerSelectionTimeoutError

from services.notifier.domain.mail import Kind, MailState
from services.notifier.inbound.listener import MOST_RECIPIENTS
from shared.documents import Database
from tests.certificates import own_authority
from tests.notifier.incoming import DOMAIN, HOTLINE, HUMAN, TOKEN, connected, listening, offer


async def test_a_mail_is_stored_before_it_is_answered_for(database: Database) -> None:
    async with listening(database) as inbound:
        _, _, reply = await inbound.letter()
        assert await offer(inbound, HUMAN, reply) == "2.0.0 OK"
        (mail,) = await inbound.stored()
        assert await inbound.mails.content_of(mail) == HUMAN
    assert (mail.to.kind, mail.to.token, mail.state) == (Kind.REPLY, TOKEN, MailState.STORED)
    assert (mail.sender, mail.size) == ("deniz.kaya@example.org", len(HUMAN))


async def test_its_bytes_are_sealed(database: Database) -> None:
    async with listening(database) as inbound:
        await offer(inbound, HUMAN, HOTLINE)
    parts = [found async for found in database["mail_parts"].find({})]
    assert len(parts) == 1
    assert "soguk" not in str(parts)


async def test_a_large_mail_is_stored_byte_for_byte(database: Database) -> None:
    raw = HUMAN + b"".join(b"%08d \xfc\x00\x80 %s\r\n" % (n, b"x" * 900) for n in range(3_000))
    async with listening(database, largest=5_000_000) as inbound:
        await offer(inbound, raw, HOTLINE)
        (mail,) = await inbound.stored()
        assert await inbound.mails.content_of(mail) == raw


async def test_a_mail_is_taken_whatever_bytes_are_in_the_name_of_its_sender(database: Database) -> None:
    async with listening(database) as inbound, connected(inbound) as client:
        await client.execute_command(b"MAIL FROM:<m\xfcd\xfcr@example.org>")
        await client.rcpt(HOTLINE)
        assert (await client.data(HUMAN)).code == 250
        (mail,) = await inbound.stored()
    assert mail.sender == "müdür@example.org"


async def test_a_mail_that_comes_again_changes_nothing(database: Database) -> None:
    again = b"Received: from relay2 by mx\r\n" + HUMAN
    async with listening(database) as inbound:
        for raw in (HUMAN, HUMAN, again):
            assert await offer(inbound, raw, HOTLINE) == "2.0.0 OK"
        assert len(await inbound.stored()) == 1
        assert await inbound.mails.database["mail_parts"].count_documents({}) == 1


async def test_another_mail_with_the_same_message_id_is_another_mail(database: Database) -> None:
    async with listening(database) as inbound:
        await offer(inbound, HUMAN, HOTLINE)
        await offer(inbound, HUMAN + b"Bugun de.\r\n", HOTLINE)
        assert len(await inbound.stored()) == 2


async def test_a_mail_to_several_addresses_of_ours_is_stored_for_each_once(database: Database) -> None:
    async with listening(database) as inbound:
        _, back, reply = await inbound.letter()
        await offer(inbound, HUMAN, back, HOTLINE, back.upper(), HOTLINE.upper())
        assert sorted(mail.to.kind for mail in await inbound.stored()) == [Kind.HOTLINE, Kind.RETURN]
        await offer(inbound, HUMAN, reply, reply.upper())
        assert len(await inbound.stored()) == 3


async def test_an_answer_of_which_the_hotline_gets_a_copy_is_no_new_message_beside_it(database: Database) -> None:
    async with listening(database) as inbound:
        _, _, reply = await inbound.letter()
        await offer(inbound, HUMAN, HOTLINE, reply)
        assert [mail.to.kind for mail in await inbound.stored()] == [Kind.REPLY]


@pytest.mark.parametrize(
    "to",
    [
        "somebody@example.org",
        f"somebody@{DOMAIN}",
        f"yanit-{'z' * 26}@{DOMAIN}",
        f"donus-{TOKEN}@{DOMAIN}",
        f"yanit-{TOKEN}@example.org",
        f"yanit-{TOKEN[:-1]}@{DOMAIN}",
        f"hat%example.org@{DOMAIN}",
    ],
)
async def test_no_other_address_is_taken(database: Database, to: str) -> None:
    async with listening(database) as inbound:
        await inbound.letter()
        with pytest.raises(SMTPRecipientsRefused) as refused:
            await offer(inbound, HUMAN, to)
        assert await inbound.stored() == []
    assert (refused.value.recipients[0].code, refused.value.recipients[0].message[:5]) == (550, "5.1.1")


async def test_a_mail_is_taken_for_those_addresses_that_are_ours(database: Database) -> None:
    async with listening(database) as inbound:
        await offer(inbound, HUMAN, HOTLINE, "somebody@example.org")
        assert [mail.to.kind for mail in await inbound.stored()] == [Kind.HOTLINE]


async def test_nobody_is_a_sender_too(database: Database) -> None:
    async with listening(database) as inbound:
        _, back, _ = await inbound.letter()
        await offer(inbound, HUMAN, back, sender="")
        assert [mail.sender for mail in await inbound.stored()] == [""]


async def test_a_mail_that_is_too_big_is_refused_for_good(database: Database) -> None:
    async with listening(database, largest=10_000) as inbound:
        with pytest.raises(SMTPSenderRefused) as announced:
            await offer(inbound, HUMAN + b"x" * 20_000, HOTLINE)
        async with connected(inbound) as client:
            await client.mail("a@example.org")
            await client.rcpt(HOTLINE)
            with pytest.raises(SMTPDataError) as found:
                await client.data(b"x\r\n" * 10_000)
            await client.mail("a@example.org")  # the connection goes on
        assert await inbound.stored() == []
    for refused in (announced.value, found.value):
        assert (refused.code, refused.message[:5]) == (552, "5.3.4")


async def test_so_many_recipients_and_no_more(database: Database) -> None:
    async with listening(database) as inbound, connected(inbound) as client:
        await client.mail("a@example.org")
        for _ in range(MOST_RECIPIENTS):
            await client.rcpt(HOTLINE)
        with pytest.raises(SMTPResponseException) as refused:
            await client.rcpt(HOTLINE)
    assert (refused.value.code, refused.value.message[:5]) == (452, "4.5.3")


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (b"RCPT TO:nobody", 550),
        (b"RCPT TO:<>", 550),
        (b"RCPT TO:<@example.org:>", 553),
        (b"RCPT", 501),
        (b"RCPT TO:<hat@klu.example> X=1", 555),
        (b"MAIL FROM:<b@example.org>", 503),
        (b"NONSENSE", 500),
        (b"VRFY hat@klu.example", 252),
    ],
)
async def test_what_is_malformed_is_answered_as_rfc_5321_says(database: Database, command: bytes, code: int) -> None:
    async with listening(database) as inbound, connected(inbound) as client:
        await client.mail("a@example.org")
        assert (await client.execute_command(command)).code == code


async def test_mail_waits_at_its_sender_while_mongodb_is_away(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: object) -> None:
        raise ServerSelectionTimeoutError("away")

    async with listening(database) as inbound:
        _, _, reply = await inbound.letter()
        with monkeypatch.context() as patch:
            patch.setattr(inbound.letters, "reply_address", away)
            with pytest.raises(SMTPRecipientsRefused) as looked_up:
                await offer(inbound, HUMAN, reply)
        with monkeypatch.context() as patch:
            patch.setattr(inbound.mails, "add", away)
            with pytest.raises(SMTPDataError) as stored:
                await offer(inbound, HUMAN, reply)
        assert await inbound.stored() == []
        assert await offer(inbound, HUMAN, reply) == "2.0.0 OK"
    assert (looked_up.value.recipients[0].code, stored.value.code) == (451, 451)


async def test_what_was_stored_without_an_answer_is_stored_once_when_it_comes_again(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with listening(database) as inbound:
        with monkeypatch.context() as patch:
            add = inbound.mails.add

            async def stored_but_not_answered(mail: object, **more: object) -> None:
                await add(mail, **more)  # type: ignore[arg-type]
                raise ConnectionResetError

            patch.setattr(inbound.mails, "add", stored_but_not_answered)
            with pytest.raises(SMTPServerDisconnected):
                await offer(inbound, HUMAN, HOTLINE)
        assert await offer(inbound, HUMAN, HOTLINE) == "2.0.0 OK"
        assert len(await inbound.stored()) == 1


async def test_a_stranger_is_not_heard(database: Database) -> None:
    async with listening(database, peers=["192.0.2.0/24"]) as inbound:
        reader, writer = await asyncio.open_connection("127.0.0.1", inbound.listener.port)
        writer.write(b"EHLO x\r\n")
        assert (await reader.read())[:9] == b"554 5.7.1"
        writer.close()


async def test_who_is_connected_when_it_stops_is_told_to_come_later(database: Database) -> None:
    async with listening(database) as inbound:
        reader, writer = await asyncio.open_connection("127.0.0.1", inbound.listener.port)
        assert (await reader.readline()).startswith(b"220 ")
        await inbound.listener.close()
        assert (await reader.read())[:9] == b"421 4.3.2"
        writer.close()


async def test_a_mail_that_is_being_received_when_it_stops_is_received_to_its_end(database: Database) -> None:
    async with listening(database) as inbound:
        reader, writer = await asyncio.open_connection("127.0.0.1", inbound.listener.port)
        await reader.readline()
        for command in (b"HELO x", b"MAIL FROM:<a@example.org>", b"RCPT TO:<hat@klu.example>", b"DATA"):
            writer.write(command + b"\r\n")
            answer = await reader.readline()
        assert answer.startswith(b"354")
        closing = asyncio.create_task(inbound.listener.close())
        writer.write(HUMAN + b".\r\n")
        assert (await reader.read()).split(b"\r\n")[:2] == [
            b"250 2.0.0 OK",
            b"421 4.3.2 The service stops; try again later",
        ]
        await closing
        assert len(await inbound.stored()) == 1
        writer.close()


async def test_starttls_is_offered_where_there_is_a_certificate(database: Database, tmp_path: Path) -> None:
    certificate = own_authority(tmp_path / "tls.pem")
    trusting = ssl.create_default_context(cafile=str(certificate))
    trusting.check_hostname = False
    async with listening(database, certificate=certificate) as inbound:
        client = SMTP(hostname="127.0.0.1", port=inbound.listener.port, start_tls=True, tls_context=trusting)
        async with client:
            await client.sendmail("a@example.org", [HOTLINE], HUMAN)
        assert len(await inbound.stored()) == 1
