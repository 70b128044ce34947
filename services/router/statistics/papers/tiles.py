"""The headline figures, each beside that of the period before."""

from collections.abc import Callable
from dataclasses import dataclass

from services.router.statistics.domain.dashboard import Dashboard
from services.router.statistics.labels import NONE, Words
from services.router.statistics.papers.sections import HOURS, NUMBER, SHARE, as_cell
from services.router.statistics.papers.tables import Cell

ANSWERS = "%(number)s of %(all)s answers"
REPLIES = "%(number)s of %(all)s replies of units"
MESSAGES = "%(number)s of %(all)s messages"


@dataclass(frozen=True)
class Tile:
    """``beside`` says more about the value, ``before`` what it was, ``change`` what became of it, in words.

    ``numbers``: value and value before of a file; ``kind``: whether they are numbers, hours or shares.
    """

    label: str
    value: str
    beside: str
    before: str
    change: str
    kind: str
    numbers: tuple[float | None, float | None]

    def cells(self, words: Words) -> list[Cell]:
        """A row of a file: what it is, the value, the value before, their unit, and what is said beside it."""
        now, before = (as_cell(self.kind, number) for number in self.numbers)
        return [self.label, now, before, words.gettext("working hours") if self.kind == HOURS else None, self.beside]


def tiles(words: Words, shown: Dashboard) -> list[Tile]:
    """What comes first."""
    made = (_received, _answer, _in_time, _reply, _on_time, _at_once, _rerouted, _rating)
    return [of(words, shown) for of in made]


def _received(words: Words, shown: Dashboard) -> Tile:
    _, now, before = words.gettext, shown.now, shown.before
    came, before_ = now.number("received"), before.number("received")
    beside = _("%(finished)s of them answered or closed, %(open)s open") % {
        "finished": words.number(now.number("finished")),
        "open": words.number(now.open),
    }
    change = words.change(came, before_, less=_("%(change)s fewer"), more=_("%(change)s more"), same=_("as many"))
    was = _before(words, words.number(before_))
    return Tile(_("Messages that came in"), words.number(came), beside, was, change, NUMBER, (came, before_))


def _answer(words: Words, shown: Dashboard) -> Tile:
    return _clock(words, shown, "answer", words.gettext("Time to the answer, median"))


def _reply(words: Words, shown: Dashboard) -> Tile:
    return _clock(words, shown, "reply", words.gettext("Time to a unit's reply, median"))


def _clock(words: Words, shown: Dashboard, clock: str, label: str) -> Tile:
    _, now, before = words.gettext, shown.now.median(clock), shown.before.median(clock)
    beside = ""
    if now is not None:
        beside = _("nine in ten within %(p90)s") % {"p90": words.hours(shown.now.p90(clock))}
    change = words.change(now, before, less=_("%(change)s faster"), more=_("%(change)s slower"), same=_("as fast"))
    was = _before(words, words.hours(before))
    return Tile(label, words.hours(now), beside, was, change, HOURS, (now, before))


def _in_time(words: Words, shown: Dashboard) -> Tile:
    _ = words.gettext
    return _share(words, shown, _("Answered within the legal term"), "in_time", "judged", _(ANSWERS))


def _on_time(words: Words, shown: Dashboard) -> Tile:
    _ = words.gettext
    return _share(words, shown, _("Units' replies on time"), "on_time", "timed", _(REPLIES))


def _at_once(words: Words, shown: Dashboard) -> Tile:
    _ = words.gettext
    return _share(words, shown, _("Replies accepted at once"), "at_once", "reviewed", _(REPLIES))


def _share(words: Words, shown: Dashboard, label: str, name: str, of: str, said: str) -> Tile:
    now, before = shown.now.share(name, of), shown.before.share(name, of)
    beside = ""
    if now is not None:
        numbers = {"number": words.number(shown.now.number(name)), "all": words.number(shown.now.number(of))}
        beside = said % numbers
    was = _before(words, words.share(before))
    return Tile(label, words.share(now), beside, was, _points(words, now, before), SHARE, (now, before))


def _rerouted(words: Words, shown: Dashboard) -> Tile:
    _ = words.gettext
    return _share(words, shown, _("Routed to another unit on the way"), "rerouted", "received", _(MESSAGES))


def _points(words: Words, now: float | None, before: float | None) -> str:
    if now is None or before is None:
        return ""
    _, points = words.gettext, round(100 * now) - round(100 * before)
    if points == 0:
        return _("unchanged")
    said = _("%(points)s points higher") if points > 0 else _("%(points)s points lower")
    return said % {"points": words.number(abs(points))}


def _rating(words: Words, shown: Dashboard) -> Tile:
    _, now, before = words.gettext, shown.now.median("rating"), shown.before.median("rating")
    value = NONE if now is None else _("%(number)s of 5") % {"number": words.number(now)}
    beside = ""
    if now is not None:
        beside = _("from %(number)s ratings") % {"number": words.number(shown.now.of_clock("rating"))}
    was, change = _before(words, words.number(before)), _compared(_, now, before)
    return Tile(_("Rating, median"), value, beside, was, change, NUMBER, (now, before))


def _compared(_: Callable[[str], str], now: float | None, before: float | None) -> str:
    if now is None or before is None:
        return ""
    return _("unchanged") if now == before else _("higher") if now > before else _("lower")


def _before(words: Words, said: str) -> str:
    return words.gettext("before: %(value)s") % {"value": said}
