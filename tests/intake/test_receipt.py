"""Receipt and answer as PDF, and the page where anybody checks that a paper is genuine."""

import asyncio
import re
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from pypdf import PdfReader

from scripts.browser import Browser, text_of
from services.intake.domain.codes import tracking_code
from services.intake.domain.message import Message
from services.intake.domain.papers import (
    ANSWER,
    RECEIPT,
    NoSuchPaper,
    in_groups,
    printed,
    text_digest,
    verification_code_in,
)
from services.intake.domain.progress import answer
from services.intake.pages.papers import direction_of
from services.intake.store import Messages
from shared import printing
from shared.documents import Database
from shared.forking import Jobs
from shared.printing import CannotPrint, NotPrinted, Printer
from shared.state import KeptFile
from tests import examples as example
from tests.conftest import Make, Visit

ANSWERED = example.case_answered()
TURKISH = "Ğğ Üü Şş İi Iı Öö Çç â î û"
TRICK = "<script>alert(1)</script> {{ 7*7 }} <b>kalın</b> &amp; <img src=file:///etc/passwd>"


def unanswered(**different: Any) -> Message:
    """A message as MongoDB gives it back: with times to the millisecond."""
    return example.message(**different)


def written(**different: Any) -> Message:
    message = unanswered()
    return message.model_copy(update={"submission": message.submission.model_copy(update=different)})


def code_of(message: Message) -> str:
    return tracking_code(example.SECRET, message.id)


@pytest.fixture
def printer() -> Printer:
    return Printer()


@pytest.fixture
async def citizen(make: Make, visit: Visit, database: Database, printer: Printer) -> Browser:
    await Messages(database).prepare()
    app = make("intake")
    app.state.provided[Printer] = printer
    return visit(app)


@pytest.fixture
def unprinted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Papers come as the HTML that would be printed: that is quicker."""

    async def html(_: Printer, html: str) -> bytes:
        return html.encode()

    monkeypatch.setattr(Printer, "pdf", html)


@asynccontextmanager
async def paper(citizen: Browser, message: Message, kind: str = RECEIPT) -> AsyncIterator[PdfReader]:
    """A paper of a message, as its reader's program opens it."""
    response = await citizen.client.get(f"/t/{code_of(message)}/{kind}.pdf")
    assert response.status_code == 200, response.text
    assert response.headers["content-type"] == "application/pdf"
    with PdfReader(BytesIO(response.content)) as reader:
        yield reader


def text_in(reader: PdfReader) -> str:
    return "\n".join(page.extract_text() for page in reader.pages)


async def kept(database: Database, message: Message) -> Message:
    await Messages(database).add(message)
    return message


# --- what a paper says -----------------------------------------------------------------------------------------------


async def test_a_receipt_says_what_was_sent_and_not_by_whom(citizen: Browser, database: Database) -> None:
    picture = KeptFile.model_validate(example.file_ref())
    text = f"{TURKISH} {TRICK} {'sözcük ' * 1400}SON"
    message = await kept(database, written(text=text).model_copy(update={"files": (picture,)}))
    async with paper(citizen, message) as reader:
        found = text_in(reader)
        assert len(reader.pages) > 1
        assert [annotation for page in reader.pages for annotation in page.get("/Annots", [])] == []
    flat = " ".join(found.split())
    for one in (message.reference, "23 Kasım 2026", "Şikâyet", message.submission.subject, TURKISH, TRICK, "SON"):
        assert one in flat, one
    for one in ("kalorifer.jpg", "abababababababab…", "http://127.0.0.1:8001/verify"):
        assert one in flat, one
    assert found.count("sözcük") == 1400
    assert in_groups(text_digest(text)) in found.replace("\n", "")
    for secret in ("Deniz Kaya", "deniz.kaya@", "0288", code_of(message)):
        assert secret not in found


async def test_an_answer_is_a_paper_that_can_be_read_aloud(citizen: Browser, database: Database) -> None:
    message = await kept(database, unanswered())
    address = f"/t/{code_of(message)}/answer.pdf"
    assert (await citizen.client.get(address)).status_code == 404
    given = {
        "files": (example.file_ref(name="onarım.pdf"),),
        "promised_for": example.NOW,
        "promise": "Kazan yenilenecek.",
    }
    await Messages(database).save(answer(message, ANSWERED.model_copy(update=given)))
    response = await citizen.client.get(address)
    assert response.headers["content-type"] == "application/pdf"
    assert response.headers["content-disposition"] == f'attachment; filename="cevap-{message.reference}.pdf"'
    with PdfReader(BytesIO(response.content)) as reader:
        root: Any = reader.trailer["/Root"]
        assert reader.metadata and reader.metadata.title == f"Cevap {message.reference}"
        flat = " ".join(text_in(reader).split())
        assert ANSWERED.answer in flat and "onarım.pdf" in flat
        assert "23 Kasım 2026 tarihine kadar yapılması" in flat and "Kazan yenilenecek." in flat
        assert (root["/Lang"], root["/MarkInfo"], root["/ViewerPreferences"]) == (
            "tr",
            {"/Marked": True},
            {"/DisplayDocTitle": True},
        )
        assert "/StructTreeRoot" in root
        assert 'pdfuaid:part="1"' in root["/Metadata"].get_data().decode()


