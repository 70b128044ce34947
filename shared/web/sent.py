"""Reads what a form sent, once for each request. What was read stays with the request, for pages and error pages."""

import re
from binascii import a2b_qp
from collections.abc import AsyncGenerator, Iterator

from python_multipart.multipart import parse_options_header
from starlette.datastructures import FormData, Headers
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect, Request

from shared.web.csrf import FIELD

MOST_FIELDS = 200
"""FastAPI's ``form_limits`` apply to ``Form()`` parameters only, which answer bad input with JSON."""
FORM, MULTIPART = b"application/x-www-form-urlencoded", b"multipart/form-data"
NO_ESCAPE = re.compile(rb"%(?![0-9A-Fa-f]{2})")
SECRET = frozenset({"password"})
"""Never shown again."""
TECHNICAL = frozenset(
    {FIELD, "once", "next", "version", "versions", "revision", "written", "form_id", "check", "email_asked", "switch"}
    | {"step"}
)
"""Fields that nobody typed."""


async def sent(request: Request) -> FormData:
    """The fields of the submitted form.

    Raises HTTPException 400 for what is no form in UTF-8, and 413 for what is too large; then ``kept`` has the begin.
    """
    if not hasattr(request.state, "sent"):
        request.state.sent, request.state.cut = FormData(), False
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
