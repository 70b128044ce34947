"""Reads what a form sent, once for each request. What was read stays with the request, for pages and error pages."""

import re
from binascii import a2b_qp
from collections.abc import AsyncGenerator, Iterator
from typing import NamedTuple, cast

from python_multipart.multipart import parse_options_header
from starlette.datastructures import FormData, Headers, UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect, Request

from shared.web.csrf import FIELD
from shared.web.limits import LARGEST_FORM, allow_on_disk

MOST_FIELDS = 200
"""FastAPI's ``form_limits`` apply to ``Form()`` parameters only, which answer bad input with JSON."""
FORM, MULTIPART = b"application/x-www-form-urlencoded", b"multipart/form-data"
NO_ESCAPE = re.compile(rb"%(?![0-9A-Fa-f]{2})")
SECRET = frozenset({"password", "password_again", "old_password", "one_time_code", "setup"})
"""Never shown again."""
TECHNICAL = frozenset(
    {FIELD, "once", "next", "version", "versions", "revision", "written", "form_id", "check", "email_asked", "switch"}
    | {"website", "proof", "shown", "step", "ticket"}
    | {"uploaded", "remove_file", "cases", "came_from"}
)
"""Fields that nobody typed."""


class FileLimits(NamedTuple):
    """Of a form with files: how many are read, and bytes of each. A larger one is read to its end, and not kept."""

    most: int
    largest: int


def take_files(request: Request, limits: FileLimits) -> None:
    """Read the files of this form too, to the disk. Call it before anything reads the form."""
    if media_of(request) != MULTIPART:
        return
    request.state.file_limits = limits
    allow_on_disk(request.scope, limits.most * limits.largest + LARGEST_FORM)


async def sent(request: Request) -> FormData:
    """The fields of the submitted form; with ``take_files``, its files too, as UploadFile.

    Raises HTTPException 400 for what is no form in UTF-8, and 413 for what is too large; then ``kept`` has the begin.
    """
    if not hasattr(request.state, "sent"):
        request.state.sent, request.state.cut = FormData(), False
        if limits := _limits(request):
            request.state.sent, refused = await _streamed(request, limits)
            request.state.cut = bool(refused)
            if refused:
                raise refused
            return cast(FormData, request.state.sent)
        body, refused = await _read(request)
        request.state.sent, request.state.cut = await _parse(request.headers, body, cut=bool(refused)), bool(refused)
        if refused:
            raise refused
    fields: FormData = request.state.sent
    return fields


async def kept(request: Request) -> list[tuple[str, str]]:
    """The fields that were sent, without files and passwords, for an error page; empty when there are none."""
    if request.method != "POST":
        return []
    try:
        fields = await sent(request)
    except HTTPException:
        fields = request.state.sent
    return [(name, value) for name, value in fields.multi_items() if isinstance(value, str) and name not in SECRET]


def texts_of(fields: list[tuple[str, str]]) -> list[str]:
    """What a person typed or chose, to be copied."""
    return [value for name, value in fields if name not in TECHNICAL and value.strip()]


async def _read(request: Request) -> tuple[bytes, HTTPException | None]:
    """The body; of one that is too large, what was read of it, and the refusal."""
    body = bytearray()
    try:
        async for chunk in request.stream():
            body += chunk
    except ClientDisconnect:
        raise HTTPException(400, "the client has gone") from None
    except HTTPException as refused:
        if refused.status_code != 413:
            raise
        return bytes(body), refused
    return bytes(body), None


async def _parse(headers: Headers, body: bytes, *, cut: bool) -> FormData:
    """The fields in a body. Of a type that is no form: none. Starlette would read with any codec, then as Latin-1."""
    media, options = parse_options_header(headers.get("content-type", ""))
    if media not in (FORM, MULTIPART):
        return FormData()
    boundary = options.get(b"boundary", b"")
    try:
        if options.get(b"charset", b"utf-8").lower() not in (b"utf-8", b"utf8"):
            raise HTTPException(400, "a charset other than UTF-8")
        if media == MULTIPART:
            whole = body + b"\r\n--%s--\r\n" % boundary if cut else body
            whole.decode(errors="ignore" if cut else "strict")
            plain = Headers(raw=[(b"content-type", MULTIPART + b'; boundary="' + boundary + b'"')])
            return await MultiPartParser(plain, _once(whole), max_files=0, max_fields=MOST_FIELDS).parse()
        body.decode("ascii")
        return FormData(list(_pairs(body)))
    except (MultiPartException, HTTPException, UnicodeError) as error:
        raise HTTPException(400, "unreadable form") from error


