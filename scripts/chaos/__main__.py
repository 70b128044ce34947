"""``python -m scripts.chaos``: see the package."""

import asyncio
import json
import logging
import signal
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer

from scripts import chaos
from scripts.chaos import plan as plans
from scripts.chaos.evidence import Evidence, keep_reading
from scripts.chaos.faults import Faults
from scripts.chaos.people import People
from scripts.chaos.plan import Diary, Plan
from scripts.chaos.postman import Postman
from scripts.chaos.reconcile import reconcile
from scripts.chaos.record import check_record
from scripts.chaos.report import Report
from scripts.chaos.system import ChaosSystem, Control, MailServer
from scripts.local import seeds
from scripts.local.config import SERVICES
from scripts.local.setup_error import SetupError

DRAIN_WITHIN = 300.0
CONTROL_PATIENCE = 45.0
"""Seconds without progress after which a run with a missing safeguard is over: what it lost does not come back."""


def run_chaos(
    count: Annotated[int, typer.Option(help="Submissions that go through the whole procedure.", min=1)] = 300,
    seed: Annotated[int, typer.Option(help="The same seed makes the same plan.")] = 1,
    rate: Annotated[float, typer.Option(help="Submissions a second, at most.", min=0.1)] = 5.0,
    replicas: Annotated[int, typer.Option(help="Processes of each service.", min=1)] = 2,
    routers: Annotated[int, typer.Option(help="Processes of the router, if more: they share the audit chain.")] = 0,
    control: Annotated[Control, typer.Option(help="Take one safeguard out: the run must then fail.")] = "none",
    broker_away: Annotated[float, typer.Option(help="Only this: RabbitMQ away for so many seconds.")] = 0,
    rolling: Annotated[bool, typer.Option("--rolling", help="Only this: each process is restarted in turn.")] = False,
    rabbitmq_image: Annotated[str, typer.Option(help="Kill and freeze the RabbitMQ of this image instead.")] = "",
    figures: Annotated[Path | None, typer.Option("--json", help="Where the figures are written as JSON.")] = None,
) -> None:
    """Go through the procedure under faults and print what came of it; ends with 0 if all promises held."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    for library in ("aiormq", "aio_pika", "mail.log"):  # they log every fault, and we print what came of it
        logging.getLogger(library).setLevel(logging.CRITICAL)
    if broker_away:
        plan = plans.broker_away(seed, count, broker_away)
    elif rolling:
        plan = plans.rolling(seed, count, rate=rate, replicas=replicas)
    else:
        plan = plans.make(seed, count, rate=rate, replicas=replicas, routers=routers)
    print(f"{count} submissions, {len(plan.faults)} faults planned with seed {seed}", flush=True)
    with tempfile.TemporaryDirectory(prefix="klu-chaos-") as folder:
        system = ChaosSystem(
            Path(folder),
            replicas=replicas,
            routers=routers,
            control=control,
            rabbitmq_image=rabbitmq_image,
            inbound=True,
        )
        try:
            system.start_stores()
            seeds.plant(system)
            report = asyncio.run(run(system, plan, seed, control))
        except SetupError as setup_error:
            raise SystemExit(str(setup_error)) from None
        finally:
            system.stop()
            system.remove()
    print(report.text())
    if figures:
        figures.write_text(json.dumps(report.figures(), indent=2))
    raise SystemExit(0 if report.held else 1)


async def run(system: ChaosSystem, plan: Plan, seed: int, control: Control) -> Report:
    began, diary = time.monotonic(), Diary()
    mail = MailServer(system.ports["KLU_LOCAL_SMTP_PORT"])
    await mail.open()
    await asyncio.to_thread(system.start_services)
    postman = Postman(list(system.listeners.values()), diary, seed)
    people = People(plan, system.serving, diary, seed, postman)
    faults, evidence = Faults(plan, system, mail, diary, seed), Evidence(system)
    beside = [asyncio.create_task(work) for work in (faults.redeliver(), keep_reading(system, diary))]
    mail.people = people.on_letter
    try:
        await people.log_in()
        await asyncio.gather(people.write_all(), faults.inject_all())
        beside[0].cancel()
        ended = time.monotonic()
        patience = DRAIN_WITHIN if control == "none" else CONTROL_PATIENCE
        rested = await evidence.at_rest(diary, within=DRAIN_WITHIN, patience=patience)
        drained_in = time.monotonic() - ended if rested else None
        faults.note_refusals()
        diary.observed["redeliver"] = min(diary.injected["redeliver"], diary.handled["duplicate"])
        records = await evidence.records(mail.taken)
        findings = reconcile(diary.accepted, records)
        if control == "none":
            check_record(findings, records, await evidence.chain(), system.env["KLU_AUDIT_KEY"])
        parked, lasted = await evidence.parked(), time.monotonic() - began
        processes = {service: len(system.names(service)) for service in SERVICES}
        return Report(control, seed, processes, plan, diary, findings, parked, drained_in, lasted)
    finally:
        for task in beside:
            task.cancel()
        with suppress(asyncio.CancelledError):
            await asyncio.gather(*beside, return_exceptions=True)
        await mail.close()
        await people.go_home()
        evidence.close()


if __name__ == "__main__":
    command = typer.Typer(add_completion=False, rich_markup_mode=None, help=chaos.__doc__)
    command.command()(run_chaos)
    command()
