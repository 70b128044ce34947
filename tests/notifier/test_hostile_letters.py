"""Whatever stands in the fields of an event: one letter to one person, with our headers and inert HTML.

``KLU_TEST_EXAMPLES=10000`` tries as many values, in about two minutes.
"""

import email
import email.policy
import os
import random
from collections.abc import Iterator
from email.header import decode_header, make_header
from email.headerregistry import Address
from html.parser import HTMLParser
from typing import Any

import pytest
from pydantic import ValidationError

from services.notifier.domain.composing import one_line, write
from services.notifier.domain.letter import Letter, Writing
from services.notifier.handlers.writing import named
from shared.events import Event
from shared.letters.ours import OURS
from shared.letters.words import without_breaks
from tests import examples as example
from tests.notifier.mail import parsed, part
from tests.notifier.test_writing import ALL, GIVEN, writer

EXAMPLES = int(os.environ.get("KLU_TEST_EXAMPLES", "200"))
IN_A_TEST = 50
HEADERS = [
    *("From", "To", "Subject", "Date", "Message-ID", "In-Reply-To", "References", "Reply-To"),
    *("Auto-Submitted", "X-Auto-Response-Suppress", "MIME-Version", "Content-Type"),
]
LINKS = ("link", "status_url", "email")
"""Fields that our own services make, or that are an address: their own tests try them."""
PIECES = (
    *("\r\nBcc: victim@example.org", "\nTo: victim@example.org", "\rCc: x@y.example", "\r\n\r\nbody", "\n.\n", "\x00"),
    *(
        "\u2028Bcc: x@y.example",
        "\x85",
        "\x0b\x0c",
        "\x1c\x1d\x1e\x1f",
        "\t",
        "  ",
        "\u202e",
        "\u2066",
        "\u200f",
        "\ufeff",
    ),
    *("=?utf-8?q?=0D=0ABcc:_x=40y.example?=", "=?utf-8?b?DQpCY2M6IHhAeS5leGFtcGxl?=", "=?", "?=", "=0A", "\xad"),
    *("<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "' onclick='x", "</td></table>", "<!--", "]]>"),
    *("{{ 7*7 }}", "{% raw %}", "{reference}", "{", "}", "&lt;", "&#13;", "%(name)s", "%s", "\\r\\n", "$where"),
    *(
        "аdmin@klu.example",
        "раypal",
        "ＫＬＵ",
        "ı̇İ",
        "ğüşıöç ĞÜŞİÖÇ",
        "👩‍👩‍👧‍👦",
        "🇹🇷",
        "e\u0301" * 9,
        "\U000e0041",
        "漢字",
    ),
    *("\n-- \n7/24 KLU Hat\n", "\nFrom here", "\n> ", "\n--=_boundary", "\n----------------------------------------\n"),
    *("x" * 999, "ş" * 700, "kelime " * 150, "a" * 75 + " ", "[]", "()", ":", "a", " ", "-", "."),
)


def values(seed: int, count: int) -> Iterator[str]:
    """Always the same for a seed."""
    chance = random.Random(seed)  # no secret
    for _ in range(count):
        yield "".join(chance.choice(PIECES) for _ in range(chance.randint(1, 6)))


def filled(event: Event, value: str) -> Event:
    """The event with this value in every field that takes it."""
    given = event.model_dump()
    for room, key in list(_rooms(given)):
        before, room[key] = room[key], value
        try:
            type(event).model_validate(given)
        except ValidationError:
            room[key] = before
    return type(event).model_validate(given)


def _rooms(given: Any) -> Iterator[tuple[Any, Any]]:
    """Each text of an event, by what holds it."""
    for key, value in given.items() if isinstance(given, dict) else enumerate(given):
        if isinstance(value, str) and key not in LINKS:
            yield given, key
        elif isinstance(value, dict | list):
            yield from _rooms(value)
        elif isinstance(value, tuple):
            given[key] = list(value)
            yield from _rooms(given[key])


