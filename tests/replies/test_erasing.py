"""What the portal destroys of an order: assignments with drafts and files, or the names of a unit's people alone."""

from typing import Any

import pytest

from services.replies.domain.assignment import Declined, Draft, Holder, Mailed, Reply
from services.replies.domain.persons import items_of
from services.replies.store import Assignments, LinkRequests
from shared.documents import Database, Erased
from shared.files.store import Files
from shared.people import Sought, name_words
from tests import examples as example
from tests.conftest import Make
from tests.erasing import CODE, EMAIL, NAME, TEXT, eraser_of, hits, order, plant_file, store_of

SIGNED: dict[str, Any] = {
    "replies": (Reply(version=1, text="Onarıldı.", by=NAME, submitted_at=example.NOW),),
    "draft": Draft(text="Taslak", by=NAME, saved_at=example.NOW),
    "holders": (
        Holder(
            id="h1", name=NAME, email=EMAIL, by=NAME, note=f"{NAME} baksın.", token_hash="x", handed_on_at=example.NOW
        ),
    ),
    "declined": Declined(reason="Bizim değil.", by=NAME, at=example.NOW),
    "mailed": (Mailed(id="x", text="Onarıldı", by=NAME, sender=EMAIL, verified="pass", at=example.NOW),),
}


async def test_assignments_drafts_and_files_are_gone(make: Make, database: Database) -> None:
    app = make("replies")
    assignments, files = store_of(app, Assignments), store_of(app, Files)
    await assignments.prepare()
    draft = Draft(text=TEXT, by="Fatma Şahin", saved_at=example.NOW)
    await assignments.add(example.units_assignment(id="a1", message_id="m1", text=TEXT, draft=draft, subject=CODE))
    await assignments.add(example.units_assignment(id="a2", message_id="m2", token_hash="other"))
    await plant_file(files, "f1", form="a1.question", owner="replies")
    await plant_file(files, "f2", message_id="a1", in_message=True, owner="replies")
    reference = (await assignments.get("a1")).reference
    await store_of(app, LinkRequests).ask(example.SECRET, reference, example.NOW)
    done = await eraser_of(app).carry_out(order())
    assert await hits(database) == []
    assert done.parts and (done.parts["files"], done.parts["assignments"], done.parts["link_requests"]) == (2, 1, 1)
    assert (await assignments.get("a2")).message_id == "m2"
    with pytest.raises(Erased):
        await assignments.add(example.units_assignment(id="a3", message_id="m1"))


async def test_only_the_names_of_the_units_people_go(make: Make, database: Database) -> None:
    app = make("replies")
    assignments = store_of(app, Assignments)
    await assignments.add(example.units_assignment(id="a1", message_id="m1", **SIGNED))
    done = await eraser_of(app).carry_out(order(message_ids=(), mail_ids=(), signatures=("a1",)))
    assert await hits(database) == []
    kept = await assignments.get("a1")
    assert (kept.replies[0].text, kept.draft.text, kept.mailed[0].text) == ("Onarıldı.", "Taslak", "Onarıldı")
    assert kept.declined and kept.declined.reason == "Bizim değil."
    assert done.parts and done.parts["signatures"] == 1


async def test_who_handed_a_message_back_is_found_by_name() -> None:
    assignment = example.units_assignment(declined=Declined(reason="Bizim değil.", by=NAME, at=example.NOW))
    found = items_of(assignment, Sought(words=name_words(NAME)))
    assert [(item.kind, item.by) for item in found] == [("signature", "name")]
