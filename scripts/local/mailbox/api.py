"""The mailbox as JSON, for tests and scripts."""

from fastapi import APIRouter
from fastapi.responses import Response

from scripts.local.mailbox.letters import Letters


def routes(letters: Letters) -> APIRouter:
    """``/api/letters``: newest first; ``to`` and ``subject`` are looked for anywhere in the address and the subject."""
    page = APIRouter()

    @page.get("/api/letters")
    async def get_letters(to: str = "", subject: str = "") -> list[dict[str, object]]:
        return [letter.as_json() for letter in letters.newest(to, subject)]

    @page.get("/api/letters/{letter_id}")
    async def get_letter(letter_id: str) -> dict[str, object]:
        return letters.require(letter_id).as_json()

    @page.get("/api/letters/{letter_id}/raw")
    async def get_raw(letter_id: str) -> Response:
        name = {"Content-Disposition": f'attachment; filename="{letter_id}.eml"'}
        return Response(letters.require(letter_id).raw, media_type="message/rfc822", headers=name)

    @page.delete("/api/letters", status_code=204)
    async def delete_letters() -> None:
        letters.clear()

    return page
