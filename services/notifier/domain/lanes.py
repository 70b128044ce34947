"""How many letters go to one mail domain at once and in a minute, so that a slow domain does not hold up others."""

from collections import defaultdict, deque
from datetime import datetime, timedelta

MINUTE = timedelta(minutes=1)


class Lanes:
    """What one process is sending to each domain. ``per_minute`` 0: no limit. Knows no letters.

    In memory: a limit holds for one process, and a pause ends when the process does.
    """

    def __init__(self, *, concurrent: int, per_minute: int) -> None:
        self._concurrent, self._per_minute = concurrent, per_minute
        self._under_way: defaultdict[str, int] = defaultdict(int)
        self._begun: defaultdict[str, deque[datetime]] = defaultdict(deque)
        self._paused: dict[str, datetime] = {}
        self._all_paused: datetime | None = None

    def begin(self, domain: str, now: datetime) -> None:
        """A letter to this domain is on its way."""
        self._under_way[domain] += 1
        if self._per_minute:
            self._begun[domain].append(now)

    def end(self, domain: str) -> None:
        """It has arrived, or was refused."""
        self._under_way[domain] -= 1
        if not self._under_way[domain]:
            del self._under_way[domain]

    def pause(self, domain: str, until: datetime) -> None:
        """Nothing goes to this domain until then."""
        self._paused[domain] = until

    def pause_all(self, until: datetime) -> None:
        """Nothing goes anywhere until then: the mail server refuses us."""
        self._all_paused = until

    def are_open(self, now: datetime) -> bool:
        """Whether anything goes anywhere."""
        return self._all_paused is None or self._all_paused <= now

    def closed(self, now: datetime) -> list[str]:
        """The domains to which no further letter goes now."""
        self._forget(now)
        full = [domain for domain, letters in self._under_way.items() if letters >= self._concurrent]
        often = [domain for domain, begun in self._begun.items() if len(begun) >= self._per_minute]
        return sorted({*full, *often, *self._paused})

    def _forget(self, now: datetime) -> None:
        self._paused = {domain: until for domain, until in self._paused.items() if until > now}
        for domain, begun in list(self._begun.items()):
            while begun and begun[0] <= now - MINUTE:
                begun.popleft()
            if not begun:
                del self._begun[domain]