async def test_a_paper_is_in_the_language_of_the_page(
    make: Make, visit: Visit, database: Database, unprinted: None
) -> None:
    message = await kept(database, unanswered())
    html = (await visit(make("intake"), "en").client.get(f"/t/{code_of(message)}/receipt.pdf")).text
    assert '<html lang="en" dir="ltr">' in html and "Verification code" in html
    assert '<p class="text" lang="tr"' in html


@pytest.mark.parametrize(
    ("text", "found"), [("2026: التدفئة", "rtl"), ("«Isıtma» التدفئة", "ltr"), ("12!", "ltr"), ("", "ltr")]
)
def test_a_text_runs_in_the_direction_of_its_first_letter(text: str, found: str) -> None:
    assert direction_of(text) == found


async def test_of_a_text_that_is_too_long_the_beginning_is_printed(
    citizen: Browser, database: Database, unprinted: None
) -> None:
    message = await kept(database, written(text="a" * 20_001))
    html = (await citizen.client.get(f"/t/{code_of(message)}/receipt.pdf")).text
    assert max(map(len, re.findall("a+", html))) == 20_000
    assert "Metnin devamı vardır" in html


@pytest.mark.parametrize("name", ["receipt.pdf", "answer.pdf", "qr.svg"])
async def test_a_code_that_opens_no_message_gets_no_paper(citizen: Browser, name: str) -> None:
    assert (await citizen.client.get(f"/t/00000-00000-00000-00000/{name}")).status_code == 404


async def test_the_pages_after_sending_lead_to_the_papers(citizen: Browser, database: Database) -> None:
    message = await kept(database, answer(unanswered(), ANSWERED))
    for page in ("", "/submitted"):
        await citizen.open(f"/t/{code_of(message)}{page}")
        assert f'href="/t/{code_of(message)}/receipt.pdf"' in citizen.html
        assert f'href="/t/{code_of(message)}/answer.pdf"' in citizen.html
    assert f'src="/t/{code_of(message)}/qr.svg"' in citizen.html
    picture = await citizen.client.get(f"/t/{code_of(message)}/qr.svg")
    assert picture.headers["content-type"] == "image/svg+xml"
    assert picture.text.startswith("<svg")


# --- whether a paper is genuine --------------------------------------------------------------------------------------


@pytest.fixture
async def reader(citizen: Browser, unprinted: None) -> Browser:
    """Somebody who holds a paper."""
    return citizen


async def printed_code(browser: Browser, message: Message, kind: str = RECEIPT) -> str:
    """The verification code on a paper of this message."""
    response = await browser.client.get(f"/t/{code_of(message)}/{kind}.pdf")
    (found,) = set(re.findall(r"(?:[0-9A-Z]{4}-){3}[0-9A-Z]{4}(?![0-9A-Z-])", text_of(response.text)))
    return str(found)


async def test_whoever_holds_a_paper_sees_what_it_says_and_no_more(reader: Browser, database: Database) -> None:
    message = await kept(database, unanswered())
    code = await printed_code(reader, message)
    await reader.open("/verify")
    shown = text_of(await reader.submit("/verify", code=f" http://127.0.0.1:8001/verify/{code.lower()} "))
    assert reader.path == f"/verify/{code}"
    for one in ("Alındı belgesi", message.reference, "23 Kasım 2026", message.submission.subject):
        assert one in shown
    assert in_groups(text_digest(message.submission.text)) in shown
    for secret in ("Deniz", "deniz.kaya", "0288", message.submission.text, code_of(message), message.id):
        assert secret not in reader.html
    response = await reader.client.get(f"/verify/{code}")
    assert response.headers["x-robots-tag"] == "noindex"


