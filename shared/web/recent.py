"""What happened lately, in the memory of this process: a count costs no write.

Several replicas count each for itself. A restart forgets.
"""

from collections import OrderedDict, deque
from collections.abc import Sequence
from datetime import datetime, timedelta

MOST_KEYS = 20_000
"""Of more, those are forgotten that rest for the longest time."""
MOST_EVENTS = 6_000
"""Of one key."""


class Recent:
    """Moving windows: an event is forgotten when it is older than ``within``."""

    def __init__(self, within: timedelta) -> None:
        self.within = within
        self._events: OrderedDict[str, deque[tuple[datetime, str]]] = OrderedDict()

    def note(self, key: str, now: datetime, by: str = "") -> Sequence[str]:
        """Note an event, and return by whom this key's events are, this one included."""
        events = self._events.setdefault(key, deque(maxlen=MOST_EVENTS))
        self._events.move_to_end(key)
        events.append((now, by))
        if len(self._events) > MOST_KEYS:
            self._events.popitem(last=False)
        return [one for _, one in self._of(key, now)]

    def wait(self, key: str, now: datetime, most: int) -> int:
        """Seconds until this key has fewer than ``most`` events, if none are added; 0 where it has fewer now."""
        events = self._of(key, now)
        if len(events) < most:
            return 0
        return max(1, round((events[-most][0] + self.within - now).total_seconds()))

    def admit(self, key: str, now: datetime, most: int) -> int:
        """Note an event unless this key has ``most``: 0, or the seconds to wait. ``most`` 0: any number."""
        seconds = self.wait(key, now, most) if most else 0
        if not seconds:
            self.note(key, now)
        return seconds

    def _of(self, key: str, now: datetime) -> deque[tuple[datetime, str]]:
        events = self._events.get(key, deque())
        while events and events[0][0] <= now - self.within:
            events.popleft()
        return events
