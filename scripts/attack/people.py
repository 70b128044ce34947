"""Attacks on log-ins and on other people's mailboxes."""

import asyncio
import time
from collections import Counter

import httpx2

from scripts.attack.target import Target
from scripts.browser import form_in
from scripts.eventually import eventually
from scripts.local.seeds import DEMO_PASSWORD, DEMO_USERS
from services.intake.api.messages import EXAMPLE

OWNER = DEMO_USERS[0][0]
ELSEWHERE = "127.0.0.2"
"""Another client: loopback has many addresses."""
STRANGER = "stranger@example.org"


async def guessed_password(target: Target) -> str:
    """1,000 wrong passwords from one client, then the right one from there and from elsewhere"""
    before = target.memory("router")
    async with _client(target) as guesser, _client(target, ELSEWHERE) as owner:
        form = await _form(guesser)
        gate = asyncio.Semaphore(20)
        began = time.perf_counter()
        statuses = await asyncio.gather(*(_try(guesser, form, f"wrong-{n}", gate) for n in range(1_000)))
        took = time.perf_counter() - began
        there = await _try(guesser, form, DEMO_PASSWORD, gate)
        began = time.perf_counter()
        elsewhere = await _try(owner, await _form(owner), DEMO_PASSWORD, gate)
        waited = time.perf_counter() - began
    grown = target.memory("router") - before
    answered = ", ".join(f"{count} × {status}" for status, count in sorted(Counter(statuses).items()))
    return (
        f"{answered} in {took:.0f} s; right one from there: {there}; "
        f"from elsewhere: {elsewhere} after {waited:.2f} s; memory grew by {grown:.0f} MB"
    )


async def many_log_ins(target: Target) -> str:
    """60 wrong passwords at once, and the right one from elsewhere meanwhile"""
    async with _client(target) as guesser, _client(target, ELSEWHERE) as owner:
        form, own = await _form(guesser), await _form(owner)
        gate = asyncio.Semaphore(100)
        crowd = [asyncio.create_task(_try(guesser, form, f"wrong-{n}", gate)) for n in range(60)]
        await asyncio.sleep(0.2)  # they are on their way
        began = time.perf_counter()
        status = await _try(owner, own, DEMO_PASSWORD, gate)
        waited = time.perf_counter() - began
        await asyncio.gather(*crowd)
    return f"the right one: {status} after {waited:.2f} s"


async def guessed_codes(target: Target) -> str:
    """10,000 wrong tracking codes from one client, then a right one from there"""
    async with httpx2.AsyncClient(base_url=target.address("intake"), timeout=60) as client:
        sent = (await client.post("/api/v1/messages", json=EXAMPLE)).json()["tracking_code"]
        answers: Counter[int] = Counter()
        bodies: set[bytes] = set()
        began = time.perf_counter()
        for n in range(10_000):
            answer = await client.get(f"/t/AAAAA-AAAAA-AAAAA-{n:05}")
            answers[answer.status_code] += 1
            bodies |= {answer.content} if answer.status_code == 429 else set()
        took = time.perf_counter() - began
        owner = (await client.get(f"/t/{sent}")).status_code
    told = ", ".join(f"{count} × {status}" for status, count in sorted(answers.items()))
    return f"{told} in {took:.0f} s, {len(bodies)} different refusals; the right one: {owner}"


async def letters_to_a_stranger(target: Target) -> str:
    """200 submissions with a stranger's address and a link for a name"""
    name = "ödeme onayı gerekiyor: https://evil.example"
    async with httpx2.AsyncClient(base_url=target.address("intake"), timeout=60) as client:
        for n in range(200):
            message = {**EXAMPLE, "subject": f"Deneme {n}", "email": STRANGER, "name": name}
            await client.post("/api/v1/messages", json=message)

    async def written() -> bool:
        with target.mongo() as mongo:
            letters = mongo["klu_notifier"]["letters"]
            return letters.count_documents({"recipient": STRANGER}) >= 200 and not letters.count_documents(
                {"state": "queued"}
            )

    await eventually(written, within=60)
    with target.mongo() as mongo:
        held = mongo["klu_notifier"]["letters"].count_documents({"recipient": STRANGER, "state": "held"})
    sent = target.mail.to(STRANGER)
    links = sum("evil.example" in letter.text for letter in sent)
    return f"{len(sent)} letters to the stranger, {links} with the link; {held} held for an officer"


def _client(target: Target, address: str = "127.0.0.1") -> httpx2.AsyncClient:
    transport = httpx2.AsyncHTTPTransport(local_address=address, limits=httpx2.Limits(max_connections=100))
    return httpx2.AsyncClient(base_url=target.address("router"), timeout=120, transport=transport)


async def _form(client: httpx2.AsyncClient) -> dict[str, str]:
    fields = form_in((await client.get("/login")).text, "/login").fields
    return {name: values[-1] for name, values in fields.items()}


async def _try(client: httpx2.AsyncClient, form: dict[str, str], password: str, gate: asyncio.Semaphore) -> int:
    async with gate:
        answer = await client.post("/login", data={**form, "email": OWNER, "password": password})
        client.cookies.delete("session") if "session" in client.cookies else None
        return answer.status_code
