"""The worst that one request can ask for takes time in proportion to its length, never to the square of it."""

import json
from collections.abc import Callable, Mapping
from time import process_time
from urllib.parse import quote, urlsplit

import pytest
from fastapi import FastAPI

from tests import examples as example
from tests.conftest import Make

MARKS = "\u0300\u0316"
API = "/api/v1/messages"
Asked = tuple[str, Mapping[str, str], bytes]
"""Path with query, headers, body; a POST when there is a body."""


def form(**fields: str) -> Asked:
    part = '--x\r\nContent-Disposition: form-data; name="{}"\r\n\r\n{}\r\n'
    body = "".join(part.format(*field) for field in (example.MESSAGE_FORM | fields).items()) + "--x--\r\n"
    return "/", {"content-type": "multipart/form-data; boundary=x"}, body.encode()


def urlencoded(body: bytes, path: str = "/") -> Asked:
    return path, {"content-type": "application/x-www-form-urlencoded"}, body


def posted(body: str) -> Asked:
    return API, {"content-type": "application/json"}, body.encode()


def message(**fields: str) -> Asked:
    return posted(json.dumps(example.API_MESSAGE | fields, ensure_ascii=False))


def header(name: str, value: str) -> Asked:
    return "/", {name: value}, b""


WORST: dict[str, Callable[[int], Asked]] = {
    **{
        f"{field}: {what}": lambda n, field=field, unit=unit: form(**{field: unit * (n // len(unit.encode()))})  # type: ignore[misc]
        for field in ("text", "subject", "name", "email", "phone", "once", "email_asked", "email_meant", "csrf")
        for what, unit in {"marks": MARKS, "letters": "\U0001d160", "at": "a@b.", "blanks": " \t"}.items()
    },
    "many separators": lambda n: urlencoded(b"&" * n),
    "many fields": lambda n: urlencoded(b"a=1&" * (n // 4)),
    "percent signs": lambda n: urlencoded(b"text=" + b"%25" * (n // 3)),
    "dashes": lambda n: form(text="\r\n--" * (n // 4)),
    "heads of parts": lambda n: ("/", form()[1], b"--x\r\n" + b"a: b\r\n" * (n // 6)),
    "code: letters": lambda n: urlencoded(b"code=" + b"ABCDE-" * (n // 6), "/t"),
    "code: slashes": lambda n: urlencoded(b"code=" + b"/t/" * (n // 3), "/t"),
    "api: marks": lambda n: message(text=MARKS * (n // 4)),
    "api: kind": lambda n: message(kind="x" * n),
    "api: escapes": lambda n: posted('{"subject": "' + "\\u0300\\u0316" * (n // 12) + '"}'),
    "api: deep lists": lambda n: posted("[" * n),
    "api: deep objects": lambda n: posted('{"subject":' * (n // 11)),
    "api: a long number": lambda n: posted('{"subject": ' + "9" * n + "}"),
    "api: a long fraction": lambda n: posted('{"subject": 0.' + "9" * n + "}"),
    "api: a long list": lambda n: posted('{"subject": [' + "1," * (n // 2) + "1]}"),
    "api: unknown fields": lambda n: posted(json.dumps({f"{k:x}": 1 for k in range(n // 9)})),
    "api: a long key": lambda n: (API, {"content-type": "application/json", "idempotency-key": "k" * n}, b"{}"),
    "cookie: backslashes": lambda n: header("cookie", 'lang="' + "\\0" * (n // 8) + '"'),
    "cookie: pairs": lambda n: header("cookie", "a=b; " * (n // 20)),
    "languages": lambda n: header("accept-language", "a;q=1," * (n // 24)),
    "languages: digits": lambda n: header("accept-language", "a;q=" + "1" * (n // 4)),
    "path: code": lambda n: ("/t/" + "ABCDE-" * (n // 24), {}, b""),
    "path: marks": lambda n: ("/t/" + quote(MARKS) * (n // 48), {}, b""),
    "path: api": lambda n: (f"{API}/" + "A" * (n // 4), {}, b""),
    "query: language": lambda n: ("/?lang=" + "t" * (n // 4), {}, b""),
}  # fmt: skip


@pytest.mark.parametrize("name", WORST)
async def test_sixteen_times_as_much_takes_far_less_than_the_square_of_it(make: Make, name: str) -> None:
    app = make("intake")
    little, much = [WORST[name](size) for size in (15_000, 240_000)]
    await taken(app, little)
    assert await taken(app, much) < 80 * await taken(app, little) + 0.02  # the square would be 256 times


async def taken(app: FastAPI, asked: Asked) -> float:
    """Seconds of the processor for one request, the best of three."""
    return min([await _taken(app, asked) for _ in range(3)])


async def _taken(app: FastAPI, asked: Asked) -> float:
    path, headers, body = asked
    parts = urlsplit(path)
    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": "POST" if body else "GET",
        "scheme": "http",
        "path": parts.path,
        "raw_path": parts.path.encode(),
        "root_path": "",
        "query_string": parts.query.encode(),
        "headers": [(name.encode(), value.encode("latin-1")) for name, value in headers.items()],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
    }
    answers: list[int] = []

    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(part: dict[str, object]) -> None:
        answers.append(int(str(part.get("status", 0))))

    begun = process_time()
    await app(scope, receive, send)  # type: ignore[arg-type]
    assert 200 <= answers[0] < 500
    return process_time() - begun
