"""Colleagues in the lists of forms."""

from collections.abc import Mapping

from fastapi import Request

from shared.alphabet import alphabetical
from shared.web.pages import web


def by_name(request: Request, names: Mapping[str, str]) -> list[tuple[str, str]]:
    """Account ids and names, in the order of the alphabet of the page's language."""
    language = web(request).locale(request).language
    return sorted(names.items(), key=lambda person: alphabetical(person[1], language))
