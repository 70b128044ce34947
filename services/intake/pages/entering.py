"""What an officer enters for somebody: the public form, opened with the desk's ticket (``shared.tickets``)."""

from typing import Annotated, Any

from fastapi import Depends, Request
from starlette.responses import Response

from shared.tickets import VALID_FOR, Ticket, Tickets
from shared.web.forms import Form
from shared.web.pages import web
from shared.web.provided import Now, provided

COOKIE = "ticket"
"""Holds the newest ticket of this browser: with it, a form whose own ticket is over can be sent again."""
OVER = "The 15 minutes of this form are over. What was typed is still here: please renew it, then send it again."
CHANNELS = {
    "telephone": "message by telephone",
    "counter": "message at the counter",
    "paper": "message on paper",
    "email": "message by e-mail",
}
"""How it came, after the officer's name (msgids)."""


class Entering:
    """The ticket of one request. ``ticket`` is None without one that holds; ``over``: there was one."""

    def __init__(self, request: Request, tickets: Tickets, now: Any) -> None:
        self._request, self._tickets, self._now = request, tickets, now
        self.token, self.ticket, self.over = "", None, False

    ticket: Ticket | None

    def show(self, token: str) -> None:
        """Read the ticket of an address."""
        self._use(token)

    def take(self, token: str) -> dict[str, Any]:
        """Read the ticket of a form; one that is over is replaced by a newer one of the same browser.

        Returns the fields of the form that change.
        """
        self._use(token)
        newer = self._request.cookies.get(COOKIE, "")
        if self.over and (read := self._tickets.read(newer)) and read.holds(self._now):
            self._use(newer)
        return {"ticket": self.token} if self.ticket else {}

    def said(self, form: Form[Any]) -> Form[Any]:
        """The form, with a sentence where its ticket is over."""
        if self.over:
            form.errors = {"": web(self._request).locale(self._request).gettext(OVER)}
        return form

    def remembered(self, response: Response) -> Response:
        """The answer, which leaves the ticket with the browser."""
        if self.ticket:
            response.set_cookie(
                COOKIE,
                self.token,
                max_age=int(VALID_FOR.total_seconds()),
                httponly=True,
                samesite="lax",
                secure=web(self._request).base_url.startswith("https:"),
            )
        return response

    def _use(self, token: str) -> None:
        ticket = self._tickets.read(token)
        self.over = ticket is not None and not ticket.holds(self._now)
        self.token, self.ticket = token, None if self.over else ticket
        if ticket:
            gettext = web(self._request).locale(self._request).gettext
            self._request.state.desk = {
                "name": ticket.name,
                "channel": gettext(CHANNELS[ticket.channel]),
                "url": ticket.desk,
                "again": f"{ticket.desk}/entering?channel={ticket.channel}",
                "over": self.over,
            }


async def _entering(request: Request, tickets: Annotated[Tickets, provided(Tickets)], now: Now) -> Entering:
    return Entering(request, tickets, now)


Entrance = Annotated[Entering, Depends(_entering)]
"""A dependency: the officer's ticket, if there is one."""


def desk_of(request: Request) -> dict[str, Any] | None:
    """What pages show of the ticket: ``name``, ``channel``, ``url`` of the desk, ``again`` for another; or None."""
    desk: dict[str, Any] | None = getattr(request.state, "desk", None)
    return desk
