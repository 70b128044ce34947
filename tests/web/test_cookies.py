"""A cookie makes us no work, whatever is in it."""

from scripts.browser import Browser
from shared.web import cookies
from tests.conftest import Visit
from tests.web.site import site


async def test_a_cookie_keeps_its_meaning(visit: Visit) -> None:
    visitor: Browser = visit(site())
    for cookie in ("lang=en", 'a="x\\012y"; lang=en', 'lang="en"', '"\\"; lang=en; \\'):
        answer = await visitor.client.get("/error-page/404", headers={"cookie": cookie})
        assert 'lang="en"' in answer.text, cookie


async def test_no_backslash_reaches_the_reader_of_cookies() -> None:
    found: list[bytes] = []

    async def app(scope, receive, send):  # type: ignore[no-untyped-def]
        found.extend(value for name, value in scope["headers"])

    headers = [(b"cookie", b'a="' + b"\\0" * 9 + b'"'), (b"x", b"\\")]
    await cookies.PlainCookies(app)({"type": "http", "headers": headers}, None, None)  # type: ignore[arg-type]
    assert found == [b'a="000000000"', b"\\"]
