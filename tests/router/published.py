"""A year of cases as the figures have them, for tests of what is published and reported."""

import random
from datetime import date

from services.router.directory.store import Units
from services.router.statistics.domain.row import AskedUnit, FigureRow
from services.router.statistics.store.months import Months
from services.router.statistics.store.rows import document_of
from shared.documents import Database
from tests import examples as example

UNITS = {
    "muhendislik": ("Mühendislik Fakültesi", "Faculty of Engineering", ""),
    "makine": ("Makine Mühendisliği Bölümü", "Department of Mechanical Engineering", "muhendislik"),
    "fen": ("Fen Edebiyat Fakültesi", "Faculty of Arts and Sciences", ""),
    "iibf": ("İktisadi ve İdari Bilimler Fakültesi", "Faculty of Economics and Administrative Sciences", ""),
    "kddb": ("Kütüphane ve Dokümantasyon Daire Başkanlığı", "Library and Documentation Department", ""),
    "turizm": ("Turizm Fakültesi", "Faculty of Tourism", ""),
}


def rows(number: int = 600, *, year: int = 2025, seed: int = 1) -> list[FigureRow]:
    """So many cases of a year: most go to few units, and are answered in time."""
    chance = random.Random(seed)
    made = []
    for place in range(number):
        unit = chance.choices(list(UNITS), [30, 10, 20, 15, 24, 0.8])[0]
        kind = chance.choices(["complaint", "request", "suggestion", "compliment"], [45, 35, 15, 5])[0]
        days = None if chance.random() < 0.06 else min(60, int(chance.lognormvariate(2, 0.8)))
        asked = AskedUnit(
            unit=unit, hours=days * 6 if days else None, on_time=days < 14 if days else None, accepted_at_once=True
        )
        made.append(
            FigureRow(
                id=f"{year}-{seed}-{place}",
                revision=1,
                calendar=0,
                opened=date(year, chance.randint(1, 12), chance.randint(1, 28)).isoformat(),
                kind=kind,
                channel="web",
                units=(unit,),
                asked=(asked,),
                state="new" if days is None else "resolved",
                finished=None if days is None else f"{year}-12-31",
                to_answer=None if days is None else days * 8,
                answer_days=days,
                in_time=None if days is None else days <= 30,
                rating=chance.choices([None, 5, 4, 3, 2, 1], [60, 20, 10, 4, 3, 3])[0] if days else None,
            )
        )
    return made


async def keep_rows(database: Database, *years: list[FigureRow], with_units: bool = True) -> None:
    """Store units and rows, and add the months up."""
    units = Units(database)
    for code, (name_tr, name_en, parent) in UNITS.items() if with_units else ():
        await units.add(example.unit(id=code, name_tr=name_tr, name_en=name_en, parent=parent))
    made = [row for rows_of_year in years for row in rows_of_year]
    await database["figure_rows"].insert_many([document_of(row) for row in made])
    months = Months(database, units)
    await months.mark({row.month for row in made})
    await months.add_up(paced=False)
