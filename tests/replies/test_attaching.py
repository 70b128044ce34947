"""Files on the reply: attached by a person, shown on each device, sent with the reply, scanned, given to the desk."""

from datetime import timedelta
from tempfile import TemporaryFile
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI
from starlette.datastructures import UploadFile

from scripts.browser import Browser, text_of
from services.replies.domain.assignment import Assignment, AssignmentState
from services.replies.domain.files import check_file, needs_attached
from services.replies.domain.following import take_back
from services.replies.domain.links import token
from services.replies.store import Assignments
from shared.clock import utc_now
from shared.documents import Database
from shared.file_links import file_link
from shared.files.jobs import FileJobs
from shared.files.store import Files
from shared.files.uploads import Uploads
from shared.state import Actor
from tests import examples as example
from tests.conftest import Make, Visit
from tests.forms import send
from tests.links import KEYS

PLAN = ("plan.txt", "Kazan dairesi planı".encode(), "text/plain")
SCRIPT = {"accept": "application/json"}


@pytest.fixture
async def app(make: Make, database: Database) -> FastAPI:
    await Assignments(database).prepare()
    return make("replies")


@pytest.fixture
def unit(app: FastAPI, visit: Visit) -> Browser:
    return visit(app)


async def link(database: Database, assignment: Assignment | None = None) -> str:
    made = assignment or example.units_assignment()
    await Assignments(database).add(made)
    return f"/a/{token(example.SECRET, made.id)}"


async def attach(unit: Browser, path: str, file: Any = PLAN, **fields: str) -> httpx2.Response:
    """As the script of the page does it."""
    given = {"csrf": unit.form(f"{path}/reply").fields["csrf"][0], "check": "7KX4"} | fields
    return await unit.client.post(f"{path}/files", data=given, files=[("files", file)], headers=SCRIPT)


async def document(database: Database) -> dict[str, Any]:
    (found,) = await database["assignments"].find().to_list(None)
    return found


async def stored(database: Database) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = await database["files"].find().sort("at", 1).to_list(None)
    return found


async def test_a_file_goes_with_the_form_is_on_each_device_and_is_sent(
    unit: Browser, visit: Visit, app: FastAPI, database: Database
) -> None:
    path = await link(database)
    await unit.open(path)
    form: dict[str, Any] = {"step": "preview", "files": [PLAN]}
    await send(unit, f"{path}/reply", **example.REPLY_FORM | form)
    assert "plan.txt" in unit.html
    assert "Lütfen cevabınızı kontrol ediniz" in unit.html
    assert "plan.txt" in await visit(app).open(path)
    assert (await document(database))["state"] == AssignmentState.INVITED
    page = await unit.submit(f"{path}/reply", step="send")
    assert "Cevabınız alınmıştır" in page
    assert "plan.txt" in page
    kept = await document(database)
    (file,) = kept["replies"][0]["files"]
    assert (file["name"], file["owner"], file["state"]) == ("plan.txt", "replies", "unscanned")
    told = example.unpublished_data(example.told(kept)[-1])
    assert [one["id"] for one in told["files"]] == [file["id"]]
    assert told["channel"] == "portal"


async def test_a_script_attaches_and_removes_a_file(unit: Browser, database: Database) -> None:
    path = await link(database)
    await unit.open(path)
    taken = await attach(unit, path)
    assert (taken.status_code, taken.json()["name"]) == (201, "plan.txt")
    await unit.open(path)
    assert "plan.txt" in unit.html
    given = {"csrf": unit.form(f"{path}/reply").fields["csrf"][0], "check": "7KX4"}
    gone = await unit.client.post(f"{path}/files/{taken.json()['id']}/removal", data=given, headers=SCRIPT)
    assert (gone.status_code, await stored(database)) == (204, [])


async def test_a_button_removes_a_file_without_scripts_and_keeps_what_was_typed(
    unit: Browser, database: Database
) -> None:
    path = await link(database)
    await unit.open(path)
    taken = (await attach(unit, path)).json()
    answer = await send(unit, f"{path}/reply", text="Yazıyorum", check="7KX4", remove_file=taken["id"])
    assert (answer.status_code, await stored(database)) == (200, [])
    assert "Yazıyorum" in answer.text
    assert (await document(database))["replies"] == []


@pytest.mark.parametrize("different", [{"check": ""}, {"check": "test"}, {"csrf": "forged"}])
async def test_a_program_attaches_and_removes_nothing(
    unit: Browser, database: Database, different: dict[str, str]
) -> None:
    path = await link(database)
    await unit.open(path)
    taken = (await attach(unit, path)).json()
    before = await stored(database)
    assert (await attach(unit, path, ("b.txt", b"b", "text/plain"), **different)).status_code in (400, 422)
    given = {"csrf": unit.form(f"{path}/reply").fields["csrf"][0], "check": "7KX4"} | different
    gone = await unit.client.post(f"{path}/files/{taken['id']}/removal", data=given, headers=SCRIPT)
    assert gone.status_code in (400, 422)
    form: dict[str, Any] = {"remove_file": taken["id"], "files": [("b.txt", b"b", "text/plain")]} | different
    assert (await send(unit, f"{path}/reply", **example.REPLY_FORM | form)).status_code == 422
    assert await stored(database) == before


async def test_a_script_is_told_to_have_the_characters_typed(unit: Browser, database: Database) -> None:
    path = await link(database)
    await unit.open(path)
    refused = await attach(unit, path, check="")
    assert "dört kontrol karakterini" in refused.json()["error"]


