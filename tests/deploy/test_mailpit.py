"""The demonstration reads its letters from the mailbox of compose.yaml as it does from the local one."""

from typing import Any

import httpx2
from fastapi import FastAPI

from scripts.people import Mailbox

KEPT = [
    {"ID": "c", "Subject": "Hat: Isıtma", "To": [{"Name": "", "Address": "Kddb@klu.example"}]},
    {"ID": "b", "Subject": "Hat: Isıtma", "To": [{"Name": "", "Address": "deniz@example.org"}]},
    {"ID": "a", "Subject": "Başka", "To": [{"Name": "", "Address": "kddb@klu.example"}]},
]


def mailpit() -> FastAPI:
    """As far as its documentation says what is asked for: https://mailpit.axllent.org/docs/api-v1/"""
    app = FastAPI()

    @app.get("/api/v1/messages")
    async def messages(limit: int) -> dict[str, Any]:
        return {"total": len(KEPT), "messages": KEPT[:limit]}

    @app.get("/api/v1/message/{letter_id}")
    async def message(letter_id: str) -> dict[str, Any]:
        found = next(one for one in KEPT if one["ID"] == letter_id)
        return {**found, "MessageID": f"{letter_id}@klu.example", "Text": f"text of {letter_id}", "HTML": ""}

    return app


def mailbox() -> Mailbox:
    made = Mailbox("http://mailpit")
    made.client = httpx2.AsyncClient(base_url="http://mailpit", transport=httpx2.ASGITransport(app=mailpit()))
    return made


async def test_a_letter_is_found_by_its_recipient_and_subject() -> None:
    letter = await mailbox().letter("kddb@klu.example", "ISıtma")
    assert letter == {"subject": "Hat: Isıtma", "text": "text of c", "message_id": "c@klu.example"}


async def test_the_newest_letter_comes_first() -> None:
    found = await mailbox().letters("kddb@klu.example")
    assert [one["message_id"] for one in found] == ["c@klu.example", "a@klu.example"]
