"""How two texts differ, by word."""

import re
from difflib import SequenceMatcher
from typing import NamedTuple

_WORDS = re.compile(r"\s+|[^\s]+")


class Run(NamedTuple):
    """Words that stand in both texts (``same``), in the first alone (``gone``), or in the second alone (``new``)."""

    kind: str
    text: str


def differences(before: str, after: str) -> tuple[Run, ...]:
    """The runs of two texts, in their order."""
    old, new = _WORDS.findall(before), _WORDS.findall(after)
    runs: list[Run] = []
    for what, old_from, old_to, new_from, new_to in SequenceMatcher(None, old, new).get_opcodes():
        if what == "equal":
            runs.append(Run("same", "".join(old[old_from:old_to])))
            continue
        gone, come = "".join(old[old_from:old_to]), "".join(new[new_from:new_to])
        runs.extend(run for run in (Run("gone", gone), Run("new", come)) if run.text)
    return tuple(runs)
