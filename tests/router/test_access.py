"""Who may open what: machine-generated from the routes, so that no page can be forgotten."""

import re

import pytest
from fastapi import FastAPI

from scripts.browser import Browser
from services.router.access import ACTIONS, Action, Role, may
from services.router.cases.domain.bulk import What, plan
from services.router.cases.domain.held import HeldLetter
from services.router.cases.domain.letters import DeskLetter
from services.router.cases.domain.mailed import propose_reply
from services.router.cases.domain.mails import mail_of
from services.router.cases.store.bulks import Bulks
from services.router.cases.store.cases import Cases
from services.router.cases.store.letters import DeskLetters, HeldLetters
from services.router.cases.store.mails import Mails
from services.router.desk import action_of, guard, pages_of
from services.router.directory.domain.importing import UnitImport
from services.router.directory.store.imports import UnitImports
from services.router.directory.store.units import Units
from services.router.statistics.domain.answers import Words, propose
from services.router.statistics.store.public import PublicAnswers
from services.router.webhooks.domain.delivery import try_out
from services.router.webhooks.store import Deliveries
from shared.documents import Database
from shared.state import KeptFile
from tests import examples as example
from tests.conftest import MAKERS, Visit
from tests.router.bundles import of_bundles
from tests.router.desk import directory, kept, park, parked_events, shown
from tests.router.mails import mail, proposed
from tests.router.persons import person_request, requests_of
from tests.router.published import keep_rows, rows
from tests.router.receiver import hook, webhooks_of
from tests.router.retained import of_retention
from tests.stack import Stack


def routes() -> list[tuple[str, str, Action | None]]:
    """Every method and path that the desk answers to, with its action; None when it is for anybody."""
    create, settings = MAKERS["router"]
    stores = {"mongodb_url": "mongodb://127.0.0.1:9", "rabbitmq_url": "amqp://127.0.0.1:9"}
    app = create(settings(**stores, secret_key="x" * 32, **example.keys("router")))
    app.state.service.database.mongodb.client.close()
    pages = {(method, page.path): action_of(page) for page in pages_of(app.routes) for method in page.methods or ()}
    included = [route.effective_route_contexts() for route in app.routes if hasattr(route, "effective_route_contexts")]
    assert set(pages) == {(method, page.path) for found in included for page in found for method in page.methods}
    return [(method, path, action) for (method, path), action in sorted(pages.items())]


@pytest.fixture
async def addresses(officer: Browser, database: Database, stack: Stack) -> dict[tuple[str, str], Action]:
    """Method and address of every guarded page, with the ids of a case, an assignment, a unit and a parked event."""
    await directory(database)
    (event,) = await park(parked_events(database, stack))
    file = KeptFile.model_validate(example.file_ref(preview=True))
    replied = example.replied_case(files=(file,))
    case = await kept(database, propose_reply(replied, proposed(replied), example.NOW))
    ids = {"file_id": file.id, "case_id": case.id, "assignment_id": case.assignments[0].id, "code": "kddb"}
    ids |= {"service": "router", "event_id": event.id, "letter_id": f"{case.id}.receipt", "list_id": "l1"}
    ids |= {"kind_id": "complaint", "proposal_id": "s1"}
    attached = mail_of(mail(case, files=(example.file_ref(),))).model_copy(update={"outcome": "attached"})
    await Mails(database).add(attached)
    ids |= {"mail_id": attached.id}
    ids |= {"kept_id": "k1", "secret": "s1", "account_id": example.account().id}
    await HeldLetters(database).add(HeldLetter(id=ids["letter_id"], message_id=case.id, held_at=example.NOW))
    lost = DeskLetter(id=ids["letter_id"], message_id=case.id, template="receipt", failed_at=example.NOW)
    await DeskLetters(database).add(lost)
    bulk = plan("b1", What.PRIORITY, {"priority": "high"}, {}, example.officer(), example.NOW)
    owner = await database["accounts"].find_one({})
    mine = bulk.actor.model_copy(update={"id": owner["_id"] if owner else ""})
    await Bulks(database, Cases(database)).add(bulk.model_copy(update={"actor": mine}))
    ids |= {"bulk_id": bulk.id, "template_id": "note.reply", "letter": "receipt", "kind_id": "complaint"}
    table = UnitImport(id="t1", at=example.NOW, by=mine)
    await UnitImports(database, Units(database)).add(table)
    await hook(database, "https://alici.example/")
    test, _ = try_out(await webhooks_of(database).get("wh1"), "d1", source="s", now=example.NOW)
    await Deliveries(database).add(test)
    ids |= {"webhook_id": "wh1", "delivery_id": test.id}
    asked = person_request()
    await requests_of(database).add(asked)
    ids |= {"request_id": asked.id}
    ids |= {"import_id": table.id, "kind": "csv", "deputy_id": "d1"}
    ids |= await of_retention(database)
    ids |= {"kind_of_file": "csv", **await of_bundles(database, case, mine)}
    proposal, _ = propose(
        Words(asked={"tr": "Soru"}, done={"tr": "Yanıt"}), answer_id="a1", case_id=None, by=mine, now=example.NOW
    )
    await PublicAnswers(database).add(proposal)
    await keep_rows(database, rows(1, year=2020), with_units=False)
    ids |= {"answer_id": proposal.id, "year": "2020"}
    filled = [
        (method, re.sub(r"{(\w+)}", lambda found: ids[found[1]], path), action) for method, path, action in routes()
    ]
    return {(method, url): action for method, url, action in filled if action}


