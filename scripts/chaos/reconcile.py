"""Follows every accepted submission by its ids to the letter at the mail server. Pure: knows no stores."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from scripts.chaos.diary import Written
from scripts.chaos.plan import PlannedMessage
from services.intake.domain import hash_code

Document = dict[str, Any]


@dataclass(frozen=True)
class Taken:
    """One letter that the mail server took: its id and the SHA-256 of its bytes."""

    letter_id: str
    sha256: str


@dataclass(frozen=True)
class Records:
    """What the four services have kept, and what the mail server took."""

    messages: Sequence[Document]
    cases: Sequence[Document]
    assignments: Sequence[Document]
    letters: Sequence[Document]
    taken: Sequence[Taken]


@dataclass
class Findings:
    """Sentences about what is lost and what is there twice. ``copies``: identical letters above the first."""

    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    copies: int = 0

    def compare(self, what: str, found: int, expected: int) -> None:
        """Too few is a loss, too many are doubles."""
        if found < expected:
            self.lost.append(f"{what}: {found} instead of {expected}")
        if found > expected:
            self.doubled.append(f"{what}: {found} instead of {expected}")


def reconcile(accepted: Iterable[Written], records: Records) -> Findings:
    """Everything that is wrong with a run."""
    findings = Findings()
    messages, cases = _by(records.messages, "submission", "subject"), _by(records.cases, "subject")
    assignments, letters = _by(records.assignments, "message_id"), _by(records.letters, "message_id")
    taken: dict[str, list[Taken]] = defaultdict(list)
    for one in records.taken:
        taken[one.letter_id].append(one)
    for written in accepted:
        planned = written.planned
        own = messages[planned.subject]
        findings.compare(f"{planned.subject}: message", len(own), 1)
        findings.compare(f"{planned.subject}: case", len(cases[planned.subject]), 1)
        if len(own) != 1 or len(cases[planned.subject]) != 1:
            continue
        (message,), (case,) = own, cases[planned.subject]
        if message["code_hash"] != hash_code(written.code) or case["_id"] != message["_id"]:
            findings.lost.append(f"{planned.subject}: the code opens another message, or the case has another id")
        _case(findings, planned, case, assignments[case["_id"]])
        _news(findings, planned, message, case)
        _letters(findings, planned, case, letters[case["_id"]], taken)
    known = {letter["_id"] for letter in records.letters}
    findings.doubled += [f"letter {letter_id} was sent and is not known" for letter_id in taken.keys() - known]
    return findings


def _case(findings: Findings, planned: PlannedMessage, case: Document, assignments: list[Document]) -> None:
    """Routed to each unit once, replied once, answered once."""
    who, units = planned.subject, list(planned.units)
    if case["state"] != "resolved":
        findings.lost.append(f"{who}: the case ends as {case['state']}")
    for unit in units:
        findings.compare(
            f"{who}: assignment of {unit}", [a["unit"]["code"] for a in case["assignments"]].count(unit), 1
        )
    findings.compare(f"{who}: assignments at the portal", len(assignments), len(units))
    if {a["id"] for a in case["assignments"]} != {a["_id"] for a in assignments}:
        findings.lost.append(f"{who}: the desk and the portal have different assignments")
    for assignment in (*case["assignments"], *assignments):
        findings.compare(f"{who}: reply", len(assignment["replies"]), 1)
    happened = Counter(entry["what"] for entry in case["timeline"])
    expected = {"submitted": 1, "routed": len(units), "viewed": len(units), "replied": len(units), "answered": 1}
    for what, count in expected.items():
        findings.compare(f"{who}: {what} in the timeline", happened[what], count)


def _news(findings: Findings, planned: PlannedMessage, message: Document, case: Document) -> None:
    """The citizen's page: each step once, and the answer."""
    steps = Counter(step["case_revision"] for step in message["progress"])
    for revision, count in steps.items():
        findings.compare(f"{planned.subject}: public step of revision {revision}", count, 1)
    if not case["answer"] or message["answer"] != case["answer"]["text"]:
        findings.lost.append(f"{planned.subject}: the answer is not on the status page")


def _letters(
    findings: Findings, planned: PlannedMessage, case: Document, letters: list[Document], taken: dict[str, list[Taken]]
) -> None:
    """Each letter once; at the mail server at least once, and all copies the same."""
    who, units = planned.subject, len(planned.units)
    made = Counter(letter["template"] for letter in letters)
    expected = {"notice": 1, "invitation": units, "arrival": units}
    expected |= {"receipt": 1, "answer": 1} if planned.email else {}
    for template in {*made, *expected}:
        findings.compare(f"{who}: letter {template}", made[template], expected.get(template, 0))
    reported = [entry for entry in case["timeline"] if entry["what"] in ("letter_sent", "letter_failed")]
    findings.compare(f"{who}: letters in the timeline", len(reported), len(letters))
    for letter in letters:
        arrived = taken[letter["_id"]]
        refused = planned.undeliverable and letter["recipient"] == planned.email
        if letter["state"] != ("failed" if refused else "sent"):
            findings.lost.append(f"{who}: letter {letter['template']} ends as {letter['state']}")
        if not arrived and not refused:
            findings.lost.append(f"{who}: letter {letter['template']} never reached the mail server")
        if len({one.sha256 for one in arrived}) > 1:
            findings.doubled.append(f"{who}: letter {letter['template']} was sent with different bytes")
        findings.copies += max(0, len(arrived) - 1)


def _by(documents: Iterable[Document], *path: str) -> dict[str, list[Document]]:
    found: dict[str, list[Document]] = defaultdict(list)
    for document in documents:
        value: Any = document
        for name in path:
            value = value[name]
        found[str(value)].append(document)
    return found
