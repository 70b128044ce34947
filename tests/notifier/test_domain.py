"""One letter, from its making to its outcome."""

import email
import email.policy
import re
from datetime import timedelta
from email.header import decode_header, make_header
from email.headerregistry import Address
from typing import Any

import pytest

from services.notifier.domain.composing import write
from services.notifier.domain.letter import Letter, LetterState, Writing
from services.notifier.domain.refusals import Verdict
from services.notifier.domain.sending import OUTAGE_PAUSE, SENT_KEPT, failed, not_offered, refused, sent
from shared.events import LetterFailed, LetterSent
from tests import examples as example
from tests.notifier.mail import parsed, part

TEXT = "Sayın Deniz Kaya,\n\nĞÜŞİÖÇ ğüşıöç – “tırnak”\n.\nFrom here on\n"
LONG_ID = "0b8f6d0e-6f0a-4a56-9c3e-2f6f1f1d9a51.answer.7c9e6679-7425-40de-944b-e07fc1f90ae7"
TRICKS = [
    "Bcc: victim@example.org",
    "x\r\nBcc: victim@example.org",
    "x\nBcc: victim@example.org\n\nbody",
    "x\rTo: victim@example.org",
    "x\x00y",
    "x\u2028Bcc: victim@example.org",
    "x\x85Bcc: victim@example.org",
    "\u202ex@elpmaxe.gro",
    "=?utf-8?q?x=0D=0ABcc:_victim=40example.org?=",
    "a=?utf-8?b?DQpCY2M6IHhAeS5leGFtcGxl?= =?=?utf-8?q?=0D=0ATo:_x?=",
    "ş" * 500,
    "x" * 2000,
]


def writing(**different: Any) -> Writing:
    given = {"subject": "Başvurunuz alınmıştır [26-7KX4-9Q]", "text": TEXT, "html": f"<p>{TEXT}</p>", "record": TEXT}
    return Writing.model_validate(given | different)


def made(words: Writing | None = None, **different: Any) -> Letter:
    given: dict[str, Any] = {
        "message_id": "m1",
        "template": "receipt",
        "recipient": "deniz.kaya@example.org",
        "sender": Address("7/24 KLU Hat", addr_spec="hat@klu.example"),
        "told_at": example.NOW,
        "now": example.NOW,
    }
    return write(different.pop("letter_id", "m1.receipt"), words or writing(), **given | different)


def test_a_letter_has_the_headers_that_mail_programs_and_robots_need() -> None:
    mail = parsed(made(thread="m1.notice").raw)
    assert {name: str(value) for name, value in mail.items() if name != "Content-Type"} == {
        "From": "7/24 KLU Hat <hat@klu.example>",
        "To": "deniz.kaya@example.org",
        "Subject": "Başvurunuz alınmıştır [26-7KX4-9Q]",
        "Date": "Mon, 23 Nov 2026 09:30:00 +0000",
        "Message-ID": "<m1.receipt@klu.example>",
        "In-Reply-To": "<m1.notice@klu.example>",
        "References": "<m1.notice@klu.example>",
        "Reply-To": "7/24 KLU Hat <hat@klu.example>",
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
        "MIME-Version": "1.0",
    }


def test_a_letter_that_begins_a_thread_refers_to_nothing() -> None:
    mail = parsed(made().raw)
    assert (mail["In-Reply-To"], mail["References"]) == (None, None)


def test_both_parts_are_read_as_they_were_written_and_the_text_comes_first() -> None:
    mail = parsed(made().raw)
    assert mail.get_content_type() == "multipart/alternative"
    assert [p.get_content_type() for p in mail.iter_parts()] == ["text/plain", "text/html"]
    assert (part(mail, "plain"), part(mail, "html").strip()) == (TEXT, f"<p>{TEXT}</p>")


def test_the_bytes_are_fit_for_any_mail_server() -> None:
    raw = made(letter_id=LONG_ID, thread=LONG_ID).raw
    assert raw.isascii()
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert max(map(len, raw.split(b"\r\n"))) <= 998


def test_no_line_begins_as_a_mail_server_on_the_way_might_change_it() -> None:
    text = "From here\n.\n..x\nFrom\n" + "From . " * 40 + "\n"
    letter = made(writing(text=text, html=f"<p>{text}</p>"))
    assert not re.search(rb"(?m)^(From |\.)", letter.raw)
    assert part(parsed(letter.raw), "plain") == text


def test_a_letter_to_an_international_address_is_sent_to_its_a_labels() -> None:
    letter = made(recipient="ali@üniversite.example")
    assert letter.recipient == "ali@xn--niversite-p9a.example"
    assert letter.raw.isascii()
    assert parsed(letter.raw)["To"] == "ali@xn--niversite-p9a.example"


def test_the_same_letter_is_the_same_bytes() -> None:
    assert made().raw == made(now=example.NOW + timedelta(hours=1)).raw


