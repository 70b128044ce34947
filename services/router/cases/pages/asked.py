"""What is asked of an officer now, in one sentence, from the state of the case."""

from collections.abc import Iterable
from datetime import datetime

from starlette.requests import Request

from services.router.cases.domain.attention import attention, needs_attention
from services.router.cases.domain.case import Case
from services.router.cases.domain.holds import APPROVAL
from services.router.cases.domain.parts import Assignment
from services.router.cases.domain.promises import promise_of
from services.router.cases.domain.states import AssignmentState, CaseState
from services.router.cases.domain.unit_parts import Promise
from services.router.cases.labels import REASONS
from shared.days import days_left
from shared.web.due import last_day
from shared.web.i18n import Locale
from shared.web.pages import web


def asked_now(request: Request, case: Case, now: datetime) -> tuple[str, str]:
    """The sentence, and its tone."""
    locale = web(request).locale(request)
    said = _before_all(locale, case) or _finished(locale, case) or _at_units(locale, case, now)
    return said or _at_the_desk(locale, case)


def _before_all(locale: Locale, case: Case) -> tuple[str, str] | None:
    """What comes first, whatever the state is."""
    _ = locale.gettext
    if case.merge:
        return _("This case is dealt with together with another."), "neutral"
    if case.held and case.held.kind == APPROVAL:
        return _("A colleague of %(name)s approves the answer, or gives it back.") % {"name": case.held.by}, "attention"
    if case.held:
        released = locale.format_datetime(case.held.at)
        return _("It goes out at %(moment)s, and can be taken back until then.") % {"moment": released}, "progress"
    if case.objected:
        return _("A supervisor decides about the objection."), "danger"
    if case.doubtful:
        return _("Please say whether the message is wanted."), "attention"
    return None


def _finished(locale: Locale, case: Case) -> tuple[str, str] | None:
    _ = locale.gettext
    if case.finished and needs_attention(case) and "letter_failed" in attention(case):
        return _(
            "An e-mail to the submitter did not arrive. Please send it again, or tell them in another way."
        ), "danger"
    if case.state is CaseState.RESOLVED and case.answer:
        day = locale.date(case.answer.at)
        if promise := promise_of(case):
            return _promised(locale, day, promise)
        return _("Answered on %(day)s. Nothing is left to be done.") % {"day": day}, "success"
    if case.state is CaseState.CLOSED:
        known = (said for reason, said in REASONS.items() if reason == case.closure_reason)
        reason = _(next(known, case.closure_reason or ""))
        return _("Closed: %(reason)s. Nothing is left to be done.") % {"reason": reason}, "neutral"
    return None


def _promised(locale: Locale, day: str, promise: Promise) -> tuple[str, str]:
    _ = locale.gettext
    told = {"day": day, "promised": locale.date(promise.promised_for)}
    if promise.kept:
        return _("Answered on %(day)s, and done as the submitter says. Nothing is left to be done.") % told, "success"
    if promise.asked_at:
        return _("Answered on %(day)s. The submitter was asked whether it was done.") % told, "progress"
    return _("Answered on %(day)s. On %(promised)s the submitter is asked whether it was done.") % told, "success"


def _at_units(locale: Locale, case: Case, now: datetime) -> tuple[str, str] | None:
    _ = locale.gettext
    if case.pending:
        return _("Please check the reply: %(units)s.") % {"units": _units(locale, case.pending)}, "attention"
    if asking := [a for a in case.assignments if a.asks]:
        said = _("Please ask the submitter what the unit wants to know, or say why not: %(units)s.")
        return said % {"units": _units(locale, asking)}, "attention"
    if mailed := [a for a in case.assignments if a.waiting_mails]:
        said = _("Please decide whether the unit's e-mail is its reply: %(units)s.")
        return said % {"units": _units(locale, mailed)}, "attention"
    unreached = [a for a in case.awaited if a.state is AssignmentState.UNDELIVERABLE]
    if unreached:
        said = _("The e-mail to the unit came back. Please route again or correct its address: %(units)s.")
        return said % {"units": _units(locale, unreached)}, "danger"
    if case.awaited:
        return _awaited(locale, case, now)
    if case.state is CaseState.ROUTED:
        return _("The unit was told. Please answer the submitter or close the case."), "attention"
    return None


def _awaited(locale: Locale, case: Case, now: datetime) -> tuple[str, str]:
    _, units = locale.gettext, _units(locale, case.awaited)
    if case.due_at is None:
        return _("The reply is awaited: %(units)s.") % {"units": units}, "progress"
    told = {"units": units, "day": last_day(locale, case.due_at)}
    if days_left(case.due_at, now, locale.zone) < 0:
        return _("The reply is overdue: %(units)s, last day %(day)s.") % told, "danger"
    return _("The reply is awaited: %(units)s, last day %(day)s.") % told, "progress"


def _at_the_desk(locale: Locale, case: Case) -> tuple[str, str]:
    _ = locale.gettext
    if case.open_questions:
        asked = locale.date(case.open_questions[-1].asked_at)
        return _("The submitter's answer is awaited; asked on %(day)s.") % {"day": asked}, "progress"
    if case.state is CaseState.IN_REVIEW:
        return _("Please route it again, or answer it."), "attention"
    return _("Please route it to a unit, or answer it."), "attention"


def _units(locale: Locale, assignments: Iterable[Assignment]) -> str:
    return ", ".join(a.unit.name_en if locale.language == "en" else a.unit.name_tr for a in assignments)
