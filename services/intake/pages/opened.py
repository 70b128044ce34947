"""What a tracking code opens, for the pages and the API behind it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from fastapi import Depends, Request

from services.intake.config import Settings
from services.intake.domain import after
from services.intake.domain.codes import code_of
from services.intake.domain.message import Message
from services.intake.store import Messages, Snapshots
from shared.institution import Institution
from shared.web.csrf import bind
from shared.web.pages import web
from shared.web.provided import Now, provided


@dataclass(frozen=True)
class Opened:
    """A message, with its exact code. ``upload_csrf`` is a token for ``/files``, which knows no codes."""

    message: Message
    code: str
    settings: Settings
    institution: Institution
    now: datetime
    upload_csrf: str

    @property
    def url(self) -> str:
        """The status page."""
        return f"/t/{self.code}"

    @property
    def rules(self) -> dict[str, Any]:
        """Within how many days one may object, in which time zone."""
        return after.objection_rules(self.institution, self.settings.timezone)

    @property
    def possible(self) -> tuple[str, ...]:
        """What the writer may do now."""
        return after.possible(self.message, **self.rules, now=self.now)


async def open_message(
    request: Request,
    code: str,
    messages: Annotated[Messages, provided(Messages)],
    settings: Annotated[Settings, provided(Settings)],
    snapshots: Annotated[Snapshots, provided(Snapshots)],
    now: Now,
) -> Opened:
    """What a code opens. CSRF tokens are bound to the message from here on.

    Raises NotFound, for a wrong code as for an unknown one.
    """
    message = await messages.by_code(code)
    bind(request, "")
    upload_csrf = web(request).csrf.token(request)
    bind(request, message.id)
    return Opened(
        message, code_of(code, code_hash=message.code_hash), settings, snapshots.institution, now, upload_csrf
    )


Behind = Annotated[Opened, Depends(open_message)]
"""A dependency: what the code in the address opens. It comes first, so that nothing is stored for a wrong code."""
