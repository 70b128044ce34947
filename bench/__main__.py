"""``python -m bench``: see the package."""

import os
import sys
import time
from pathlib import Path
from typing import Annotated

import typer

import bench
from bench.figures import Figure, table, verdict, write
from bench.sections import desk, events, files, growth, intake, letters, peer, procedure, record, resources
from bench.sections import figures as of_figures
from bench.system import Profile, bench_system
from scripts.local.setup_error import SetupError

SECTIONS = {
    "resources": resources.measure,
    "intake": intake.measure,
    "files": files.measure,
    "events": events.measure,
    "letters": letters.measure,
    "procedure": procedure.measure,
    "peer": peer.measure,
    "replicas": growth.with_replicas,
    "growth": growth.with_history,
    "desk": desk.measure,
    "figures": of_figures.measure,
    "record": record.measure,
}


def run_bench(
    only: Annotated[list[str] | None, typer.Option(help="Only this part; may be given again.")] = None,
    largest: Annotated[int, typer.Option(help="Cases of the longest history, up to a million.", min=1_000)] = 100_000,
    runs: Annotated[int, typer.Option(help="Runs of each figure; the median counts.", min=1)] = 3,
    seconds: Annotated[float, typer.Option(help="Seconds of one run.", min=0.2)] = 2.0,
    results: Annotated[Path | None, typer.Option("--json", help="Where the figures are written as JSON.")] = None,
) -> None:
    """Measure everything on a private system, and print one table; ends with 0 whether the goals are met or not."""
    if unknown := set(only or ()) - set(SECTIONS):
        raise SystemExit(f"There is no {', '.join(sorted(unknown))}; there are {', '.join(SECTIONS)}.")
    profile = Profile(runs, seconds, largest)
    began, figures, notes = time.monotonic(), list[Figure](), list[str]()
    with bench_system(largest) as system:
        for name in only or SECTIONS:
            print(f"{time.monotonic() - began:4.0f} s  {name} ...", flush=True)
            try:
                figures += SECTIONS[name](system, profile)
            except Exception as error:  # what was measured before is worth keeping
                notes.append(f"{name} was skipped: {error if isinstance(error, SetupError) else repr(error)}")
                system.clear()
    lasted = time.monotonic() - began
    print("", table(figures), "", *notes, verdict(figures), f"It took {lasted:.0f} s.", sep="\n")
    if results:
        machine = {"cores": os.cpu_count(), "python": sys.version.split()[0], "platform": sys.platform}
        write(figures, {**machine, "seconds": round(lasted), "notes": notes}, results)


if __name__ == "__main__":
    command = typer.Typer(add_completion=False, rich_markup_mode=None, help=bench.__doc__)
    command.command()(run_bench)
    command()
