"""The sink takes what a mail client brings, as it was written, and tells of each letter."""

import asyncio
import time
from collections.abc import AsyncIterator
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8

import aiosmtplib
import pytest

from bench.sink import Letter, sink
from scripts.local import ports

SENDER, CITIZEN = "hat@klu.example", "yazan@example.org"
RAW = b"Message-ID: <m1.receipt@klu.example>\r\nSubject: x\r\n\r\n"


@pytest.fixture
def told() -> list[Letter]:
    return []


@pytest.fixture
async def port(told: list[Letter]) -> AsyncIterator[int]:
    (port,) = ports.free(["smtp"]).values()
    async with sink(port, told.append):
        yield port


def client(port: int) -> aiosmtplib.SMTP:
    return aiosmtplib.SMTP(hostname=ports.HOST, port=port, timeout=5)


async def test_a_letter_is_told_of_with_its_time_and_its_text(port: int, told: list[Letter]) -> None:
    mail = EmailMessage(policy=SMTP)
    mail["Message-ID"] = "<m1.receipt@klu.example>"
    mail.set_content("Başvurunuz alındı.\n", cte="quoted-printable")
    mail.add_alternative("<p>Başvurunuz alındı.</p>", subtype="html", cte="quoted-printable")
    began = time.perf_counter()
    async with client(port) as post:
        await post.sendmail(SENDER, [CITIZEN], mail.as_bytes())
    (letter,) = told
    assert (letter.recipient, letter.letter_id) == (CITIZEN, "m1.receipt")
    assert letter.text == "Başvurunuz alındı.\r\n"
    assert began < letter.at < time.perf_counter()


async def test_several_letters_come_over_one_connection(port: int, told: list[Letter]) -> None:
    async with client(port) as post:
        for number in range(3):
            await post.sendmail(SENDER, [f"{number}@example.org"], RAW + b"%d\r\n" % number)
        await post.noop()
        await post.rset()
    assert [(letter.recipient, letter.text) for letter in told] == [(f"{n}@example.org", f"{n}\r\n") for n in range(3)]


async def test_lines_that_begin_with_a_dot_arrive_as_they_were(port: int, told: list[Letter]) -> None:
    async with client(port) as post:
        await post.sendmail(SENDER, [CITIZEN], RAW + b".\r\n..\r\n.x\r\nend\r\n")
    assert told[0].raw == RAW + b".\r\n..\r\n.x\r\nend\r\n"


async def test_eight_bits_arrive_as_they_were(port: int, told: list[Letter]) -> None:
    mail = EmailMessage(policy=SMTPUTF8)
    mail.set_content("Gereği yapılmıştır: ışık, ğ, İ.\n", cte="8bit")
    async with client(port) as post:
        await post.sendmail(SENDER, [CITIZEN], mail.as_bytes(), mail_options=["BODY=8BITMIME"])
    assert told[0].text == "Gereği yapılmıştır: ışık, ğ, İ.\r\n"


async def test_every_recipient_has_a_letter(port: int, told: list[Letter]) -> None:
    async with client(port) as post:
        await post.sendmail(SENDER, [CITIZEN, SENDER], RAW)
    assert [letter.recipient for letter in told] == [CITIZEN, SENDER]


@pytest.mark.parametrize("piece", [1, 7, 10_000])
async def test_commands_may_come_together_or_in_pieces(port: int, told: list[Letter], piece: int) -> None:
    one = b"MAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\nDATA\r\n"
    sent = b"HELO x\r\n" + one + RAW + b".\r\n" + one + RAW + b"..x\r\n.\r\nQUIT\r\n"
    reader, writer = await asyncio.open_connection(ports.HOST, port)
    for start in range(0, len(sent), piece):
        writer.write(sent[start : start + piece])
        await writer.drain()
    said = (await reader.readuntil(b"221 Bye\r\n")).split(b"\r\n")
    writer.close()
    await writer.wait_closed()
    codes = [int(line[:3]) for line in said if line]
    assert codes == [220, 250, 250, 250, 354, 250, 250, 250, 354, 250, 221]
    assert [letter.raw for letter in told] == [RAW, RAW + b".x\r\n"]
