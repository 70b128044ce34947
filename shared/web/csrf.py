"""Protection against cross-site request forgery (OWASP ASVS 5.0, 3.5).

A token is signed, and bound to the visitor's session or link; on the public form, to nothing.
The headers ``Sec-Fetch-Site`` and ``Origin`` are checked too.
"""

from urllib.parse import urlsplit

from itsdangerous import BadSignature, URLSafeTimedSerializer
from starlette.requests import Request

FIELD = "csrf"
VALID_FOR = 12 * 3600
"""Seconds."""


class Csrf:
    """Issues and checks the tokens of one service. ``base_url`` is the address of its pages."""

    def __init__(self, secret: str, base_url: str) -> None:
        self._signer = URLSafeTimedSerializer(secret, salt="csrf")
        self._origin = "{0.scheme}://{0.netloc}".format(urlsplit(base_url))

    def token(self, request: Request) -> str:
        """A token for the forms of this page."""
        return self._signer.dumps(_binding(request))

    def accepts(self, request: Request, token: str) -> bool:
        """Whether the token belongs to this visitor, is not expired, and the request comes from one of our pages."""
        if not self.same_origin(request):
            return False
        try:
            return bool(self._signer.loads(token, max_age=VALID_FOR) == _binding(request))
        except BadSignature:
            return False

    def same_origin(self, request: Request) -> bool:
        """Whether the browser reports our own origin. Where it reports none, the answer is yes: the token decides.

        Over plain HTTP, browsers send no ``Sec-Fetch-Site``; older ones write ``null`` where a policy hides the origin.
        """
        site = request.headers.get("sec-fetch-site")
        if site is not None:
            return site in ("same-origin", "none")
        return request.headers.get("origin") in (None, "null", self._origin)


def bind(request: Request, to: str) -> None:
    """Bind the tokens of this request to a session or link. Call it before a page is rendered or a form is read."""
    request.state.csrf_binding = to


def _binding(request: Request) -> str:
    return str(getattr(request.state, "csrf_binding", ""))
