"""Work in the background: bundles that people wait for are made here, never while a page is answered."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from secrets import token_hex
from tempfile import TemporaryFile
from typing import Final

import structlog

from services.router.access import Forbidden
from services.router.records.domain.bundles import Bundle, begin, failed, made
from services.router.records.papers.making import BundleMaker, Collecting
from services.router.records.store.bundles import Bundles
from shared.documents import AWAY, Conflict, NotFound
from shared.institution import Institution
from shared.scheduled import run_due

log = structlog.get_logger()
EVERY: Final = 2.0
"""Seconds between two looks for bundles that are waited for."""


class BundleJob:
    """Makes the bundles that are waited for, in any number of processes: each is made by one, unless that one dies."""

    def __init__(
        self, bundles: Bundles, collecting: Collecting, maker: BundleMaker, institution: Callable[[], Institution]
    ) -> None:
        self._bundles, self._collecting, self._maker, self._institution = bundles, collecting, maker, institution

    async def run(self) -> None:
        """Make them until cancelled."""
        await run_due(self._bundles, self._bundles.due, self.make, every=EVERY)

    async def make(self, bundle_id: str, now: datetime) -> None:
        """Make one, if no other process does."""
        bundle = begin(await self._bundles.get(bundle_id), now)
        if bundle is None:
            return
        bundle = await self._bundles.save(bundle)
        try:
            await self._make(bundle, now)
        except (NotFound, Forbidden):  # erased or restricted meanwhile, or the person may no longer do this
            await self._bundles.save(failed(bundle, for_good=True))
        except (*AWAY, Conflict):  # begun again after a while
            raise
        except Exception as error:
            log.error("a bundle could not be made", document_id=bundle_id, error=type(error).__name__)
            await self._bundles.save(failed(bundle))

    async def _make(self, bundle: Bundle, now: datetime) -> None:
        found = await self._collecting.case_file(bundle.case_id, reader=bundle.officer)
        content = token_hex(16)
        with TemporaryFile() as file:
            asked_by = bundle.actor, bundle.name
            write = partial(self._maker.make, found, file, institution=self._institution(), asked_by=asked_by)
            written = await write(language=bundle.language, now=now)
            await self._bundles.write(bundle, content, file)
        ready, events = made(bundle, content, written, now=self._bundles.database.clock())
        try:
            await self._bundles.save(ready, announcing=events)
        except Exception:
            await self._bundles.forget_bytes(content)
            raise
