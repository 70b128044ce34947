"""What somebody finds who reads the databases."""

import asyncio
import re
from collections.abc import Mapping
from typing import Any

import httpx2
from bson import encode

from scripts.attack.target import REFUSED, Target
from scripts.eventually import eventually
from services.intake.api.messages import EXAMPLE

DATABASES = ("klu_intake", "klu_router", "klu_replies", "klu_notifier")


async def secrets_at_rest(target: Target) -> str:
    """Tracking codes in clear: of a refused receipt, and of a message that waits for the broker"""
    async with httpx2.AsyncClient(base_url=target.address("intake"), timeout=60) as client:
        refused = await _send(client, f"nobody@{REFUSED}")

        async def failed() -> bool:
            with target.mongo() as mongo:
                return mongo["klu_notifier"]["letters"].count_documents({"state": "failed"}) > 0

        await eventually(failed, within=60)
        target.store("RabbitMQ").stop()
        waiting = await _send(client, "somebody@example.org")
    places = await asyncio.to_thread(_places, target, refused, waiting)
    return f"in {len(places)} places: {', '.join(sorted(places))}" if places else "nowhere, the oplog included"


async def _send(client: httpx2.AsyncClient, email: str) -> str:
    return str((await client.post("/api/v1/messages", json={**EXAMPLE, "email": email})).json()["tracking_code"])


def _places(target: Target, *codes: str) -> set[str]:
    """Names of the collections with a code, also inside bytes and without its dashes."""
    wanted = re.compile("|".join(re.escape(code) for code in codes))
    with target.mongo() as mongo:
        collections = [mongo[name][each] for name in DATABASES for each in mongo[name].list_collection_names()]
        collections.append(mongo["local"]["oplog.rs"])
        return {c.full_name for c in collections if any(wanted.search(_readable(d)) for d in c.find())}


def _readable(document: Mapping[str, Any]) -> str:
    """The document's BSON, in which bytes stand as they are; quoted-printable line ends are joined."""
    return encode(document).decode("latin-1").replace("=\r\n", "")
