"""The desk's pages: HTTP in, HTML or a redirect out."""

from fastapi import APIRouter

from services.router.config import Settings
from services.router.pages import desk, parked, review, routing, session, units
from services.router.store import Cases, Records, Sessions, Units, Users
from shared.broker.parking import ParkingLot
from shared.web.pages import Page


def routes(
    cases: Cases,
    directory: Units,
    users: Users,
    sessions: Sessions,
    records: Records,
    lot: ParkingLot,
    settings: Settings,
) -> APIRouter:
    """All of them; who is logged in is asked before each, but for the log-in itself."""
    page = APIRouter(route_class=Page, tags=["pages"])
    doors = session.doors(users, sessions, settings)
    session.add(page, doors)
    desk.add(page, doors, cases, directory)
    routing.add(page, doors, cases, directory, settings)
    review.add(page, doors, cases, settings)
    units.add(page, doors, directory)
    parked.add(page, doors, lot, records)
    return page
