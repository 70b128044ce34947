"""The mailbox for tests and scripts."""

import json
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlencode, urlsplit


class Mailbox:
    """Reads the letters of a running mailbox. Knows no waiting."""

    def __init__(self, url: str) -> None:
        self._server = urlsplit(url).netloc

    def letters(self, to: str = "", subject: str = "") -> list[dict[str, Any]]:
        """Newest first, as ``GET /api/letters`` gives them."""
        found: list[dict[str, Any]] = json.loads(
            self._ask("GET", "/api/letters?" + urlencode({"to": to, "subject": subject}))
        )
        return found

    def raw(self, letter_id: str) -> bytes:
        """The bytes of one letter as they came over SMTP."""
        return self._ask("GET", f"/api/letters/{letter_id}/raw")

    def clear(self) -> None:
        """Delete all letters."""
        self._ask("DELETE", "/api/letters")

    def _ask(self, method: str, path: str) -> bytes:
        connection = HTTPConnection(self._server, timeout=10)
        try:
            connection.request(method, path)
            answer = connection.getresponse()
            body = answer.read()
        finally:
            connection.close()
        if answer.status >= 400:
            raise LookupError(f"{method} {path}: {answer.status}")
        return body
