"""What a visitor needs to open pages of the history."""

from collections.abc import Sequence
from dataclasses import dataclass

from pymongo import MongoClient

from bench.history import numbers
from bench.history.growth import collections, reached
from services.intake.domain import tracking_code
from services.replies.domain import token


@dataclass(frozen=True)
class Samples:
    """Newest first. Case ids are for the desk, codes for the status page, links (their tokens) for the portal.

    ``waiting_links`` show the form; the first look at one that nobody has opened yet also writes *viewed*.
    ``links`` are of answered cases, and show what was sent.
    """

    open_cases: Sequence[str]
    finished_cases: Sequence[str]
    tracking_codes: Sequence[str]
    waiting_links: Sequence[str]
    links: Sequence[str]


def samples(mongodb_url: str, secret_key: str, *, at_most: int = 2_000) -> Samples:
    """Of the history that is there: the open cases, and of the finished ones so many, evenly from the whole of it."""
    with MongoClient[dict[str, object]](mongodb_url) as client:
        kept = collections(client)
        to = min(reached(kept, service) for service in kept)
    still_open = range(min(to, numbers.STILL_OPEN))
    finished = [n for n in range(numbers.STILL_OPEN, to) if numbers.has_real_codes(n)]
    answered = [n for n in finished if numbers.end_of(n) == "resolved"]
    waiting = [n for n in still_open if numbers.end_of(n) == "routed"]
    return Samples(
        open_cases=[_case(n) for n in still_open],
        finished_cases=[_case(n) for n in _evenly(finished, at_most)],
        tracking_codes=[tracking_code(secret_key, _case(n)) for n in _evenly([*still_open, *finished], at_most)],
        waiting_links=[_link(secret_key, n) for n in waiting],
        links=[_link(secret_key, n) for n in _evenly(answered, at_most)],
    )


def _case(number: int) -> str:
    return numbers.case_id(numbers.digits(number))


def _link(secret_key: str, number: int) -> str:
    return token(secret_key, numbers.assignment_id(numbers.digits(number)))


def _evenly(among: Sequence[int], at_most: int) -> Sequence[int]:
    return among[:: max(1, -(-len(among) // at_most))]
