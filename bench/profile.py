"""How long a measurement takes: the default ends well within a quarter of an hour on two cores."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Profile:
    """``runs`` of each figure, whose median counts; ``seconds`` of one run; ``sizes`` of the history, in cases."""

    runs: int = 3
    seconds: float = 2.0
    sizes: tuple[int, ...] = (1_000, 10_000, 100_000, 1_000_000)
    replicas: tuple[int, ...] = (1, 2, 4)
