"""What the institution publishes: figures without small numbers, and what was asked and done."""

from collections.abc import Iterator, Mapping

from pydantic import AwareDatetime

from shared.figures import Table
from shared.state import State, UnitName

TOTAL, CROSSED = "total", "crossed"


class Answer(State):
    """What was asked and done, by language."""

    id: str
    asked: Mapping[str, str]
    done: Mapping[str, str]
    unit: UnitName | None = None
    published_at: AwareDatetime


class PublicPage(State):
    """As ``events.PublicPageChanged`` tells it. Nothing is shown before anything was told."""

    figures_shown: bool = False
    answers_shown: bool = False
    since: str = ""
    until: str = ""
    tables: tuple[Table, ...] = ()
    answers: tuple[Answer, ...] = ()


def lines(page: PublicPage, language: str) -> Iterator[tuple[str, str, str, str, str]]:
    """The figures as lines of one table: table, code and name of the row, column, number; '' where none is shown."""
    for table in page.tables:
        for row in table.rows:
            name = row.labels.get(language) or row.labels.get("tr", "")
            for column, cell in zip(table.columns, row.cells, strict=False):
                yield table.name, row.code, name, column, "" if cell is None else plain(cell)


def plain(number: float) -> str:
    """A number as programs read it: 12, 3.5, 0.93."""
    return str(int(number)) if number == int(number) else str(number)
