"""Commands that are run to their end while the peer is set up."""

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from scripts.local.setup_error import SetupError


def run(
    failed: str,
    command: Sequence[str | Path],
    *,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    submitted: str = "",
) -> None:
    """Trouble with the sentence ``failed`` and the command's last words when it did not go well."""
    done = subprocess.run(command, cwd=cwd, env=env, input=submitted, capture_output=True, text=True)
    if done.returncode:
        words = "\n".join(f"    {line}" for line in done.stderr.strip().splitlines()[-8:])
        raise SetupError(f"{failed}\n{words}")
