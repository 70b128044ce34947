"""Files of a case. Their owner gives them, by a link that is made here and valid for minutes."""

from typing import Annotated

from fastapi import APIRouter
from starlette.responses import Response

from services.router.access import Action, AuditAction, Officer
from services.router.cases.pages import Reader
from services.router.cases.store.cases import Cases
from shared.audit import AuditRecords
from shared.file_links import FileLinks
from shared.state import KeptFile
from shared.web.kept_files import OPENED
from shared.web.pages import Page, not_found, see_other
from shared.web.provided import Now, provided

page = APIRouter(route_class=Page, tags=["pages"])


@page.get("/cases/{case_id}/files/{file_id}")
async def show_file(
    case_id: str,
    file_id: str,
    officer: Reader,
    cases: Annotated[Cases, provided(Cases)],
    links: Annotated[FileLinks, provided(FileLinks)],
    audit: Annotated[AuditRecords, provided(AuditRecords)],
    now: Now,
) -> Response:
    """Redirect to the file, if it may be opened."""
    file = await _file(cases, officer, case_id, file_id)
    about = {"object_kind": "file", "object_id": file.id, "message_id": case_id}
    await audit.read(AuditAction.FILE_OPENED, actor=officer.actor, **about)
    return see_other(links.to(file, officer.actor, now))


@page.get("/cases/{case_id}/files/{file_id}/preview")
async def show_preview(
    case_id: str,
    file_id: str,
    officer: Reader,
    cases: Annotated[Cases, provided(Cases)],
    links: Annotated[FileLinks, provided(FileLinks)],
    now: Now,
) -> Response:
    """Redirect to the small picture of the file."""
    file = await _file(cases, officer, case_id, file_id)
    return see_other(links.to_preview(file, officer.actor, now))


async def _file(cases: Cases, officer: Officer, case_id: str, file_id: str) -> KeptFile:
    """The file. Raises the 404 of ``not_found`` for one of another case, and for one that may not be opened now."""
    case = await cases.get_for(officer, case_id, Action.READ_CASES)
    for file in (*case.files, *case.files_of_units):
        if file.id == file_id and file.state in OPENED:
            return file
    raise not_found()
