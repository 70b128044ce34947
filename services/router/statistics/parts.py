"""The parts of statistics: figures, the public page, and what units are told of themselves."""

from services.router.cases.parts import CasesParts
from services.router.deadlines.parts import DeadlinesParts
from services.router.directory.handlers import DirectoryHandlers
from services.router.directory.parts import DirectoryParts
from services.router.parts import Common, Parts
from services.router.statistics.store.keeping import CHECK_SECONDS, SECONDS, KeptFigures
from services.router.statistics.store.months import Months
from services.router.statistics.store.public import Entries, PublicAnswers, PublicPages, ToldPages
from services.router.statistics.store.rows import FigureRows, secrets_of
from services.router.statistics.store.unit_figures import UnitFiguresStore
from shared.service import every, hourly


def statistics_parts(common: Common, deadlines: DeadlinesParts, directory: DirectoryParts, cases: CasesParts) -> Parts:
    """Make them."""
    database, units = common.database, directory.units
    months = Months(database, units)
    rows = FigureRows(cases.cases, months, deadlines.current, secrets_of(common.settings))
    figures = KeptFigures(rows, months, cases.cases, units, common.zone)
    unit_figures = UnitFiguresStore(database, months, common.zone)
    pages, answers = PublicPages(database), PublicAnswers(database)
    told = ToldPages(database, pages, answers)
    return Parts(
        provided=[months, rows, pages, answers, told, Entries(database, units)],
        handlers=[
            DirectoryHandlers(directory.snapshots, public_page=told.renew, unit_figures=unit_figures.renew),
        ],
        preparations=[months.prepare, rows.prepare],
        jobs=[
            *(every(SECONDS, figures.run), every(CHECK_SECONDS, figures.recount_if_due)),
            *(every(60.0, told.run), every(60.0, answers.forget_erased)),
            hourly(unit_figures.renew_if_due),
        ],
    )
