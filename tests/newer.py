"""Documents as a newer version would have written them, and whether today's code keeps what it does not know."""

from collections.abc import Callable
from typing import Any

from shared.documents import Documents

INVENTED = {"invented_tomorrow": {"answers": [1, "ğ"]}}


async def kept_through(store: Documents[Any], aggregate: Any, change: Callable[[Any], Any], **values: str) -> None:
    """A field more in every part, and these values for enumerations: read, changed and saved, all is still there."""
    await store.add(aggregate)
    today = await _raw(store, aggregate.id)
    tomorrow = _newer(today, values) | {name: today[name] for name in ("indexed",) if name in today}  # derived anew
    await store.collection.replace_one({"_id": aggregate.id}, tomorrow)
    read = await store.get(aggregate.id)
    await store.save(change(read))
    after = await _raw(store, aggregate.id)
    assert after["revision"] == read.revision + 1
    assert _lost(tomorrow, after, INVENTED | values) == []
    assert not set(after) - set(tomorrow), "nothing that belongs to the document became a part of its state"


async def _raw(store: Documents[Any], document_id: str) -> dict[str, Any]:
    found = await store.collection.find_one({"_id": document_id})
    assert found
    return found


def _newer(part: Any, values: dict[str, str]) -> Any:
    if isinstance(part, dict):
        return {name: values.get(name, _newer(inner, values)) for name, inner in part.items()} | INVENTED
    return [_newer(inner, values) for inner in part] if isinstance(part, list) else part


def _lost(before: Any, after: Any, unknown: dict[str, Any], path: str = "") -> list[str]:
    """Where something of these names is not as it was."""
    if isinstance(before, dict):
        gone = [f"{path}.{name}" for name in before if name in unknown and after.get(name) != before[name]]
        inner = [_lost(before[name], after[name], unknown, f"{path}.{name}") for name in before if name in after]
    elif isinstance(before, list):
        gone = []
        inner = [
            _lost(one, other, unknown, f"{path}.{n}") for n, (one, other) in enumerate(zip(before, after, strict=False))
        ]
    else:
        return []
    return gone + [each for found in inner for each in found]