async def test_a_check_of_a_paper_is_recorded_once_without_who_it_was(reader: Browser, database: Database) -> None:
    message = await kept(database, unanswered())
    code = await printed_code(reader, message)
    for _ in range(2):
        await reader.open(f"/verify/{code}")
    await reader.client.get("/verify/0000-0000-0000-0000")
    (record,) = await database["audit"].find({"action": "paper.checked"}).to_list(None)
    assert (record["message_id"], record["actor"]) == (message.id, None)
    (entry,) = record["outbox"]
    assert entry["type"] == "intake.audited"
    assert example.unpublished_data(entry)["client"] == record["client"] != ""


@pytest.mark.parametrize(("change", "found"), [("", "aynıdır"), (" Ek cümle.", "aynı değildir")])
async def test_a_text_that_was_changed_is_noticed(reader: Browser, database: Database, change: str, found: str) -> None:
    message = await kept(database, unanswered())
    code = await printed_code(reader, message)
    await reader.open(f"/verify/{code}")
    text = message.submission.text.replace(" ", "\n ", 3) + change
    assert f"düzenlenen belgedeki metinle {found}" in await reader.submit(f"/verify/{code}/text", text=text)
    answer_to = await reader.client.get(f"/verify/{code}?text=<b>")
    assert "düzenlenen belgedeki" not in answer_to.text and "<b>" not in answer_to.text


async def test_codes_that_are_on_no_paper_get_one_and_the_same_answer(reader: Browser, database: Database) -> None:
    message = await kept(database, unanswered())
    _, _, never_printed = printed(message, RECEIPT, example.SECRET)
    texts = set()
    for code in ("0000-0000-0000-0000", never_printed, code_of(message), "x", "a" * 5_000):
        response = await reader.client.get(f"/verify/{code}")
        assert response.status_code == 404
        texts.add(text_of(response.text))
        await reader.open("/verify")
        assert (await reader.send("/verify", code=code)).status_code == 404
        compared = await reader.send("/verify", by_way_of=f"/verify/{code}/text", text="Metin")
        assert (compared.status_code, "Bu kodla düzenlenmiş" in compared.text) == (404, True)
    assert len(texts) == 1
    assert (await reader.client.post("/verify", data={"code": " "})).status_code in (403, 422)


async def test_a_verification_code_opens_no_status_page(reader: Browser, database: Database) -> None:
    message = await kept(database, unanswered())
    code = await printed_code(reader, message)
    for path in (f"/t/{code}", f"/t/{code}/submitted", f"/t/{code}/receipt.pdf"):
        assert (await reader.client.get(path)).status_code == 404


async def test_an_answer_that_was_replaced_is_genuine_and_said_to_be_replaced(
    reader: Browser, database: Database
) -> None:
    message, messages = await kept(database, answer(unanswered(), ANSWERED)), Messages(database)
    first = await printed_code(reader, message, ANSWER)
    later = example.case_answered(answer="Yeni cevap.", answered_at=ANSWERED.answered_at + timedelta(days=2))
    await messages.save(answer(await messages.get(message.id), later))
    second = await printed_code(reader, message, ANSWER)
    assert "yerine yeni bir cevap" in await reader.open(f"/verify/{first}")
    assert in_groups(text_digest(ANSWERED.answer)) in reader.html
    assert "yerine yeni bir cevap" not in await reader.open(f"/verify/{second}")


async def test_a_paper_is_genuine_after_the_secret_key_was_replaced(
    make: Make, visit: Visit, database: Database, unprinted: None
) -> None:
    message = await kept(database, unanswered())
    code = await printed_code(visit(make("intake")), message)
    renewed = visit(
        make("intake", secret_key="another secret key of at least 32 letters", old_secret_keys=example.SECRET)
    )
    assert message.reference in await renewed.open(f"/verify/{code}")


async def test_a_paper_of_an_erased_message_is_unknown(reader: Browser, database: Database) -> None:
    message = await kept(database, unanswered())
    code = await printed_code(reader, message)
    await database["messages"].update_one({}, {"$set": {"erased_at": example.NOW}})
    assert (await reader.client.get(f"/verify/{code}")).status_code == 404


async def test_the_same_paper_again_changes_nothing(reader: Browser, database: Database) -> None:
    message = await kept(database, unanswered())
    answers = await asyncio.gather(*(reader.client.get(f"/t/{code_of(message)}/receipt.pdf") for _ in range(3)))
    assert {found.status_code for found in answers} == {200}
    stored = await Messages(database).get(message.id)
    assert (len(stored.papers), stored.revision) == (1, 1)


