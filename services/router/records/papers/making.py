"""Makes bundles: collects what is known of a case, fetches its files, prints it, and writes the archive."""

import asyncio
import hashlib
from collections.abc import Sequence
from datetime import datetime
from functools import partial
from tempfile import TemporaryFile
from time import monotonic
from typing import BinaryIO

import structlog

from services.router.access import Action, Officer
from services.router.accounts.store import Accounts
from services.router.cases.domain.case import Case
from services.router.cases.domain.statutory import answer_due, informed_in_time
from services.router.cases.store.cases import Cases
from services.router.cases.store.letters import DeskLetters
from services.router.cases.store.mails import Mails
from services.router.cases.store.related import Related
from services.router.deadlines.store import CurrentDeadlines
from services.router.records.domain.bundles import Written
from services.router.records.papers.archive import BLOCK
from services.router.records.papers.bundle import About, BundleFile, time_of, write
from services.router.records.papers.case_file import (
    CaseFile,
    Fetched,
    files_of,
    missing_of,
    parts_of,
    paths_of,
    record_of,
)
from services.router.records.papers.printed import CATALOGUES, MOST, html_of
from services.router.records.papers.readme import readme
from services.router.records.store.chain import Chain
from shared.files.fetching import AWAY, FileFetcher, NotFetched
from shared.institution import Institution
from shared.printing import CannotPrint, NotPrinted, Printer
from shared.signing import Signer
from shared.state import Actor
from shared.version import VERSION
from shared.web.i18n import DEFAULT, Locale, locales

log = structlog.get_logger()
LARGEST = 500 * 1024 * 1024
"""Bytes of all files of one bundle; what would be more is named as missing."""
SECONDS = 240.0
"""For all files of one bundle; what is not here by then is named as missing."""
TOO_LARGE = "too_large"
MOST_LETTERS = 5_000
"""Far more than a case has; the desk's page shows the newest ones alone."""


class Collecting:
    """Collects what is known of a case."""

    def __init__(
        self,
        cases: Cases,
        letters: DeskLetters,
        mails: Mails,
        related: Related,
        accounts: Accounts,
        chain: Chain,
        deadlines: CurrentDeadlines,
    ) -> None:
        self._cases, self._letters, self._mails, self._related = cases, letters, mails, related
        self._accounts, self._chain, self._deadlines = accounts, chain, deadlines

    async def case_file(self, case_id: str, *, reader: Officer) -> CaseFile:
        """The file of a case, as this person may read it. Raises Forbidden, NotFound."""
        case = await self._cases.get_for(reader, case_id, Action.MAKE_BUNDLE)
        entries = await self._chain.of_case(case_id)
        officers = {entry.actor.id for entry in entries if entry.actor and entry.actor.kind == "officer"}
        due_at = answer_due(case, self._deadlines())
        return CaseFile(
            case=case,
            letters=[one for one in await self._letters.of_case(case_id, limit=MOST_LETTERS) if one.of_case],
            mails=await self._mails.of_case(case_id),
            entries=entries,
            names=await self._accounts.names(officers | people_of(case)),
            numbers=await self._related.numbers_for(reader, case),
            due_at=due_at,
            met=informed_in_time(case, due_at),
        )


def people_of(case: Case) -> set[str]:
    """Account ids of everybody of the desk who is named in a case."""
    answers = [*case.informed, *case.earlier_answers, *([case.answer] if case.answer else [])]
    actors = [answer.actor for answer in answers] + [note.actor for note in case.notes]
    found = {actor.id for actor in actors if actor and actor.kind == "officer"}
    found |= {answer.approved_by for answer in answers if answer.approved_by}
    return found | case.officers | set(case.restriction.to if case.restriction else ())


class BundleMaker:
    """Makes the bundle of one case. ``institution`` and ``keys_url`` are what it says of where it comes from."""

    def __init__(self, fetcher: FileFetcher, printer: Printer, signer: Signer, *, timezone: str, keys_url: str) -> None:
        self._fetcher, self._printer, self._signer = fetcher, printer, signer
        self._timezone, self._keys_url = timezone, keys_url

    async def make(
        self,
        found: CaseFile,
        to: BinaryIO,
        *,
        institution: Institution,
        asked_by: tuple[Actor, str],
        language: str,
        now: datetime,
    ) -> Written:
        """Write the bundle into an open file. ``asked_by``: the person and their name."""
        spoken = {str(known): locale for known, locale in locales(CATALOGUES, self._timezone).items()}
        locale = spoken.get(language, spoken[DEFAULT])
        actor, name = asked_by
        files = await self.fetch(found, actor, now)
        try:
            pdf = await self._pdf(found, files, locale=locale, institution=institution, by=name, now=now)
            write = partial(self._written, found, files, pdf, to, institution=institution, locale=locale, now=now)
            return await asyncio.to_thread(write)
        finally:
            for one in files:
                if one.content:
                    one.content.close()

    async def fetch(self, found: CaseFile, actor: Actor, now: datetime) -> list[Fetched]:
        """The files of a case, each in a temporary file of its own, or why it could not be had."""
        fetched, left, until = list[Fetched](), LARGEST, monotonic() + SECONDS
        for file in files_of(found):
            if file.size > left or monotonic() > until:
                fetched.append(Fetched(file, None, TOO_LARGE if file.size > left else AWAY))
                continue
            content = TemporaryFile()  # noqa: SIM115  # the caller closes it
            try:
                await self._fetcher.fetch(file, content, actor=actor, now=now)
            except NotFetched as error:
                content.close()
                fetched.append(Fetched(file, None, error.why))
                continue
            content.seek(0)
            left -= file.size
            fetched.append(Fetched(file, content))
        return fetched

    async def _pdf(
        self,
        found: CaseFile,
        files: Sequence[Fetched],
        *,
        locale: Locale,
        institution: Institution,
        by: str,
        now: datetime,
    ) -> bytes | None:
        """The PDF; shortened where the whole takes too long; None when there is none at all."""
        for shortened in (False, True):
            html = html_of(
                found,
                files,
                paths_of(files),
                locale=locale,
                institution=institution,
                by=by,
                now=now,
                shortened=shortened,
            )
            if len(html) > MOST and not shortened:
                continue
            try:
                return await self._printer.pdf(html)
            except CannotPrint:
                break
            except NotPrinted:
                continue
        log.warning("the file of a case was not printed", message_id=found.case.id)
        return None

    def _written(
        self,
        found: CaseFile,
        files: Sequence[Fetched],
        pdf: bytes | None,
        to: BinaryIO,
        *,
        institution: Institution,
        locale: Locale,
        now: datetime,
    ) -> Written:
        missing, references = missing_of(files), [found.case.reference]
        name = locale.of(institution.name)[0]
        said = readme(
            institution=name,
            references=references,
            made_at=time_of(now),
            keys_url=self._keys_url,
            missing=[one.name for one in missing],
        )
        parts = [BundleFile("README.txt", said)]
        parts += parts_of(found, files, pdf, hotline=institution.hotline, address=institution.email)
        about = About("case", references, name, now, VERSION, self._signer.public_key, missing)
        size = write(to, parts, [record_of(found)], about, self._signer.signature)
        return Written(size, digest_of(to), len(missing), pdf is not None)


def digest_of(file: BinaryIO) -> str:
    """The SHA-256 of a file, in hexadecimal; it stands at its beginning afterwards."""
    file.seek(0)
    digest = hashlib.sha256()
    while block := file.read(BLOCK):
        digest.update(block)
    file.seek(0)
    return digest.hexdigest()
