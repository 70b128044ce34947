"""The file of a case on paper: what was said stands in it, it can be read aloud, and nothing breaks its pages."""

import io
import re
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pdfua import validate
from pypdf import PdfReader

from services.router.records.papers.bundle import safe_name
from services.router.records.papers.case_file import CaseFile, files_of, paths_of
from services.router.records.papers.letters import letter_as_eml, without_secrets
from services.router.records.papers.printed import CATALOGUES, MOST, clean, html_of
from services.router.records.papers.readme import readme
from shared.institution import Institution, KindOption
from shared.printing import Printer
from shared.version import VERSION
from shared.web.i18n import locales
from tests import examples as example
from tests.router.case_files import LONG, NASTY, case_file, fetched, hostile_case_file

INSTITUTION = Institution(
    name={"tr": "Kırklareli Üniversitesi", "en": "Kırklareli University"},
    hotline="7/24 KLU Hat",
    url="https://klu.example",
    email="hat@klu.example",
    kinds=(KindOption(id="complaint", label={"tr": "Şikâyet", "en": "Complaint"}),),
    answer_days=30,
    objection_days=10,
)


def html(found: CaseFile, *, language: str = "tr", shortened: bool = False) -> str:
    files = fetched(found)
    spoken: Any = locales(CATALOGUES, "Europe/Istanbul")
    return html_of(
        found,
        files,
        paths_of(files),
        locale=spoken[language],
        institution=INSTITUTION,
        by="Ayşe Yılmaz",
        now=example.NOW,
        shortened=shortened,
    )


def flat(reader: PdfReader) -> str:
    return " ".join(" ".join(page.extract_text() for page in reader.pages).split())


async def test_the_paper_says_what_was_said_and_can_be_read_aloud(tmp_path: Path) -> None:
    found = case_file()
    pdf = await Printer().pdf(html(found))
    (tmp_path / "case.pdf").write_bytes(pdf)
    with PdfReader(io.BytesIO(pdf)) as reader:
        root: Any = reader.trailer["/Root"]
        text = flat(reader)
        case = found.case
        for said in (
            *("Kırklareli Üniversitesi", case.reference, case.subject, case.text, "Şikâyet", "Cevaplandı"),
            *("Deniz Kaya", "Hangi salonda oturuyordunuz?", "Kuzey salonunda, pencere kenarında."),
            *("Kütüphane ve Dokümantasyon Daire Başkanlığı", "Lütfen Yapı İşleri ile birlikte değerlendiriniz."),
            *("İlgili birime bildirilmiştir.", "Ne zaman onarılacağını yazınız.", "Birim cevabı (2. metin)"),
            *("Salon hâlâ soğuk.", "Hızlı çözüldü.", "Geçen yıl da olmuştu.", "ısıtma, kütüphane"),
            *("Başvurunuz cevaplandı", "Isıtma onarılmıştır.", "bugün de ölçtüm: 14 derece."),
            *("files/001-kalorifer.jpg", "Arşivde yok: artık mevcut değil", "onarım tutanağı.pdf"),
            *("İşlem geçmişi", "Denetim kayıtları", "23 Kasım 2026 12:30"),
        ):
            assert said in text, said
        assert re.search(r"Sayfa 1 / \d", text)
        assert "ABCD-EFGH" not in text
        assert (root["/Lang"], root["/MarkInfo"]) == ("tr", {"/Marked": True})
        titles = [entry.title for entry in reader.outline if not isinstance(entry, list)]
        groups: list[Any] = [group for group in reader.outline if isinstance(group, list)]
        nested = [entry.title for group in groups for entry in group if not isinstance(entry, list)]
        assert titles == [f"Başvuru dosyası {case.reference}"]
        assert nested[:3] == ["Özet", "Başvuru sahibi", "Başvuru"]
        assert reader.metadata and reader.metadata.title == f"Başvuru dosyası {case.reference}"
    assert list(validate(str(tmp_path / "case.pdf")).findings) == []


def test_each_entry_of_the_record_is_said_in_words() -> None:
    found = case_file()
    first = found.entries[0]
    several = ("case.routed", "message.submitted", "assignment.read", "reply.submitted", "case.answer_held")
    entries = [first.model_copy(update={"action": action, "fields": ("state", "release")}) for action in several]
    page = html(replace(found, entries=entries))
    record = page[page.rindex("Denetim kayıtları") :]
    assert "Birime yönlendirildi" in record
    assert "Başvuru gönderildi" in record
    for raw in (*several, "state", "release"):
        assert raw not in record


