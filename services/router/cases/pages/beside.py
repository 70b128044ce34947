"""What goes with an answer beside its text: files of the units, and a promise with a date."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from services.router.cases.domain.case import Case
from services.router.cases.domain.holds import ANSWER
from services.router.cases.domain.promises import PromiseGiven, promised_by_units, require_ahead
from services.router.cases.domain.release import draft
from services.router.cases.domain.review import sendable_files
from services.router.cases.forms import ReviewForm
from shared.days import day_of, last_moment


def beside(case: Case, now: datetime, zone: ZoneInfo) -> dict[str, Any]:
    """The fields as they are before anybody changes them: as in the answer that did not go out, or as the units say."""
    if draft(case, ANSWER, "answer") is not None:
        kept, day = draft(case, ANSWER, "files") or [], draft(case, ANSWER, "promised_for")
        promised_for = datetime.fromisoformat(day) if day else None
        text = draft(case, ANSWER, "promise") or ""
    else:
        kept, promised_for, text = [file.id for file in sendable_files(case)], promised_by_units(case, now, zone), ""
    day_in_form = day_of(promised_for, zone).isoformat() if promised_for else ""
    return {"files": kept, "promised_on": day_in_form, "promise": text}


def payload_beside(form: ReviewForm, now: datetime, zone: ZoneInfo) -> dict[str, Any]:
    """What is held of these fields. Raises NoSuchPromise."""
    held: dict[str, Any] = {"files": sorted(set(form.files))}
    if form.promised_on is None:
        return held
    promised_for = last_moment(form.promised_on, zone)
    require_ahead(promised_for, now, zone)
    return held | {"promised_for": promised_for.isoformat(), "promise": form.promise}


def promise_shown(values: Mapping[str, Any], zone: ZoneInfo) -> PromiseGiven | None:
    """What the form promises as it stands; None while it has no day, or one that cannot be read."""
    try:
        day = date.fromisoformat(str(values.get("promised_on") or ""))
    except ValueError:
        return None
    return PromiseGiven(last_moment(day, zone), str(values.get("promise") or ""))
