"""One run: a private system, people, faults, rest, reconciliation. Ends by itself, whatever happens."""

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from scripts.chaos.diary import Diary
from scripts.chaos.evidence import COLLECTIONS, Evidence, Figures
from scripts.chaos.faults import Faults
from scripts.chaos.people import People
from scripts.chaos.plan import Plan
from scripts.chaos.reconcile import Findings, Records, reconcile
from scripts.chaos.report import Report
from scripts.chaos.smtp import MailServer
from scripts.chaos.system import ChaosSystem, Control
from scripts.local import seeds

DRAIN_WITHIN = 300.0
CONTROL_PATIENCE = 45.0
"""Seconds without movement after which a run with a missing safeguard is over: what it lost does not come back."""


@dataclass(frozen=True)
class Run:
    """What is asked for."""

    plan: Plan
    seed: int
    replicas: int
    control: Control

    def go(self, folder: Path) -> Report:
        """Start everything below this folder, go through with it, and leave nothing running."""
        system = ChaosSystem(folder, replicas=self.replicas, control=self.control)
        try:
            system.start_stores()
            seeds.plant(system)
            return asyncio.run(self._go(system))
        finally:
            system.stop()
            system.remove()

    async def _go(self, system: ChaosSystem) -> Report:
        began, diary = time.monotonic(), Diary()
        mail = MailServer(system.ports["KLU_LOCAL_SMTP_PORT"])
        await mail.open()
        await asyncio.to_thread(system.start_services)
        people = People(self.plan, system.serving, diary, self.seed)
        faults, evidence = Faults(self.plan, system, mail, diary, self.seed), Evidence(system)
        aside = [asyncio.create_task(work) for work in (faults.redeliver(), Figures(system, diary).keep_reading())]
        mail.on_letter = people.on_letter
        try:
            await people.log_in()
            await asyncio.gather(people.write_all(), faults.inject_all())
            aside[0].cancel()
            ended = time.monotonic()
            patience = DRAIN_WITHIN if self.control == "none" else CONTROL_PATIENCE
            rested = await evidence.at_rest(diary, within=DRAIN_WITHIN, patience=patience)
            drained_in = time.monotonic() - ended if rested else None
            faults.note_refusals()
            diary.observed["redeliver"] = min(diary.injected["redeliver"], diary.handled["duplicate"])
            findings = await self._reconcile(evidence, diary, mail)
            parked, lasted = await evidence.parked(), time.monotonic() - began
            return Report(
                self.control, self.seed, self.replicas, self.plan, diary, findings, parked, drained_in, lasted
            )
        finally:
            for task in aside:
                task.cancel()
            with suppress(asyncio.CancelledError):
                await asyncio.gather(*aside, return_exceptions=True)
            await mail.close()
            await people.go_home()
            evidence.close()

    async def _reconcile(self, evidence: Evidence, diary: Diary, mail: MailServer) -> Findings:
        messages, cases, assignments, letters = [await evidence.documents(service) for service in COLLECTIONS]
        return reconcile(diary.accepted, Records(messages, cases, assignments, letters, mail.taken))
