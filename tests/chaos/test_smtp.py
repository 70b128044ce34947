"""The mail server of the run is a real one, and answers as it is told."""

from collections.abc import AsyncIterator

import aiosmtplib
import pytest

from scripts.chaos.system import MailServer
from scripts.local import ports
from scripts.smtp_server import CUT, Letter

LETTER = b"Message-ID: <m1.receipt@klu.example>\r\nSubject: x\r\n\r\nhttp://127.0.0.1/t/1\r\n"


@pytest.fixture
async def server() -> AsyncIterator[MailServer]:
    (port,) = ports.free(["smtp"]).values()
    made = MailServer(port)
    await made.open()
    yield made
    await made.close()


async def post(server: MailServer, recipient: str = "yazan@example.org") -> None:
    async with aiosmtplib.SMTP(hostname=ports.HOST, port=server.port, timeout=5) as client:
        await client.sendmail("hat@klu.example", [recipient], LETTER)


async def test_a_letter_is_taken_and_told_of(server: MailServer) -> None:
    told: list[Letter] = []
    server.people = told.append
    await post(server)
    assert [taken.letter_id for taken in server.taken] == ["m1.receipt"]
    assert (told[0].recipients, told[0].raw) == (("yazan@example.org",), LETTER)
    assert (told[0].message_id, told[0].text) == ("m1.receipt@klu.example", "http://127.0.0.1/t/1\r\n")


async def test_it_refuses_for_now(server: MailServer) -> None:
    server.letter_reply = "451 later"
    with pytest.raises(aiosmtplib.SMTPDataError, match="451"):
        await post(server)
    assert (server.met["451 later"], server.taken) == (1, [])


async def test_it_refuses_one_domain_for_good(server: MailServer) -> None:
    with pytest.raises(aiosmtplib.SMTPRecipientsRefused):
        await post(server, "yazan@refused.example")
    assert server.refused == {"yazan@refused.example"}


async def test_it_takes_a_letter_and_cuts_the_line_before_it_says_so(server: MailServer) -> None:
    server.letter_reply = CUT
    with pytest.raises((aiosmtplib.SMTPException, OSError)):
        await post(server)
    assert (server.met[CUT], len(server.taken)) == (1, 1)


async def test_it_is_away_and_back(server: MailServer) -> None:
    await server.close()
    with pytest.raises((aiosmtplib.SMTPConnectError, OSError)):
        await post(server)
    await server.open()
    await post(server)
    assert len(server.taken) == 1
