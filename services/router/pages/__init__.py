"""The desk's pages: HTTP in, HTML or a redirect out."""

from fastapi import APIRouter

from services.router.config import Settings
from services.router.pages import desk, parked, review, routing, session, units
from services.router.store import AuditLog, Cases, Sessions, Units, Users
from shared.broker.parking import ParkingLot
from shared.web.pages import Page


def routes(
    cases: Cases,
    directory: Units,
    users: Users,
    sessions: Sessions,
    audit_log: AuditLog,
    lot: ParkingLot,
    settings: Settings,
) -> APIRouter:
    """All of them; who is logged in is asked before each, but for the log-in itself."""
    page = APIRouter(route_class=Page, tags=["pages"])
    authenticator = session.authenticator(users, sessions, settings)
    session.add(page, authenticator)
    desk.add(page, authenticator, cases, directory)
    routing.add(page, authenticator, cases, directory, settings)
    review.add(page, authenticator, cases, settings)
    units.add(page, authenticator, directory)
    parked.add(page, authenticator, lot, audit_log)
    return page
