"""The destruction log: a file beside the databases that names every order to destroy, so that a restore obeys them all.

One JSON line for each order: number, ids, kind, rule, time, and no personal data. ``sum`` is the SHA-256 of the ``sum``
before and this line without it, so that a line that is missing or changed is found. A line is on the disk before the
order is kept anywhere. The file belongs on a volume that outlives pods and databases (``KLU_DESTRUCTION_LOG``).
"""

import fcntl
import hashlib
import json
import os
from collections.abc import Callable, Iterable, Iterator, Set
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from shared.addresses import comparable

FIRST = "0" * 64


def digest(address: str) -> str:
    """How an order names an e-mail address, which itself is not to stay: SHA-256 of it, as addresses are compared."""
    return hashlib.sha256(comparable(address).encode()).hexdigest()


class Erasing(StrEnum):
    """What becomes of a case. Anonymised, it keeps its number, kind, units, dates and states, and nothing that anybody
    wrote; destroyed, nothing is left but its id. The other services destroy their parts in both cases.
    """

    DESTROY = "destroy"
    ANONYMISE = "anonymise"


class NoDestructionLog(Exception):
    """There is no destruction log, or it is not whole: nothing may be destroyed, for a restore would bring it back."""


class LoggedOrder(BaseModel):
    """One line. ``addresses`` are digests (``digest``); ``by`` is the id of an account or a job."""

    model_config = ConfigDict(frozen=True, extra="allow")

    number: int
    order_id: str
    kind: str
    message_ids: tuple[str, ...] = ()
    mail_ids: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    signatures: tuple[str, ...] = ()
    rule: str
    by: str = ""
    by_kind: str = ""
    request_id: str | None = None
    ordered_at: AwareDatetime


class DestructionLog:
    """The file at ``path``. Its folder has to exist: a volume that is not mounted is no place for it."""

    def __init__(self, path: Path | None) -> None:
        self.path = path

    def read(self) -> list[LoggedOrder]:
        """All orders, the oldest first; none when the file is not there yet. Raises NoDestructionLog."""
        if self.path is None or not self.path.exists():
            return []
        with self._open("rb") as file:
            return [order for order, _, _ in _lines(file)]

    def require(self, order_ids: Set[str], logged: Iterable[LoggedOrder]) -> None:
        """Raises NoDestructionLog when one of these orders is not among the lines: the log was cut, or is another's."""
        if self.path and (lacking := order_ids - {line.order_id for line in logged}):
            raise NoDestructionLog(f"the log lacks {len(lacking)} orders that were given, such as {min(lacking)}")

    def append(self, make: Callable[[int], LoggedOrder], *, known: int = 0) -> LoggedOrder:
        """Write the order that ``make`` makes of the next number, and wait until the disk has it.

        ``known``: the highest number that the database knows. A log that ends before it is another one's. Raises
        NoDestructionLog. One at a time writes, whichever thread or process it is.
        """
        with self._open("a+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)  # lockf would not keep two threads of one process apart
            *_, (last, total, end) = [(None, FIRST, 0), *_lines(file)]
            if (number := last.number if last else 0) < known:
                raise NoDestructionLog(f"the log ends with number {number}, the database with {known}")
            file.truncate(end)  # a line that a crash has cut short was never carried out
            made = make(number + 1)
            line = _line(made)
            try:
                file.write(_with_sum(line, total))
                file.flush()
                os.fsync(file.fileno())
                self._sync_folder()
            except OSError as error:
                raise NoDestructionLog(f"the line cannot be written: {type(error).__name__}") from error
            return made

    def _sync_folder(self) -> None:
        """The name of a new file has to be on the disk too."""
        assert self.path
        folder = os.open(self.path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def _open(self, mode: str) -> BinaryIO:
        if self.path is None:
            raise NoDestructionLog("KLU_DESTRUCTION_LOG is not set")
        try:
            return self.path.open(mode)  # type: ignore[return-value]
        except OSError as error:
            raise NoDestructionLog(f"the file cannot be opened: {type(error).__name__}") from error


def _lines(file: BinaryIO) -> Iterator[tuple[LoggedOrder, str, int]]:
    """Each order, the sum up to it, and where its line ends; without a last line that is not complete."""
    file.seek(0)
    total, end = FIRST, 0
    for number, raw in enumerate(file, start=1):
        if not raw.endswith(b"\n"):
            return
        try:
            content = json.loads(raw)
            told = content.pop("sum")
            order = LoggedOrder.model_validate(content)
        except (ValueError, KeyError, AttributeError, ValidationError):
            raise NoDestructionLog(f"line {number} cannot be read") from None
        total = _sum(total, _line(order))
        if told != total or order.number != number:
            raise NoDestructionLog(f"line {number} is not what was written, or one before it is missing")
        end += len(raw)
        yield order, total, end


def _line(order: LoggedOrder) -> str:
    content = order.model_dump(mode="json", exclude_none=True)
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _with_sum(line: str, total: str) -> bytes:
    return json.dumps(json.loads(line) | {"sum": _sum(total, line)}, separators=(",", ":")).encode() + b"\n"


def _sum(before: str, line: str) -> str:
    return hashlib.sha256(f"{before}\n{line}".encode()).hexdigest()
