"""What is done about a person's data: the decision to erase, the orders, the bundle that is given out."""

import json
import tracemalloc
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO
from zipfile import ZipFile

import pytest

from scripts.verify_bundle import check
from services.router.accounts.store import Accounts
from services.router.cases.domain.case import Case
from services.router.cases.domain.legal_hold import hold
from services.router.cases.store.cases import Cases
from services.router.cases.store.letters import DeskLetters
from services.router.cases.store.mails import Mails
from services.router.config import Settings
from services.router.records.domain.candidates import candidates
from services.router.records.domain.decisions import (
    ON_HOLD,
    STILL_OPEN,
    UNDECIDED,
    Kept,
    decide,
    for_all,
)
from services.router.records.domain.requests import (
    KEPT,
    SEARCH_MISSING,
    SERVICES,
    TOO_LARGE,
    TRIED_AGAIN,
    Export,
    Found,
    Outcome,
    PersonRequest,
    Search,
    ask_for_export,
    close,
    erase,
    forget,
    part_of_export,
)
from services.router.records.handlers.request_erasing import Erasures
from services.router.records.handlers.request_exporting import Exports
from services.router.records.papers import archive
from services.router.records.papers.bundle import MANIFEST, About, write
from services.router.records.papers.person_export import parts_of
from services.router.records.store.orders import Orders
from services.router.records.store.persons import Persons
from services.router.records.store.requests import PersonRequests
from shared.destruction import DestructionLog, Erasing
from shared.documents import Database
from shared.files.fetching import AWAY, GONE, NotFetched
from shared.files.store import Files
from shared.institution import of_settings
from shared.person_exports import Export as Zip
from shared.printing import NotPrinted
from shared.refused import Refused
from shared.seal import Seal
from shared.state import KeptFile
from shared.web.i18n import locales
from tests import examples as example
from tests.router.bundles import KEY
from tests.router.persons import OFFICER, confirmed_request, person_request

DONE = timedelta(seconds=1)


def finished(**different: Any) -> Case:
    return example.case(state="closed", **different)


def found(*items: Found, missing: tuple[str, ...] = ()) -> Search:
    answers = {service: example.NOW for service in SERVICES if service not in missing}
    return Search(number=1, at=example.NOW, found=items, answers=answers)


def of(case: Case, kind: str = "case", **different: Any) -> Found:
    given = {"service": "router", "kind": kind, "id": case.id, "by": "email", "message_id": case.id} | different
    return Found.model_validate(given)


@pytest.fixture
def sealed(database: Database) -> Database:
    """The router's database with its keys."""
    return Database(
        database.mongodb,
        source="router",
        seal=Seal(example.SECRET),
        signer=example.SIGNERS["router"],
        on_outbox=database.on_outbox,
        clock=lambda: example.NOW,
    )


@pytest.mark.parametrize("said", ["", "nonsense", "anonymise"])
def test_each_group_needs_a_decision_that_fits_it(said: str) -> None:
    groups = candidates([Found(service="notifier", kind="mail", id="m1", by="email", mail_id="m1")])
    with pytest.raises(Refused, match=UNDECIDED):
        decide(groups, {}, {"mail:m1": said}, by=OFFICER.actor, now=example.NOW)


def test_one_decision_is_taken_for_all_groups_that_it_fits() -> None:
    case = finished()
    mail = Found(service="notifier", kind="mail", id="m1", by="email", mail_id="m1")
    groups, own = candidates([of(case), mail]), f"message:{case.id}"
    assert for_all(groups, Erasing.DESTROY) == {own: Erasing.DESTROY, "mail:m1": Erasing.DESTROY}
    assert for_all(groups, Erasing.ANONYMISE) == {own: Erasing.ANONYMISE, "mail:m1": ""}
    assert for_all(groups, "") == {}


