"""``python -m bench``: see the package."""

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

import bench
from bench.figures import Figure, table, verdict, write
from bench.profile import Profile
from bench.sections import events, growth, intake, peer, procedure, resources
from bench.system import BenchSystem, machine
from scripts.local.setup_error import SetupError

Section = Callable[[BenchSystem, Profile, list[Figure]], list[Figure]]
SECTIONS: dict[str, Section] = {
    "resources": lambda system, profile, before: resources.measure(system, profile),
    "intake": lambda system, profile, before: intake.measure(system, profile),
    "events": lambda system, profile, before: events.measure(system, profile),
    "procedure": lambda system, profile, before: procedure.measure(system, profile, floor=intake.floor(before)),
    "peer": lambda system, profile, before: peer.measure(system, profile),
    "replicas": lambda system, profile, before: growth.with_replicas(system, profile),
    "growth": lambda system, profile, before: growth.with_history(system, profile),
}


def run_bench(
    only: Annotated[list[str] | None, typer.Option(help="Only this part; may be given again.")] = None,
    largest: Annotated[int, typer.Option(help="Cases of the longest history.", min=1_000)] = 1_000_000,
    runs: Annotated[int, typer.Option(help="Runs of each figure; the median counts.", min=1)] = 3,
    seconds: Annotated[float, typer.Option(help="Seconds of one run.", min=0.2)] = 2.0,
    results: Annotated[Path | None, typer.Option("--json", help="Where the figures are written as JSON.")] = None,
) -> None:
    """Measure everything on a private system, and print one table; ends with 0 whether the goals are met or not."""
    if strangers := set(only or ()) - set(SECTIONS):
        raise SystemExit(f"There is no {', '.join(sorted(strangers))}; there are {', '.join(SECTIONS)}.")
    profile = Profile(runs, seconds, tuple(size for size in Profile.sizes if size <= largest))
    began, figures, notes = time.monotonic(), list[Figure](), list[str]()
    with tempfile.TemporaryDirectory(prefix="klu-bench-") as folder:
        system = BenchSystem(Path(folder))
        try:
            system.set_up()
            for name in only or SECTIONS:
                print(f"{time.monotonic() - began:4.0f} s  {name} ...", flush=True)
                try:
                    figures += SECTIONS[name](system, profile, figures)
                except Exception as error:  # what was measured before is worth keeping
                    notes.append(f"{name} was skipped: {error if isinstance(error, SetupError) else repr(error)}")
                    system.clear()
        finally:
            system.stop()
            system.remove()
    lasted = time.monotonic() - began
    print("", table(figures), "", *notes, verdict(figures), f"It took {lasted:.0f} s.", sep="\n")
    if results:
        write(figures, {**machine(), "seconds": round(lasted), "notes": notes}, results)


if __name__ == "__main__":
    command = typer.Typer(add_completion=False, rich_markup_mode=None, help=bench.__doc__)
    command.command()(run_bench)
    command()
