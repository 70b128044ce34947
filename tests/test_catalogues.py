"""Every English sentence of the pages, the letters and the API has its Turkish one, and no Turkish one is left over."""

import re
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from babel.messages.catalog import Message
from babel.messages.extract import extract_python
from babel.messages.pofile import read_po
from jinja2.ext import babel_extract

import services.replies.domain.asking as replies_asking
import services.replies.domain.handing_on as replies_handing_on
import services.replies.domain.writing as replies
import services.replies.forms as replies_forms
import services.replies.pages.files as reply_files
import services.replies.pages.frame as replies_pages
import services.replies.pages.new_link as replies_new_link
import services.replies.pages.overview as replies_overview
import services.replies.pages.reply as reply_pages
from services.intake.api import after as api_after
from services.intake.api import messages as api
from services.intake.domain import mailed as intake_mailed
from services.intake.pages import (
    after,
    entering,
    figures,
    form,
    frame,
    lost,
    papers,
    preview,
    proof,
    ratings,
    status,
    steps,
    verification,
)
from services.router import desk, history
from services.router.accounts import labels as account_labels
from services.router.accounts.domain import changes as account_changes
from services.router.accounts.domain import passwords
from services.router.accounts.pages import oidc, own, people, second_factor, slowing
from services.router.accounts.pages import passwords as password_pages
from services.router.accounts.pages import sign_in as session
from services.router.cases import forms as cases_forms
from services.router.cases import labels, list_labels
from services.router.cases.domain import (
    attention,
    extensions,
    from_units,
    held,
    letters,
    mailed,
    mails,
    merging,
    promises,
    release,
    review,
    routing,
    saved,
    told,
    undelivered,
)
from services.router.cases.domain import work as work_of_cases
from services.router.cases.pages import bulk, incoming, letter_rows, outcome, questions, together, unit_end, work
from services.router.cases.pages import calendar as calendar_pages
from services.router.cases.pages import letters as letters_pages
from services.router.cases.pages import merging as merging_pages
from services.router.cases.pages import routing as routing_pages
from services.router.deadlines import forms as deadlines_forms
from services.router.deadlines.domain import ical, stored
from services.router.deadlines.pages import terms
from services.router.directory import forms as directory_forms
from services.router.directory import labels as directory_labels
from services.router.directory.domain import ending, importing
from services.router.directory.pages import contacts, units
from services.router.directory.pages import importing as import_pages
from services.router.directory.store import imports
from services.router.operations.pages import administration, check, mail_queue
from services.router.operations.pages import templates as templates_pages
from services.router.operations.pages import wordings as wordings_pages
from services.router.records import forms as request_forms
from services.router.records import labels as audit_labels
from services.router.records.domain import decisions
from services.router.records.domain import requests as of_requests
from services.router.records.domain import retention as retention_rules
from services.router.records.domain import runs as retention_runs
from services.router.records.pages import audit as audit_pages
from services.router.records.pages import (
    destructions,
    person_rows,
    request_answer,
    request_correction,
    request_erasure,
    request_page,
    retention,
    retention_words,
    unread,
)
from services.router.records.pages import runs as runs_pages
from services.router.records.papers import printed
from services.router.statistics import forms as statistics_forms
from services.router.statistics.domain import published
from services.router.statistics.pages import answers as public_answers
from services.router.statistics.pages import public as public_page
from services.router.statistics.pages import report as report_pages
from services.router.statistics.papers import tiles
from services.router.texts import labels as texts_labels
from services.router.texts.pages import institution, kinds
from services.router.webhooks import labels as webhook_labels
from services.router.webhooks.pages import webhooks as webhook_pages
from shared import closures, mail_refusals, text
from shared.files import accepted, attached, giving
from shared.letters import words as letter_words
from shared.web import downloads, forms, kept_files, pages

