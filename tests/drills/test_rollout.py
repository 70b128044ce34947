"""The services are restarted one after the other while messages are written: nothing is lost, nobody is refused."""

import asyncio
import signal
from contextlib import suppress
from uuid import uuid4

import httpx2

from scripts.eventually import eventually
from scripts.local import config
from tests.journeys.conftest import ChaosSystem

API = {"kind": "request", "text": "Kütüphane hafta sonu da açık olsun.", "privacy_notice_accepted": True}
PACE = 0.02
"""Seconds between two messages."""


async def test_rolling_restarts_under_load_lose_nothing_and_refuse_nobody(chaos: ChaosSystem) -> None:
    accepted: list[str] = []
    marker, over = uuid4().hex, asyncio.Event()

    async def write_one(client: httpx2.AsyncClient) -> None:
        key = {"Idempotency-Key": f"{marker}-{len(accepted)}"}
        body = API | {"subject": f"{marker} {len(accepted)}"}
        answer = await eventually(
            lambda: client.post("/api/v1/messages", json=body, headers=key),
            within=60,
            after=(httpx2.TransportError,),
        )
        assert answer.status_code == 202, answer.text
        accepted.append(answer.json()["tracking_code"])

    async def write() -> None:
        async with httpx2.AsyncClient(base_url=chaos.system.urls["intake"], timeout=30) as client:
            while not over.is_set():
                await write_one(client)
                with suppress(TimeoutError):
                    await asyncio.wait_for(over.wait(), PACE)

    writing = asyncio.create_task(write())
    for service in config.SERVICES:
        await chaos.stop(service)
        assert chaos.system.services[service].returncode == -signal.SIGTERM
        await chaos.start(service)
    over.set()
    await writing

    async def all_there() -> bool:
        return len(await chaos.documents("router", "cases", {"subject": {"$regex": marker}})) >= len(accepted)

    await eventually(all_there, within=120)
    cases = await chaos.documents("router", "cases", {"subject": {"$regex": marker}})
    assert len(cases) == len(set(accepted)) == len({case["subject"] for case in cases}) > 20
