"""The letter with an answer, as its reader will see it: the notifier's words around what the officer has written."""

from typing import Any

from starlette.requests import Request

from services.router.cases.domain.case import Case
from services.router.cases.domain.hints import hints
from services.router.cases.labels import HINTS, submitters_locale
from shared.greetings import greets, name_in_letter
from shared.web.i18n import NAMES
from shared.web.pages import web


def letter_of(request: Request, case: Case, answer: str) -> dict[str, Any]:
    """The parts of the letter, in the language in which its reader gets it."""
    locale = submitters_locale(request, case)
    _ = locale.gettext
    name = name_in_letter(case.submitter.name)
    opening = _("Your message of %(date)s with the reference number %(reference)s has been answered as follows:")
    return {
        "language": locale.language,
        "heading": _("The answer to your message"),
        "greeting": "" if greets(answer) else _("Dear %(name)s,") % {"name": name} if name else _("Dear Sir or Madam,"),
        "opening": opening % {"date": locale.date(case.submitted_at), "reference": case.reference},
        "text": answer,
        "closing": _("You can also read the answer on the status page:"),
    }


def hints_about(request: Request, case: Case, answer: str) -> list[str]:
    """The hints about an answer, in the officer's language; none before anything is written."""
    if not answer.strip():
        return []
    _ = web(request).locale(request).gettext
    found = hints(answer, message=case.text, language=case.language)
    names: dict[str, str] = {**NAMES}
    return [_(HINTS[hint.code]) % {"about": names.get(hint.about, hint.about)} for hint in found]
