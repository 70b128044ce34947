"""Attacks over HTTP that need no log-in."""

import asyncio
import time
from contextlib import suppress
from urllib.parse import urlsplit

import httpx2

from scripts.attack.target import Target
from services.intake.api.messages import EXAMPLE

HEADER_BYTES = 24 * 1024 * 1024
SLOW, PATIENCE = 20, 30.0
"""Connections that send a byte a second, and the seconds for which we look on."""
NAMES = ("subject", "text", "email", "code", "by", "next", "csrf")
PARTS = "".join(f'--x\r\ncontent-disposition: form-data; name="{name}"\r\n\r\n\\ud800\r\n' for name in NAMES)


async def combining_marks(target: Target) -> str:
    """240 KB of alternating combining marks in one field"""
    marks = "a" + "\u0300\u0316" * 60_000
    async with httpx2.AsyncClient(base_url=target.address("intake"), timeout=120) as client:
        others = asyncio.create_task(_longest_wait(client))
        began = time.perf_counter()
        answer = await client.post("/api/v1/messages", json={**EXAMPLE, "text": marks})
        took = time.perf_counter() - began
        others.cancel()
        return f"{answer.status_code} after {took:.2f} s; others waited up to {await others:.2f} s"


async def many_headers(target: Target) -> str:
    """24 MB of small headers on each of five connections"""
    before = target.memory("intake")
    sent = await asyncio.gather(*(_flood(target) for _ in range(5)))
    grown = target.memory("intake") - before
    return f"memory grew by {grown:.0f} MB; {sum(sent) / 1e6:.1f} of 126 MB were taken"


async def slow_senders(target: Target) -> str:
    """20 connections that send one byte of a header a second"""
    closed = await asyncio.gather(*(_drip(target) for _ in range(SLOW)))
    seconds = [each for each in closed if each is not None]
    return f"{len(seconds)} of {SLOW} were closed" + (f", the last after {max(seconds):.0f} s" if seconds else "")


async def words_that_raise(target: Target) -> str:
    """Values from outside that once became an error 500 or a foreign redirect"""
    form = {"content-type": "multipart/form-data; boundary=x; charset=unicode_escape"}
    tries = [
        ("intake", "POST", "/", form),
        ("intake", "POST", "/t", form),
        ("replies", "POST", "/a/x/reply", form),
        ("router", "POST", "/login", form),
        ("router", "GET", "/login?next=//[", {}),
        ("intake", "GET", "/t/", {"host": "evil.example"}),
        ("replies", "GET", "/a/x/", {"host": "evil.example"}),
        ("intake", "GET", "/?lang=%ED%A0%80", {}),
        ("intake", "GET", "/", {"cookie": "lang=\x80"}),
    ]
    errors = foreign = 0
    async with httpx2.AsyncClient(timeout=30) as client:
        for service, method, path, headers in tries:
            body = f"{PARTS}--x--\r\n".encode() if method == "POST" else b""
            sent = {name.encode(): value.encode("latin-1") for name, value in headers.items()}
            try:
                answer = await client.request(method, target.address(service) + path, headers=sent, content=body)
            except httpx2.TransportError:  # no answer at all
                errors += 1
                continue
            errors += answer.status_code >= 500
            foreign += "evil.example" in answer.headers.get("location", "")
    return f"{errors} errors 5xx, {foreign} foreign redirects, in {len(tries)} requests"


async def short_key(target: Target) -> str:
    """A guessed Idempotency-Key with the same body"""
    async with httpx2.AsyncClient(base_url=target.address("intake"), timeout=30) as client:
        answers = [await client.post("/api/v1/messages", json=EXAMPLE, headers={"idempotency-key": "1"}) for _ in "ab"]
    codes = {answer.json().get("tracking_code") for answer in answers}
    known = len(codes) == 1 and None not in codes
    return f"{answers[1].status_code}; the tracking code of the first " + (
        "was given away" if known else "stays secret"
    )


async def _longest_wait(client: httpx2.AsyncClient) -> float:
    longest = 0.0
    with suppress(asyncio.CancelledError):
        while True:
            began = time.perf_counter()
            try:
                await client.get("/api/v1/kinds")
            finally:
                longest = max(longest, time.perf_counter() - began)
            await asyncio.sleep(0.02)
    return longest


async def _connect(target: Target) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    at = urlsplit(target.address("intake"))
    reader, writer = await asyncio.open_connection(at.hostname, at.port)
    writer.write(b"GET / HTTP/1.1\r\nhost: a\r\n")
    return reader, writer


async def _flood(target: Target) -> int:
    """Bytes that the server took before it closed the connection."""
    _, writer = await _connect(target)
    lines, sent = b"a:b\r\n" * 2_000, 0
    with suppress(OSError):
        while sent < HEADER_BYTES:
            writer.write(lines)
            await writer.drain()
            sent += len(lines)
    writer.close()
    return sent


async def _drip(target: Target) -> float | None:
    """Seconds after which the server closed the connection; None if it did not."""
    reader, writer = await _connect(target)
    began = time.perf_counter()
    while (took := time.perf_counter() - began) < PATIENCE:
        with suppress(TimeoutError, OSError):
            writer.write(b"x")
            async with asyncio.timeout(1):
                if await reader.read(4096) == b"":
                    return took
        if writer.is_closing():
            return took
    writer.close()
    return None
