"""What is given out to one person as one bundle: a PDF for reading, the router's part, and those of the services."""

from collections.abc import Mapping, Sequence
from typing import IO, Any, BinaryIO, cast
from zipfile import ZipFile

from services.router.cases.domain.case import Case
from services.router.cases.domain.letters import DeskLetter
from services.router.records.domain.requests import PersonRequest
from services.router.records.papers.bundle import BundleFile, as_json
from services.router.records.papers.printed import clean, environment_of
from shared.institution import Institution
from shared.web.i18n import Locale

LONGEST = 20_000
"""Characters of a text that are printed; JSON has all of it."""


class Packed:
    """A file of a zip. It is opened when it is first read: all files of a person together may be gigabytes."""

    def __init__(self, archive: ZipFile, name: str) -> None:
        self._archive, self._name = archive, name
        self._file: IO[bytes] | None = None

    def read(self, size: int = -1) -> bytes:
        """The next bytes, at most so many."""
        self._file = self._file or self._archive.open(self._name)
        if not (block := self._file.read(size)):
            self._file.close()
        return block


def parts_of(
    asked: PersonRequest,
    cases: Sequence[Case],
    letters: Sequence[DeskLetter],
    services: Mapping[str, BinaryIO],
    pdf: bytes | None,
) -> list[BundleFile]:
    """The parts of the bundle, in their order. ``services``: the zip of each service that has something."""
    parts = [BundleFile("overview.pdf", pdf)] if pdf else []
    data = {
        "request": asked.id,
        "person": asked.person.model_dump(include={"name", "email", "phone"}),
        "cases": [case_data(case, [letter for letter in letters if letter.message_id == case.id]) for case in cases],
    }
    parts.append(BundleFile("desk/cases.json", as_json(data)))
    for service, content in services.items():
        archive = ZipFile(content)
        parts += [BundleFile(f"{service}/{name}", cast(BinaryIO, Packed(archive, name))) for name in archive.namelist()]
    return parts


def case_data(case: Case, letters: Sequence[DeskLetter]) -> dict[str, Any]:
    """A case as its submitter may have it: what they wrote and were told, and which units it went to.

    Without names of officers and of the units' people, internal notes, drafts, and what was not approved.
    """
    answers = [*case.earlier_answers, *([case.answer] if case.answer else [])]
    return {
        "reference": case.reference,
        "kind": case.kind,
        "subject": case.subject,
        "text": case.text,
        "name": case.submitter.name,
        "email": case.submitter.email,
        "phone": case.submitter.phone,
        "submitted_at": case.submitted_at.isoformat(),
        "channel": case.channel,
        "state": str(case.state),
        "closing_reason": str(case.closure_reason) if case.closure_reason else None,
        "units": [
            {
                "name": one.unit.name_tr,
                "asked_at": one.requested_at.isoformat(),
                "identity_shared": one.identity_shared,
                "text_shared": one.text,
            }
            for one in case.assignments
        ],
        "interim_answers": [{"text": one.text, "at": one.at.isoformat()} for one in case.informed],
        "answers": [{"text": one.text, "at": one.at.isoformat()} for one in answers],
        "questions": [{"asked": one.text, "answer": one.answer} for one in case.questions],
        "rating": {"score": case.rating.score, "comment": case.rating.comment} if case.rating else None,
        "objection": {"reason": case.objection.reason, "decision": case.objection.explanation}
        if case.objection
        else None,
        "internal_notes": len(case.notes),
        "letters": [
            {
                "subject": one.subject,
                "text": one.text,
                "recipient": one.recipient,
                "sent_at": one.sent_at.isoformat() if one.sent_at else None,
            }
            for one in letters
        ],
    }


def overview(
    asked: PersonRequest,
    cases: Sequence[Case],
    letters: Sequence[DeskLetter],
    services: Sequence[str],
    *,
    institution: Institution,
    locale: Locale,
) -> str:
    """The overview as HTML for the printer: what is kept, why, since when, who got it (Law 6698, article 11/1)."""
    kinds = {kind.id: locale.of(kind.label)[0] for kind in institution.kinds}
    return (
        environment_of(locale, _printable)
        .get_template("person_overview.html")
        .render(
            asked=asked,
            cases=[case_data(case, [letter for letter in letters if letter.message_id == case.id]) for case in cases],
            times=[case.submitted_at for case in cases],
            kinds=kinds,
            services=services,
            institution=institution,
            name=locale.of(institution.name)[0],
            hotline=institution.hotline,
            longest=LONGEST,
        )
    )


def _printable(value: Any) -> Any:
    """Every text is cleaned; what is markup already was made of cleaned texts."""
    return clean(value) if type(value) is str else value
