"""Lists under a name: saved by whom, seen by whom, and removed by whom."""

import pytest
from fastapi import FastAPI

from scripts.browser import Browser
from services.router.access import Role
from services.router.cases.domain.lists import CaseFilter, View
from services.router.cases.domain.saved import MOST, NameTaken, save_list
from services.router.cases.store.saved import SavedLists
from shared.documents import Database
from shared.refused import Refused
from tests import examples as example
from tests.conftest import Visit
from tests.router.desk import log_in, send, shown

COMPLAINTS = "/?view=routed&kind=complaint&sort=priority"


async def another(app: FastAPI, visit: Visit, database: Database, role: Role) -> Browser:
    """The browser of somebody else, of this role."""
    different = {"id": f"a-{role}", "email": f"{role}@klu.edu.tr", "name": "Ece Yurt"}
    return await log_in(visit(app, language="en"), database, role=role, **different)


@pytest.fixture
async def supervisor(app: FastAPI, visit: Visit, database: Database) -> Browser:
    """The browser of a supervisor."""
    await SavedLists(database).prepare()
    return await another(app, visit, database, Role.SUPERVISOR)


async def save(browser: Browser, name: str, *, address: str = COMPLAINTS, shared: bool = False) -> str:
    """Save a list on the page of the list, and return what the page says afterwards."""
    await browser.open(address)
    await send(browser, "/saved-lists", url="/saved-lists/shared" if shared else "", name=name)
    return shown(await browser.client.get("/"))


async def test_a_saved_list_stands_above_the_inbox_with_its_filters_and_its_order(
    supervisor: Browser, officer: Browser
) -> None:
    await officer.open(f"{COMPLAINTS}&after=2026-11-10T08:00:00+00:00~x")
    answer = await send(officer, "/saved-lists", name="  Waiting complaints ")
    assert (answer.status_code, answer.url.raw_path.decode()) == (200, COMPLAINTS)
    page = (await officer.client.get(COMPLAINTS)).text
    assert f'<a href="{COMPLAINTS.replace("&", "&amp;")}" aria-current="true">Waiting complaints</a>' in page
    assert "Waiting complaints" not in shown(await supervisor.client.get("/"))


async def test_a_list_for_everybody_is_saved_and_removed_by_those_who_supervise(
    supervisor: Browser, officer: Browser, database: Database
) -> None:
    await save(supervisor, "Monday", shared=True)
    await officer.open(COMPLAINTS)
    assert "Monday (shared)" in shown(await officer.client.get(COMPLAINTS))
    assert "Remove the list" not in shown(await officer.client.get(COMPLAINTS))
    assert "Save for everybody" not in shown(await officer.client.get(COMPLAINTS))
    (kept,) = await SavedLists(database).find({}, sort=[("_id", 1)], limit=2)
    for path in ("/saved-lists/shared", f"/saved-lists/shared/{kept.id}/removal"):
        assert (await send(officer, "/saved-lists", url=path, name="Mine")).status_code == 403
    assert (await send(officer, "/saved-lists", url=f"/saved-lists/{kept.id}/removal")).status_code == 404
    await supervisor.open(COMPLAINTS)
    await send(supervisor, f"/saved-lists/shared/{kept.id}/removal")
    assert "Monday" not in shown(await officer.client.get("/"))


async def test_somebody_elses_list_is_neither_removed_nor_seen(
    supervisor: Browser, officer: Browser, database: Database
) -> None:
    await save(officer, "Waiting")
    (kept,) = await SavedLists(database).find({}, sort=[("_id", 1)], limit=2)
    await supervisor.open(COMPLAINTS)
    assert (await send(supervisor, "/saved-lists", url=f"/saved-lists/{kept.id}/removal")).status_code == 404
    await officer.open(COMPLAINTS)
    await send(officer, f"/saved-lists/{kept.id}/removal")
    assert await SavedLists(database).find({}, sort=[("_id", 1)], limit=2) == []


async def test_a_name_is_given_once_and_what_was_typed_stays(supervisor: Browser, officer: Browser) -> None:
    await save(officer, "Waiting")
    await officer.open("/?view=new")
    answer = await send(officer, "/saved-lists", name="Waiting")
    assert (answer.status_code, 'value="Waiting"' in answer.text) == (409, True)
    assert "There is a list with this name already" in shown(answer)
    assert "Waiting" in await save(supervisor, "Waiting")  # another person's list


@pytest.mark.parametrize(("name", "said"), [("", "Please enter a name"), ("x", "at least 2 characters")])
async def test_a_list_without_a_name_is_not_saved(officer: Browser, name: str, said: str) -> None:
    await officer.open(COMPLAINTS)
    answer = await send(officer, "/saved-lists", name=name)
    assert (answer.status_code, said in shown(answer)) == (422, True)


@pytest.mark.parametrize("address", ["view=objection", "view=nothing", "view=%00"])
async def test_a_list_that_the_officer_may_not_open_is_not_saved(officer: Browser, address: str) -> None:
    await officer.open(COMPLAINTS)
    assert (await send(officer, "/saved-lists", name="Objections", address=address)).status_code == 404


async def test_a_shared_list_of_a_view_for_supervisors_is_offered_to_them_alone(
    supervisor: Browser, officer: Browser
) -> None:
    assert "Appeals" in await save(supervisor, "Appeals", address="/?view=objection", shared=True)
    assert "Appeals" not in shown(await officer.client.get("/"))


async def test_an_owner_has_one_list_of_a_name_and_not_too_many(database: Database) -> None:
    lists, by = SavedLists(database), example.officer()
    await lists.prepare()
    for number in range(MOST):
        await lists.keep(save_list(f"s{number}", f"List {number}", CaseFilter(View.NEW), by, example.NOW, shared=False))
        if number == 0:
            twin = save_list("twin", "List 0", CaseFilter(View.ALL), by, example.NOW, shared=False)
            with pytest.raises(NameTaken):
                await lists.keep(twin)
    with pytest.raises(Refused, match="very many"):
        await lists.keep(save_list("more", "One more", CaseFilter(View.NEW), by, example.NOW, shared=False))
    await lists.keep(save_list("all", "List 0", CaseFilter(View.NEW), by, example.NOW, shared=True))
    assert [kept.shared for kept in await lists.of(by)] == [False] * MOST + [True]


async def test_lists_of_one_name_from_an_earlier_version_get_numbers_before_names_are_unique(
    database: Database,
) -> None:
    lists, by = SavedLists(database), example.officer()
    for list_id in ("s1", "s2", "s3"):
        await lists.add(save_list(list_id, "Monday", CaseFilter(View.NEW), by, example.NOW, shared=False))
    await lists.prepare()
    await lists.prepare()
    assert [kept.name for kept in await lists.of(by)] == ["Monday", "Monday (2)", "Monday (3)"]
