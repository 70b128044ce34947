"""Answers that a browser may keep, and asks for again by their tag (RFC 9110, 8.8.3)."""

import hashlib
from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response

CHECKED = {"Cache-Control": "no-cache", "Vary": "Accept-Language, Cookie"}
"""A browser may keep the page, and asks whether it is still the same."""
KEPT = {"Cache-Control": "public, max-age=300"}
"""Anybody may keep it for five minutes."""


def unless_the_same(request: Request, answer: Response, headers: Mapping[str, str]) -> Response:
    """The answer with its tag, or 304 for whoever has it already (RFC 9110, 13.1.2)."""
    tag = f'"{hashlib.sha256(bytes(answer.body)).hexdigest()[:32]}"'
    answer.headers.update({**headers, "ETag": tag})
    asked = request.headers.get("if-none-match", "")
    if tag not in [one.strip().removeprefix("W/") for one in asked[:1_000].split(",")]:
        return answer
    return Response(status_code=304, headers={**headers, "ETag": tag})