def test_each_paper_has_a_code_of_its_own() -> None:
    message = answer(unanswered(), ANSWERED)
    changed = written(text="Başka bir metin.")
    codes = {printed(message, kind, example.SECRET)[2] for kind in (RECEIPT, ANSWER)}
    codes |= {printed(message, RECEIPT, example.SECRET * 2)[2], printed(changed, RECEIPT, example.SECRET)[2]}
    assert len(codes) == 4
    with pytest.raises(NoSuchPaper):
        printed(unanswered(), ANSWER, example.SECRET)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("abcd efgh 1234 5678", "ABCD-EFGH-1234-5678"),
        ("Doğrulama kodu: ABCD-EFGH-1234-567O", "ABCD-EFGH-1234-5670"),
        ("https://hat.example/verify/ABCD-EFGH-1234-5678?lang=en", "ABCD-EFGH-1234-5678"),
        ("ABCDE-FGH12-34567-890AB", ""),
        ("\ud800", ""),
        ("", ""),
    ],
)
def test_a_code_is_read_as_people_write_it(text: str, found: str) -> None:
    assert verification_code_in(text) == found


# --- the printer -----------------------------------------------------------------------------------------------------


async def test_texts_that_are_hard_to_set_are_printed_within_the_limits(printer: Printer) -> None:
    texts = ["a" * 10_000, "a\n" * 1_000, "a" + "\u0301" * 3_000, "👩\u200d" * 3_000, "مرحبا " * 500, "\u202eab" * 500]
    paragraphs = "".join(f'<p style="white-space:pre-wrap;overflow-wrap:anywhere">{text}</p>' for text in texts)
    pdf = await printer.pdf(f'<html lang="tr"><title>x</title>{paragraphs}</html>')
    assert pdf.startswith(b"%PDF-")


async def test_the_printer_reads_no_file_and_asks_nobody(printer: Printer) -> None:
    asked: list[Any] = []
    async with await asyncio.start_server(lambda *streams: asked.append(streams), "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        addresses = [f"http://127.0.0.1:{port}/x.png", "file:///etc/hostname", "/etc/hostname", "data:text/plain,DATA"]
        pictures = "".join(f'<img src="{a}" alt="x"><link rel=stylesheet href="{a}">' for a in addresses)
        attached = f'<link rel=attachment href="file:///etc/passwd"><style>@import "http://127.0.0.1:{port}/y"</style>'
        pdf = await printer.pdf(f'<html lang="tr"><title>x</title>{pictures}{attached}<p>hier</p></html>')
    with PdfReader(BytesIO(pdf)) as reader:
        assert "hier" in text_in(reader)
        assert reader.attachments == {}
    assert asked == []


async def test_a_paper_beyond_the_limits_is_not_printed_and_the_next_one_is(
    printer: Printer, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as limits:
        limits.setattr(printing, "PATIENCE", 0)
        with pytest.raises(NotPrinted):
            await printer.pdf("<html>")
    assert (await printer.pdf('<html lang="tr"><title>x</title><p>y</p></html>')).startswith(b"%PDF-")


async def test_a_printer_whose_process_has_ended_starts_another(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[subprocess.Popen[bytes]] = []

    class Noted(subprocess.Popen[bytes]):
        def __init__(self, *told: Any, **options: Any) -> None:
            super().__init__(*told, **options)
            started.append(self)

    monkeypatch.setattr(subprocess, "Popen", Noted)
    monkeypatch.setattr(printing, "Jobs", Jobs)  # not those of the other tests
    printer = Printer()
    for _ in range(2):
        assert (await printer.pdf('<html lang="tr"><title>x</title></html>')).startswith(b"%PDF-")
        started[-1].kill()
        started[-1].wait()
    assert len(started) == 2


async def test_papers_wait_for_their_turn_and_not_for_ever(
    citizen: Browser, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = await kept(database, unanswered())
    monkeypatch.setattr(printing, "WAIT", 0.01)
    monkeypatch.setattr(printing, "SIMULTANEOUS", 0)
    with pytest.raises(NotPrinted):
        await Printer().pdf("<html>")

    async def busy(*_: object) -> bytes:
        raise NotPrinted("others are being printed")

    monkeypatch.setattr(Printer, "pdf", busy)
    response = await citizen.client.get(f"/t/{code_of(message)}/receipt.pdf")
    assert (response.status_code, response.headers["retry-after"]) == (503, "60")
    assert "bir dakika sonra" in response.text


async def test_without_the_libraries_the_page_says_so_and_all_else_works(
    citizen: Browser, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = await kept(database, unanswered())

    async def none(*_: object) -> bytes:
        raise CannotPrint("Pango is missing")

    monkeypatch.setattr(Printer, "pdf", none)
    response = await citizen.client.get(f"/t/{code_of(message)}/receipt.pdf")
    assert response.status_code == 503
    assert "yazdırabilirsiniz" in response.text
    assert message.reference in await citizen.open(f"/t/{code_of(message)}")
