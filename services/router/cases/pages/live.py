"""The desk, live: a stream of server-sent events (WHATWG HTML, 9.2), and who is at a case.

Each replica looks into the database once a second, only while it has streams, and tells each reader what they may
know. A stream ends within a second of SIGTERM; the browser opens another one, and says up to when it knows all.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Annotated, Any

import anyio
from fastapi import APIRouter, Request
from pydantic import BaseModel
from sse_starlette import EventSourceResponse
from starlette.responses import JSONResponse, Response

from services.router.access import Action, Officer, may
from services.router.cases.domain.live import News, Window, may_know
from services.router.cases.pages import Reader
from services.router.cases.store.cases import Cases
from services.router.cases.store.presence import MOST, Whereabouts
from services.router.config import Settings
from shared.documents import AWAY
from shared.web.forms import read
from shared.web.pages import Page
from shared.web.provided import Now, provided

EVERY = 1.0
"""Seconds between two looks into the database."""
CHECKED = 15.0
"""Seconds between two checks that the reader is still signed in; a stream that says nothing sends a comment then."""
AGAIN = 1_000
"""Milliseconds after which a browser opens a stream again."""
GRACE = 2.0
"""Seconds that a stream has to end by itself when the process stops."""
LONGEST_AWAY = timedelta(hours=1)
"""What changed before is not told to a browser that was away: its page is read anew by then."""
WAITING = 50
"""News that one stream may hold back for a slow client; then it is told to ask anew."""

page = APIRouter(route_class=Page, tags=["pages"])


class TooMany(Exception):
    """This replica has as many streams as it may."""


class Streams:
    """The streams of this replica."""

    def __init__(self, whereabouts: Whereabouts, settings: Settings) -> None:
        self._whereabouts, self._most = whereabouts, settings.live_streams
        self._queues: set[asyncio.Queue[News]] = set()
        self._looking: asyncio.Task[None] | None = None

    def __len__(self) -> int:
        return len(self._queues)

    def open(self) -> asyncio.Queue[News]:
        """A queue that gets all news from now on. Raises TooMany."""
        if len(self._queues) >= self._most:
            raise TooMany
        queue: asyncio.Queue[News] = asyncio.Queue(WAITING)
        self._queues.add(queue)
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look(), name="live")
        return queue

    def close(self, queue: asyncio.Queue[News]) -> None:
        """Nothing more for this queue. After the last one, nobody looks any more."""
        self._queues.discard(queue)
        if not self._queues and self._looking:
            self._looking.cancel()

    async def since(self, at: datetime) -> News:
        """What was missed since then, and who is where."""
        changes = await self._whereabouts.changed(at)
        return News(at, tuple(changes), tuple(await self._whereabouts.here()), many=len(changes) >= MOST)

    async def _look(self) -> None:
        window, before, now = Window(), None, self._whereabouts.now()
        while True:
            with suppress(*AWAY):
                since, now = now, self._whereabouts.now()
                news = await self.since(since)
                fresh = News(now, window.fresh(news.changes), news.people, news.many)
                if fresh.changes or fresh.many or news.people != before:
                    self._tell(fresh)
                before = news.people
            await asyncio.sleep(EVERY)

    def _tell(self, news: News) -> None:
        for queue in self._queues:
            if queue.full():
                while not queue.empty():
                    queue.get_nowait()
                queue.put_nowait(News(news.at, people=news.people, many=True))
            else:
                queue.put_nowait(news)


@page.get("/live")
async def show_live(
    request: Request, officer: Reader, streams: Annotated[Streams, provided(Streams)], now: Now
) -> Response:
    """A stream of what changes; for who does not ask for one, as JSON, what has changed in the last seconds."""
    if "text/event-stream" not in request.headers.get("accept", ""):
        return JSONResponse((await streams.since(now)).told_to(officer.id))
    try:
        queue = streams.open()
    except TooMany:
        return Response(status_code=503, headers={"Retry-After": "60"})
    ended = anyio.Event()
    told = told_news(request, officer, streams, queue, known_until(request, now), ended)
    return EventSourceResponse(told, ping=CHECKED, shutdown_event=ended, shutdown_grace_period=GRACE)


async def told_news(
    request: Request,
    officer: Officer,
    streams: Streams,
    queue: asyncio.Queue[News],
    since: datetime,
    ended: anyio.Event,
) -> AsyncIterator[dict[str, Any]]:
    """The events of one stream, until its reader is no longer signed in, or the process stops (``ended``)."""
    try:
        yield _event(await streams.since(since), officer)
        while not ended.is_set() and await _still_there(request, officer):
            until = asyncio.get_running_loop().time() + CHECKED
            while news := await _next(queue, ended, until):
                yield _event(news, officer)
    finally:
        streams.close(queue)


class PresenceForm(BaseModel):
    """What somebody does at a case: nothing (looks at it), writes, or leaves."""

    doing: str = ""


@page.post("/cases/{case_id}/presence")
async def post_presence(
    request: Request,
    case_id: str,
    officer: Reader,
    cases: Annotated[Cases, provided(Cases)],
    whereabouts: Annotated[Whereabouts, provided(Whereabouts)],
) -> Response:
    """Note that somebody is there. As JSON: the revision of the newest thing that others did, and who else is there."""
    form = await read(PresenceForm, request)
    if form.errors:
        return JSONResponse({}, status_code=422)
    await cases.get_for(officer, case_id, Action.READ_CASES)
    if form.value.doing == "leaves":
        await whereabouts.leave(case_id, officer)
        return Response(status_code=204)
    await whereabouts.note(case_id, officer, writing=form.value.doing == "writes")
    people = may_know(await whereabouts.here(case_id), officer.id)
    others = [{"id": one.account_id, "name": one.name, "writing": one.writing} for one in people]
    revision = await whereabouts.news_of(case_id, officer.id)
    return JSONResponse({"revision": revision, "people": [one for one in others if one["id"] != officer.id]})


async def _next(queue: asyncio.Queue[News], ended: anyio.Event, until: float) -> News | None:
    """The next news; None if there are none until then (a time of the event loop), or until the end."""
    news, end = asyncio.ensure_future(queue.get()), asyncio.ensure_future(ended.wait())
    patience = until - asyncio.get_running_loop().time()
    try:
        await asyncio.wait({news, end}, timeout=max(patience, 0), return_when=asyncio.FIRST_COMPLETED)
    finally:
        for waiting in (news, end):
            waiting.cancel()
    return news.result() if news.done() and not news.cancelled() else None


def _event(news: News, officer: Officer) -> dict[str, Any]:
    return {"id": news.at.isoformat(), "data": json.dumps(news.told_to(officer.id)), "retry": AGAIN}


def known_until(request: Request, now: datetime) -> datetime:
    """Up to when a browser that comes again knows all, LONGEST_AWAY ago at most; now for one that comes first."""
    try:
        known = datetime.fromisoformat(request.headers.get("last-event-id", ""))
    except ValueError:
        return now
    return max(now - LONGEST_AWAY, min(known, now)) if known.tzinfo else now


async def _still_there(request: Request, officer: Officer) -> bool:
    reader: Officer | None = await request.app.state.sign_in(request)
    return reader is not None and reader.id == officer.id and may(reader, Action.READ_CASES)
