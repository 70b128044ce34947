"""What can go wrong on somebody's machine, told in sentences instead of tracebacks."""

from pathlib import Path


class SetupError(Exception):
    """One sentence per problem that says what is the matter and what to do about it."""


def last_lines(log: Path, count: int = 8) -> str:
    """The end of a log, indented, with its path: what a person would open next."""
    if not log.exists():
        return f"  ({log} was never written)"
    lines = log.read_text(errors="replace").splitlines()[-count:]
    return "\n".join([f"  Last lines of {log}:", *(f"    {line}" for line in lines)])
