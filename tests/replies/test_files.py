"""Files of the message on the portal: listed, and opened at their owner by a link that the portal signs."""

from urllib.parse import parse_qs, urlsplit

import pytest

from services.replies.domain.assignment import Assignment, AssignmentState
from services.replies.domain.links import hash_token, token
from services.replies.handlers import AssignmentHandlers
from services.replies.store import Assignments
from shared.documents import Database
from shared.file_links import Grants
from shared.state import Actor, KeptFile
from tests import examples as example
from tests.conftest import Make, Visit

GRANTS = Grants({service: [signer.public_key] for service, signer in example.SIGNERS.items()})


async def kept(database: Database, state: str = AssignmentState.INVITED) -> tuple[Assignment, str]:
    """An assignment with a picture, and the path of its link."""
    file = KeptFile.model_validate(example.file_ref(preview=True))
    assignment = example.units_assignment(files=(file,), state=state)
    link_token = token(example.SECRET, assignment.id)
    await Assignments(database).add(assignment.model_copy(update={"token_hash": hash_token(link_token)}))
    return assignment, f"/a/{link_token}"


async def test_a_unit_gets_the_files_that_the_desk_chose(make: Make, database: Database) -> None:
    requested = example.assignment_requested(files=(example.file_ref(state="held"),))
    assignments = Assignments(make("replies").state.service.database)
    handlers = AssignmentHandlers(assignments, make("replies").state.service.settings)
    await handlers.on_assignment_requested(example.sealed(requested))
    (file,) = (await assignments.get(requested.assignment_id)).files
    assert (file.name, file.state) == ("kalorifer.jpg", "held")


@pytest.mark.parametrize("path", ["", "/preview"])
async def test_a_file_is_opened_at_its_owner_as_the_unit(
    make: Make, visit: Visit, database: Database, path: str
) -> None:
    assignment, url = await kept(database)
    browser = visit(make("replies"), language="en")
    page = await browser.open(url)
    assert "kalorifer.jpg JPEG, 47 KB" in page
    assert f'src="{url}/files/a1/preview"' in browser.html
    answer = await browser.client.get(f"{url}/files/a1{path}", follow_redirects=False)
    there = urlsplit(answer.headers["location"])
    assert (answer.status_code, there.netloc, there.path) == (303, "127.0.0.1:8001", f"/files/a1{path}")
    assert "http://127.0.0.1:8001" in answer.headers["content-security-policy"]
    grant = parse_qs(there.query)["grant"][0]
    now = make("replies").state.clock()
    assert GRANTS.check(grant, file_id="a1", now=now).actor == Actor(kind="unit", id=assignment.id)


async def test_files_of_others_and_of_a_recalled_assignment_are_not_opened(
    make: Make, visit: Visit, database: Database
) -> None:
    _, recalled = await kept(database, AssignmentState.RECALLED)
    _, url = await kept(database)
    browser = visit(make("replies"))
    for path in (f"{recalled}/files/a1", f"{url}/files/b1", f"{url}/files/b1/preview", "/a/unknown/files/a1"):
        assert (path, (await browser.client.get(path, follow_redirects=False)).status_code) == (path, 404)
