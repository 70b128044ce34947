"""Before a restore: which keys its sealed parts need; and how much of it is in memory."""

from pathlib import Path
from typing import Any

import bson
import pytest

from shared.backup import databases
from shared.backup.databases import MissingKeys, require_keys


def test_a_second_factor_that_no_key_opens_is_named_before_a_restore(tmp_path: Path) -> None:
    accounts = tmp_path / "accounts.bson"
    documents: list[dict[str, Any]] = [
        {"_id": "a", "second_factor": {"seal_key": "0123456789abcdef"}},
        {"_id": "b", "second_factor": None},
    ]
    accounts.write_bytes(b"".join(bson.encode(document) for document in documents))
    require_keys([("router", accounts)], {"router": ["0123456789abcdef"]})
    with pytest.raises(MissingKeys, match="0123456789abcdef of router"):
        require_keys([("router", accounts)], {"router": []})


def test_a_mail_that_no_key_opens_is_named_before_a_restore(tmp_path: Path) -> None:
    parts = tmp_path / "mail_parts.bson"
    parts.write_bytes(bson.encode({"_id": 1, "content": "c", "sealed": "...", "seal_key": "0123456789abcdef"}))
    with pytest.raises(MissingKeys, match="0123456789abcdef of notifier"):
        require_keys([("notifier", parts)], {"notifier": []})


@pytest.mark.parametrize(("size", "together"), [(10, [5]), (100, [3, 2])])
def test_large_documents_are_not_all_in_memory_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int, together: list[int]
) -> None:
    monkeypatch.setattr(databases, "BATCH_BYTES", 300)
    file = tmp_path / "mail_parts.bson"
    file.write_bytes(b"".join(bson.encode({"_id": n, "sealed": "." * size}) for n in range(5)))
    assert [len(batch) for batch in databases._batches(file)] == together