@pytest.mark.parametrize("domain", ["klu.example", "bilgiislem.kirklareli.edu.tr", f"{'a' * 60}.{'b' * 60}.edu.tr"])
def test_long_ids_stay_ids_and_the_parts_stay_apart(domain: str) -> None:
    sender = Address("7/24 KLU Hat", addr_spec=f"hat@{domain}")
    raw = made(letter_id=LONG_ID, thread=LONG_ID, sender=sender).raw.decode()
    head = raw.partition("\r\n\r\n")[0]
    for name in ("Message-ID", "In-Reply-To", "References"):
        assert f"{name}: <{LONG_ID}@{domain}>\r\n" in head
    boundary = email.message_from_string(raw, policy=email.policy.compat32).get_boundary()
    assert boundary
    assert len(boundary) <= 70
    assert f'boundary="{boundary}"' in head


@pytest.mark.parametrize("trick", TRICKS)
def test_no_subject_adds_a_header_or_a_recipient(trick: str) -> None:
    letter = made(writing(subject=trick))
    plain, mail = parsed(made().raw), parsed(letter.raw)
    assert list(mail.keys()) == list(plain.keys())
    assert (mail["To"], mail["Bcc"]) == ("deniz.kaya@example.org", None)
    assert not any(c in mail["Subject"] for c in "\r\n\x00\u2028\u202e")
    assert "\n" not in letter.subject


@pytest.mark.parametrize("subject", ["Oda  12", "Çalışma  saatleri   " * 9 + "ne?"])
def test_a_subject_is_read_as_it_was_typed_blank_for_blank(subject: str) -> None:
    letter = made(writing(subject=subject))
    raw = email.message_from_bytes(letter.raw, policy=email.policy.compat32)
    assert str(make_header(decode_header(raw["Subject"]))) == letter.subject == subject


@pytest.mark.parametrize("trick", TRICKS)
def test_no_text_adds_a_header_or_a_part(trick: str) -> None:
    words = writing(text=f"{trick}\n--=_boundary\n", html=f"<p>{trick}</p>")
    mail = parsed(made(words).raw)
    assert list(mail.keys()) == list(parsed(made().raw).keys())
    assert len(list(mail.iter_parts())) == 2


@pytest.mark.parametrize(
    "to", ["", "nobody", "a@b.example, c@d.example", "a@b.example\r\nBcc: c@d.example", "a\x00@b.example"]
)
def test_a_letter_is_for_one_person(to: str) -> None:
    with pytest.raises(ValueError, match="one e-mail address"):
        made(recipient=to)


def test_an_accepted_letter_is_announced_with_its_words_and_keeps_its_bytes_for_a_week() -> None:
    letter = example.letter(assignment_id="a1", reason="451 later", language="en", wording_version=3)
    gone, events = sent(letter, example.NOW)
    assert (gone.state, gone.reason, gone.sent_at) == (LetterState.SENT, "", example.NOW)
    assert gone.keep_until == example.NOW + SENT_KEPT
    assert events == [
        LetterSent(
            message_id=letter.message_id,
            letter_id=letter.id,
            template="receipt",
            assignment_id="a1",
            sent_at=example.NOW,
            recipient="deniz.kaya@example.org",
            subject="Başvurunuz alınmıştır",
            text="Başvurunuz alınmıştır.",
            language="en",
            wording_version=3,
            is_copy=False,
        )
    ]


@pytest.mark.parametrize("template", ["codes", "account_reset", "test"])
def test_an_accepted_letter_that_nobody_has_sent_again_loses_its_bytes_at_once(template: str) -> None:
    gone, _ = sent(example.letter(template=template), example.NOW)
    assert (gone.raw, gone.keep_until) == (b"", None)


def test_a_letter_refused_for_good_is_announced_with_the_reason_and_keeps_its_bytes() -> None:
    letter = example.letter()
    lost, events = failed(letter, "550 no such user", example.NOW)
    assert (lost.state, lost.raw, lost.reason) == (LetterState.FAILED, letter.raw, "550 no such user")
    assert isinstance(events[0], LetterFailed)
    assert (events[0].letter_id, events[0].reason, events[0].cause) == (letter.id, "550 no such user", "refused")
    assert (events[0].subject, events[0].text) == (letter.subject, letter.record)


def test_a_letter_refused_for_now_waits_longer_each_time_and_then_fails() -> None:
    letter, waits, delays = example.letter(), [], (5.0, 60.0)
    for _ in delays:
        letter, events = refused(letter, Verdict.LATER, "451 later", example.NOW, delays)
        waits.append((letter.due_at - example.NOW).total_seconds())
        assert events == []
    lost, events = refused(letter, Verdict.LATER, "451 later", example.NOW, delays)
    assert (waits, lost.state, [event.type for event in events]) == ([5.0, 60.0], LetterState.FAILED, ["letter.failed"])


def test_an_outage_is_no_refusal() -> None:
    letter = example.letter(refusals=1)
    waiting = not_offered(letter, "SMTPConnectError", example.NOW)
    assert (waiting.state, waiting.refusals, waiting.raw) == (LetterState.QUEUED, 1, letter.raw)
    assert waiting.due_at == example.NOW + OUTAGE_PAUSE >= example.NOW + timedelta(seconds=1)
