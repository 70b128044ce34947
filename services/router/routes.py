"""All pages of the desk, by subject. Of two that fit an address the first one answers."""

from fastapi import APIRouter

from services.router.accounts.pages import first, oidc, own, passwords, people, second_factor, sign_in, texts_kept
from services.router.cases.pages import (
    approval,
    bulk,
    calendar,
    case,
    closure,
    copy,
    counting,
    entering,
    extensions,
    files,
    following,
    inbox,
    incoming,
    interim,
    legal_hold,
    letters,
    live,
    mails,
    merging,
    notes,
    objection,
    one_letter,
    printing,
    questions,
    reading,
    release,
    reopening,
    restriction,
    review,
    routing,
    saved,
    search,
    telling,
    together,
    unit,
    unit_end,
    unit_questions,
    work,
)
from services.router.deadlines.pages import reminders, terms
from services.router.directory.pages import contacts, importing, units
from services.router.operations.pages import administration, check, mail_queue, parked, templates, wordings
from services.router.records.pages import (
    audit,
    bundles,
    destructions,
    request_answer,
    request_correction,
    request_erasure,
    request_export,
    requests,
    retention,
    runs,
)
from services.router.statistics.pages import answers, figures, public, report
from services.router.texts.pages import institution, kinds
from services.router.webhooks.pages import webhooks

SIGNING_IN = (sign_in, oidc, people, passwords, second_factor, own, texts_kept, first)
LISTS = (inbox, saved, bulk, following, search, letters, one_letter, incoming, live)
CASES = (
    *(case, work, notes, copy, restriction, printing, routing, review, approval, interim, release, closure, reopening),
    *(questions, unit_questions, objection, reading, merging, together, telling, entering, files, counting, extensions),
    *(mails, legal_hold, bundles),
)
UNITS = (importing, units, contacts, unit, unit_end)
"""``/units/import`` comes before ``/units/{code}``."""
ADMINISTRATION = (
    *(administration, institution, kinds, templates, check, wordings, calendar, terms, reminders),
    *(mail_queue, parked, audit),
    *(requests, request_export, request_correction, request_erasure, request_answer),
    *(retention, runs, destructions),
    *(public, answers),
    *(webhooks,),
)
STATISTICS = (report, figures)
PAGES: list[APIRouter] = [
    module.page for part in (SIGNING_IN, LISTS, CASES, UNITS, STATISTICS, ADMINISTRATION) for module in part
]
