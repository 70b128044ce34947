"""``python -m scripts.local run | stop | status | seed | browser``: what the Makefile calls."""

import sys
from pathlib import Path

import typer

from scripts.local import config, packages, runner, seeds, statefile
from scripts.local.processes import Identity
from scripts.local.setup_error import SetupError
from scripts.local.system import System

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__)


def folder() -> Path:
    """Where the system of this machine keeps its data."""
    return config.ROOT / ".local" / "run"


@app.command()
def run() -> None:
    """Start the whole system, show its logs, and stop it on Ctrl-C."""
    settings = config.settings()
    runner.run(System(folder(), settings, config.ports(settings)))


@app.command()
def stop() -> None:
    """Stop the system, or what an unclean end has left of it: exactly the recorded processes."""
    ended = statefile.stop(folder())
    print(f"Stopped {', '.join(ended)}." if ended else "Nothing was running.")


@app.command()
def status() -> None:
    """Say which processes of the system are there; exit status 1 when none is."""
    alive = False
    for name, records in statefile.read(folder()).get("processes", {}).items():
        for record in records:
            there = "container" in record or Identity(**record).alive
            alive |= there
            print(f"{name:<9} {'running' if there else 'gone':<8} {record.get('container') or record['pid']}")
    if not alive:
        print("Nothing is running.")
        raise typer.Exit(1)


@app.command()
def seed() -> None:
    """Import the units and the demo users into the running system."""
    known = statefile.read(folder()).get("env")
    settings = known or config.settings()
    if "KLU_MONGODB_URL" not in settings:
        raise SetupError("Nothing is running: start it with `make run`, or set KLU_MONGODB_URL.")
    seeds.plant(System(folder(), settings, config.ports(settings)))
    print("Units and demo users are there.")


@app.command()
def browser() -> None:
    """See to it that there is a Chromium for the browser journey; where that is not possible, say so and go on."""
    if packages.browser() is None:
        try:
            packages.install(["chromium"], "Chromium")
        except SetupError as setup_error:
            print(f"{setup_error} Until then the browser journey is skipped.")


def main() -> None:
    """Problems of the machine end in sentences, not in tracebacks."""
    try:
        app()
    except SetupError as setup_error:
        print(setup_error, file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    main()
