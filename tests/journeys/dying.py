"""Runs a service that kills itself at one point of its work, as a power cut would.

``python -m tests.journeys.dying services.intake "after the write" message.submitted``
"""

import os
import runpy
import signal
import sys
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from services.notifier.handlers.receiving import Receiving
from services.notifier.mailer import Mailer
from services.notifier.store.mails import Mails
from shared.broker.consuming import Delivery
from shared.documents import Documents
from shared.events import Event
from shared.outbox import OutboxEntry

Method = Callable[..., Awaitable[Any]]


def die() -> None:
    """At once, without a word."""
    os.kill(os.getpid(), signal.SIGKILL)


def before_the_write(what: str) -> None:
    """Decided, and nothing kept yet."""
    _around_writes(what, before=True)


def after_the_write(what: str) -> None:
    """Kept with what it owes, and nothing published yet."""
    _around_writes(what, before=False)


def after_the_publish(what: str) -> None:
    """Confirmed by the broker, and still owed."""
    _around_clear(what, before=True)


def after_the_clear(what: str) -> None:
    """Published and no longer owed."""
    _around_clear(what, before=False)


def before_the_acknowledgement(what: str) -> None:
    """A consumer's work is kept; the broker does not know it yet."""
    consume = Delivery.consume_scope

    async def consumed(self: Delivery, call_next: Any, message: Any) -> Any:
        answer = await consume(self, call_next, message)
        if self.context.get_local("handler_").queue.name.endswith(what):
            die()
        return answer

    Delivery.consume_scope = consumed  # type: ignore[method-assign,assignment]


def before_smtp(what: str) -> None:
    """A letter is claimed, and not offered yet."""
    _around_smtp(what, before=True)


def after_smtp(what: str) -> None:
    """The mail server said 250; that is not kept yet."""
    _around_smtp(what, before=False)


def before_the_mail_is_kept(what: str) -> None:
    """A mail has come in as a whole, and nothing of it is stored."""
    _after(Receiving, "keep", what, done=False)


def after_its_bytes_are_kept(what: str) -> None:
    """They are stored, and no mail names them."""
    _after(Mails, "keep_content", what, done=True)


def after_the_mail_is_kept(what: str) -> None:
    """It is stored, and its sender was not told."""
    _after(Receiving, "keep", what, done=True)


POINTS = {
    "before the write": before_the_write,
    "after the write": after_the_write,
    "after the publish": after_the_publish,
    "after the clear": after_the_clear,
    "before the acknowledgement": before_the_acknowledgement,
    "before SMTP": before_smtp,
    "after SMTP": after_smtp,
    "before the mail is kept": before_the_mail_is_kept,
    "after its bytes are kept": after_its_bytes_are_kept,
    "after the mail is kept": after_the_mail_is_kept,
}


def _around_smtp(what: str, *, before: bool) -> None:
    send = Mailer.send

    async def sent(self: Mailer, raw: bytes, recipient: str, *, sender: str = "") -> None:
        matches = what.encode() in raw
        if not (matches and before):
            await send(self, raw, recipient, sender=sender)
        if matches:
            die()

    Mailer.send = sent  # type: ignore[method-assign]


def _after(owner: type, name: str, what: str, *, done: bool) -> None:
    """Die when a method gets a mail with these words, before or after it has ``done`` its work."""
    method = getattr(owner, name)

    async def taken(self: Any, raw: bytes, *more: Any) -> Any:
        matches = what.encode() in raw
        if matches and not done:
            die()
        answer = await method(self, raw, *more)
        if matches:
            die()
        return answer

    setattr(owner, name, taken)


def _around_clear(what: str, *, before: bool) -> None:
    mark_published = Documents.mark_published

    async def finished(self: Documents[Any], published: Iterable[OutboxEntry]) -> None:
        done = list(published)
        matches = what in {o.type for o in done}
        if not (matches and before):
            await mark_published(self, done)
        if matches:
            die()

    Documents.mark_published = finished  # type: ignore[method-assign]


def _around_writes(what: str, *, before: bool) -> None:
    for name in ("add", "save"):
        setattr(Documents, name, _write(getattr(Documents, name), what, before=before))


def _write(write: Method, what: str, *, before: bool) -> Method:
    """The write that announces an event of this type, or that obeys one."""

    async def written(self: Documents[Any], aggregate: Any, *, announcing: Any = (), handling: Any = None) -> Any:
        announced = {e.type for e in ([announcing] if isinstance(announcing, Event) else announcing)}
        matches = what in announced | ({handling.type} if handling else set())
        if matches and before:
            die()
        if matches:
            self.database.on_outbox = lambda documents, unpublished: die()
        return await write(self, aggregate, announcing=announcing, handling=handling)

    return written


if __name__ == "__main__":
    service, point, event = sys.argv[1:]
    POINTS[point](event)
    sys.argv = [service]
    runpy.run_module(service, run_name="__main__", alter_sys=True)