@pytest.mark.parametrize("said", [Kept.STATUTORY, None], ids=["kept", "of somebody else"])
def test_an_address_is_not_erased_when_mails_from_it_stay(said: str | None) -> None:
    mail = Found(service="notifier", kind="mail", id="m1", by="email", mail_id="m1")
    codes = Found(service="intake", kind="lost_codes", id="l1", by="email")
    groups = candidates([*([mail] if said else []), codes])
    decisions = {"address:": Erasing.DESTROY} | ({"mail:m1": said} if said else {})
    about: dict[str, Any] = {"rejected": () if said else ("mail:m1",), "by": OFFICER.actor, "now": example.NOW}
    with pytest.raises(Refused, match="all e-mails from it go"):
        decide(groups, {}, decisions, **about)
    assert not decide(groups, {}, decisions | {"address:": Kept.NOT_ASKED}, **about).anything


def test_a_case_that_is_open_or_held_is_not_erased_and_may_be_kept_for_that() -> None:
    held, _ = hold(finished(), "Dava", by=OFFICER, now=example.NOW)
    for case, why, reason in ((example.case(), STILL_OPEN, Kept.OPEN), (held, ON_HOLD, Kept.HOLD)):
        groups, key = candidates([of(case)]), f"message:{case.id}"
        with pytest.raises(Refused, match=why):
            decide(groups, {case.id: case}, {key: Erasing.DESTROY}, by=OFFICER.actor, now=example.NOW)
        erasure = decide(groups, {case.id: case}, {key: reason}, by=OFFICER.actor, now=example.NOW)
        assert (erasure.anything, erasure.kept) == (False, {key: reason})


def test_what_a_mail_became_is_one_group_with_its_message_however_it_is_told() -> None:
    case = finished()
    told = Found(service="notifier", kind="mail", id="m1", by="email", mail_id="m1")
    known = of(case, "mail", id="m1", mail_id="m1")
    for items in ([told, known], [known, told]):
        (group,) = candidates(items)
        assert (group.key, group.mail_ids, dict(group.kinds)) == (f"message:{case.id}", ("m1",), {"mail": 2})


def test_a_request_is_not_granted_before_all_services_have_answered_but_may_be_refused() -> None:
    asked = person_request(search=found(missing=("replies",)))
    given: dict[str, Any] = {"answer": "…", "given": "post", "by": OFFICER, "now": example.NOW}
    with pytest.raises(Refused, match=SEARCH_MISSING):
        close(asked, outcome=Outcome.GRANTED, **given)
    closed, _ = close(asked, outcome=Outcome.REFUSED, **given)
    assert closed.closed


def test_a_closed_request_forgets_the_person_when_its_time_is_over() -> None:
    asked = person_request(search=found(of(finished())))
    closed, _ = close(asked, outcome=Outcome.GRANTED, answer="…", given="post", by=OFFICER, now=example.NOW)
    assert forget(closed, example.NOW + KEPT - DONE) is None
    forgotten = forget(closed, example.NOW + KEPT)
    assert forgotten
    left = forgotten[0]
    assert (left.private, left.search and left.search.found, left.outcome) == (None, (), Outcome.GRANTED)


async def decided(database: Database, *cases: Case, anonymise: tuple[str, ...] = ()) -> PersonRequest:
    """A request of which it was decided to erase these cases."""
    for case in cases:
        await Cases(database).add(case)
    search = found(*map(of, cases))
    asked = confirmed_request(*(f"message:{case.id}" for case in cases), search=search)
    said = {f"message:{case.id}": "anonymise" if case.id in anonymise else "destroy" for case in cases}
    groups = candidates(search.found)
    erasure = decide(groups, {case.id: case for case in cases}, said, by=OFFICER.actor, now=example.NOW)
    asked, events = erase(asked, erasure, by=OFFICER, now=example.NOW)
    await PersonRequests(database).add(asked, announcing=events)
    return asked