def test_the_pages_for_anybody_are_those_before_a_session() -> None:
    assert {path for _, path, action in routes() if action is None} == {
        *("/login", "/logout", "/login/code", "/login/second-factor"),
        *("/login/provider", "/login/provider/return", "/login/provider/ended"),
        *("/invitation/{secret}", "/reset", "/reset/{secret}", "/first/{secret}"),
    }


def test_every_action_is_that_of_some_page_and_of_some_role() -> None:
    assert {action for _, _, action in routes() if action} == set(Action)
    assert {action for actions in ACTIONS.values() for action in actions} == set(Action)
    assert set(ACTIONS) == set(Role)


def test_a_page_without_an_action_is_not_served(app: FastAPI) -> None:
    @app.get("/forgotten")
    async def show_forgotten() -> None: ...

    with pytest.raises(LookupError, match="/forgotten"):
        guard(app, app.state.sign_in, app.state.audit, app.state.names)


async def test_a_stranger_is_asked_who_they_are_on_every_page(
    app: FastAPI, visit: Visit, addresses: dict[tuple[str, str], Action]
) -> None:
    stranger = visit(app, language="en")
    for method, url in addresses:
        answer = await stranger.client.request(method, url, follow_redirects=False)
        if method == "GET":
            assert (url, answer.status_code) == (url, 303)
            assert answer.headers["location"].partition("?")[0] == "/login"
        else:
            assert (url, answer.status_code, "Your session has ended" in shown(answer)) == (url, 401, True)
        assert "Deniz" not in answer.text


@pytest.mark.parametrize("role", [*Role, "a_later_versions_role"])
async def test_a_role_opens_the_pages_of_its_actions_alone(
    officer: Browser, database: Database, addresses: dict[tuple[str, str], Action], role: str
) -> None:
    await database["accounts"].update_one({}, {"$set": {"role": role}})
    opened = set()
    for method, url in addresses:
        answer = await officer.client.request(method, url, follow_redirects="/files/" not in url)
        if answer.status_code == 403:
            assert "You may not open this page" in shown(answer)
            assert "Deniz" not in answer.text
        else:
            assert (url, answer.status_code) == (url, 422 if method == "POST" else 303 if "/files/" in url else 200)
            opened.add((method, url))
    allowed = {page for page, action in addresses.items() if may(example.officer(role=role), action)}
    assert opened == allowed
    assert allowed or role == "a_later_versions_role"


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS"])
async def test_other_methods_change_nothing(officer: Browser, database: Database, method: str) -> None:
    case = await kept(database, example.case())
    assert (await officer.client.request(method, f"/cases/{case.id}")).status_code == 405


@pytest.mark.parametrize(
    "path", ["/docs", "/redoc", "/openapi.json", "/metrics", "/livez", "/asyncapi", "/asyncapi/try"]
)
async def test_nothing_of_the_machinery_is_public(officer: Browser, path: str) -> None:
    assert (await officer.client.get(path)).status_code == 404
    assert (await officer.client.post(path)).status_code == 404
