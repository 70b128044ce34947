"""The parts of cases: their stores, what is found in them, what happens to them by itself."""

from dataclasses import dataclass
from functools import partial

from services.router.accounts.parts import AccountsParts
from services.router.cases.handlers import (
    CaseHandlers,
    LetterHandlers,
    MergingHandlers,
    ReminderHandlers,
    SubmitterHandlers,
    UnitHandlers,
)
from services.router.cases.jobs import CALENDAR_SECONDS, EVERY, CalendarMoves, Claims, Releases
from services.router.cases.jobs.promises import PROMISE_SECONDS, PromiseJob
from services.router.cases.jobs.reminders import ReminderJob
from services.router.cases.mails import MailHandlers
from services.router.cases.pages.live import Streams
from services.router.cases.store.bulks import Bulks
from services.router.cases.store.cases import Cases
from services.router.cases.store.inbox import Inbox
from services.router.cases.store.learned import Learned
from services.router.cases.store.letters import DeskLetters, HeldLetters
from services.router.cases.store.mails import Mails
from services.router.cases.store.of_units import CasesOfUnits
from services.router.cases.store.presence import Whereabouts
from services.router.cases.store.related import Related
from services.router.cases.store.reminders import Reminders, WaitingCases
from services.router.cases.store.saved import SavedLists
from services.router.cases.store.search import Search
from services.router.cases.store.similar import Similar
from services.router.cases.store.words import Words
from services.router.deadlines.parts import DeadlinesParts
from services.router.directory.parts import DirectoryParts
from services.router.parts import Common, Parts
from shared.file_links import FileLinks
from shared.files.opener import Opener
from shared.service import Job, every, hourly
from shared.tickets import TicketOffice
from shared.watch import Count


@dataclass(frozen=True, kw_only=True)
class CasesParts(Parts):
    """The stores of cases, of what was sent and came about them, and of the words that find them."""

    cases: Cases
    letters: DeskLetters
    held: HeldLetters
    mails: Mails
    related: Related
    words: Words
    learned: Learned


def cases_parts(
    common: Common, deadlines: DeadlinesParts, directory: DirectoryParts, accounts: AccountsParts
) -> CasesParts:
    """Make them."""
    settings, database, zone = common.settings, common.database, common.zone
    cases = Cases(database, directory.snapshots, common.audit)
    letters, held, mails = DeskLetters(database), HeldLetters(database), Mails(database)
    lists, words, learned = Inbox(cases, zone), Words(cases, zone), Learned(cases, zone)
    bulks, related, whereabouts = Bulks(database, cases), Related(cases), Whereabouts(cases)
    of_units = CasesOfUnits(cases, directory.units)
    terms = deadlines.current
    return CasesParts(
        cases=cases,
        letters=letters,
        held=held,
        mails=mails,
        related=related,
        words=words,
        learned=learned,
        provided=[
            *(cases, letters, held, mails, related, learned, lists, bulks, whereabouts, of_units),
            *(Search(cases, words, longest=settings.search_milliseconds), Similar(cases), SavedLists(database)),
            *(Streams(whereabouts, settings), Opener()),
            FileLinks(settings.owners_of_files, by="router", signer=common.signer),
            TicketOffice(settings.intake_url, settings.router_url, signer=common.signer),
        ],
        handlers=[
            CaseHandlers(cases, deadlines=terms, healths=directory.healths, letters=letters),
            SubmitterHandlers(cases, deadlines=terms, letters=letters),
            UnitHandlers(cases),
            LetterHandlers(held),
            MergingHandlers(cases, related),
            ReminderHandlers(cases, terms),
            MailHandlers(cases, mails),
        ],
        preparations=[related.prepare, words.prepare, whereabouts.prepare],
        jobs=[
            bulks.run,
            Releases(cases).run,
            every(EVERY, Claims(cases, accounts.accounts).run),
            every(60.0, of_units.run),
            every(CALENDAR_SECONDS, CalendarMoves(cases, deadlines.calendars, terms).run),
            every(PROMISE_SECONDS, PromiseJob(cases, terms, deadlines.reminder_rules).run),
            *reminder_jobs(common, deadlines, directory, accounts, cases),
            *(words.run, every(60.0, words.catch_up), hourly(words.rebuild_if_due)),
            hourly(learned.rebuild_if_due),
        ],
        counts=[
            Count("open_cases", "state", lists.open_by_state),
            Count("assignments", "clock", partial(lists.by_clock, zone)),
        ],
    )


def reminder_jobs(
    common: Common, deadlines: DeadlinesParts, directory: DirectoryParts, accounts: AccountsParts, cases: Cases
) -> list[Job]:
    """The job that reminds people; none where the settings have switched it off."""
    if not common.settings.reminder_seconds:
        return []
    job = ReminderJob(
        *(Reminders(common.database), WaitingCases(cases), directory.units, directory.snapshots, accounts.accounts),
        deadlines=deadlines.current,
        rules=deadlines.reminder_rules,
    )
    return [every(common.settings.reminder_seconds, job.run)]
