"""What the frame of every page shows of the institution: names, contact, colours, logo."""

import base64
from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI, Request
from jinja2 import pass_context
from jinja2.runtime import Context
from markupsafe import Markup
from starlette.responses import Response

from shared import kinds
from shared.institution import Institution
from shared.web.i18n import Locale

FRESH = {"Cache-Control": "max-age=5"}
"""A changed look is on every page within ten seconds."""
INERT = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox"}
"""A picture that is opened as a page of its own runs nothing (SVG)."""


def add_look(app: FastAPI) -> None:
    """Add the routes of colours and logo."""
    app.add_api_route("/static/theme.css", _theme, include_in_schema=False)
    app.add_api_route("/static/institution-logo", _logo, include_in_schema=False)


def frame(institution: Institution, locale: Locale, emblem: str) -> dict[str, Any]:
    """Template values: ``institution``, and ``kind_labels``. ``emblem`` is the logo of a hotline without one."""
    name, language = locale.of(institution.name)
    return {
        "institution": {
            "name": name,
            "names": institution.name,
            "language": language,
            "short_name": institution.short_name,
            "hotline": institution.hotline,
            "url": institution.url,
            "email": institution.email,
            "phone": institution.phone,
            "logo": "/static/institution-logo" if institution.logo else emblem,
        },
        "kind_labels": {kind.id: in_language(locale, kind.label) or kind.id for kind in institution.kinds},
    }


def in_language(locale: Locale, texts: Mapping[str, str]) -> str:
    """A text for this page; in another language than the page's, it says in which."""
    text, language = locale.of(texts)
    return text if language == locale.language else Markup('<span lang="{}">{}</span>').format(language, text)


@pass_context
def kind_of(context: Context, kind: str) -> str:
    """A filter: what a kind of message is called. One that the institution no longer has keeps its usual label."""
    labels: Mapping[str, str] = context.get("kind_labels") or {}
    return labels.get(kind) or kinds.label(kind, context["lang"])


def _institution(request: Request) -> Institution:
    institution: Institution = request.app.state.web.institution()
    return institution


async def _theme(request: Request) -> Response:
    known = _institution(request)
    css = f":root{{--klu-primary:{known.primary_color};--klu-accent:{known.accent_color}}}\n"
    return Response(css, media_type="text/css", headers=FRESH)


async def _logo(request: Request) -> Response:
    known = _institution(request)
    if not known.logo:
        return Response(status_code=404)
    return Response(base64.b64decode(known.logo), media_type=known.logo_type, headers=FRESH | INERT)
