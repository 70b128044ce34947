"""The files of a form: taken when it is sent, listed when it is shown again.

A page asks for them in its signature, ``files: AttachedFiles``, before anything reads the form, and gives ``files`` and
``once`` to its template, which has ``{% include "files.html" %}`` in a form of type ``multipart/form-data``.
"""

from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import Depends, Request
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from shared.documents import AWAY
from shared.events import FileRef
from shared.files.accepted import ACCEPT, FileRefused, safe_name
from shared.files.store import StoredFile
from shared.files.uploads import Uploads
from shared.web.client import client_of
from shared.web.csrf import FIELD as CSRF
from shared.web.forms import Form, with_notice
from shared.web.pages import web
from shared.web.sent import FileLimits, sent, take_files

FIELD = "files"
UPLOAD_URL = "/files"
"""Where scripts send one file, and ``/{id}/removal`` below it."""
MARK = "uploaded"
"""A field that says ``yes`` when files are attached: without it nothing is looked up."""
REMOVE = "remove_file"
SHORTEST_ONCE = 22
"""Characters of a random ``once``; nobody guesses the form of somebody else."""
REMOVED = "The file was removed. Nothing has been sent yet."
STAYS = "The file cannot be removed now: it may have been sent with the form already."
Identify = Callable[[str], str]
"""The id of a form, by its ``once``."""
FormOf = Callable[[Request], Awaitable[str | None]]
"""The id of the form that a script's request belongs to; None for what is no such form. May raise FileRefused."""


class Attached:
    """The files of one form: ``listed`` for its page, and an ``error`` for those that were refused.

    ``status`` is that of the page which shows an error: 503 if MongoDB was unreachable, else 422. ``proof``: the name
    of a field of the form that scripts send with each file.
    """

    def __init__(self, request: Request, uploads: Uploads, upload_url: str = UPLOAD_URL, proof: str = "") -> None:
        self._request, self._uploads = request, uploads
        settings = uploads.settings
        self.most, self.largest_mb, self.accept = settings.most_files, settings.largest_file_mb, ACCEPT
        self.upload_url, self.proof = upload_url, proof
        self.listed: list[StoredFile] = []
        self.error = ""
        self.status = 422
        self.removed, self.stays = False, False
        self.form = ""

    async def take(self, fields: FormData, form: str) -> None:
        """Store the files that came with the form, and remove the one whose button was pressed.

        ``form`` is its id; a form without one is not ours: it gets an error for each file.
        """
        given = files_of(fields)
        self.form = form
        if web(self._request).csrf.same_origin(self._request):
            await self._take(given)
            if self.form and (removed := str(fields.get(REMOVE, ""))):
                self.stays = not await self._uploads.remove(self.form, removed)
                self.removed = True
        if self.form and (given or self.removed or fields.get(MARK)):
            await self.look(self.form)

    async def look(self, form: str) -> None:
        """List what is attached to this form."""
        self.form, self.listed = form, await self._uploads.files.of_form(form)

    async def _take(self, given: list[UploadFile]) -> None:
        errors = []
        for file in given:
            try:
                if not self.form:
                    raise FileRefused("full", name=safe_name(file.filename or ""))
                await self._uploads.take(file, form=self.form, client=client_of(self._request))
            except FileRefused as refused:
                errors.append(sentence(self._request, refused))
            except AWAY:
                self.status = 503
                errors.append(sentence(self._request, FileRefused("full", name=safe_name(file.filename or ""))))
        self.error = " ".join(errors)

    def onto(self, form: Form[Any]) -> Form[Any]:
        """The form with the error of its files; after a removal it is only shown again."""
        if self.removed:
            return with_notice(form, web(self._request).locale(self._request).gettext(STAYS if self.stays else REMOVED))
        if self.error and not form.notice:
            form.errors[FIELD] = self.error
        return form

    async def claim(self, message_id: str) -> list[FileRef]:
        """The files, for the message that is now stored with them."""
        if not self.listed:
            return []
        self.listed = await self._uploads.files.claim(self.form, message_id)
        return [file.ref for file in self.listed][: self.most]

    async def move(self, form_id: str, *, but: set[str]) -> None:
        """Attach them to another form, except those with these ids, which were sent."""
        if self.listed:
            await self._uploads.files.move(self.form, form_id, but=but)
            self.form, self.listed = form_id, await self._uploads.files.of_form(form_id)


def attached_files(identify: Identify) -> Any:
    """A dependency: the files of the form that is shown or sent. ``identify`` makes its id of its ``once``."""

    async def take(request: Request) -> Attached:
        done: Attached | None = getattr(request.state, "attached", None)  # after a conflict a page runs again
        if done:
            return done
        uploads: Uploads = request.app.state.provided[Uploads]
        attached = Attached(request, uploads)
        if request.method == "POST":
            fields = await fields_with_files(request, uploads)
            try:
                await attached.take(fields, _of_once(fields, identify))
            finally:
                await fields.close()
        request.state.attached = attached
        return attached

    return Depends(take)


async def fields_with_files(request: Request, uploads: Uploads, most: int | None = None) -> FormData:
    """The fields of a form with at most so many files, which must be closed; by default as many as a form may have."""
    take_files(request, FileLimits(uploads.settings.most_files if most is None else most, uploads.largest))
    return await sent(request)


def files_of(fields: FormData) -> list[UploadFile]:
    """The files that were sent in the field of files."""
    return [item for item in fields.getlist(FIELD) if isinstance(item, UploadFile) and item.filename]


async def take_one(request: Request, uploads: Uploads, form_of: FormOf) -> Response:
    """Take the one file that a script sent: 201 with ``id``, ``name`` and ``size``; 422 with the ``error``."""
    fields = await fields_with_files(request, uploads, 1)
    given = [item for item in fields.getlist(FIELD) if isinstance(item, UploadFile)]
    try:
        form = await form_of(request)
        if form is None or len(given) != 1:
            raise HTTPException(400)
        file = await uploads.take(given[0], form=form, client=client_of(request))
        return JSONResponse({"id": file.id, "name": file.name, "size": file.size}, 201)
    except FileRefused as refused:
        return JSONResponse({"error": sentence(request, refused)}, 422)
    finally:
        await fields.close()


async def remove_one(request: Request, uploads: Uploads, form_of: FormOf, file_id: str) -> Response:
    """Remove a file for a script: 204, also when the form has no such file; 409 when it stays, as it is being sent."""
    try:
        form = await form_of(request)
    except FileRefused as refused:
        return JSONResponse({"error": sentence(request, refused)}, 422)
    if form is None:
        raise HTTPException(400)
    return Response(status_code=204 if await uploads.remove(form, file_id) else 409)


def by_once(identify: Identify) -> FormOf:
    """The form of a script's request is proved by CSRF token and ``once``."""

    async def form_of(request: Request) -> str | None:
        fields = await sent(request)
        ours = web(request).csrf.accepts(request, str(fields.get(CSRF, "")))
        return _of_once(fields, identify) or None if ours else None

    return form_of


def _of_once(fields: FormData, identify: Identify) -> str:
    once = str(fields.get("once", ""))
    return identify(once) if len(once) >= SHORTEST_ONCE else ""


def sentence(request: Request, refused: FileRefused) -> str:
    """Why a file was refused, in the visitor's language."""
    return web(request).locale(request).gettext(str(refused)) % refused.values
