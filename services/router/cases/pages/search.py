"""Finding a case by words. A query stands in the address alone: it is in no log, metric or trace."""

from collections.abc import Mapping
from typing import Annotated, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.router.access import AuditAction, Officer
from services.router.cases.domain.finding import Hit, Place, marked, snippets
from services.router.cases.domain.terms import Query, read_query, reference_of
from services.router.cases.labels import due, labels
from services.router.cases.pages import Reader
from services.router.cases.store.search import Search
from shared.audit import AuditRecords
from shared.web.pages import Page, render, see_other
from shared.web.provided import Now, provided

FILTERS: Final = (
    *("kind", "state", "unit", "priority", "officer", "channel", "language", "rating", "tag"),
    *("files", "objection", "restricted", "hold"),
)
"""Parameters of the address that are facets (``domain.facets``)."""
WITHOUT_VALUE: Final = ("files", "objection", "restricted", "hold")

page = APIRouter(route_class=Page, tags=["pages"])


@page.get("/search")
async def show_search(
    request: Request,
    officer: Reader,
    search: Annotated[Search, provided(Search)],
    audit: Annotated[AuditRecords, provided(AuditRecords)],
    now: Now,
    q: str = "",
    after: str = "",
) -> Response:
    """What a query finds. A reference alone opens its case."""
    reference = reference_of(q)
    if reference and (case_id := await search.with_reference(reference, officer)):
        return see_other(f"/cases/{case_id}")
    query, chosen = read_query(q), _chosen(request.query_params)
    facets = [name if name in WITHOUT_VALUE else f"{name}:{value}" for name, value in chosen.items()]
    found = await search.page(query, officer, facets=facets, after=Place.read(after))
    await _record(audit, officer, found.hits)
    return render(
        request,
        "search.html",
        q=q,
        asked=bool(query),
        search_filters=chosen,
        hits=[_shown(request, hit, query) | {"due": due(request, hit.case.due_at, now)} for hit in found.hits],
        too_wide=found.too_wide,
        first_page=not after,
        next=f"/search?{urlencode({'q': q, **chosen, 'after': str(found.next)})}" if found.next else None,
        without_filters=f"/search?{urlencode({'q': q})}",
        labels=labels(request),
    )


def _chosen(parameters: Mapping[str, str]) -> dict[str, str]:
    return {name: parameters[name][:100] for name in FILTERS if parameters.get(name)}


def _shown(request: Request, hit: Hit, query: Query) -> dict[str, object]:
    """A hit with what was looked for in it."""
    submitter = hit.case.submitter
    contacts = [marked(text, query) for text in (submitter.email, submitter.phone) if text]
    return {
        "case": hit.case,
        "restricted": hit.restricted,
        "subject": marked(hit.case.subject, query),
        "name": marked(submitter.name or "", query),
        "contacts": [parts for parts in contacts if any(is_hit for _, is_hit in parts)],
        "snippets": snippets(hit.texts, query),
    }


async def _record(audit: AuditRecords, officer: Officer, hits: tuple[Hit, ...]) -> None:
    """Each list of hits is recorded, without what was looked for. Who finds a restricted case has read of it."""
    if hits:
        await audit.write(AuditAction.LIST_READ, actor=officer.actor, object_kind="list", object_id="search")
    for hit in hits:
        if hit.restricted:
            about = {"object_kind": "case", "object_id": hit.case.id, "message_id": hit.case.id}
            await audit.read(AuditAction.RESTRICTED_CASE_READ, actor=officer.actor, **about)
