"""The figures of a desk in a test: what keeps them, rows that were made up, and a directory of faculties."""

from collections.abc import Iterable
from datetime import timedelta
from zoneinfo import ZoneInfo

from bench.rows import rows
from services.router.cases.store.cases import Cases
from services.router.deadlines.domain.counting import Deadlines
from services.router.directory.store import Units
from services.router.statistics.domain.row import FigureRow
from services.router.statistics.store.keeping import KeptFigures
from services.router.statistics.store.months import Months
from services.router.statistics.store.rows import FigureRows, document_of
from shared.documents import Database
from tests import examples as example

ZONE = ZoneInfo("Europe/Istanbul")
UNITS = {
    "fen": ("", "Fen Fakültesi", "Faculty of Science"),
    "muh": ("", "Mühendislik Fakültesi", "Faculty of Engineering"),
    "kddb": ("", "Kütüphane ve Dokümantasyon Daire Başkanlığı", "Department of Library and Documentation"),
    "yitdb": ("", "Yapı İşleri ve Teknik Daire Başkanlığı", "Department of Construction and Technical Works"),
    "oidb": ("", "Öğrenci İşleri Daire Başkanlığı", "Registrar's Office"),
    "kim": ("fen", "Kimya Bölümü", "Department of Chemistry"),
    "fiz": ("fen", "Fizik Bölümü", "Department of Physics"),
}
"""Parent, Turkish and English name by code."""


class Desk:
    """What keeps the figures of a database."""

    def __init__(self, database: Database, deadlines: Deadlines | None = None, *secrets: str) -> None:
        self.cases, self.units = Cases(database), Units(database)
        self.deadlines = deadlines or Deadlines(zone=ZONE)
        self.months = Months(database, self.units)
        self.rows = FigureRows(self.cases, self.months, lambda: self.deadlines, secrets or (example.SECRET,))
        self.kept = KeptFigures(self.rows, self.months, self.cases, self.units, ZONE)

    async def counted(self) -> None:
        """All that has changed is counted and added up."""
        await self.rows.follow()
        await self.months.add_up(paced=False)


async def faculties(database: Database) -> None:
    """A directory with two levels."""
    for code, (parent, name_tr, name_en) in UNITS.items():
        unit = example.unit(id=code, parent=parent, name_tr=name_tr, name_en=name_en, email=f"{code}@klu.example")
        await Units(database).add(unit)


async def stored(database: Database, of: Iterable[FigureRow]) -> None:
    """These rows are there, and added up."""
    desk, documents = Desk(database), [document_of(row) for row in of]
    await database["figure_rows"].insert_many(documents)
    ended = {document["finished_month"] for document in documents if document["finished_month"]}
    await desk.months.mark({document["month"] for document in documents} | ended)
    await desk.months.add_up(paced=False)


async def years(database: Database, number: int = 1_500) -> None:
    """An institution with faculties, and so many cases in three years."""
    await faculties(database)
    today = (example.NOW + timedelta(days=3)).date()
    await stored(database, rows(number, ["oidb", "kim", "yitdb", "muh", "kddb", "fiz", "fen"], today))
