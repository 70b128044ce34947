"""Who may open what: machine-generated from the routes, so that no page can be forgotten."""

import re

import pytest
from fastapi import FastAPI

from scripts.browser import Browser
from shared.documents import Database
from tests import examples as example
from tests.conftest import MAKERS, Broker, Visit
from tests.router.desk import directory, kept, shown

OPEN = {("GET", "/login"), ("POST", "/login"), ("POST", "/logout")}
ADMINS = {(method, f"/units/{page}") for method in ("GET", "POST") for page in ("new", "import", "{code}")} | {
    ("GET", "/parked"),
    ("GET", "/parked/redrive"),
    ("POST", "/parked/redrive"),
    ("GET", "/parked/{service}/{event_id}"),
    ("POST", "/parked/{service}/{event_id}/discard"),
}
EVENT = example.sealed(example.message_submitted())

FORWARDED = {"/cases/{case_id}/routing"}
"""Their GET leads to the page that the form stands on."""


def routes() -> list[tuple[str, str]]:
    """Every method and path that the desk answers to, without the static files."""
    create, settings = MAKERS["router"]
    app = create(settings(mongodb_url="mongodb://127.0.0.1:9", rabbitmq_url="amqp://127.0.0.1:9", secret_key="x" * 32))
    app.state.service.database.client.close()
    return [(method.upper(), path) for path, answers in app.openapi()["paths"].items() for method in answers]


ROUTES = routes()


async def address(path: str, database: Database) -> str:
    """The path with the ids of a case, an assignment and a unit that exist."""
    await directory(database)
    case = await kept(database, example.replied_case())
    ids = {"case_id": case.id, "assignment_id": case.assignments[0].id, "code": "kddb"}
    ids |= {"service": "router", "event_id": EVENT.id}
    return re.sub(r"{(\w+)}", lambda found: ids[found[1]], path)


def test_the_check_knows_every_route_of_the_application(app: FastAPI) -> None:
    served = {getattr(route, "path", "") for route in app.routes}
    checked = {path for _, path in ROUTES}
    assert {path for path in served - checked if path and not path.startswith("/static")} == set()
    assert {("GET", "/"), *OPEN, *ADMINS} <= set(ROUTES)
    assert len(ROUTES) >= 20


@pytest.mark.parametrize(("method", "path"), [route for route in ROUTES if route not in OPEN])
async def test_a_stranger_is_asked_who_they_are(
    app: FastAPI, visit: Visit, database: Database, method: str, path: str
) -> None:
    stranger, url = visit(app, language="en"), await address(path, database)
    answer = await stranger.client.request(method, url, follow_redirects=False)
    if method == "GET":
        assert (answer.status_code, answer.headers["location"].partition("?")[0]) == (303, "/login")
    else:
        assert (answer.status_code, "Your session has ended" in shown(answer)) == (401, True)
    assert "Deniz" not in answer.text


@pytest.mark.parametrize(("method", "path"), [route for route in ROUTES if route not in OPEN])
async def test_an_officer_may_do_everything_but_an_administrators_work(
    officer: Browser, database: Database, method: str, path: str
) -> None:
    answer = await officer.client.request(method, await address(path, database))
    if (method, path) in ADMINS:
        assert answer.status_code == 403
    else:
        assert answer.status_code == (200 if method == "GET" else 422)
        assert answer.url.path != "/login"


@pytest.mark.parametrize(("method", "path"), sorted(ADMINS))
async def test_an_administrator_may_do_an_administrators_work(
    admin: Browser, database: Database, broker: Broker, method: str, path: str
) -> None:
    await broker.park(EVENT, "router", "RuntimeError: example")
    answer = await admin.client.request(method, await address(path, database), follow_redirects=False)
    assert answer.status_code == (200 if method == "GET" else 422)


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS"])
async def test_other_methods_change_nothing(officer: Browser, database: Database, method: str) -> None:
    url = await address("/cases/{case_id}", database)
    assert (await officer.client.request(method, url)).status_code == 405


@pytest.mark.parametrize(
    "path", ["/docs", "/redoc", "/openapi.json", "/metrics", "/livez", "/asyncapi", "/asyncapi/try"]
)
async def test_nothing_of_the_machinery_is_public(officer: Browser, path: str) -> None:
    assert (await officer.client.get(path)).status_code == 404
    assert (await officer.client.post(path)).status_code == 404
