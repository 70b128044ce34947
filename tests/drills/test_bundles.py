"""A thousand changes of a bundle with its real PDF are found, and none of a thousand untouched bundles is accused."""

import random
from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from typing import Any

import httpx2

from scripts.verify_bundle import Unreadable, check
from services.router.records.papers.case_file import CaseFile
from services.router.records.papers.making import BundleMaker
from shared.file_links import FileLinks
from shared.files.fetching import FileFetcher
from shared.printing import Printer
from shared.state import Actor
from tests import examples as example
from tests.router.bundles import KEY, SIGNER, entries
from tests.router.case_files import INSTITUTION, case_file

MANY = 1_000
PRINTED = 4
"""Cases of which the PDF is made; the other bundles have one of these."""


class Remembering:
    """Prints the first cases; afterwards it gives what it has printed."""

    def __init__(self) -> None:
        self._printed, self._asked = list[bytes](), 0

    async def pdf(self, html: str) -> bytes:
        if len(self._printed) < PRINTED:
            self._printed.append(await Printer().pdf(html))
        self._asked += 1
        return self._printed[self._asked % len(self._printed)]


class Maker:
    """Makes bundles as the job does; the owners of files give made-up ones."""

    def __init__(self) -> None:
        owners = dict.fromkeys(("intake", "replies", "notifier"), "http://inside:8000")
        owner = httpx2.MockTransport(lambda request: httpx2.Response(404))
        printer: Any = Remembering()
        fetcher = FileFetcher(FileLinks(owners, by="router", signer=SIGNER), owner)
        self._maker = BundleMaker(
            fetcher, printer, SIGNER, timezone="Europe/Istanbul", keys_url="https://hat.example/keys.txt"
        )

    async def bundle(self, found: CaseFile, language: str = "tr") -> bytes:
        """The bundle of a case."""
        to = BytesIO()
        by = Actor(kind="officer", id="officer 1"), "Ayşe Yılmaz"
        await self._maker.make(found, to, institution=INSTITUTION, asked_by=by, language=language, now=example.NOW)
        return to.getvalue()


def varied(seed: int) -> CaseFile:
    """A case that differs with the seed, in its text and in its record."""
    chance, found = random.Random(seed), case_file()
    text = "".join(chance.choice("abcçğıİöşü \n😀") for _ in range(chance.randrange(1, 2_000)))
    case = found.case.model_copy(update={"text": text})
    return replace(found, case=case, entries=entries(chance.randrange(12), case.id, chance))


def faults(data: bytes) -> list[str]:
    try:
        return check(data, [KEY])[0]
    except Unreadable as error:
        return [str(error)]


def edited(data: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(data))
    return data[:at] + bytes([data[at] ^ chance.randrange(1, 256)]) + data[at + 1 :]


def deleted(data: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(data))
    return data[:at] + data[at + chance.randrange(1, 40) :]


def inserted(data: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(data) + 1)
    return data[:at] + chance.randbytes(chance.randrange(1, 40)) + data[at:]


def reordered(data: bytes, chance: random.Random) -> bytes:
    one, other, end = sorted(chance.sample(range(len(data) + 1), 3))
    return data[:one] + data[other:end] + data[one:other] + data[end:]


def truncated(data: bytes, chance: random.Random) -> bytes:
    return data[: chance.randrange(len(data))]


CHANGES: tuple[Callable[[bytes, random.Random], bytes], ...] = (edited, deleted, inserted, reordered, truncated)


async def test_a_thousand_changes_are_found_and_a_thousand_untouched_bundles_are_genuine() -> None:
    maker, chance = Maker(), random.Random(18)
    for number in range(MANY):
        genuine = await maker.bundle(varied(number), "tr" if number % 2 else "en")
        assert b"%PDF-" in genuine
        assert faults(genuine) == [], number
        changed = CHANGES[number % len(CHANGES)](genuine, chance)
        assert changed == genuine or faults(changed), number


async def test_what_was_changed_in_the_record_before_the_bundle_was_made_is_found() -> None:
    maker, chance = Maker(), random.Random(7)
    for number in range(50):
        found = replace(case_file(), entries=entries(6, case_file().case.id, random.Random(number)))
        at = chance.randrange(6)
        forged = found.entries[at].model_copy(update={"action": "nothing"})
        short = [*found.entries[:at], *found.entries[at + 1 :]]
        assert faults(
            await maker.bundle(replace(found, entries=[*found.entries[:at], forged, *found.entries[at + 1 :]]))
        )
        assert at == 5 or faults(await maker.bundle(replace(found, entries=short)))
