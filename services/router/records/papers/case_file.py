"""What belongs to the file of a case, and the parts of a bundle that are made of it. Plain functions."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, BinaryIO

from services.router.cases.domain.case import Case
from services.router.cases.domain.letters import DeskLetter
from services.router.cases.domain.mails import Mail
from services.router.records.domain.chain import ChainEntry
from services.router.records.papers.bundle import BundleFile, CaseRecord, Missing, as_json, safe_name, time_of
from services.router.records.papers.letters import all_without_secrets, letter_as_eml, mail_as_eml
from shared.state import KeptFile

FORMAT = "klu-hat-case/1"


@dataclass(frozen=True)
class CaseFile:
    """Everything about a case, as one person may read it.

    ``names``: of people of the desk by account id. ``numbers``: of other cases in the timeline that may be told.
    ``due_at``: the last moment for the answer by law; ``met``: whether an interim answer met it.
    """

    case: Case
    letters: Sequence[DeskLetter]
    mails: Sequence[Mail]
    entries: Sequence[ChainEntry]
    names: Mapping[str, str]
    numbers: Collection[str]
    due_at: datetime
    met: bool = False


@dataclass(frozen=True)
class Fetched:
    """A file with its content, or why it could not be had."""

    file: KeptFile
    content: BinaryIO | None
    why: str = ""


def files_of(found: CaseFile) -> list[KeptFile]:
    """All files of a case, each once: the submitter's, the units', those of answers and of mails."""
    case = found.case
    files = [*case.files, *case.files_of_units]
    files += [file for assignment in case.assignments for mailed in assignment.mailed for file in mailed.files]
    answers = [*case.informed, *case.earlier_answers, *([case.answer] if case.answer else [])]
    files += [file for answer in answers for file in answer.files]
    files += [file for mail in found.mails for file in mail.files]
    return list({file.id: file for file in files}.values())


def paths_of(files: Sequence[Fetched], folder: str = "") -> dict[str, str]:
    """Where each file that could be had stands in the bundle, by its id."""
    had = [(number, one) for number, one in enumerate(files, start=1) if one.content]
    return {one.file.id: f"{folder}files/{safe_name(one.file.name, number)}" for number, one in had}


def parts_of(
    found: CaseFile, files: Sequence[Fetched], pdf: bytes | None, *, hotline: str, address: str, folder: str = ""
) -> list[BundleFile]:
    """The parts of a case in a bundle, in their order; below ``folder``, which ends with a slash or is empty.

    ``hotline`` and ``address`` are those of the institution, for the headers of mails.
    """
    paths = paths_of(files, folder)
    of = {"hotline": hotline, "address": address}
    letters = sorted(found.letters, key=lambda letter: (letter.sent_at or letter.at, letter.id))
    parts = [BundleFile(f"{folder}case.pdf", pdf)] if pdf else []
    parts.append(BundleFile(f"{folder}case.json", as_json(as_data(found, files, paths))))
    for number, letter in enumerate(letters, start=1):
        if letter.text:
            parts.append(BundleFile(f"{folder}letters/{number:03d}-{letter.template}.eml", letter_as_eml(letter, **of)))
    for number, mail in enumerate(found.mails, start=1):
        parts.append(BundleFile(f"{folder}mails/{number:03d}.eml", mail_as_eml(mail, **of)))
    return parts + [BundleFile(paths[one.file.id], one.content) for one in files if one.content]


def record_of(found: CaseFile, folder: str = "") -> CaseRecord:
    """The entries of the audit chain, as a bundle has them."""
    return CaseRecord(f"{folder}record.jsonl", found.case.id, found.case.reference, found.entries)


def missing_of(files: Sequence[Fetched]) -> list[Missing]:
    """The files that could not be had."""
    return [Missing(one.file.id, one.file.name, one.file.sha256, one.why) for one in files if one.content is None]


def as_data(found: CaseFile, files: Sequence[Fetched], paths: Mapping[str, str]) -> dict[str, Any]:
    """The case for programs: the documents of the desk as they are, with names of people and places of files."""
    return {
        "format": FORMAT,
        "reference": found.case.reference,
        "people": dict(sorted(found.names.items())),
        "answer_due_at": time_of(found.due_at),
        "case": all_without_secrets(found.case.model_dump(mode="json")),
        "letters": [all_without_secrets(letter.model_dump(mode="json")) for letter in found.letters],
        "mails": [all_without_secrets(mail.model_dump(mode="json")) for mail in found.mails],
        "files": [
            one.file.model_dump(mode="json") | {"path": paths.get(one.file.id), "missing_because": one.why or None}
            for one in files
        ],
    }
