"""The file of a case as HTML to be printed (``shared.printing``): A4, with running heads and page numbers."""

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cache, partial
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from services.router.cases.domain.letters import DeskLetter
from services.router.cases.labels import LETTER_STATES, LETTERS, labels_in, timeline_in
from services.router.records.domain.chain import ChainEntry
from services.router.records.labels import fields_in, recorded_in
from services.router.records.papers.case_file import CaseFile, Fetched
from services.router.records.papers.letters import without_secrets
from shared.institution import Institution
from shared.web.due import last_day
from shared.web.i18n import Locale
from shared.web.pages import HERE

CATALOGUES = (HERE, Path(__file__).parents[2])
LONGEST, SHORTENED = 30_000, 300
"""Characters of one text that are printed; SHORTENED when the file would take too long otherwise."""
MOST = 300_000
"""Characters that are printed within the limits of ``shared.printing``, on a machine that does nothing else."""
MOST_ENTRIES = 1_000
"""Lines of the history and of the audit log that are printed."""
LONGEST_WORD = 60
ENDLESS = re.compile(rf"\S{{{LONGEST_WORD + 1},}}")
MAY_BREAK = "\u200b"
OVERRIDES = "\u202d\u202e"
"""Characters that show others in another order than they stand there."""
WHY_MISSING = {
    "gone": "no longer there",
    "away": "its service did not answer",
    "changed": "its content is not what was sent",
    "held": "still being scanned for viruses",
    "infected": "infected, deleted",
    "too_large": "too large for this archive",
}
"""Why a file could not be had (msgids)."""


def html_of(
    found: CaseFile,
    files: Sequence[Fetched],
    paths: Mapping[str, str],
    *,
    locale: Locale,
    institution: Institution,
    by: str,
    now: datetime,
    shortened: bool = False,
) -> str:
    """The pages. ``by``: the name of whoever asked for them, ``now``: when they are made."""
    longest, recorded = SHORTENED if shortened else LONGEST, recorded_in(locale)
    entries = list(reversed(timeline_in(locale, institution, found.case, found.names, numbers=found.numbers)))
    return (
        environment_of(locale)
        .get_template("case_paper.html")
        .render(
            case=found.case,
            found=found,
            files=[(one, paths.get(one.file.id), _sender(locale, found, one)) for one in files],
            letters=sorted(found.letters, key=lambda one: one.sent_at or one.at),
            entries=entries[:MOST_ENTRIES],
            audited=[
                (
                    entry,
                    recorded.get(entry.action, entry.action),
                    fields_in(locale, entry),
                    _actor(locale, found, entry),
                )
                for entry in found.entries[:MOST_ENTRIES]
            ],
            more_entries=max(0, len(entries) - MOST_ENTRIES),
            more_audited=max(0, len(found.entries) - MOST_ENTRIES),
            labels=labels_in(locale),
            why_missing=WHY_MISSING,
            letter_name=lambda letter: locale.gettext(LETTERS.get(letter.template, letter.template)),
            letter_state=partial(_letter_state, locale),
            institution=institution,
            institution_name=locale.of(institution.name)[0],
            logo=f"data:{institution.logo_type};base64,{institution.logo}" if institution.logo else "",
            kind=institution.label(found.case.kind, locale.language),
            by=by,
            now=now,
            longest=longest,
        )
    )


def clean(text: str) -> str:
    """Without secrets, control characters, which a printer cannot show, and OVERRIDES; endless words can be broken.

    The printer takes a time for a word that grows with the square of its length.
    """
    kept = "".join(
        letter for letter in without_secrets(text) if letter in "\n\t" or not (letter in OVERRIDES or _controls(letter))
    )
    return ENDLESS.sub(lambda found: MAY_BREAK.join(_pieces(found[0])), kept)


def direction_of(text: str) -> str:
    """ltr or rtl, after the first letter that has a direction: the printer does not know ``dir="auto"``."""
    letters = (unicodedata.bidirectional(letter) for letter in text)
    return "rtl" if next((found for found in letters if found in ("L", "R", "AL")), "L") != "L" else "ltr"


def _pieces(word: str) -> Iterator[str]:
    return (word[at : at + LONGEST_WORD] for at in range(0, len(word), LONGEST_WORD))


def _controls(letter: str) -> bool:
    return unicodedata.category(letter) == "Cc"


def _sender(locale: Locale, found: CaseFile, one: Fetched) -> str:
    """From whom a file came."""
    case = found.case
    for assignment in case.assignments:
        mailed = [file.id for mail in assignment.mailed for file in mail.files]
        if one.file.id in mailed or any(file.id == one.file.id for file in assignment.files_of_unit):
            return assignment.unit.name_en if locale.language == "en" else assignment.unit.name_tr
    return locale.gettext("Submitter")


def _actor(locale: Locale, found: CaseFile, entry: ChainEntry) -> str:
    """Who did what an entry of the chain tells."""
    actor = entry.actor
    if actor is None:
        return ""
    if actor.kind == "unit":
        units = {assignment.id: assignment.unit for assignment in found.case.assignments}
        unit = units.get(actor.id.partition(".")[0])
        return (unit.name_en if locale.language == "en" else unit.name_tr) if unit else locale.gettext("Unit")
    known = {"submitter": locale.gettext("Submitter"), "system": locale.gettext("System")}
    return found.names.get(actor.id) or known.get(actor.kind) or actor.id


def _letter_state(locale: Locale, letter: DeskLetter) -> str:
    label = LETTER_STATES.get(letter.state)
    return locale.gettext(label[0]) if label else str(letter.state)


@cache  # compiling the templates takes much longer than rendering them
def environment_of(locale: Locale, finalize: Callable[[Any], Any] | None = None) -> Environment:
    """The templates of papers, in one language. ``finalize`` is called with each value that is printed."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=finalize,
    )
    environment.install_gettext_callables(locale.gettext, locale.ngettext, newstyle=True)  # type: ignore[attr-defined]
    tools: dict[str, Any] = {
        "lang": locale.language,
        "direction": locale.direction,
        "format_datetime": locale.format_datetime,
        "date": locale.date,
        "file_size": locale.file_size,
        "direction_of": direction_of,
    }
    environment.globals.update(tools)
    environment.filters["clean"] = clean
    environment.filters["last_day"] = partial(last_day, locale)
    return environment
