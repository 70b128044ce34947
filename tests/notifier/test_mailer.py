"""What the mail server says, sorted by what should happen next."""

import pytest

from scripts.eventually import eventually
from scripts.smtp_server import CUT, SILENCE, Letter
from services.notifier.domain.refusals import Verdict
from services.notifier.mailer import Away, Rejected
from tests.notifier.mail import MailServer, mailer, raw

RAW = "Subject: test\r\n\r\nBaşvurunuz alınmıştır.\r\n.\r\n..son\r\n".encode()
TO = "deniz.kaya@example.org"


async def test_an_accepted_letter_arrives_byte_for_byte_at_its_one_recipient() -> None:
    async with MailServer() as server:
        await mailer(server.url).send(RAW, TO)
    assert server.accepted == [Letter(RAW, "hat@klu.example", (TO,))]


@pytest.mark.parametrize("stage", ["at_rcpt", "at_data"])
@pytest.mark.parametrize("reply", ["550 no such user", "552 too large", "554 refused"])
async def test_a_letter_refused_for_good_is_never_tried_again(stage: str, reply: str) -> None:
    async with MailServer(**{stage: [reply]}) as server:
        assert await _verdict(server, reply) == Verdict.RECIPIENT
    assert server.accepted == []


@pytest.mark.parametrize("stage", ["at_rcpt", "at_data"])
@pytest.mark.parametrize("reply", ["421 closing", "450 greylisted", "451 later", "452 full"])
async def test_a_letter_refused_for_now_is_tried_again(stage: str, reply: str) -> None:
    async with MailServer(**{stage: [reply]}) as server:
        assert await _verdict(server, reply) in (Verdict.LATER, Verdict.GREYLISTED, Verdict.CLOSING)
    assert server.accepted == []


async def test_a_refused_sender_is_a_matter_for_the_operator_and_loses_no_letter() -> None:
    async with MailServer(at_mail=["550 sender not allowed"]) as server:
        assert await _verdict(server, "550 sender not allowed") == Verdict.CLIENT


async def test_a_server_that_is_not_there_is_away() -> None:
    async with MailServer() as server:
        pass
    with pytest.raises(Away):
        await mailer(server.url).send(RAW, TO)


async def test_a_connection_that_is_cut_after_the_letter_is_away() -> None:
    async with MailServer(at_data=[CUT]) as server:
        with pytest.raises(Away):
            await mailer(server.url).send(RAW, TO)
    assert raw(server.offered) == [RAW]


async def test_a_server_that_says_nothing_is_away_after_its_time() -> None:
    async with MailServer(at_data=[SILENCE]) as server:
        with pytest.raises(Away):
            await mailer(server.url, timeout=0.3).send(RAW, TO)


@pytest.mark.parametrize("to", ["a@x.example\r\nRCPT TO:<b@y.example>", "a@x.example, b@y.example"])
async def test_a_recipient_cannot_smuggle_in_another(to: str) -> None:
    async with MailServer() as server:
        await mailer(server.url).send(RAW, to)
    assert [letter.recipients for letter in server.accepted] == [("a@x.example",)]


async def test_letters_that_follow_each_other_share_a_connection() -> None:
    async with MailServer() as server:
        posting = mailer(server.url)
        for number in range(3):
            await posting.send(RAW, f"{number}@example.org")
        await posting.disconnect()
    assert server.connected == 1
    assert [letter.recipients for letter in server.accepted] == [(f"{number}@example.org",) for number in range(3)]


async def test_a_connection_that_broke_while_idle_is_no_attempt_at_the_next_letter() -> None:
    async with MailServer() as server:
        posting = mailer(server.url)
        await posting.send(RAW, TO)
        server.close_connections()
        await posting.send(RAW, TO)
        await posting.disconnect()
    assert (server.connected, raw(server.offered)) == (2, [RAW, RAW])


async def test_a_connection_on_which_a_letter_was_refused_is_not_used_again() -> None:
    async with MailServer(at_data=["250 OK", "554 refused"]) as server:
        posting = mailer(server.url)
        await posting.send(RAW, TO)
        with pytest.raises(Rejected):
            await posting.send(RAW, TO)
        await posting.send(RAW, TO)
        await posting.disconnect()
    assert (server.connected, raw(server.accepted)) == (2, [RAW, RAW])


async def test_a_connection_is_closed_when_there_is_nothing_to_send() -> None:
    async with MailServer() as server:
        posting = mailer(server.url)
        await posting.send(RAW, TO)
        await posting.disconnect()
        await eventually(lambda: _nobody_at(server))
    assert server.connected == 1


async def _verdict(server: MailServer, reply: str) -> Verdict:
    """What the refusal with this reply is about."""
    with pytest.raises(Rejected, match=reply) as refused:
        await mailer(server.url).send(RAW, TO)
    return refused.value.verdict


async def _nobody_at(server: MailServer) -> bool:
    return not server.connections
