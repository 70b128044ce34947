"""The rules of the intake."""

import re
from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any

import pytest

from services.intake.domain.codes import hash_code, new_reference, status_url, tracking_code
from services.intake.domain.message import Message, fingerprint, message_id_of, submit
from services.intake.domain.progress import answer, close, progress
from shared.events import Event, MessageSubmitted, ReceiptRequested
from tests import examples as example

CODE = tracking_code(example.SECRET, "m1")


def submitted(**different: Any) -> tuple[Message, list[Event]]:
    return submit(
        example.submission(**different),
        message_id="m1",
        reference="26-7KX4-9Q",
        code=CODE,
        base_url="https://hat.klu.example/",
        language="en",
        now=example.NOW,
    )


def test_a_submission_is_announced_with_what_was_written() -> None:
    message, (announced, _) = submitted(hide_identity=True)
    assert isinstance(announced, MessageSubmitted)
    assert (announced.message_id, announced.reference, announced.language) == ("m1", message.reference, "en")
    assert (announced.subject, announced.text) == (message.submission.subject, message.submission.text)
    assert (announced.submitter.name, announced.hide_identity) == ("Deniz Kaya", True)


def test_a_receipt_with_code_and_link_is_asked_for_when_there_is_an_address() -> None:
    _, (_, receipt) = submitted()
    assert isinstance(receipt, ReceiptRequested)
    assert (receipt.email, receipt.tracking_code) == ("deniz.kaya@example.org", CODE)
    assert receipt.status_url == f"https://hat.klu.example/t/{CODE}"


def test_nobody_is_written_to_without_an_address() -> None:
    _, announced = submitted(email=None)
    assert [event.type for event in announced] == ["message.submitted"]


def test_the_code_is_in_no_event_but_the_receipt() -> None:
    message, (announced, _) = submitted()
    assert CODE not in announced.model_dump_json() + message.model_dump_json()


def test_a_new_message_is_received() -> None:
    assert submitted()[0].step == "received"


@pytest.mark.parametrize("order", list(permutations([1, 2, 3])))
def test_the_newest_step_counts_in_whatever_order_the_news_comes(order: tuple[int, ...]) -> None:
    steps = {1: "at_unit", 2: "in_review", 3: "answered"}
    message = example.message()
    for revision in order:
        message = progress(message, example.case_progressed(revision=revision, step=steps[revision]))
    assert [p.step for p in message.progress] == ["at_unit", "in_review", "answered"]
    assert message.step == "answered"


def test_a_newer_answer_replaces_an_older_one_and_never_the_other_way_round() -> None:
    older = example.case_answered(answer="eski")
    newer = example.case_answered(answer="yeni", answered_at=older.answered_at + timedelta(hours=1))
    assert answer(answer(example.message(), older), newer).answer == "yeni"
    assert answer(answer(example.message(), newer), older).answer == "yeni"


def test_a_closed_message_says_why() -> None:
    closed = close(example.message(), example.case_closed(explanation="Belediyeye iletildi."))
    assert (closed.closure_reason, closed.explanation) == ("not_responsible", "Belediyeye iletildi.")


def test_a_code_is_a_hundred_bits_in_letters_that_nobody_misreads() -> None:
    assert re.fullmatch(r"(?:[0-9A-HJKMNP-TV-Z]{5}-){3}[0-9A-HJKMNP-TV-Z]{5}", CODE)


def test_a_code_is_derived_from_the_secret_and_the_message_alone() -> None:
    assert tracking_code(example.SECRET, "m1") == CODE
    assert tracking_code(example.SECRET, "m2") != CODE
    assert tracking_code("another " + example.SECRET, "m1") != CODE


@pytest.mark.parametrize("change", [str.lower, lambda code: code.replace("-", ""), lambda code: code.replace("-", " ")])
def test_a_code_may_be_typed_in_any_case_and_without_its_dashes(change: Any) -> None:
    assert hash_code(change(CODE)) == hash_code(CODE)


def test_letters_read_as_digits_are_those_digits() -> None:
    assert hash_code("Oil00-11111") == hash_code("01100-11111")


def test_a_code_that_cannot_be_encoded_is_only_a_wrong_one() -> None:
    assert hash_code("\ud800") != hash_code(CODE)


def test_a_reference_begins_with_the_year() -> None:
    assert re.fullmatch(r"26-[0-9A-Z]{4}-[0-9A-Z]{2}", new_reference(example.NOW))


def test_the_year_of_a_reference_is_that_of_the_institution() -> None:
    new_year = datetime(2026, 12, 31, 21, 30, tzinfo=UTC)
    assert (new_reference(new_year, "Europe/Istanbul")[:3], new_reference(new_year)[:3]) == ("27-", "26-")


def test_two_references_differ() -> None:
    assert new_reference(example.NOW) != new_reference(example.NOW)


def test_an_id_made_of_parts_keeps_them_apart() -> None:
    assert message_id_of("form", "ab", "c") != message_id_of("form", "a", "bc")
    assert message_id_of("form", "x") == message_id_of("form", "x")


def test_a_fingerprint_tells_submissions_apart() -> None:
    assert fingerprint(example.submission()) == fingerprint(example.submission())
    assert fingerprint(example.submission()) != fingerprint(example.submission(phone=None))


def test_the_status_link_has_one_slash_between_address_and_path() -> None:
    assert status_url("https://hat.klu.example/", "X") == status_url("https://hat.klu.example", "X")
