"""A copied case is another case, and its parts still belong together."""

from datetime import UTC, datetime, timedelta

from bench.history import Documents, RecordedCase

CAME = datetime(2026, 11, 25, 9, 30, tzinfo=UTC)
DAY = timedelta(days=1)
OWN = ["m-1", "26-7KX4-9Q", "code-hash-1"]
ASSIGNED = [*OWN, "a-1", "token-hash-1"]
OTHER = ["m-2", "26-0000007", "code-hash-2", "a-2", "token-hash-2"]


def test_every_text_of_its_own_and_every_time_is_another() -> None:
    documents: Documents = {
        "intake": {"_id": "m-1", "reference": "26-7KX4-9Q", "code_hash": "code-hash-1", "submitted_at": CAME},
        "router": {
            "_id": "m-1",
            "text": "as it was.",
            "assignments": [{"id": "a-1", "due_at": CAME + 2 * DAY}],
        },
        "replies": {"_id": "a-1", "message_id": "m-1", "token_hash": "token-hash-1", "revision": 3},
        "notifier": {"_id": "m-1.notice", "raw": b"m-1"},
    }
    assert RecordedCase(documents, ASSIGNED).copy(OTHER, CAME - 5 * DAY) == {
        "intake": {
            "_id": "m-2",
            "reference": "26-0000007",
            "code_hash": "code-hash-2",
            "submitted_at": CAME - 5 * DAY,
        },
        "router": {
            "_id": "m-2",
            "text": "as it was.",
            "assignments": [{"id": "a-2", "due_at": CAME - 3 * DAY}],
        },
        "replies": {"_id": "a-2", "message_id": "m-2", "token_hash": "token-hash-2", "revision": 3},
        "notifier": {"_id": "m-2.notice", "raw": b"m-1"},
    }


def test_a_case_that_went_to_no_unit_is_copied_without_an_assignment() -> None:
    copy = RecordedCase({"intake": {"_id": "m-1", "submitted_at": CAME}}, OWN).copy(OTHER, CAME)
    assert copy == {"intake": {"_id": "m-2", "submitted_at": CAME}}
