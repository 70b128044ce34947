"""What the intake is told of the public page: a full, versioned snapshot."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import ClassVar

from pydantic import AwareDatetime

from services.router.directory.domain.snapshots import Snapshot
from services.router.statistics.domain.answers import MOST_SHOWN, PublicAnswer, Words
from services.router.statistics.domain.published import PUBLIC_PAGE, PublicPage
from shared.events import Event, PublicPageChanged
from shared.figures import Table

NEVER = datetime(2000, 1, 1, tzinfo=UTC)


class ShownAnswer(Words):
    """An answer as the public reads it."""

    id: str
    published_at: AwareDatetime


class ToldPage(Snapshot):
    """As ``PublicPageChanged`` has it."""

    event: ClassVar[type[Event]] = PublicPageChanged
    figures_shown: bool = False
    answers_shown: bool = False
    since: str = ""
    until: str = ""
    tables: tuple[Table, ...] = ()
    answers: tuple[ShownAnswer, ...] = ()
    changed_at: AwareDatetime = NEVER


def page_told(page: PublicPage, answers: Iterable[PublicAnswer]) -> ToldPage:
    """What the public may see now. What is not shown does not leave the desk."""
    answers = list(answers)
    shown = sorted((one for one in answers if one.shown), key=lambda one: one.published_at or NEVER, reverse=True)
    newest = page.newest if page.figures_shown else None
    changes = [change.at for change in page.history] + [one.changed_at for one in answers]
    return ToldPage(
        id=PUBLIC_PAGE,
        figures_shown=newest is not None,
        answers_shown=page.answers_shown,
        since=newest.since if newest else "",
        until=newest.until if newest else "",
        tables=newest.tables if newest else (),
        answers=tuple(map(_shown, shown[:MOST_SHOWN])) if page.answers_shown else (),
        changed_at=max(changes, default=NEVER),
    )


def _shown(answer: PublicAnswer) -> ShownAnswer:
    words = answer.shown or answer.draft
    return ShownAnswer(
        id=answer.id,
        asked=words.asked,
        done=words.done,
        unit=words.unit,
        published_at=answer.published_at or NEVER,
    )
