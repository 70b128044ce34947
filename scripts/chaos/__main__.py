"""``python -m scripts.chaos``: see the package."""

import json
import logging
import signal
import sys
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from scripts import chaos
from scripts.chaos import plan as plans
from scripts.chaos.run import Run
from scripts.chaos.system import Control
from scripts.local.setup_error import SetupError


def run_chaos(
    count: Annotated[int, typer.Option(help="Submissions that go through the whole procedure.", min=1)] = 300,
    seed: Annotated[int, typer.Option(help="The same seed makes the same plan.")] = 1,
    rate: Annotated[float, typer.Option(help="Submissions a second, at most.", min=0.1)] = 5.0,
    replicas: Annotated[int, typer.Option(help="Processes of each service.", min=1)] = 2,
    control: Annotated[Control, typer.Option(help="Take one safeguard out: the run must then fail.")] = "none",
    broker_away: Annotated[
        float, typer.Option(help="Only this: RabbitMQ away for so many seconds, all write then.")
    ] = 0,
    rolling: Annotated[bool, typer.Option("--rolling", help="Only this: each process is restarted in turn.")] = False,
    figures: Annotated[Path | None, typer.Option("--json", help="Where the figures are written as JSON.")] = None,
) -> None:
    """Go through the procedure under faults and print what came of it; ends with 0 if all promises held."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    for library in ("aiormq", "aio_pika", "mail.log"):  # they are told of every fault, and we print what came of it
        logging.getLogger(library).setLevel(logging.CRITICAL)
    if broker_away:
        plan = plans.broker_away(seed, count, broker_away)
    else:
        plan = (plans.rolling if rolling else plans.make)(seed, count, rate=rate, replicas=replicas)
    print(f"{count} submissions, {len(plan.faults)} faults planned with seed {seed}", flush=True)
    with tempfile.TemporaryDirectory(prefix="klu-chaos-") as folder:
        try:
            report = Run(plan, seed, replicas, control).go(Path(folder))
        except SetupError as setup_error:
            raise SystemExit(str(setup_error)) from None
    print(report.text())
    if figures:
        figures.write_text(json.dumps(report.figures(), indent=2))
    raise SystemExit(0 if report.held else 1)


if __name__ == "__main__":
    command = typer.Typer(add_completion=False, rich_markup_mode=None, help=chaos.__doc__)
    command.command()(run_chaos)
    command()
