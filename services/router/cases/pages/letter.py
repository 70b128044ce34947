"""The letter with an answer, as its reader will see it: its words around what the officer has written."""

from collections.abc import Mapping, Sequence
from typing import Any

from starlette.requests import Request

from services.router.cases.domain.case import Case
from services.router.cases.domain.hints import hints
from services.router.cases.domain.promises import PromiseGiven
from services.router.cases.labels import HINTS, submitters_locale
from shared.greetings import greets, name_in_letter
from shared.letters.kinds import EDITED
from shared.letters.ours import words_of
from shared.letters.words import LetterKind, Words, heading_of, paragraph, parts, subject_of
from shared.web.i18n import NAMES, Locale
from shared.web.pages import web

Drawn = Mapping[str, Any]
"""A piece of a letter: ``text``, ``quote``, ``facts`` (pairs), ``button`` or ``choices`` (labels)."""


def letter_of(
    request: Request, case: Case, answer: str, letter: str = "answer", promise: PromiseGiven | None = None
) -> dict[str, Any]:
    """The letter, in the language in which its reader gets it; an ``interim`` answer also."""
    locale = submitters_locale(request, case)
    _ = locale.gettext
    name = name_in_letter(case.submitter.name)
    greeting = _("Dear %(name)s,") % {"name": name} if name else _("Dear Sir or Madam,")
    values = {
        "reference": case.reference,
        "subject": case.subject,
        "date": locale.date(case.submitted_at),
    }
    blocks: dict[str, Sequence[Drawn]] = {
        "greeting": () if greets(answer) else ({"text": greeting},),
        "answer": ({"quote": answer or "…"}, *_promised(locale, promise)),
        "interim_answer": ({"quote": answer or "…"},),
        "status_page": ({"button": _("Open the status page")},),
    }
    kind = EDITED[letter]
    words = words_of(kind, locale.language, web(request).institution().wordings)
    return drawn(kind, words, locale.language, values, blocks)


def _promised(locale: Locale, promise: PromiseGiven | None) -> Sequence[Drawn]:
    if promise is None:
        return ()
    _ = locale.gettext
    facts = [(_("What will be done"), promise.text), (_("To be done by"), locale.date(promise.promised_for))]
    return {"facts": [fact for fact in facts if fact[1]]}, {"text": _("On that day we ask you whether it was done.")}


def drawn(
    kind: LetterKind, words: Words, language: str, values: Mapping[str, str], blocks: Mapping[str, Sequence[Drawn]]
) -> dict[str, Any]:
    """A letter as the page draws it. A block without a value is not there."""
    found = list[Drawn]()
    for part in parts(words.text, kind.blocks):
        found += blocks.get(part.block, ()) if part.block else [{"text": paragraph(part.text, values)}]
    return {"language": language, "heading": heading_of(words), "subject": subject_of(words, values), "parts": found}


def hints_about(request: Request, case: Case, answer: str, promise: PromiseGiven | None = None) -> list[str]:
    """The hints about an answer, in the officer's language; none before anything is written."""
    if not answer.strip():
        return []
    _ = web(request).locale(request).gettext
    found = hints(answer, message=case.text, language=case.language, dated=promise is not None)
    names: dict[str, str] = {**NAMES}
    return [_(HINTS[hint.code]) % {"about": names.get(hint.about, hint.about)} for hint in found]