def composed(template: str, language: str, data: Event, **context: Any) -> tuple[Writing, Letter]:
    """A letter in a thread, with what the handlers say about its reader."""
    writing = writer().write(template, language, data=data, **GIVEN | context)
    sender = Address(display_name=one_line(context.get("name") or "Hat"), addr_spec="hat@klu.example")
    return writing, write(
        "m1.letter.e1",
        writing,
        message_id="m1",
        template=template,
        recipient="deniz.kaya@example.org",
        sender=sender,
        told_at=example.NOW,
        now=example.NOW,
        thread="m1.receipt",
    )


class Reader(HTMLParser):
    """What an HTML part consists of: its elements with the names of their attributes, and its links."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: set[tuple[str, str]] = set()
        self.links: set[str | None] = set()
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found |= {(tag, ""), *((tag, name) for name, _ in attrs)}
        self.links |= {value for name, value in attrs if name in ("href", "src")}

    def handle_comment(self, data: str) -> None:
        self.found.add(("comment", data))


@pytest.fixture(scope="module")
def allowed() -> set[tuple[str, str]]:
    """The elements of all our letters together."""
    letters = (
        writer().write(one, "tr", data=data, **GIVEN | {"by_code": by}) for one, data in ALL.items() for by in (0, 1)
    )
    return {found for letter in letters for found in Reader(letter.html).found}


def look(template: str, language: str, value: str, allowed: set[tuple[str, str]]) -> None:
    """Fill one letter with this value everywhere, and look at all of it."""
    told = {"name": value, "invited": value, "about_subject": value, "recipient": value, "reference": value}
    data = filled(ALL[template], value)
    writing, letter = composed(template, language, data, **told, meaning=None)
    raw = email.message_from_bytes(letter.raw, policy=email.policy.compat32)
    assert list(raw.keys()) == HEADERS
    assert raw["To"] == letter.recipient == "deniz.kaya@example.org"
    assert letter.raw.isascii() and max(map(len, letter.raw.split(b"\r\n"))) <= 998
    assert b"\n" not in letter.raw.replace(b"\r\n", b"") and b"\r" not in letter.raw.replace(b"\r\n", b"")
    assert str(make_header(decode_header(raw["Subject"]))) == letter.subject == one_line(writing.subject)
    words = OURS[named(template, data), language]
    if "{subject}" in words.subject and template not in ("reminder", "desk_reminder", "answer", "interim"):
        assert one_line(without_breaks(value)) in letter.subject  # the words first, then what is safe in a header
    mail = parsed(letter.raw)
    assert [each.get_content_type() for each in mail.walk()] == ["multipart/alternative", "text/plain", "text/html"]
    assert part(mail, "plain").count("\n-- \n") == 1
    html = Reader(part(mail, "html"))
    assert html.found <= allowed
    assert all(str(link).startswith("http://127.0.0.1:") for link in html.links)


@pytest.mark.parametrize("seed", range(-(-EXAMPLES // IN_A_TEST)))
def test_no_value_adds_a_header_a_recipient_a_part_or_an_element(seed: int, allowed: set[tuple[str, str]]) -> None:
    templates = list(ALL)
    for number, value in enumerate(values(seed, IN_A_TEST), start=seed * IN_A_TEST):
        look(templates[number % len(templates)], ("tr", "en")[number // len(templates) % 2], value, allowed)


@pytest.mark.parametrize("seed", range(-(-EXAMPLES // IN_A_TEST)))
def test_no_value_in_place_of_an_address_makes_a_second_recipient(seed: int) -> None:
    data = ALL["test"]
    writing = writer().write("test", "tr", data=data, **GIVEN)
    for value in values(seed, IN_A_TEST):
        for address in (value, f"deniz{value}@example.org", f"deniz@example.org{value}", f'"{value}"@example.org'):
            try:
                letter = write(
                    "m1.test",
                    writing,
                    message_id="m1",
                    template="test",
                    recipient=address,
                    sender=Address("Hat", addr_spec="hat@klu.example"),
                    told_at=example.NOW,
                    now=example.NOW,
                )
            except ValueError:
                continue
            mail = parsed(letter.raw)
            assert [name for name in HEADERS if name not in ("In-Reply-To", "References")] == list(mail.keys())
            assert len(mail["To"].addresses) == 1
