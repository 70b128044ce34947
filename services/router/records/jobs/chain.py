"""What watches over the audit chain: it is walked again and again, and its end is written outside."""

from datetime import datetime, timedelta

import structlog
from prometheus_client import Gauge

from services.router.records.domain.chain import Anchor, Broken, Walk
from services.router.records.store.anchors import Anchors, WrongAnchor, signed_anchor
from services.router.records.store.chain import Chain
from shared.clock import Clock
from shared.signing import Signer
from shared.telemetry import Telemetry

WALK_SECONDS = 10.0
STEPS = 1_000
"""Entries of one look: half a second of work in ten, at most; a million take three hours."""
AGAIN = timedelta(days=1)
"""After this time a walk begins anew."""
ANCHOR_SECONDS = 600.0
"""Between two looks whether the chain has a newer end to be anchored."""
NONE = -1.0

log = structlog.get_logger()


class ChainWatch:
    """Walks the chain in small steps; tells with metrics when it is broken, and how old the newest anchor is.

    A chain that was found broken counts as broken until the process ends: what was cut off is missed once.
    """

    def __init__(
        self, chain: Chain, anchors: Anchors | None, *, signer: Signer, telemetry: Telemetry, clock: Clock
    ) -> None:
        self._chain, self._anchors, self._signer, self._now = chain, anchors, signer, clock
        self._walk: Walk | None = None
        self._began = clock()
        self._anchored: tuple[int, datetime] | None = None
        self._broken = Gauge(
            "klu_audit_chain_broken",
            "Whether an entry of the audit chain was found changed or missing: 1 or 0.",
            registry=telemetry.registry,
        )
        self._walked = Gauge(
            "klu_audit_chain_walked_entries",
            "Entries of the audit chain that this walk has checked.",
            registry=telemetry.registry,
        )
        self._age = Gauge(
            "klu_audit_anchor_age_seconds",
            "Age of the newest anchor of the audit chain outside; -1 where none is written.",
            registry=telemetry.registry,
        )
        self._age.set(NONE)

    async def walk(self) -> bool:
        """Go some steps. Returns False: no more to do at once."""
        if self._walk is None or self._now() - self._began > AGAIN:
            self._walk, self._began = self._chain.walk(await self._known()), self._now()
        try:
            self._walk = await self._chain.verify(walk=self._walk, most=STEPS)
            self._walked.set(self._walk.number)
        except Broken as broken:
            self._broken.set(1)
            self._walk = None
            log.error("the audit chain is broken", entry=broken.number, why=broken.why)
        if self._anchored:
            self._age.set((self._now() - self._anchored[1]).total_seconds())
        return False

    async def anchor(self) -> bool:
        """Write the end of the chain outside, if it is another than the last one. Returns False: no more at once."""
        head, now = await self._chain.head(), self._now()
        if self._anchors is None or head is None:
            return False
        if self._anchored is None or self._anchored[0] != head.number or now - self._anchored[1] > AGAIN / 2:
            await self._anchors.add(signed_anchor(head, self._signer, now), now)
            self._anchored = (head.number, now)
        return False

    async def _known(self) -> list[Anchor]:
        if self._anchors is None:
            return []
        try:
            return await self._anchors.all()
        except (WrongAnchor, OSError) as error:
            log.error("the anchors of the audit chain cannot be read", why=str(error))
            self._broken.set(1)
            return []
