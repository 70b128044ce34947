"""What the desk does by itself with cases."""

from services.router.cases.domain.release import released
from services.router.cases.store.cases import Cases
from shared.scheduled import deciding, run_due

RELEASE_SECONDS = 2.0
"""Between two looks at what is held. An answer goes out that much later at the most."""


class Releases:
    """Answers and closings that nobody has taken back in time."""

    def __init__(self, cases: Cases, *, every: float = RELEASE_SECONDS) -> None:
        self._cases, self._every = cases, every

    async def run(self) -> None:
        """Release what is due, for as long as the service runs."""
        await run_due(self._cases, Cases.to_release, deciding(self._cases, released), every=self._every)