async def test_orders_are_placed_once_also_after_a_crash_between(sealed: Database, tmp_path: Path) -> None:
    one, two = finished(), finished()
    asked = await decided(sealed, one, two, anonymise=(two.id,))
    requests = PersonRequests(sealed)
    orders = Orders(sealed, Cases(sealed), DestructionLog(tmp_path / "log"))
    await orders.order(
        kind=Erasing.DESTROY, message_ids=[one.id], rule=f"request:{asked.id}", by=OFFICER.actor, request_id=asked.id
    )
    for _ in range(2):
        await Erasures(requests, orders).place(asked.id, example.NOW)
    placed = await orders.of_request(asked.id)
    assert [(order.kind, order.message_ids) for order in placed] == [
        (Erasing.DESTROY, (one.id,)),
        (Erasing.ANONYMISE, (two.id,)),
    ]
    erasure = (await requests.get(asked.id)).erasure
    assert erasure
    assert (set(erasure.orders), erasure.trouble) == ({order.id for order in placed}, "")


async def test_without_a_destruction_log_nothing_is_ordered_and_it_goes_on_when_there_is_one(
    sealed: Database, tmp_path: Path
) -> None:
    asked, requests = await decided(sealed, finished()), PersonRequests(sealed)
    missing = Orders(sealed, Cases(sealed), DestructionLog(None))
    await Erasures(requests, missing).place(asked.id, example.NOW)
    erasure = (await requests.get(asked.id)).erasure
    assert erasure
    assert (erasure.trouble, erasure.placed_at) == ("no_log", None)
    there = Orders(sealed, Cases(sealed), DestructionLog(tmp_path / "log"))
    await Erasures(requests, there).place(asked.id, example.NOW)
    assert len(await there.of_request(asked.id)) == 1


async def test_a_case_that_comes_under_legal_hold_meanwhile_is_not_ordered_to_be_erased(
    sealed: Database, tmp_path: Path
) -> None:
    case = finished()
    asked, cases = await decided(sealed, case), Cases(sealed)
    held, events = hold(await cases.get(case.id), "Dava", by=OFFICER, now=example.NOW)
    await cases.save(held, announcing=events)
    requests = PersonRequests(sealed)
    await Erasures(requests, Orders(sealed, cases, DestructionLog(tmp_path / "log"))).place(asked.id, example.NOW)
    erasure = (await requests.get(asked.id)).erasure
    assert erasure
    assert (erasure.trouble, erasure.reversible) == ("hold", True)


class Parts:
    """Gives the parts of services, or is away."""

    def __init__(self) -> None:
        self.away, self.why = True, AWAY

    async def fetch(self, file: KeptFile, to: BinaryIO, **_: Any) -> None:
        if self.away:
            raise NotFetched(self.why)
        with Zip() as made:
            made.add_json("26-7KX4-9Q/message.json", {"text": "Metin"})
            to.write(made.close().read())


class NoPrinter:
    """A machine on which no PDF can be made."""

    async def pdf(self, html: str) -> bytes:
        assert "Deniz Kaya" in html
        raise NotPrinted


async def ready_to_be_made(database: Database) -> tuple[PersonRequest, Case, Parts, Any]:
    """A request with an export of one case of which all parts are there; who fetches them, and who makes it."""
    case, requests = finished(), PersonRequests(database)
    await Cases(database).add(case)
    asked = confirmed_request(f"message:{case.id}", search=found(of(case)))
    ids: dict[str, Any] = {"message_ids": (case.id,), "mail_ids": (), "signatures": ()}
    asked, _ = ask_for_export(asked, **ids, by=OFFICER, now=example.NOW)
    asked = part_of_export(asked, 1, "intake", KeptFile.model_validate(example.file_ref()))
    asked = part_of_export(part_of_export(asked, 1, "replies", None), 1, "notifier", None)
    assert part_of_export(asked, 2, "intake", None) == asked
    await requests.add(asked)
    files, fetcher = Files(database), Parts()
    persons = Persons(Cases(database), DeskLetters(database), Mails(database), Accounts(database))
    exports = Exports(
        *(requests, persons, files, fetcher, example.SIGNERS["router"]),  # type: ignore[arg-type]
        institution=lambda: of_settings(_settings()),
        locale=locales((), "Europe/Istanbul")["en"],
        printer=NoPrinter(),  # type: ignore[arg-type]
    )
    return asked, case, fetcher, exports


