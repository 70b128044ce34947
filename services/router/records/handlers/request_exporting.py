"""Makes the bundle of one person's data when all services have sent their part; nobody waits for it."""

import asyncio
from collections.abc import Callable
from contextlib import ExitStack
from datetime import datetime
from functools import partial
from tempfile import TemporaryFile
from types import SimpleNamespace
from typing import BinaryIO, cast

import structlog

from services.router.records.domain.requests import SERVICES, TOO_LARGE, Export, PersonRequest, export_made
from services.router.records.papers.archive import TooLarge
from services.router.records.papers.bundle import About, write
from services.router.records.papers.person_export import overview, parts_of
from services.router.records.store.persons import Persons
from services.router.records.store.requests import PersonRequests
from shared.documents import NotYet
from shared.files.fetching import GONE, FileFetcher, NotFetched
from shared.files.store import Files
from shared.institution import Institution
from shared.person_exports import keep
from shared.printing import NotPrinted, Printer
from shared.signing import Signer
from shared.state import KeptFile
from shared.version import VERSION
from shared.web.i18n import Locale

SECONDS = 3.0
"""Between two looks at what was asked for."""
log = structlog.get_logger()


class Exports:
    """Fetches the parts, adds the router's own, and keeps the bundle for a day. ``locale``: of the overview."""

    def __init__(
        self,
        requests: PersonRequests,
        persons: Persons,
        files: Files,
        fetcher: FileFetcher,
        signer: Signer,
        *,
        institution: Callable[[], Institution],
        locale: Locale,
        printer: Printer,
    ) -> None:
        self.requests, self.persons, self.files, self.fetcher = requests, persons, files, fetcher
        self.signer, self.institution, self.locale, self.printer = signer, institution, locale, printer

    async def make(self, request_id: str, now: datetime) -> None:
        """Make the bundle of one request, if all parts are there and it was not made. Tried again when one is away."""
        asked = await self.requests.get(request_id)
        export = asked.export
        if export is None or not export.complete or export.ready_at:
            return
        try:
            with ExitStack() as opened:
                content = _temporary(opened)
                await self._write(asked, export, content, opened, now)
                content.seek(0)
                wanted = SimpleNamespace(request_id=asked.id, **_ids(export))
                stored = await keep(self.files, wanted, f"{asked.id}.zip", content)
        except NotFetched as error:
            log.warning("a part of an export could not be fetched", document_id=request_id, reason=error.why)
            without = export.not_fetched(error.why, now, gone=error.why == GONE)
            await self.requests.save(asked.model_copy(update={"export": without}))
            return
        except TooLarge:  # it would be no smaller the next time
            log.warning("an export is too large for one archive", document_id=request_id)
            too_large = export.model_copy(update={"trouble": TOO_LARGE})
            await self.requests.save(asked.model_copy(update={"export": too_large}))
            return
        except NotYet:  # something of it was erased meanwhile: it is made again, without that
            return
        await self.requests.save(export_made(asked, export.number, KeptFile.model_validate(stored.ref), now))

    async def sweep(self) -> bool:
        """Delete the bundles whose day is over. Returns False: no more to do at once."""

        async def needed(_: object) -> bool:
            return False

        await self.files.sweep(needed)
        return False

    async def _write(
        self, asked: PersonRequest, export: Export, to: BinaryIO, opened: ExitStack, now: datetime
    ) -> None:
        services: dict[str, BinaryIO] = {}
        for service in SERVICES:
            if file := export.parts.get(service):
                part = services[service] = _temporary(opened)
                await self.fetcher.fetch(file, part, actor=export.by, now=now)
                part.seek(0)
        cases = list((await self.persons.cases(export.message_ids)).values())
        letters = await self.persons.letters(export.message_ids)
        institution = self.institution()
        html = overview(
            asked,
            cases,
            letters,
            list(services),
            institution=institution,
            locale=self.locale,
        )
        try:
            pdf = await self.printer.pdf(html)
        except NotPrinted:  # the data are more than their overview: JSON has everything
            pdf = None
        about = About(
            kind="person",
            references=[asked.id, *(case.reference for case in cases)],
            institution=institution.hotline,
            made_at=now,
            version=VERSION,
            public_key=self.signer.public_key,
        )
        parts = parts_of(asked, cases, letters, services, pdf)
        await asyncio.to_thread(partial(write, to, parts, [], about, self.signer.signature))


def _temporary(opened: ExitStack) -> BinaryIO:
    file = TemporaryFile()  # noqa: SIM115  # the stack closes it
    return cast(BinaryIO, opened.enter_context(file))


def _ids(export: Export) -> dict[str, tuple[str, ...]]:
    return {
        "message_ids": export.message_ids,
        "mail_ids": export.mail_ids,
        "signatures": export.signatures,
    }
