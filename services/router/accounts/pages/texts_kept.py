"""What somebody typed while their session ended, shown again after they have signed in."""

from typing import Annotated

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.router.access import Action, Officer
from services.router.accounts.store.kept import KeptForms
from services.router.desk import require
from shared.web.arriving import path_of
from shared.web.csrf import FIELD
from shared.web.pages import Page, render, see_other
from shared.web.provided import Now, provided
from shared.web.sent import texts_of

page = APIRouter(route_class=Page, tags=["pages"])


@page.get("/kept/{kept_id}")
async def show_kept(
    request: Request,
    kept_id: str,
    officer: Annotated[Officer, require(Action.OWN_ACCOUNT)],
    forms: Annotated[KeptForms, provided(KeptForms)],
    now: Now,
) -> Response:
    """Show the texts, and a button that fills the form in again; nothing is done before it is sent from there."""
    found = await forms.of(officer.id, kept_id, now)
    if found is None:
        return see_other("/")
    path, fields = found
    return render(request, "kept.html", action=path, again=fields, submitted=texts_of(fields))


async def keep_texts(request: Request, account_id: str | None, fields: list[tuple[str, str]]) -> str | None:
    """Keep a form for the person who had the session. Returns its id; None when it is kept for nobody.

    Without its token, which belonged to that session: whoever sends it again has to look at it first.
    """
    if not account_id or not fields:
        return None
    forms: KeptForms = request.app.state.provided[KeptForms]
    own = [(name, value) for name, value in fields if name != FIELD]
    return await forms.keep(account_id, path_of(request), own, request.app.state.clock())
