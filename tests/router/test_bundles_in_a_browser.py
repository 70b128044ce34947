"""The page of the file of a case in a real browser: nothing is wider than the window, and axe finds nothing."""

from playwright.async_api import Page

from services.router.records.domain.bundles import Bundle, BundleState, Written, made
from services.router.records.store.bundles import Bundles
from shared.clock import utc_now
from shared.documents import Database
from shared.state import Actor
from tests import examples as example
from tests.axe import faults
from tests.router.desk import kept
from tests.router.test_deciding_in_a_browser import app, window

__all__ = ["app", "window"]
DONE = Written(size=1_834_211, sha256="ab" * 32, missing=2, printed=False)


async def shown(database: Database) -> dict[str, str]:
    """The addresses of the pages, by name: one of a case without a bundle, one ready, one that is being made."""
    account = await database["accounts"].find_one_and_update({}, {"$set": {"role": "supervisor"}})
    assert account
    paths: dict[str, str] = {}
    for name, state in (("none", None), ("ready", BundleState.READY), ("waiting", BundleState.WAITING)):
        case = await kept(database, example.case())
        asked = Bundle(
            id=f"bundle {name}",
            case_id=case.id,
            reference=case.reference,
            actor=Actor(kind="officer", id=account["_id"]),
            name="Ayşe Yılmaz",
            role="supervisor",
            language="tr",
            asked_at=utc_now(),
        )
        if state:
            ready = made(asked, "content", DONE, now=utc_now())[0]
            await Bundles(database).add(ready if state is BundleState.READY else asked)
        paths[f"bundle-{name}"] = f"/cases/{case.id}/bundle"
    return paths


async def test_nothing_is_wider_than_the_window_and_axe_finds_nothing(window: Page, database: Database) -> None:
    assert await faults(window, await shown(database)) == {}