def _limits(request: Request) -> FileLimits | None:
    """Those of files, if this request may have some."""
    limits: FileLimits | None = getattr(request.state, "file_limits", None)
    return limits


def media_of(request: Request) -> bytes:
    """The media type of the body, without its parameters."""
    media, _ = parse_options_header(request.headers.get("content-type", ""))
    return media


async def _streamed(request: Request, limits: FileLimits) -> tuple[FormData, HTTPException | None]:
    """The fields and files of a body that is never whole in memory; of one that is too large, what was read of it.

    When a file is what is too large, nothing is refused here: it has a larger size than may be, and the form is shown.
    """
    _, options = parse_options_header(request.headers.get("content-type", ""))
    boundary = options.get(b"boundary", b"")
    parser = _Streaming(request, boundary, limits)
    try:
        if options.get(b"charset", b"utf-8").lower() not in (b"utf-8", b"utf8"):
            raise HTTPException(400, "a charset other than UTF-8")
        fields = await parser.parse()
        return fields, None if parser.ends_in_file else parser.refused
    except ClientDisconnect:
        raise HTTPException(400, "the client has gone") from None
    except (MultiPartException, UnicodeError) as error:
        if parser.full:
            return FormData(parser.texts()), HTTPException(413)
        raise HTTPException(400, "unreadable form") from error


class _Streaming(MultiPartParser):
    """Writes files to the disk, and no more of each than its limit."""

    spool_max_size = 64 * 1024

    def __init__(self, request: Request, boundary: bytes, limits: FileLimits) -> None:
        plain = Headers(raw=[(b"content-type", MULTIPART + b'; boundary="' + boundary + b'"')])
        super().__init__(plain, self._body(request, boundary), max_files=MOST_FIELDS, max_fields=MOST_FIELDS)
        self._largest, self._text = limits.largest, 0
        self.refused: HTTPException | None = None
        self.ends_in_file = False

    @property
    def full(self) -> bool:
        """Whether there are too many parts, or too much text in them."""
        parts = self._current_fields > self.max_fields or self._current_files > self.max_files
        return parts or self._text > LARGEST_FORM

    def texts(self) -> list[tuple[str, str | UploadFile]]:
        """The fields that were read; the last one may be cut."""
        last = (self._current_part.field_name, bytes(self._current_part.data).decode(errors="ignore"))
        return [item for item in (*self.items, last) if isinstance(item[1], str)]

    def on_part_data(self, data: bytes, start: int, end: int) -> None:
        file = self._current_part.file
        if file is not None and (file.size or 0) > self._largest:
            return
        room = LARGEST_FORM - self._text
        self._text += 0 if file else end - start
        if self._text > LARGEST_FORM:
            super().on_part_data(data, start, start + room)
            raise MultiPartException("too much text")
        super().on_part_data(data, start, end)

    def on_part_end(self) -> None:
        if self._current_part.file is None:
            bytes(self._current_part.data).decode(errors="ignore" if self.refused else "strict")
        super().on_part_end()

    async def _body(self, request: Request, boundary: bytes) -> AsyncGenerator[bytes, None]:
        """The body; one that is too large gets an end."""
        try:
            async for chunk in request.stream():
                yield chunk
        except HTTPException as refused:
            if refused.status_code != 413:
                raise
            self.refused = refused
            if file := self._current_part.file:
                file.size = self._largest + 1
                self.ends_in_file = True
            yield b"\r\n--%s--\r\n" % boundary


def _pairs(body: bytes) -> Iterator[tuple[str, str]]:
    """Names and values of a form. Starlette's parser needs more than a second for a million ``&``."""
    if body.count(b"&") >= MOST_FIELDS:
        raise HTTPException(400, "too many fields")
    for pair in filter(None, body.split(b"&")):
        name, _, value = pair.partition(b"=")
        yield _decoded(name), _decoded(value)


def _decoded(raw: bytes) -> str:
    """Percent-decoded UTF-8, as quoted-printable: ``unquote`` takes half a second for a megabyte of escapes."""
    marked = NO_ESCAPE.sub(b"%25", raw.replace(b"+", b" ")).replace(b"=", b"%3D").replace(b"%", b"=")
    return a2b_qp(marked).decode(errors="replace")


async def _once(body: bytes) -> AsyncGenerator[bytes, None]:
    yield body
