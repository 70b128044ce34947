"""The files that a document names, wherever in it they stand."""

from collections.abc import Iterator
from typing import Any, TypeVar

from shared.state import KeptFile, State

S = TypeVar("S", bound=State)


def files_in(document: State) -> dict[str, KeptFile]:
    """All files that this document names, by id."""
    return {file.id: file for file in _found(document)}


def with_file_state(document: S, file_id: str, state: str) -> S:
    """The same document, with another state of this file at each place."""
    changed: S = _with_state(document, file_id, state)
    return changed


def _found(part: Any) -> Iterator[KeptFile]:
    if isinstance(part, KeptFile):
        yield part
    elif isinstance(part, State):
        for name in type(part).model_fields:
            yield from _found(getattr(part, name))
    elif isinstance(part, tuple):
        for item in part:
            yield from _found(item)


def _with_state(part: Any, file_id: str, state: str) -> Any:
    if isinstance(part, KeptFile):
        return part.model_copy(update={"state": state}) if part.id == file_id else part
    if isinstance(part, State):
        fields = {name: getattr(part, name) for name in type(part).model_fields}
        return part.model_copy(update={name: _with_state(value, file_id, state) for name, value in fields.items()})
    return tuple(_with_state(item, file_id, state) for item in part) if isinstance(part, tuple) else part
