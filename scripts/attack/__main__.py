"""``python -m scripts.attack``: see the package."""

import asyncio
import json
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated

import typer

from scripts import attack
from scripts.attack import broker, data, files, http, people
from scripts.attack.target import Target
from scripts.local import seeds
from scripts.local.setup_error import SetupError

ATTACKS: dict[str, Callable[[Target], Awaitable[str]]] = {
    "marks": http.combining_marks,
    "headers": http.many_headers,
    "slow": http.slow_senders,
    "words": http.words_that_raise,
    "keys": http.short_key,
    "files": files.bad_files,
    "event": broker.forged_event,
    "guessing": people.guessed_password,
    "hashing": people.many_log_ins,
    "codes": people.guessed_codes,
    "letters": people.letters_to_a_stranger,
    "rest": data.secrets_at_rest,
}


def run_attacks(
    only: Annotated[list[str] | None, typer.Option(help="Only these, by name.")] = None,
    figures: Annotated[Path | None, typer.Option("--json", help="Where the figures are written as JSON.")] = None,
) -> None:
    """Run the attacks one after the other and print one line for each."""
    chosen = {name: ATTACKS[name] for name in only or ATTACKS}
    with tempfile.TemporaryDirectory(prefix="klu-attack-") as folder:
        target = Target(Path(folder))
        try:
            target.start_stores()
            seeds.plant(target)
            found = asyncio.run(_run(target, chosen))
        except SetupError as setup_error:
            raise SystemExit(str(setup_error)) from None
        finally:
            target.stop()
            target.remove()
    if figures:
        figures.write_text(json.dumps(found, indent=2, ensure_ascii=False))


async def _run(target: Target, chosen: dict[str, Callable[[Target], Awaitable[str]]]) -> dict[str, str]:
    found = {}
    async with target.mail:
        await asyncio.to_thread(target.start_services)
        for name, attempt in chosen.items():
            found[name] = await attempt(target)
            print(f"| {name} | {attempt.__doc__} | {found[name]} |", flush=True)
    return found


if __name__ == "__main__":
    command = typer.Typer(
        add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False, help=attack.__doc__
    )
    command.command()(run_attacks)
    command()
