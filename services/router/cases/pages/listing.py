"""Reads a list from an address: ``/?view=routed&kind=complaint&sort=time_left``."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import fields
from datetime import date
from urllib.parse import parse_qsl, urlencode

from services.router.access import Action, Officer, may
from services.router.cases.domain.lists import CaseFilter, Filters, Position, Sort, View, visible
from shared.web.pages import not_found

LONGEST = 100
"""Characters of a filter's value."""
LONGEST_ADDRESS = 2000
DAYS = ("since", "until")


def list_in(query: Mapping[str, str], officer: Officer) -> CaseFilter:
    """The list that these parameters name. Raises the 404 of ``not_found`` for a view that is none.

    In addresses of the version before, ``state`` is the view.
    """
    given = dict(query)
    named = given.pop("view", None)
    if named is None:
        named = given.pop("state", View.NEW)
    if named not in list(View) or not visible(View(named), supervises=may(officer, Action.SUPERVISE)):
        raise not_found()
    sort = next((known for known in Sort if known == given.get("sort")), None)
    chosen = CaseFilter(View(named), filters=_filters(given), sort=sort, reader=officer.id)
    after, before = (Position.read(given.get(which, ""), chosen.order) for which in ("after", "before"))
    return CaseFilter(chosen.view, after, before, chosen.filters, sort, officer.id)


def list_of(address: str, officer: Officer) -> CaseFilter | None:
    """The list whose parameters stand in this text; None when it names none."""
    try:
        return list_in(dict(parse_qsl(address[:LONGEST_ADDRESS])), officer)
    except Exception as error:
        if getattr(error, "status_code", None) != 404:
            raise
        return None


def case_address(case_id: str, chosen: CaseFilter, position: Position) -> str:
    """The address of a case that was found in a list; it says where in the list, so that the next one is found."""
    return f"/cases/{case_id}?{urlencode({'list': chosen.query(at=str(position))})}"


def _filters(given: Mapping[str, str]) -> Filters:
    values: dict[str, object] = {}
    for name in (f.name for f in fields(Filters)):
        value = given.get(name, "").strip()[:LONGEST]
        values[name] = _day(value) if name in DAYS else value
    return Filters(**values)  # type: ignore[arg-type]  # days are days, the others are texts


def _day(text: str) -> date | None:
    with suppress(ValueError):
        return date.fromisoformat(text)
    return None
