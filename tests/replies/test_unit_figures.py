"""The portal keeps the newest figures of the units, and shows each unit its own above nobody else's."""

from datetime import timedelta

from services.replies.domain.links import overview_token
from services.replies.domain.overview import no_links, send_overview
from services.replies.handlers import FiguresHandlers
from services.replies.store import Overviews, UnitFiguresStore
from shared.clock import utc_now
from shared.documents import Database
from shared.events import FiguresOfUnit, UnitFiguresChanged
from tests import examples as example
from tests.conftest import Make, Visit


def figures(version: int = 1, **different: object) -> UnitFiguresChanged:
    """Figures of the library and of another unit."""
    library = {"code": "kddb", "asked": 1234, "answered": 1200, "open": 4, "median_hours": 6.5, "p90_hours": 20.0}
    library |= {"on_time": 0.85, "accepted_at_once": 0.9, "median_before": 0.4, "on_time_before": 0.8}
    units = (FiguresOfUnit.model_validate(library), FiguresOfUnit(code="fen", asked=77, answered=1, open=0))
    given = {"version": version, "since": "2026-08-25", "until": "2026-11-22", "units": units}
    return UnitFiguresChanged.model_validate({**given, "changed_at": example.NOW} | different)


async def test_an_older_version_that_arrives_later_changes_nothing(database: Database) -> None:
    store = UnitFiguresStore(database)
    handlers = FiguresHandlers(store)
    for version in (2, 1, 2):
        await handlers.on_unit_figures_changed(example.sealed(figures(version, since=f"2026-0{version}-01")))
    assert (store.current.version, store.current.since) == (2, "2026-02-01")
    other = UnitFiguresStore(database)
    await other.refresh()
    assert other.current.version == 2


async def test_the_list_of_a_unit_shows_its_own_figures_alone(make: Make, visit: Visit, database: Database) -> None:
    app, now, link_token = make("replies"), utc_now(), overview_token()
    await (app.state.provided[UnitFiguresStore]).keep(figures())
    overviews = Overviews(database)
    sent, _ = send_overview(
        await overviews.get_or_add(no_links("kddb", now)),
        example.LIBRARY,
        request_id="r1",
        link_token=link_token,
        base_url="http://127.0.0.1:8003",
        most=5,
        asked_at=now,
        now=now + timedelta(seconds=1),
    )
    await overviews.save(sent)
    page = await visit(app, language="tr").open(f"/u/{link_token}")
    for said in ("1.234", "6,5 çalışma saati (bir çalışma saatinden az)", "%85 (%80)", "25 Ağustos 2026"):
        assert said in page
    assert "77" not in page