ROOT = Path(__file__).parent.parent
FOLDERS = {
    "shared": "shared/web",
    "intake": "services/intake",
    "router": "services/router",
    "replies": "services/replies",
    "notifier": "services/notifier",
}
"""Where sentences stand; the ``locale`` folder is there too."""
KEYWORDS = dict.fromkeys(
    (
        *("_", "gettext", "ngettext", "Refused", "WrongAddress", "RequiredMessage", "problem"),
        *("BadTable", "NoLogo", "BadText", "BadWords", "BadAddress"),
    )
)
"""Calls whose literal arguments are msgids."""
CONSTANTS: dict[str, Iterable[str]] = {
    "shared": [
        *text.SENTENCES.values(),
        *(said for pair in pages.ERROR_TEXTS.values() for said in pair),
        forms.EXPIRED,
        forms.SWITCHED,
        *accepted.SENTENCES.values(),
        *closures.EXPLANATIONS.values(),
        *(
            giving.HELD_TITLE,
            giving.HELD_TEXT,
            giving.INFECTED_TITLE,
            giving.INFECTED_TEXT,
            *downloads.NOT_NOW,
            attached.REMOVED,
        ),
        *(label for label, _ in kept_files.STATES.values()),
    ],
    "intake": [
        *(form.AWAY_NOW, form.MEANT, form.SENT_BEFORE, api.BAD_KEY),
        *(*preview.ROLES.values(), *frame.ABOUT.values()),
        *(proof.STALE, proof.TOO_EARLY, proof.VERY_MANY[0], *api.BAD_PROOF),
        *(status.UNKNOWN, status.REFERENCE, *status.SENT.values(), *status.TOLD_BY.values()),
        *(
            steps.CLOSED,
            *steps.BACK,
            *steps.STEPS.values(),
            *(said for pair in steps.CAUSES.values() for said in pair if said),
        ),
        *(after.AWAY_NOW, after.UNPROVED, *after.TITLES.values(), *ratings.SCORES.values(), lost.TOO_OFTEN),
        *(api_after.NOT_NOW, *api_after.TOO_MANY),
        *(*papers.TITLES.values(), *papers.NOT_HERE, verification.UNKNOWN),
        *(entering.OVER, *entering.CHANNELS.values()),
        *(figures.FIGURES, figures.ANSWERS),
        *(intake_mailed.CUT, intake_mailed.NO_TEXT, intake_mailed.NO_SUBJECT),
    ],
    "router": [
        *(oidc.AWAY, *oidc.STALE, *oidc.DENIED, *(said for pair in oidc.REFUSED.values() for said in pair)),
        *(label for label, _ in labels.STATES.values()),
        *(label for label, _ in labels.ASSIGNMENT_STATES.values()),
        *(label for label, _ in labels.HAPPENINGS.values()),
        labels.READ[0],
        *(label for label, _ in audit_labels.AUDIT_ACTIONS.values()),
        *audit_labels.RECORDED.values(),
        *printed.WHY_MISSING.values(),
        *labels.REASONS.values(),
        *labels.LETTERS.values(),
        *(label for label, _ in labels.MARKS.values()),
        *(label for label, _ in labels.PRIORITIES.values()),
        *(*labels.CHANNELS.values(), *labels.SENSITIVE.values(), *labels.ALARMS.values()),
        *(labels.INTERNAL, outcome.CHANGED_BY_A_COLLEAGUE, work.UNKNOWN),
        *(*labels.CHECKLIST, *labels.HINTS.values(), *(said for pair in cases_forms.RETURNS.values() for said in pair)),
        *(labels.INTERIM, routing.SENT_AROUND),
        *(label for label, _ in labels.VERIFIED.values()),
        *(mails.DECIDED, mailed.NO_REPLY, incoming.NO_SUCH_KIND),
        *(labels.UPHELD, labels.QUESTION, *labels.ROLES.values(), *labels.DOUBTS.values()),
        *(said for known in list_labels.SPOKEN for said in known.values()),
        *(title for title, _ in list_labels.GROUPS),
        work_of_cases.FINISHED,
        *mail_refusals.SENTENCES,
        *outcome.DONE.values(),
        *desk.ROLES.values(),
        *directory_labels.KINDS_OF_UNITS.values(),
        *(*directory_labels.COLUMNS.values(), *directory_labels.FURTHER.values(), *directory_labels.CELLS.values()),
        *(directory_forms.WRONG_CODE, directory_forms.WRONG_DAY, contacts.BACKWARDS, import_pages.NOTHING_SENT),
        *(history.COMMAND, unit_end.REASON, units.CIRCLE),
        *(ending.CLOSED, ending.NO_SUCCESSOR, ending.NOWHERE, ending.USED, ending.HAS_UNITS),
        *(imports.CHANGED_MEANWHILE, imports.APPLIED, imports.WRONG),
        *(importing.UNKNOWN_KIND, importing.UNKNOWN_PARENT, importing.CIRCLE, importing.TWICE, importing.NO_CODE),
        *(importing.NO_ANSWER, importing.UNKNOWN_LANGUAGE),
        *(label for label, *_ in desk.NAVIGATION),
        *(text for _, places in desk.ADMINISTRATION for label, _, about, _ in places for text in (label, about)),
        *(*(group for group, _ in desk.ADMINISTRATION), *audit_labels.GROUPS),
        *(
            attention.CHANGED_MEANWHILE,
            cases_forms.HOW_MANY_DAYS,
            cases_forms.WHAT_IS_DONE,
            questions.UNASKED,
            review.DEALT_WITH,
            review.AWAITED,
            review.CHANGED,
            review.WHICH_DAY,
            release.UNEXPLAINED,
            held.DECIDED,
            routing.FINISHED,
            saved.TAKEN,
            routing_pages.UNKNOWN_UNIT,
            session.WRONG,
            *(slowing.HELD, account_changes.LAST),
            *(people.TAKEN, people.CHANGED, second_factor.WRONG, own.NOT_YOURS, *password_pages.CLOSED),
            *(passwords.TOO_SHORT, passwords.COMMON, passwords.OWN, passwords.PLAIN, passwords.DIFFERENT),
            *(label for label, _ in account_labels.STATES.values()),
            *(*account_labels.FIELDS.values(), account_labels.YES, account_labels.NO, *account_labels.SYSTEMS.values()),
            session.BUSY,
            units.TAKEN,
            units.CHANGED,
        ),
        *(merging.ITSELF, merging.PRIMARY_MERGED, merging.PRIMARY_CLOSED, merging.CHECK_FIRST),
        *(merging.READERS, merging.NOT_MERGED, merging_pages.TOLD_UNITS, merging_pages.NOT_THERE, told.NOT_YET),
        *(institution.CHANGED, kinds.TAKEN, work.UNKNOWN_KIND),
        *(together.CHANGED, together.GONE, *labels.CHANNELS.values()),
        *(check.CHANGED, check.TOO_MANY),
        *(text for label, about, _ in administration.STEPS for text in (label, about)),
        *(templates_pages.CHANGED, *texts_labels.USES.values(), *texts_labels.VARIABLES.values()),
        *letter_words.SENTENCES,
        *(*texts_labels.VARIANTS.values(), *texts_labels.LETTER_VARIABLES.values()),
        *(label for label, _ in texts_labels.ADDRESSEES),
        *(*texts_labels.FIELDS.values(), *texts_labels.FIELDS_OF_A_KIND.values(), *texts_labels.COUNTS.values()),
        *(*texts_labels.LANGUAGES.values(), texts_labels.AS_USUAL),
        *(label for labels in audit_labels.FURTHER.values() for label in labels.values()),
        *audit_labels.OBJECTS.values(),
        *(*audit_labels.OF_CASES.values(), *audit_labels.OF_EVENTS.values(), *audit_labels.ACTORS.values()),
        *(*audit_labels.KINDS.values(), *audit_labels.LISTS.values(), *audit_pages.SERVICES.values()),
        *audit_pages.HEADINGS,
        *(letters.ARRIVED, letters.AGAIN_ALREADY, letters.NOT_BY_ITSELF, undelivered.SAME_ADDRESS),
        *(*mail_queue.CAME_TO.values(), mail_queue.TOO_MANY, mail_queue.UNREAD),
        *(letters.GONE, letters.REPLACED, *wordings_pages.HEADINGS.values()),
        *(label for label, _ in letter_rows.STATES.values()),
        *(said for known in letter_rows.SPOKEN for said in known.values()),
        *(label for label, _ in letters_pages.VIEWS.values()),
        *(*(title for title, _ in letters_pages.GROUPS), *letters_pages.EMPTY.values(), *labels.PASSED_TO.values()),
        *(*labels.WHY.values(), extensions.DECIDED, extensions.BEYOND, cases_forms.WHY_NOT, stored.NOTHING_CHANGES),
        *(ical.UNREADABLE, ical.EMPTY, ical.TOO_MANY, ical.TOO_LONG, ical.NOT_YEARLY, terms.CHANGED),
        *(calendar_pages.CHANGED, calendar_pages.CHOOSE, calendar_pages.TOO_LARGE, deadlines_forms.WHICH_DAY),
        *(deadlines_forms.WHICH_DAYS, deadlines_forms.HOW_MANY, deadlines_forms.HOW_MANY_FOR_ANSWER),
        *(deadlines_forms.WHICH_YEAR, deadlines_forms.WHICH_NAME),
        *(public_page.CHANGED, *public_page.OWN_ROWS.values(), statistics_forms.LOOKED_AT, statistics_forms.MONTHS),
        *report_pages.NOT_HERE,
        *(public_answers.CHANGED, public_answers.BOTH, public_answers.LOOK_AGAIN, statistics_forms.UNRECOGNISABLE),
        *(from_units.DECIDED, promises.WHICH_DAY, release.FILE_GONE),
        *(*webhook_labels.TOLD.values(), *webhook_labels.ERRORS.values(), *webhook_labels.FIELDS.values()),
        *(label for label, _ in webhook_labels.STATES.values()),
        *(webhook_pages.CHANGED, webhook_pages.OFF),
        *(retention_rules.SAME_TWICE, retention_rules.NO_DAY, retention_rules.TOO_LATE),
        *(retention_runs.NOT_LISTED, retention_runs.BEGUN, retention_runs.NOT_TODAY, retention_runs.SWITCHED_OFF),
        *(retention_runs.RULES_CHANGED, retention_runs.WRONG_NUMBER, retention_runs.NOTHING_DUE),
        *(retention_runs.NO_LOG, retention_runs.ENDED, runs_pages.WHICH_DAY, runs_pages.NUMBER),
        *(retention.CHANGED, retention.MONTHS, retention.WHAT, retention.A_DAY, retention.INTERVAL),
        *(*destructions.NOT_HERE, *destructions.COLUMNS, *retention_words.ON),
        *(said for _, said in bulk.MISSING.values()),
        *(unread.NAMES, unread.NAMES_NOBODY, unread.NOBODY_READS, unread.NOT_ALL),
        *(tiles.ANSWERS, tiles.REPLIES, tiles.MESSAGES, published.NOTHING_PUBLISHED),
        *(label for label, _ in retention_words.STATES.values()),
        *(said for known in retention_words.SPOKEN for said in known),
        *(label for label, _ in (*person_rows.STATES.values(), person_rows.LOOKED_THROUGH)),
        *(said for known in person_rows.SPOKEN for said in known.values()),
        *(
            *request_page.DONE.values(),
            *request_answer.DRAFTED,
            request_answer.NO_REASONS,
            request_erasure.WRONG_REFERENCE,
        ),
        *(request_correction.CHANGED, request_correction.NOTHING_GIVEN, request_correction.NONE_LEFT),
        request_correction.CLEARED,
        *(request_forms.WHO, request_forms.WISHES, request_forms.CHECKED, request_forms.A_DAY),
        *(of_requests.CLOSED_ALREADY, of_requests.NOTHING_CONFIRMED, of_requests.SEARCH_MISSING, of_requests.ERASING),
        *(decisions.UNDECIDED, decisions.STILL_OPEN, decisions.ON_HOLD, decisions.ADDRESS_OF_OTHERS),
    ],
    "replies": [
        *(replies.SENT, replies.OVER, replies.UNREVISED, replies.OVERTAKEN, replies.DECIDED),
        *(replies.ASKED, replies_forms.HOW_MANY_DAYS),
        *(replies_forms.UNPROVED, replies_forms.UNPROVED_DRAFT, replies_pages.AFTER_ITS_SCAN),
        *(replies_handing_on.TOO_MANY, replies_handing_on.TOO_OFTEN, replies_handing_on.HAS_IT),
        *(replies_handing_on.NOT_YOURS, replies_handing_on.NOT_THEIRS, replies_new_link.TOO_OFTEN),
        *(replies_asking.WAITING, replies_asking.TOO_MANY),
        *(label for label, _ in replies_overview.STATES.values()),
        *(
            replies_forms.WHICH_DAY,
            reply_pages.PASSED,
            reply_pages.FILES_CHANGED,
            reply_files.CHOOSE_AGAIN,
            attached.STAYS,
        ),
    ],
    "notifier": mail_refusals.SENTENCES,
}
"""Msgids that are named in one place and spoken in another."""
Words = str | Sequence[str | None] | None
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|\{\w+\}")


