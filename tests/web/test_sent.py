"""A form is read as browsers write it, quickly, and within limits."""

from collections.abc import Sequence
from time import thread_time
from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import Message, Receive, Scope, Send

from shared.web.limits import LARGEST_FORM, BodyLimit
from shared.web.sent import kept, sent, texts_of

FORM, MULTIPART = "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"
PART = b'--x\r\nContent-Disposition: form-data; name="a"'
FULL = LARGEST_FORM - 200


def posted(body: bytes, content_type: str = FORM) -> Request:
    async def receive() -> Message:
        return {"type": "http.request", "body": body}

    return Request({"type": "http", "method": "POST", "headers": [(b"content-type", content_type.encode())]}, receive)


@given(st.lists(st.tuples(st.text(st.characters(codec="utf-8"), min_size=1), st.text(st.characters(codec="utf-8")))))
@settings(max_examples=200, deadline=None)
async def test_what_a_browser_encodes_is_what_is_read(fields: Sequence[tuple[str, str]]) -> None:
    assert (await sent(posted(urlencode(fields).encode()))).multi_items() == list(fields)


@given(st.text("%=&+aF4\r\n_ ", max_size=30))
@settings(max_examples=500, deadline=None)
async def test_any_ascii_is_read_as_python_reads_it(body: str) -> None:
    expected = parse_qsl(body, keep_blank_values=True, errors="replace")
    assert (await sent(posted(body.encode()))).multi_items() == expected


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"text=" + b"%C5%9F" * (FULL // 6), FORM),
        (b"text=" + b"%41a" * (FULL // 4), FORM),
        (b"text=" + b"%" * FULL, FORM),
        (b"&" * FULL, FORM),
        (b"=" * FULL, FORM),
        (b"a=1&" * (FULL // 4), FORM),
        (PART + b"; " + b"a=b;" * (FULL // 4), MULTIPART),
        (PART + b"\r\na: b" * (FULL // 6) + b"\r\n\r\nx\r\n--x--\r\n", MULTIPART),
        (PART + b"\r\n\r\n" + b"\r\n--" * (FULL // 4) + b"\r\n--x--\r\n", MULTIPART),
        (b"\r\n" * (FULL // 2), MULTIPART),
        (b"a=1", FORM + ";a=b" * 7000),
    ],
)
async def test_no_form_makes_us_work_for_long(body: bytes, content_type: str) -> None:
    """In the time of this thread alone; ten times what is asked for, so that a slow machine passes too."""
    began = thread_time()
    await kept(posted(body, content_type))
    assert thread_time() - began < 1


async def test_the_bodies_of_all_requests_together_are_limited() -> None:
    held: list[int] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        if len(held) < 3:
            held.append(limit.held)
            await limit({"type": "http", "headers": []}, receive_some, send)

    async def receive_some() -> Message:
        return {"type": "http.request", "body": b"x" * 100}

    async def send(message: Message) -> None: ...

    limit = BodyLimit(app, most_together=250, small=0)
    with pytest.raises(HTTPException) as refused:
        await app({"type": "http"}, receive_some, send)
        await limit({"type": "http", "headers": []}, receive_some, send)
    assert refused.value.status_code == 503
    assert limit.held == 0


async def test_large_bodies_that_come_slowly_keep_no_small_one_out() -> None:
    read: list[int] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        read.append(len((await receive())["body"]))

    async def receive_some() -> Message:
        return {"type": "http.request", "body": b"x" * 100}

    async def send(message: Message) -> None: ...

    limit = BodyLimit(app, most_together=250, small=100)
    limit.held = 250
    await limit({"type": "http", "headers": []}, receive_some, send)
    assert (read, limit.held) == ([100], 250)


def test_what_nobody_typed_is_not_shown_to_be_copied() -> None:
    fields = [("csrf", "x"), ("once", "y"), ("units", "kddb"), ("note", "Acele"), ("reason", " ")]
    assert texts_of(fields) == ["kddb", "Acele"]


async def test_a_password_is_never_kept() -> None:
    assert await kept(posted(b"email=a&password=b")) == [("email", "a")]
