"""Bundles of varied cases, without a database."""

import random
from datetime import UTC, datetime, timedelta
from io import BytesIO

from services.router.cases.domain.case import Case
from services.router.records.domain.bundles import Written, ask, made
from services.router.records.domain.chain import ChainEntry, Recorded, linked
from services.router.records.papers.bundle import About, BundleFile, CaseRecord, write
from services.router.records.store.bundles import Bundles
from shared.documents import Database
from shared.state import Actor
from tests import examples as example

SIGNER = example.SIGNERS["router"]
KEY = bytes.fromhex(SIGNER.public_key)
LETTERS = 'abcçdefgğhıijklmnoöprsştuüvyzİĞ مرحبا😀\n\t\u202e"\\'


def entries(number: int, message_id: str = "message 1", chance: random.Random | None = None) -> list[ChainEntry]:
    """Entries of a case, among those of others."""
    chance = chance or random.Random(number)
    found: list[ChainEntry] = []
    last: ChainEntry | None = None
    while len(found) < number:
        of_case = chance.random() < 0.6
        told = Recorded(
            event_id=f"event {chance.getrandbits(64):x}",
            at=example.NOW + timedelta(seconds=chance.randrange(10**6), milliseconds=chance.randrange(1000)),
            service="router",
            actor=Actor(kind="officer", id="officer 1") if chance.random() < 0.8 else None,
            action=chance.choice(["case_read", "case_restricted", "unit_changed"]),
            object_kind="case",
            object_id=message_id if of_case else "another",
            fields=tuple(chance.sample(["text", "kind", "state"], chance.randrange(3))),
            message_id=message_id if of_case else "another",
            count=chance.choice([None, 3]),
        )
        before = [entry for entry in found[-1:] if of_case]
        last = linked(told, key="k" * 64, before=last, before_in_case=before[0] if before else None)
        found += [last] if of_case else []
    return found


def text(chance: random.Random, longest: int = 400) -> str:
    """What somebody may write."""
    return "".join(chance.choice(LETTERS) for _ in range(chance.randrange(longest)))


def bundle(seed: int = 1, *, number: int | None = None) -> bytes:
    """A bundle of a case that differs with ``seed``."""
    chance = random.Random(seed)
    parts = [
        BundleFile("README.txt", text(chance).encode()),
        BundleFile("case.pdf", chance.randbytes(chance.randrange(2000))),
        BundleFile("case.json", text(chance).encode()),
        *(BundleFile(f"letters/{one:03d}.eml", text(chance).encode()) for one in range(1, chance.randrange(1, 4))),
        *(
            BundleFile(f"files/{one:03d}-ğü.jpg", BytesIO(chance.randbytes(500)))
            for one in range(1, chance.randrange(1, 4))
        ),
    ]
    record = CaseRecord(
        "record.jsonl", "message 1", example.REFERENCE, entries(number or chance.randrange(6), chance=chance)
    )
    about = About("case", [example.REFERENCE], "Kırklareli Üniversitesi", example.NOW, "0.8.0", SIGNER.public_key)
    to = BytesIO()
    write(to, parts, [record], about, SIGNER.signature)
    return to.getvalue()


async def of_bundles(database: Database, case: Case, by: Actor) -> dict[str, str]:
    """The id of an empty bundle that this person can download, for tests that go over all pages."""
    now = datetime.now(UTC)
    bundle, _ = ask(case, 0, by=example.officer(id=by.id), language="en", now=now)
    ready, _ = made(bundle, "none", Written(0, "", 0, printed=True), now=now)
    await Bundles(database).add(ready)
    return {"bundle_id": ready.id}