@pytest.mark.parametrize("service", ["intake", "router", "replies"])
def test_every_sentence_of_a_service_with_pages_has_a_turkish_text(service: str) -> None:
    assert spoken(service) | spoken("shared") <= turkish(service) | turkish("shared")


def test_every_sentence_of_the_letters_has_a_turkish_text() -> None:
    assert spoken("notifier") <= turkish("notifier")


@pytest.mark.parametrize("name", FOLDERS)
def test_a_catalogue_holds_no_sentence_that_nobody_says(name: str) -> None:
    assert turkish(name) <= spoken(name)


@pytest.mark.parametrize("name", FOLDERS)
def test_a_turkish_text_has_the_placeholders_of_the_english_one(name: str) -> None:
    for message in catalogue(name):
        for msgid, msgstr in zip(_several(message.id), _several(message.string), strict=True):
            assert set(PLACEHOLDER.findall(msgid)) == set(PLACEHOLDER.findall(msgstr)), msgid


REPLACED = [
    *("İstek", "Birimde", "Kontrolde", "Birimimize ait değil", "İncelemede", "İşlenemeyen olaylar", "Tablo aktar"),
    *("Başvuruyu geri gönder", "gerekçeyle kapatılmıştır", "Cevabınızı bekleyen bir başvuru", "Bilginize sunulan"),
    *("düzeltilmesi isteniyor", "sürüm", "Süresi geçti", "duruyor", "Sizce hangi birim", "Taslak kaydedildi"),
]
"""What readers of the Turkish pages stumbled over."""


