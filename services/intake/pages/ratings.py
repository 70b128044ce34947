"""The ratings of an answer, in words."""

from fastapi import Request

from shared.web.pages import web

SCORES = {"1": "Very bad", "2": "Bad", "3": "Fair", "4": "Good", "5": "Very good"}
"""By score; labels are msgids."""


def scores(request: Request) -> dict[str, str]:
    """The label of each score, in the visitor's language."""
    _ = web(request).locale(request).gettext
    return {score: _(label) for score, label in SCORES.items()}
