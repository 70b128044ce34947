"""Files in the API: a form with the fields of the JSON body, and ``files`` beside them."""

import json
from collections.abc import Awaitable, Callable
from typing import Annotated, Any

from fastapi import Depends, Request
from fastapi.routing import APIRoute
from pydantic import BaseModel
from starlette.datastructures import FormData, UploadFile
from starlette.responses import Response
from starlette.types import Message

from shared.documents import Conflict
from shared.events import FileRef
from shared.files.accepted import FileRefused
from shared.files.attached import FIELD, sentence
from shared.files.store import StoredFile
from shared.files.uploads import Uploads
from shared.web.client import client_of
from shared.web.problems import Api, Fault, Refused
from shared.web.sent import MULTIPART, FileLimits, media_of, sent, take_files

NOT_VALID, CORRECT = "The request is not valid", "Please correct the fields named here."
FLAGS = {"true": True, "false": False}
FLAG_FIELDS = ("hide_identity", "privacy_notice_accepted")
Run = Callable[[Request], Awaitable[Response]]


def with_files(model: type[BaseModel]) -> dict[str, Any]:
    """The schema of the form: as that of ``model``, with files."""
    schema = model.model_json_schema(ref_template="#/components/schemas/{model}")
    schema.pop("$defs", None)
    schema.pop("examples", None)
    files = {"type": "array", "items": {"type": "string", "format": "binary"}, "default": []}
    about = "With their names. Pictures (JPEG, PNG, WebP, GIF), PDF, office files without macros, text in UTF-8."
    schema["title"] += "WithFiles"
    schema["properties"][FIELD] = files | {"description": about}
    return schema


class SentTogether:
    """The files of one request; none for JSON."""

    def __init__(self, request: Request) -> None:
        self._request = request
        self._uploads: Uploads = request.app.state.provided[Uploads]
        self._sent: list[UploadFile] = getattr(request.state, "api_files", [])

    async def claimed(self, message_id: str, form: str = "") -> list[FileRef]:
        """Store them for this message; ``form`` is the id of what they belong to, if not to the message itself.

        Raises Refused, with a sentence for each that cannot be accepted; then none of this request is kept. What an
        earlier request left under the same ``form`` is not sent with this one.
        """
        form = form or message_id
        taken: list[StoredFile] = []
        faults, too_large = [], False
        for number, file in enumerate(self._sent):
            try:
                taken.append(await self._uploads.take(file, form=form, client=client_of(self._request)))
            except FileRefused as refused:
                too_large = too_large or refused.reason == "too_large"
                faults.append(Fault(pointer=f"/{FIELD}/{number}", detail=sentence(self._request, refused)))
        if faults:
            for kept in taken:
                await self._uploads.remove(form, kept.id)
            raise Refused(413 if too_large else 422, NOT_VALID, CORRECT, faults)
        return await self._claim(form, message_id, {file.sha256 for file in taken}) if taken else []

    async def _claim(self, form: str, message_id: str, contents: set[str]) -> list[FileRef]:
        """Raises Conflict when another request has removed one of them meanwhile."""
        claimed = await self._uploads.files.claim(form, message_id)
        refs = [file.ref for file in claimed if file.sha256 in contents]
        if len(refs) < len(contents):
            raise Conflict(message_id)
        return refs


async def _together(request: Request) -> SentTogether:
    return SentTogether(request)


SentFiles = Annotated[SentTogether, Depends(_together)]


class _FormAsJson(APIRoute):
    """A route that reads a form as if its fields were a JSON body."""

    def get_route_handler(self) -> Run:  # type: ignore[override]
        run = super().get_route_handler()

        async def read_as_json(request: Request) -> Response:
            if media_of(request) != MULTIPART:
                return await run(request)
            uploads: Uploads = request.app.state.provided[Uploads]
            take_files(request, FileLimits(uploads.settings.most_files, uploads.largest))
            fields = await sent(request)
            try:
                answer = await run(_as_json(request, fields))
            except Conflict:  # it runs again, with the same files
                raise
            except BaseException:
                await fields.close()
                raise
            await fields.close()
            return answer

        return read_as_json


class WithFiles(Api, _FormAsJson):
    """A route of the JSON API that takes forms too."""


def _as_json(request: Request, fields: FormData) -> Request:
    """The same request with a JSON body. An empty field was not given. Files elsewhere are fields unknown."""
    files = [item for item in fields.getlist(FIELD) if isinstance(item, UploadFile)]
    values: dict[str, Any] = {}
    for name, value in fields.multi_items():
        if isinstance(value, str) and value:
            values[name] = FLAGS.get(value, value) if name in FLAG_FIELDS else value
        elif isinstance(value, UploadFile) and name != FIELD:
            values[name] = value.filename
    body = json.dumps(values).encode()
    headers = [pair for pair in request.scope["headers"] if pair[0] not in (b"content-type", b"content-length")]

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    made = Request({**request.scope, "headers": [*headers, (b"content-type", b"application/json")]}, receive)
    made.state.api_files = files
    return made
