"""Before a restore: which keys its sealed parts need."""

from pathlib import Path
from typing import Any

import bson
import pytest

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
