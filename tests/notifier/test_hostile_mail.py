"""Mails that are made to take long: none needs the square of its length."""

import time
import tracemalloc

import pytest

from services.notifier.domain.bodies import html_text
from services.notifier.domain.incoming import understood
from services.notifier.domain.mail import LONGEST_HEAD, Kind, OwnAddress, identity_of, mail_id
from tests.notifier.incoming import HUMAN, TOKEN
from tests.notifier.test_incoming import BACK, CITIZEN, mail, multipart, read

LONG = 40_000
SECONDS = 1.5
"""Of the processor, where each took minutes before; one tenth of it is usual."""
TEXTS = {
    "a line of a mail program": "01.01.2026 <" + "a@" * LONG,
    "a line with many blanks": "From" + " " * LONG + "x",
    "headers in the text": "From: x\nto" + " " * LONG + "x",
    "who wrote": "\n".join(["2026 " + "wrote" + " " * 400 + ":"] * (LONG // 400)),
}
PAGES = {
    "tags that never end": "<a " * LONG,
    "values that never end": '<a x="' * LONG,
    "comments that never end": "<!--" * LONG,
    "signs": "<" * LONG,
    "hidden": "<head>" + "<b>" * LONG + "</i>" * LONG,
    "hidden that ends": "<head>" + "<b>" * LONG + "</b>" * LONG,
    "deep quotations": "<blockquote>" * 5_000 + "a<br>" * 5_000,
}
HEADERS = {
    "sender": {"From": "a." * LONG},
    "comments in comments": {"From": "(" * 1_900},
    "parameters": {"Content_Type": 'text/plain; a="' + ";" * LONG},
    "disposition": {"Content_Disposition": "attachment; " + "a=b;" * LONG},
    "encoded words": {"Subject": "=?utf-8?q?a?= " * LONG},
}


def seconds(raw: bytes) -> float:
    begun = time.process_time()
    for to in (CITIZEN, BACK):
        read(raw, to, envelope_sender="deniz.kaya@example.org")
    return time.process_time() - begun


@pytest.mark.parametrize("name", TEXTS)
def test_a_long_text_takes_no_time(name: str) -> None:
    assert seconds(mail(TEXTS[name])) < SECONDS


@pytest.mark.parametrize("name", PAGES)
def test_a_long_page_takes_no_time(name: str) -> None:
    assert seconds(mail(PAGES[name], "text/html; charset=utf-8")) < SECONDS


@pytest.mark.parametrize("name", HEADERS)
def test_a_long_header_takes_no_time(name: str) -> None:
    assert seconds(mail(**HEADERS[name])) < SECONDS


@pytest.mark.parametrize("line", [b"from:\n", b" \n", b"x\n"])
def test_a_head_of_many_lines_needs_no_more_memory_than_a_text(line: bytes) -> None:
    size = 8_000_000
    raw = b"Subject: a\n" + line * (size // len(line)) + b"\nMerhaba\n"
    tracemalloc.start()
    identity_of(raw)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 6 * size  # 10 and 74 times as much when it was read as a whole


def test_mails_that_differ_in_their_last_header_alone_are_two() -> None:
    head = b"From: a@example.org\n" + b"X-Filler: x\n" * (LONGEST_HEAD // 10)
    one, other = (identity_of(head + b"Subject: %d\n\nMerhaba\n" % number) for number in range(2))
    to = OwnAddress(kind=Kind.HOTLINE)
    assert mail_id(one, to) != mail_id(other, to)


@pytest.mark.parametrize("way", [b"", b"Received: by mx2; Mon, 23 Nov 2026\r\n", b"Received: by mx3\r\n\tfor us\r\n"])
def test_a_mail_is_the_same_by_whichever_way_it_comes_and_in_every_version(way: bytes) -> None:
    assert mail_id(identity_of(way + HUMAN), OwnAddress(kind=Kind.REPLY, token=TOKEN)) == (
        "1830d23084a9eff1d13c644a6ad65bda"
    )


def test_of_many_parameters_the_first_ones_count() -> None:
    found = understood(mail("x", "text/plain; charset=iso-8859-9" + "; a=b" * LONG), CITIZEN)
    assert (found.text, found.purpose) == ("x", "citizen")


def test_many_parts_are_cut() -> None:
    parts = [("Content-Disposition: attachment; filename=a.txt", "x")] * 1_000
    found = read(multipart(("Content-Type: text/plain", "Bir"), *parts))
    assert (found.text, found.is_cut, len(found.attachments)) == ("Bir", True, 199)


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>Bir<![if !mso]>İki<![endif]>", "Birİki"),
        ("<p>Bir<![foo[ x ]]>İki", "Birİki"),
        ("<p>Bir<a href='x", "Bir<a href='x"),
        ("<blockquote>" * 30 + "Bir", ">" * 20 + " Bir"),
    ],
)
def test_a_page_that_is_malformed_loses_nothing(html: str, text: str) -> None:
    assert html_text(html).strip() == text


def test_a_sender_that_nobody_can_read_is_none() -> None:
    assert read(mail(From="(" * 1_900)).sender is None