@pytest.mark.parametrize("state", [AssignmentState.REPLIED, AssignmentState.RECALLED, AssignmentState.ACCEPTED])
async def test_nothing_is_attached_when_the_unit_may_not_write(
    unit: Browser, database: Database, state: AssignmentState
) -> None:
    path = await link(database)
    await unit.open(path)
    await database["assignments"].update_one({}, {"$set": {"state": state}})
    assert ((await attach(unit, path)).status_code, await stored(database)) == (400, [])


async def test_a_file_that_is_not_accepted_is_named_and_the_form_stays(unit: Browser, database: Database) -> None:
    path = await link(database)
    await unit.open(path)
    form: dict[str, Any] = {"files": [("virus.exe", b"MZ", "text/plain")], "step": "preview"}
    answer = await send(unit, f"{path}/reply", **example.REPLY_FORM | form)
    assert answer.status_code == 422
    assert "virus.exe" in text_of(answer.text)
    assert example.REPLY_FORM["text"] in answer.text


async def test_a_file_that_came_meanwhile_is_shown_before_it_is_sent(unit: Browser, database: Database) -> None:
    path = await link(database)
    mine, theirs = unit.tab(), unit.tab()
    await theirs.open(path)
    await mine.open(path)
    await send(mine, f"{path}/reply", **example.REPLY_FORM | {"step": "preview"})
    await attach(theirs, path)
    answer = await send(mine, f"{path}/reply", step="send")
    assert answer.status_code == 409
    assert "plan.txt" in answer.text
    assert "Ekli dosyalar bu arada değişmiştir" in answer.text
    assert "plan.txt" in await mine.submit(f"{path}/reply", step="send")
    assert [file["name"] for file in (await document(database))["replies"][0]["files"]] == ["plan.txt"]


async def test_a_revised_reply_has_other_files_and_the_earlier_one_keeps_its_own(
    unit: Browser, database: Database
) -> None:
    path = await link(database)
    await unit.open(path)
    first = (await attach(unit, path)).json()["id"]
    await unit.submit(f"{path}/reply", **example.REPLY_FORM)
    assignments = Assignments(database)
    sent = await assignments.get((await document(database))["_id"])
    await assignments.save(take_back(sent, example.reply_returned(sent), **KEYS)[0])
    await unit.open(path)
    assert "plan.txt" in unit.html
    second = (await attach(unit, path, ("yeni.txt", b"yeni", "text/plain"))).json()["id"]
    given = {"csrf": unit.form(f"{path}/reply").fields["csrf"][0], "check": "7KX4"}
    gone = await unit.client.post(f"{path}/files/{first}/removal", data=given, headers=SCRIPT)
    assert gone.status_code == 204
    await unit.submit(f"{path}/reply", **example.REPLY_FORM | {"text": "Dün onarılmıştır."})
    replies = (await document(database))["replies"]
    assert [[file["id"] for file in one["files"]] for one in replies] == [[first], [second]]
    assert await Files(database).length(first) == len(PLAN[1])


async def test_the_desk_opens_a_file_of_a_reply_by_a_signed_link(
    app: FastAPI, unit: Browser, database: Database
) -> None:
    path = await link(database)
    await unit.open(path)
    file_id = (await attach(unit, path)).json()["id"]
    officer, signer = Actor(kind="officer", id="o1"), example.SIGNERS["router"]
    url = file_link("", file_id, actor=officer, by="router", signer=signer, now=utc_now())
    answer = await unit.client.get(url)
    assert (answer.status_code, answer.content) == (200, PLAN[1])
    assert (await unit.client.get(f"/files/{file_id}")).status_code == 404
    mine = await unit.client.get(f"{path}/files/{file_id}", follow_redirects=False)
    assert mine.headers["location"].startswith(f"http://127.0.0.1:8003/files/{file_id}?grant=")


async def test_what_is_attached_to_a_draft_stays_and_the_rest_is_swept(app: FastAPI, database: Database) -> None:
    assignments, files = Assignments(database), Files(database)
    uploads: Uploads = app.state.provided[Uploads]
    jobs = FileJobs(uploads, assignments, check_file, drafted=needs_attached)
    drafting, over = example.units_assignment(), example.units_assignment(state=AssignmentState.RECALLED)
    for assignment in (drafting, over):
        await assignments.add(assignment)
        sent = upload()
        file = await uploads.take(sent, form=assignment.id, client="c")
        await sent.close()
        old = file.model_copy(update={"at": utc_now() - timedelta(days=2)})
        await files.save(old)
    await jobs.sweep()
    assert [file["form"] for file in await stored(database)] == [drafting.id]


async def test_a_held_file_is_scanned_and_the_desk_is_told(app: FastAPI, unit: Browser, database: Database) -> None:
    path = await link(database)
    await unit.open(path)
    file_id = (await attach(unit, path)).json()["id"]
    await database["files"].update_one({}, {"$set": {"state": "held"}})
    await unit.submit(f"{path}/reply", **example.REPLY_FORM)

    class Scanner:
        async def is_harmful(self, content: Any) -> bool:
            return False

    uploads: Uploads = app.state.provided[Uploads]
    uploads.scanner = Scanner()  # type: ignore[assignment]
    jobs = FileJobs(uploads, app.state.provided[Assignments], check_file, drafted=needs_attached)
    await jobs.scan_one(file_id, utc_now())
    kept = await document(database)
    assert kept["replies"][0]["files"][0]["state"] == "clean"
    told = example.told(kept)[-1]
    assert told["type"] == "unit_file.checked"
    assert example.unpublished_data(told)["state"] == "clean"
    assert [file["state"] for file in await stored(database)] == ["clean"]


def upload() -> UploadFile:
    """A text as a form gives it."""
    file = TemporaryFile()  # noqa: SIM115 (closed with the UploadFile)
    file.write(PLAN[1])
    return UploadFile(file, filename=PLAN[0], size=len(PLAN[1]))
