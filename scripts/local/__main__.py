"""``python -m scripts.local run | stop | status | seed | browser``: what the Makefile calls."""

import sys

import typer

from scripts.local import config, packages, runner, seeds
from scripts.local.config import FOLDER
from scripts.local.processes import Identity
from scripts.local.setup_error import SetupError
from scripts.local.system import System

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__)


@app.command()
def run() -> None:
    """Start the whole system, show its logs, and stop it on Ctrl-C."""
    settings = config.settings()
    packages.see_to_printing()
    runner.run(System(FOLDER, settings, config.ports(settings)))


@app.command()
def stop() -> None:
    """Stop the system, or what an unclean end has left of it: exactly the recorded processes."""
    ended = runner.stop(FOLDER)
    print(f"Stopped {', '.join(ended)}." if ended else "Nothing was running.")


@app.command()
def status() -> None:
    """Say which processes of the system are there; exit status 1 when none is."""
    recorded = runner.read_state(FOLDER).get("processes", {})
    known = [(name, Identity(**record)) for name, records in recorded.items() for record in records]
    for name, one in known:
        print(f"{name:<9} {'running' if one.alive else 'gone':<8} {one.pid}")
    if not any(one.alive for _, one in known):
        print("Nothing is running.")
        raise typer.Exit(1)


@app.command()
def seed() -> None:
    """Import the units and the demo users into the running system."""
    settings = runner.read_state(FOLDER).get("env") or config.settings()
    if "KLU_MONGODB_URL" not in settings:
        raise SetupError("Nothing is running: start it with `make run`, or set KLU_MONGODB_URL.")
    seeds.plant(System(FOLDER, settings, config.ports(settings)))
    print("Units and demo users are there.")


@app.command()
def browser() -> None:
    """See to it that there is a Chromium for the browser journey; where that is not possible, say so and go on."""
    try:
        packages.see_to_browser()
    except SetupError as setup_error:
        print(f"{setup_error} Until then the browser journey is skipped.")


if __name__ == "__main__":
    try:
        app()
    except SetupError as setup_error:
        sys.exit(str(setup_error))
