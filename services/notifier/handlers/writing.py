"""Renders letters: one template for each, as plain text and as HTML, in Turkish or English."""

import re
import textwrap
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import cache, partial
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from services.notifier.config import Settings
from services.notifier.domain.letter import Writing
from services.notifier.handlers.looks import Styled
from shared.days import days_left
from shared.events import Event
from shared.institution import Institution
from shared.letters.kinds import KINDS
from shared.letters.ours import words_of
from shared.letters.words import heading_of, paragraph, parts, subject_of
from shared.web.due import last_day
from shared.web.i18n import FALLBACK, Locale, locales, negotiate
from shared.web.institution import kind_of

ROOM = Path(__file__).parent.parent
HIDDEN = "…"
INSIDE, BLANK = "\x1e", "\x1f"
"""A line end of a person's text, and the blank that makes a line a signature's first; people's texts hold neither."""
WIDTH = 76
"""Characters in a line of the text part; a link may be longer."""
_INDENTATION = re.compile(r"(?m)^ +")


class Writer:
    """The templates in every language, with what is known of the institution now."""

    def __init__(self, settings: Settings, institution: Callable[[], Institution]) -> None:
        self._settings, self._institution = settings, institution
        self._locales = locales((ROOM,), settings.timezone)
        self._html = {language: _environment(locale, html=True) for language, locale in self._locales.items()}
        self._text = {language: _environment(locale, html=False) for language, locale in self._locales.items()}

    @property
    def institution(self) -> Institution:
        """As it is known now."""
        return self._institution()

    def write(self, template: str, wanted: str, *, data: Event, secrets: Sequence[str] = (), **context: Any) -> Writing:
        """Render one letter, in the ``wanted`` language if we speak it, in English for Arabic, else in Turkish.

        ``secrets``, links and tracking codes, are replaced in its ``record``. ``context`` is for the template.
        """
        language = negotiate(wanted, FALLBACK.get(wanted, ""))
        known = self._institution()
        kind = KINDS[named(template, data)]
        words = words_of(kind, language, known.wordings)
        labels = {kind.id: self._locales[language].of(kind.label)[0] for kind in known.kinds}
        frame: dict[str, Any] = {"settings": self._settings, "institution": known, "kind_labels": labels}
        frame |= {"language": language, "data": data, "words": words, "kind_of_letter": kind, "by_code": False}
        frame |= {"answered_by": "", **context}
        plain: Any = self._text[language].get_template(f"{template}.html").make_module({**frame, "kit": "kit.txt"})
        rich = self._html[language].get_template(f"{template}.html").make_module({**frame, "kit": "kit.html"})
        text = _tidy(str(plain))
        return Writing(
            subject=subject_of(words, plain.values),  # set by the template
            text=text,
            html=str(rich).lstrip(),
            record=_without(text, secrets),
            wording_version=words.version,
            language=language,
        )


def named(template: str, data: Any) -> str:
    """Which words a letter has: some have others for another cause, and for an event of an older version."""
    if template == "invitation" and not data.reply_expected:
        return "invitation_information"
    if template == "extension" and not data.granted:
        return "extension_refused"
    if template == "desk_reminder" and data.cause == "digest":
        return "desk_digest"
    if template == "reminder":
        return "reminder_head" if data.role == "head" else "reminder" if data.cause == "overdue" else "reminder_soon"
    return "answer_undated" if template == "answer" and data.written_at is None else template


@cache  # compiling the templates takes much longer than rendering them
def _environment(locale: Locale, *, html: bool) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(ROOM / "templates"),
        autoescape=html,  # noqa: S701  # the plain text part needs no escaping
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n", *([Styled] if html else [])],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.install_gettext_callables(locale.gettext, locale.ngettext, newstyle=True)  # type: ignore[attr-defined]
    environment.globals |= {"lang": locale.language, "date": locale.date, "format_datetime": locale.format_datetime}
    environment.filters["kind"] = kind_of
    environment.filters |= {"heading": heading_of, "filled": paragraph}
    environment.filters["parts"] = lambda words, kind: parts(words.text, kind.blocks)
    environment.filters["last_day"] = partial(last_day, locale)
    environment.globals |= {"days_left": partial(days_left, zone=locale.zone), "last_day": partial(_last_day, locale)}
    environment.filters["overdue"] = partial(_overdue, locale)
    environment.filters["still_due"] = partial(_overdue, locale, late=False)
    environment.filters["lines"] = _html_lines
    environment.filters |= {"wrapped": wrapped, "kept": _kept}
    environment.filters["quoted"] = lambda text: _kept(text, before="> ")
    environment.globals["signature"] = f"--{BLANK}"
    return environment


def _last_day(locale: Locale, due_at: datetime, now: datetime) -> str:
    """The last day for a reply in words, and by how many days it is over."""
    left, day = days_left(due_at, now, locale.zone), locale.date(due_at)
    if left >= 0:
        return (locale.gettext("Last day %(day)s") if left else locale.gettext("Last day %(day)s (today)")) % {
            "day": day
        }
    said = locale.ngettext("Last day %(day)s (%(num)d day ago)", "Last day %(day)s (%(num)d days ago)", -left)
    return said % {"day": day, "num": -left}


def _overdue(locale: Locale, things: Iterable[Any], now: datetime, *, late: bool = True) -> list[Any]:
    """Those whose last day (``due_at``) is over, or those whose is not."""
    return [one for one in things if (days_left(one.due_at, now, locale.zone) < 0) is late]


def _html_lines(text: str) -> Markup:
    """Line ends and indentation of a person's text as HTML, which would show neither."""
    escaped = _INDENTATION.sub(lambda blanks: "&nbsp;" * len(blanks[0]), str(escape(text)))
    return Markup(escaped.replace("\n", "<br>\n"))  # noqa: S704  # escaped above


def wrapped(text: str, *, before: str = "") -> str:
    """The text in lines of at most WIDTH characters. Links are never broken, and indentation stays.

    ``before`` stands at the beginning of each line.
    """
    return "\n".join(line for given in text.split("\n") for line in _lines(given.rstrip(), before))


def _lines(line: str, before: str) -> list[str]:
    if len(before + line) <= WIDTH:
        return [f"{before}{line}".rstrip()]
    begins = before + line[: len(line) - len(line.lstrip())][: WIDTH // 2]
    return textwrap.wrap(
        line.lstrip(),
        WIDTH,
        initial_indent=begins,
        subsequent_indent=begins,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _kept(text: str, *, before: str = "") -> str:
    """A person's text, marked so that ``_tidy`` keeps its blank lines. Without blanks at line ends no line is ``-- ``,
    which would make the rest a signature (RFC 3676, 4.3)."""
    return wrapped(text, before=before).replace("\n", INSIDE)


def _tidy(text: str) -> str:
    """Without the blank lines that templates leave behind."""
    lines = "\n".join(line.rstrip(" \t") for line in text.split("\n"))
    return re.sub(r"\n{3,}", "\n\n", lines).strip("\n").replace(INSIDE, "\n").replace(BLANK, " ") + "\n"


def _without(text: str, secrets: Sequence[str]) -> str:
    for secret in secrets:
        text = text.replace(secret, HIDDEN)
    return text
