"""What programs do at the SMTP port to bring a mail in that nobody sent, or to take the service down."""

import asyncio
import ssl
import tracemalloc
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from ipaddress import ip_network
from pathlib import Path

import pytest

from services.notifier.inbound import listener
from services.notifier.inbound.listener import Listener, Listening
from tests.certificates import own_authority

HEAD = b"EHLO mx\r\nMAIL FROM:<a@example.org>\r\nRCPT TO:<hat@klu.example>\r\nDATA\r\n"
FORGED = b"MAIL FROM:<rektor@klu.example>\r\nRCPT TO:<hat@klu.example>\r\nDATA\r\nForged\r\n"
LARGEST = 3_000_000


@dataclass
class Taken:
    """The listener on a free port, and the mails that it has taken, with their senders."""

    port: int = 0
    mails: list[tuple[str, bytes]] = field(default_factory=list)

    async def say(self, *parts: bytes, until: bytes = b"221") -> list[bytes]:
        """Send these parts, each after the answer to the one before, and QUIT. Returns all answers."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        answers = [await reader.readline()]
        for part in parts:
            writer.write(part)
            await writer.drain()
            while not answers[-1].startswith((b"354", b"250 2.0.0", b"5")):
                answers.append(await reader.readline())
                assert answers[-1], "the connection was closed"
            answers.append(b"")
        writer.write(b"QUIT\r\n")
        answers += [line async for line in reader]
        writer.close()
        return [answer for answer in answers if answer]


@asynccontextmanager
async def taking(tmp_path: Path | None = None) -> AsyncIterator[Taken]:
    taken = Taken()

    async def accepts(address: str) -> bool:
        return True

    async def keep(raw: bytes, sender: str, recipients: Sequence[str]) -> None:
        taken.mails.append((sender, raw))

    certificate = own_authority(tmp_path / "mail.pem") if tmp_path else None
    inbound = Listener(Listening("127.0.0.1", 0, [ip_network("127.0.0.0/8")], LARGEST, certificate), accepts, keep)
    await inbound.open()
    taken.port = inbound.port
    try:
        yield taken
    finally:
        await inbound.close()


@pytest.mark.parametrize("end", [b"\n.\n", b"\n.\r\n", b"\r\n.\n", b"\r.\r", b"\r\n.\r", b"\r.\r\n", b"\r\n\x00.\r\n"])
async def test_what_looks_like_the_end_of_a_mail_is_a_part_of_it(end: bytes) -> None:
    text = b"Subject: Merhaba\r\n\r\nIsitma" + end + FORGED
    async with taking() as taken:
        await taken.say(HEAD, text + b".\r\n")
    assert taken.mails == [("a@example.org", text.replace(b"\r\n.", b"\r\n"))]  # RFC 5321, 4.5.2


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        (b".\r\n", b""),
        (b"\r\n.\r\n", b"\r\n"),
        (b"..\r\n.\r\n", b".\r\n"),
        (b"..bir\r\n...\r\n.\r\n", b".bir\r\n..\r\n"),
        (b"a\r\n\r\n..\r\n\r\n.\r\n", b"a\r\n\r\n.\r\n\r\n"),
        (b"x" * 200_000 + b"\r\n.\r\n", b"x" * 200_000 + b"\r\n"),
        ((b"x" * 65_534 + b"\r\n") * 3 + b".\r\n", (b"x" * 65_534 + b"\r\n") * 3),
    ],
)
async def test_a_mail_is_kept_byte_for_byte_without_the_dots_that_were_added(sent: bytes, kept: bytes) -> None:
    async with taking() as taken:
        await taken.say(HEAD, sent)
    assert taken.mails == [("a@example.org", kept)]


async def test_wherever_the_network_cuts_a_mail_it_is_the_same() -> None:
    sent = b"..bir\r\n\r\n.\r\n"
    async with taking() as taken:
        reader, writer = await asyncio.open_connection("127.0.0.1", taken.port)
        writer.write(HEAD)
        await reader.readuntil(b"\n354 ")
        await reader.readline()
        for byte in sent:
            writer.write(bytes([byte]))
            await writer.drain()
            await asyncio.sleep(0)
        assert (await reader.readline()).startswith(b"250")
        writer.close()
    assert taken.mails == [("a@example.org", b".bir\r\n\r\n")]


@pytest.mark.parametrize("early", [0, 1, 2, 3, 9, 200_000, None])
async def test_who_does_not_wait_for_the_answer_to_data_loses_nothing(early: int | None) -> None:
    text = b"Subject: Merhaba\r\n\r\n" + b"x" * 100_000 + b"\r\n"
    whole, waited = HEAD + text + b".\r\n", len(HEAD) + (len(text) + 3 if early is None else early)
    async with taking() as taken:
        reader, writer = await asyncio.open_connection("127.0.0.1", taken.port)
        writer.write(whole[:waited])
        await reader.readuntil(b"\n354 ")
        await reader.readline()
        writer.write(whole[waited:] + b"QUIT\r\n")
        assert [line[:3] async for line in reader] == [b"250", b"221"]
        writer.close()
    assert taken.mails == [("a@example.org", text)]


async def test_a_mail_of_empty_lines_needs_no_more_memory_than_another_one() -> None:
    text = b"\r\n" * (LARGEST // 2)
    async with taking() as taken:
        tracemalloc.start()
        await taken.say(HEAD, text + b".\r\n")
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert taken.mails == [("a@example.org", text)]
    assert most < 8 * len(text)  # 80 times as much when each line was an object


async def test_of_a_mail_that_is_too_big_no_more_is_kept_than_may_be() -> None:
    async with taking() as taken:
        reader, writer = await asyncio.open_connection("127.0.0.1", taken.port)
        writer.write(HEAD)
        await reader.readuntil(b"\n354 ")
        await reader.readline()
        tracemalloc.start()
        piece = b"x" * 100_000
        for _ in range(10 * LARGEST // len(piece)):
            writer.write(piece)
            await writer.drain()
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        writer.write(b"\r\n.\r\n")
        assert (await reader.readline()).startswith(b"552 5.3.4")
        writer.close()
    assert taken.mails == [] and most < 3 * LARGEST


async def test_who_stops_in_the_middle_of_a_mail_is_let_go_and_another_ones_mail_is_taken(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with taking() as taken:
        with monkeypatch.context() as patched:
            patched.setattr(listener, "SECONDS", 2.0)
            slow = [await asyncio.open_connection("127.0.0.1", taken.port) for _ in range(listener.MOST_BODIES)]
            greetings = [await reader.readline() for reader, _ in slow]
        for reader, writer in slow:
            writer.write(HEAD)
            await reader.readuntil(b"354 ")
            writer.write(b"Subject: ")
        answers = await taken.say(HEAD, b"Merhaba\r\n.\r\n")
        assert {(await reader.read())[-2:] for reader, _ in slow} == {b"\r\n"}  # of the answer to DATA
        for _, writer in slow:
            writer.close()
            await writer.wait_closed()
    assert (taken.mails, answers[-1][:3]) == ([("a@example.org", b"Merhaba\r\n")], b"221")
    assert {greeting[:3] for greeting in greetings} == {b"220"}


async def test_who_sends_nothing_in_the_middle_of_a_mail_is_let_go_long_before_its_time_is_over(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with taking() as taken:
        slow = [await asyncio.open_connection("127.0.0.1", taken.port) for _ in range(listener.MOST_BODIES)]
        with monkeypatch.context() as patched:
            patched.setattr(listener, "QUIET", 0.2)
            for reader, writer in slow:
                writer.write(HEAD)
                await reader.readuntil(b"354 ")
                writer.write(b"Subject: ")
        waiting = asyncio.create_task(taken.say(HEAD, b"Merhaba\r\n.\r\n"))
        for reader, writer in slow:
            with suppress(ConnectionError):
                assert (await reader.read())[-2:] == b"\r\n"
                writer.write(b"x\r\n.\r\nRSET\r\n")
            writer.close()
        assert (await waiting)[-1][:3] == b"221"
    assert taken.mails == [("a@example.org", b"Merhaba\r\n")]


async def test_commands_sent_before_starttls_are_not_obeyed_after_it(tmp_path: Path) -> None:
    async with taking(tmp_path) as taken:
        reader, writer = await asyncio.open_connection("127.0.0.1", taken.port)
        writer.write(b"EHLO mx\r\n")
        await reader.readuntil(b"\n250 ")
        await reader.readline()
        writer.write(b"STARTTLS\r\nEHLO mx\r\n" + FORGED + b".\r\n")
        await reader.readline()
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        await writer.start_tls(context)
        writer.write(b"QUIT\r\n")
        assert [line[:3] async for line in reader] == [b"221"]
        writer.close()
    assert taken.mails == []


@pytest.mark.parametrize(
    "command", [b"BDAT 6 LAST\r\nForged", b"AUTH PLAIN AGEAYg==", b"ETRN klu.example", b"x" * 5_000]
)
async def test_what_is_not_offered_is_refused(command: bytes) -> None:
    async with taking() as taken:
        answers = await taken.say(b"EHLO mx\r\n" + command + b"\r\n")
    assert taken.mails == []
    assert [answer[:1] for answer in answers if not answer.startswith(b"2")] and answers[-1].startswith(b"221")
