"""A history: the databases of all four services as if the system had run for years, of any length.

``grow`` fills them, a hundred thousand cases for a year; ``samples`` says what opens which page. Almost all cases are
finished, and as many are open as an office has on its desk however long the history is. Documents are those that the
services' own rules make, with ids and times of their own; only texts that quote a time (letters) keep another's.
"""

from bench.history.growth import grow
from bench.history.visits import Samples, samples

__all__ = ["Samples", "grow", "samples"]
