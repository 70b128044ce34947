"""Türkiye's calendar as it is before the desk changes it (Law 2429), from the package ``holidays``.

Administrative leave is announced ad hoc and is never in it. The days of feasts after 2032 are estimates.
"""

from functools import cache

import holidays

from services.router.deadlines.domain.calendar import Calendar

YEARS = range(2020, 2041)


@cache  # the same for every application in a process
def turkey() -> Calendar:
    """The holidays and half days of ``YEARS``, named in Turkish."""
    days = {
        category: dict(holidays.country_holidays("TR", years=YEARS, categories=(category,), language="tr").items())
        for category in ("public", "half_day")
    }
    return Calendar(holidays=days["public"], half_days=days["half_day"])
