"""The sink takes what a mail client brings, as it was written, and tells of each letter."""

import asyncio
import time
from collections.abc import AsyncIterator
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8

import aiosmtplib
import pytest

from bench.sink import Letter, Sink
from scripts.local import ports

SENDER, CITIZEN = "hat@klu.example", "yazan@example.org"
RAW = b"Message-ID: <m1.receipt@klu.example>\r\nSubject: x\r\n\r\n"


@pytest.fixture
async def sink() -> AsyncIterator[Sink]:
    (port,) = ports.free(["smtp"]).values()
    made = Sink(port)
    await made.open()
    yield made
    await made.close()


@pytest.fixture
def told(sink: Sink) -> list[Letter]:
    letters: list[Letter] = []
    sink.on_letter = letters.append
    return letters


def client(sink: Sink) -> aiosmtplib.SMTP:
    return aiosmtplib.SMTP(hostname=ports.HOST, port=sink.port, timeout=5)


async def test_a_letter_is_told_of_with_its_time_and_its_text(sink: Sink, told: list[Letter]) -> None:
    mail = EmailMessage(policy=SMTP)
    mail["Message-ID"] = "<m1.receipt@klu.example>"
    mail.set_content("Başvurunuz alındı.\n", cte="quoted-printable")
    mail.add_alternative("<p>Başvurunuz alındı.</p>", subtype="html", cte="quoted-printable")
    began = time.perf_counter()
    async with client(sink) as post:
        await post.sendmail(SENDER, [CITIZEN], mail.as_bytes())
    (letter,) = told
    assert (letter.recipient, letter.message_id) == (CITIZEN, "m1.receipt@klu.example")
    assert letter.text == "Başvurunuz alındı.\r\n"
    assert began < letter.at < time.perf_counter()


async def test_several_letters_come_over_one_connection(sink: Sink, told: list[Letter]) -> None:
    async with client(sink) as post:
        for number in range(3):
            await post.sendmail(SENDER, [f"{number}@example.org"], RAW + b"%d\r\n" % number)
        await post.noop()
        await post.rset()
    assert [(letter.recipient, letter.text) for letter in told] == [(f"{n}@example.org", f"{n}\r\n") for n in range(3)]
    assert sink.taken == 3


async def test_lines_that_begin_with_a_dot_arrive_as_they_were(sink: Sink, told: list[Letter]) -> None:
    async with client(sink) as post:
        await post.sendmail(SENDER, [CITIZEN], RAW + b".\r\n..\r\n.x\r\nend\r\n")
    assert told[0].raw == RAW + b".\r\n..\r\n.x\r\nend\r\n"


async def test_eight_bits_arrive_as_they_were(sink: Sink, told: list[Letter]) -> None:
    mail = EmailMessage(policy=SMTPUTF8)
    mail.set_content("Gereği yapılmıştır: ışık, ğ, İ.\n", cte="8bit")
    async with client(sink) as post:
        await post.sendmail(SENDER, [CITIZEN], mail.as_bytes(), mail_options=["BODY=8BITMIME"])
    assert told[0].text == "Gereği yapılmıştır: ışık, ğ, İ.\r\n"


async def test_every_recipient_has_a_letter(sink: Sink, told: list[Letter]) -> None:
    async with client(sink) as post:
        await post.sendmail(SENDER, [CITIZEN, SENDER], RAW)
    assert [letter.recipient for letter in told] == [CITIZEN, SENDER]


@pytest.mark.parametrize("piece", [1, 7, 10_000])
async def test_commands_may_come_together_or_in_pieces(sink: Sink, told: list[Letter], piece: int) -> None:
    one = b"MAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\nDATA\r\n"
    sent = b"HELO x\r\n" + one + b".\r\n" + one + RAW + b"..x\r\n.\r\nDATA\r\nVRFY x\r\nQUIT\r\n"
    reader, writer = await asyncio.open_connection(ports.HOST, sink.port)
    for start in range(0, len(sent), piece):
        writer.write(sent[start : start + piece])
        await writer.drain()
    said = (await reader.read()).split(b"\r\n")
    writer.close()
    await writer.wait_closed()
    codes = [int(line[:3]) for line in said if line]
    assert codes == [220, 250, 250, 250, 354, 250, 250, 250, 354, 250, 503, 502, 221]
    assert [letter.raw for letter in told] == [b"", RAW + b".x\r\n"]