async def test_the_bundle_is_made_when_all_parts_are_there_and_tried_again_when_one_is_away(sealed: Database) -> None:
    asked, case, fetcher, exports = await ready_to_be_made(sealed)
    requests, files = PersonRequests(sealed), Files(sealed)
    await exports.make(asked.id, example.NOW)
    assert _export(await requests.get(asked.id)).trouble == AWAY
    fetcher.away = False
    for _ in range(2):
        await exports.make(asked.id, example.NOW)
    export = _export(await requests.get(asked.id))
    assert export.file
    blocks = b"".join([block async for block in files.read(export.file.id)])
    assert check(blocks, [KEY])[0] == []
    with ZipFile(BytesIO(blocks)) as opened:
        names = opened.namelist()
        manifest = json.loads(opened.read(MANIFEST))
        desk = opened.read("desk/cases.json").decode()
    assert names[:2] == ["desk/cases.json", "intake/26-7KX4-9Q/message.json"]
    assert (manifest["kind"], manifest["references"]) == ("person", [asked.id, case.reference])
    assert case.text in desk
    assert await files.collection.count_documents({"exported": case.id}) == 1


async def test_an_export_that_is_too_large_is_said_to_be_and_not_tried_again(
    sealed: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, _, fetcher, exports = await ready_to_be_made(sealed)
    fetcher.away, requests = False, PersonRequests(sealed)
    monkeypatch.setattr(archive, "LARGEST", 100)
    waiting = requests.exports_to_make(example.NOW)
    assert [found async for found in requests.ids(waiting)] == [asked.id]
    await exports.make(asked.id, example.NOW)
    assert _export(await requests.get(asked.id)).trouble == TOO_LARGE
    assert [found async for found in requests.ids(waiting)] == []


@pytest.mark.parametrize(("later", "over"), [(timedelta(hours=23), False), (timedelta(hours=25), True)])
async def test_an_export_of_which_a_part_was_swept_is_over_and_not_tried_again(
    sealed: Database, later: timedelta, over: bool
) -> None:
    asked, _, fetcher, exports = await ready_to_be_made(sealed)
    requests, at = PersonRequests(sealed), example.NOW + later
    fetcher.why = GONE
    await exports.make(asked.id, at)
    export = _export(await requests.get(asked.id))
    assert (export.trouble, export.over(at)) == (GONE, over)
    soon, in_time = at + timedelta(seconds=3), at + TRIED_AGAIN
    assert [found async for found in requests.ids(requests.exports_to_make(soon))] == []
    again = [found async for found in requests.ids(requests.exports_to_make(in_time))]
    assert again == ([] if over else [asked.id])


def _export(asked: PersonRequest) -> Export:
    assert asked.export
    return asked.export


def _settings() -> Any:
    stores = {"mongodb_url": "mongodb://127.0.0.1:9", "rabbitmq_url": "amqp://127.0.0.1:9"}
    return Settings(**stores, secret_key="x" * 32, **example.keys("router"))  # type: ignore[arg-type]


async def test_the_files_of_a_person_are_never_in_memory_together(tmp_path: Path) -> None:
    large = bytes(24 * 1024 * 1024)
    with Zip() as made:
        for number in range(3):
            made.add(f"26-7KX4-9Q/files/{number}.bin", large)
        services: dict[str, Any] = {"intake": made.close()}
        about = About("person", ["KV-26-7KX49Q"], "KLÜ", example.NOW, "0.8.1", KEY.hex())
        with (tmp_path / "bundle").open("w+b") as to:
            tracemalloc.start()
            try:
                parts = parts_of(confirmed_request(search=found()), [], [], services, None)
                write(to, parts, [], about, example.SIGNERS["router"].signature)
                _, most = tracemalloc.get_traced_memory()
            finally:
                tracemalloc.stop()
            to.seek(0)
            assert check(to.read(), [KEY])[0] == []
    assert most < len(large)
