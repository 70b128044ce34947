"""What can go wrong on somebody's machine, told in sentences instead of tracebacks."""

import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any


class SetupError(Exception):
    """One sentence per problem that says what is the matter and what to do about it."""


def run(told: str, command: Sequence[str], *, lines: int = 8, **how: Any) -> str:
    """Run a command to its end; its output. Raises SetupError with ``told`` and its last lines."""
    try:
        done: subprocess.CompletedProcess[str] = subprocess.run(command, capture_output=True, text=True, **how)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise SetupError(f"{told}:\n    {error}") from None
    if done.returncode:
        last = (done.stderr or done.stdout).strip().splitlines()[-lines:]
        raise SetupError("\n".join([f"{told}:", *(f"    {line}" for line in last)]))
    return done.stdout


def last_lines(log: Path, count: int = 8) -> str:
    if not log.exists():
        return f"  ({log} was never written)"
    lines = log.read_text(errors="replace").splitlines()[-count:]
    return "\n".join([f"  Last lines of {log}:", *(f"    {line}" for line in lines)])