def test_in_english_the_paper_is_english() -> None:
    page = html(case_file(), language="en")
    assert "Case file" in page
    assert 'lang="en"' in page


def test_what_is_meant_badly_is_text_and_its_endless_words_can_be_broken() -> None:
    page = html(hostile_case_file())
    assert "<script" not in page.replace("&lt;script", "")
    assert "\u202e" not in page
    assert "\x00" not in page
    assert not re.search(r"[^\s<>\u200b]{200,}", re.sub(r"<style>.*?</style>", "", page, flags=re.S))
    assert "{{ 7*7 }}" in page


def test_a_file_that_would_take_too_long_is_shortened() -> None:
    assert len(html(hostile_case_file())) > MOST
    assert len(html(hostile_case_file(), shortened=True)) < MOST
    assert "Tamamı case.json dosyasındadır." in html(hostile_case_file(), shortened=True)


async def test_a_case_that_is_meant_badly_is_printed_within_its_pages() -> None:
    found = hostile_case_file()
    few = found.case.model_copy(update={"timeline": found.case.timeline[:12]})
    pdf = await Printer().pdf(html(replace(found, case=few), shortened=True))
    with PdfReader(io.BytesIO(pdf)) as reader:
        assert len(reader.pages) > 3


def test_a_clean_text_loses_nothing_that_can_be_read() -> None:
    assert clean("Şişli’de\n\tyağmur 😀") == "Şişli’de\n\tyağmur 😀"
    assert clean(NASTY).replace("\u200b", "").endswith("</div><script>alert(1)</script>")
    assert clean(LONG).replace("\u200b", "") == LONG


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("kalorifer.jpg", "001-kalorifer.jpg"),
        ("onarım tutanağı (2).pdf", "001-onarım tutanağı (2).pdf"),
        ("../../etc/passwd", "001-passwd"),
        ("C:\\Windows\\system.ini", "001-system.ini"),
        ("a\u202egpj.exe", "001-a_gpj.exe"),
        ("CON", "001-CON"),
        ("..", "001-file"),
        ("", "001-file"),
        ("a\x00b/\n", "001-file"),
        ("x" * 300 + ".pdf", f"001-{'x' * 76}.pdf"),
        ("adı.bilinmeyen uzun bir uzantı", "001-adı.bilinmeyen uzun bir uzantı"),
    ],
)
def test_a_file_has_a_safe_name_in_the_bundle(name: str, safe: str) -> None:
    assert safe_name(name, 1) == safe


def test_a_letter_keeps_no_link_that_opens_something() -> None:
    text = (
        "https://hat.klu.example/t/ABCD-EFGH-JKLM-NPQR/rating?score=5 ve https://birim.klu.example/a/abcdefghijklmnop_-"
    )
    assert without_secrets(text) == "https://hat.klu.example/t/[…]/rating?score=5 ve https://birim.klu.example/a/[…]"
    letter = case_file().letters[0].model_copy(update={"subject": "a\r\nBcc: x@example.org", "recipient": "a b\r\nc"})
    head = letter_as_eml(letter, hotline="7/24", address="hat@klu.example").partition(b"\r\n\r\n")[0]
    assert b"\r\nBcc:" not in head
    assert head.count(b"\r\nTo: a b") == 1


def test_the_readme_names_what_is_missing_in_both_languages() -> None:
    told = readme(
        institution="KLÜ", references=["26-7KX4-9Q"], made_at="2026", keys_url="https://k.example", missing=["a.jpg"]
    ).decode()
    assert told.count("a.jpg") == told.count("26-7KX4-9Q") == told.count("https://k.example") == 2
    assert "verify_bundle.py" in told


def test_a_file_stands_in_the_list_once() -> None:
    found = case_file()
    twice = found.case.model_copy(update={"files": (*found.case.files, *found.case.files)})
    assert len(files_of(replace(found, case=twice))) == len(files_of(found)) == 3


def test_a_bundle_names_the_version_of_the_software() -> None:
    told = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8"))
    assert told["project"]["version"] == VERSION