@pytest.mark.parametrize("name", FOLDERS)
def test_the_words_that_readers_stumbled_over_are_gone(name: str) -> None:
    said = {said for message in catalogue(name) for said in _several(message.string)}
    whole = {word for word in REPLACED if word[0].isupper() and " " not in word}
    assert [text for text in said if text in whole] == []
    assert [text for text in said for word in set(REPLACED) - whole if word in text] == []


@pytest.mark.parametrize("name", ["shared", "intake"])
def test_an_arabic_text_belongs_to_a_sentence_and_has_its_placeholders(name: str) -> None:
    for message in catalogue(name, "ar"):
        first, *_ = msgids = _several(message.id)
        assert first in spoken(name)
        for msgstr in _several(message.string):
            assert set(PLACEHOLDER.findall(msgids[-1])) == set(PLACEHOLDER.findall(msgstr)), first


@cache
def spoken(name: str) -> frozenset[str]:
    """The msgids that pages, letters and code say; of a plural, the singular."""
    said = set(CONSTANTS[name])
    for file in (ROOT / FOLDERS[name]).rglob("*"):
        if file.suffix == ".py" or file.parent.name == "templates":
            for function, arguments in _calls(file):
                literals = [argument for argument in _several(arguments) if argument]
                said.update(literals[:1] if function == "ngettext" else literals)
    return frozenset(said)


def turkish(name: str) -> set[str]:
    """The msgids that have a Turkish text; of a plural, the singular."""
    return {_several(m.id)[0] for m in catalogue(name) if all(_several(m.string)) and not m.fuzzy}


def catalogue(name: str, language: str = "tr") -> list[Message]:
    """What a catalogue of this folder holds, without its head."""
    with (ROOT / FOLDERS[name] / "locale" / f"{language}.po").open("rb") as file:
        return [message for message in read_po(file, locale=language) if message.id]


def _calls(file: Path) -> list[tuple[str, Words]]:
    with file.open("rb") as source:
        extractor: Any = extract_python if file.suffix == ".py" else babel_extract
        return [(function, words) for _, function, words, _ in extractor(source, KEYWORDS, [], {})]


def _several(words: Words) -> list[str]:
    return [words or ""] if words is None or isinstance(words, str) else [word or "" for word in words]
