"""The way of a message as its writer reads it. Sentences in constants are msgids."""

from typing import NamedTuple

from fastapi import Request

from services.intake.domain.message import Message, Progress
from shared.web.i18n import Locale
from shared.web.pages import web

STEPS = {
    "received": "Received",
    "at_unit": "At the unit",
    "in_review": "In review",
    "answered": "Answered",
}
"""The steps that the public sees, in order: ``Progress.step`` and its label."""
CLOSED = "Closed"
BACK = ("With the hotline again", "The officer looks for the unit responsible.")
"""A message that comes back to the first step."""
CAUSES = {
    "rerouted": (
        "At another unit",
        "Your message was passed on to the unit responsible (Law No. 3071, article 5).",
    ),
    "returned": ("At the unit again", "The unit was asked to revise its reply."),
    "question": ("We have a question", "Your answer is needed to go on."),
    "question_answered": ("Your answer has arrived", ""),
    "reopened": ("Dealt with again", "The hotline has opened your message again."),
    "promise_broken": ("Dealt with again", "You have told us that what was promised was not done."),
    "objection": ("Your objection is examined", "A supervisor of the hotline decides about it."),
}
"""Why a message is where it is (``Progress.cause``): label and explanation, in place of the label of its step."""


WAITING = frozenset(["question", "objection"])
"""Causes whose explanation says what is still to happen: it is shown while it is."""


class Step(NamedTuple):
    """One step for the template: ``date`` is empty until it is reached, ``state`` is done, current or todo."""

    label: str
    date: str
    state: str
    detail: str = ""


def steps_of(request: Request, message: Message) -> list[Step]:
    """What has happened, each with its own date, the newest last; then the steps that are still to come.

    A second round is a second step. Steps that a newer version added are skipped, unless their cause is known.
    """
    locale = web(request).locale(request)
    received, *_ = STEPS.values()
    first = Step(locale.gettext(received), locale.format_datetime(message.submitted_at), "done")
    told = [progress for progress in message.progress if _is_told(message, progress)]
    told = [*told, *_not_yet_told(message, told)]
    waits = message.objection_waits or not message.done
    reached = [
        first,
        *(_reached(locale, progress, over=progress is not told[-1] or not waits) for progress in told),
    ]
    if message.closed_at and message.closed and "closed" not in [progress.step for progress in told[-1:]]:
        reached.append(Step(locale.gettext(CLOSED), locale.format_datetime(message.closed_at), "done"))
    if not waits:
        return reached
    if message.done:
        return [*reached[:-1], reached[-1]._replace(state="current")]
    order = list(STEPS)
    newest = next((progress.step for progress in reversed(told) if progress.step in order), "received")
    if message.withdrawn:
        return [*reached[:-1], reached[-1]._replace(state="current")]
    coming = [Step(locale.gettext(STEPS[step]), "", "todo") for step in order[order.index(newest) + 1 :]]
    return [*reached[:-1], reached[-1]._replace(state="current"), *coming]


def _not_yet_told(message: Message, told: list[Progress]) -> list[Progress]:
    """What the writer did here a moment ago: the router has not said yet that it knows."""
    newest = told[-1] if told else None
    cause = newest.cause if newest else None
    answered = [question.answered_at for question in message.questions if question.answered_at]
    if newest and cause == "question" and answered and not message.open_questions:
        return [newest.model_copy(update={"cause": "question_answered", "at": max(answered)})]
    if newest and message.objection and message.objection_waits and cause != "objection":
        return [newest.model_copy(update={"cause": "objection", "at": message.objection.at, "units": ()})]
    return []


def _is_told(message: Message, progress: Progress) -> bool:
    if progress.step == "received" and not progress.cause:
        return progress.at > message.submitted_at
    return progress.step in (*STEPS, "closed") or progress.cause in CAUSES


def _reached(locale: Locale, progress: Progress, *, over: bool) -> Step:
    label, detail = CAUSES.get(progress.cause or "") or _plain(progress.step)
    english = locale.language == "en"
    units = ", ".join(unit.name_en if english else unit.name_tr for unit in progress.units)
    said = detail and not (over and progress.cause in WAITING)
    sentences = [units, locale.gettext(detail) if said else ""]
    told = " · ".join(filter(None, sentences))
    return Step(locale.gettext(label), locale.format_datetime(progress.at), "done", told)


def _plain(step: str) -> tuple[str, str]:
    if step == "received":
        return BACK
    return STEPS.get(step, CLOSED), ""
