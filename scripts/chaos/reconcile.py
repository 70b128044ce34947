"""Follows every accepted submission by its ids to the letter at the mail server. Pure: knows no stores."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from scripts.chaos.plan import PlannedMessage, Written
from services.intake.domain.codes import hash_code

Document = dict[str, Any]
T = TypeVar("T")


@dataclass(frozen=True)
class Taken:
    """One letter that the mail server took: its id and the SHA-256 of its bytes."""

    letter_id: str
    sha256: str


@dataclass(frozen=True)
class Records:
    """What the four services have kept, and what the mail server took.

    ``files`` are the documents of files, ``contents`` the ids of those whose bytes are there, ``mails`` what came in.
    """

    messages: Sequence[Document]
    cases: Sequence[Document]
    assignments: Sequence[Document]
    letters: Sequence[Document]
    taken: Sequence[Taken]
    files: Sequence[Document] = ()
    contents: frozenset[str] = frozenset()
    mails: Sequence[Document] = ()


@dataclass
class Findings:
    """Sentences about what is lost and what is there twice. ``copies``: identical letters above the first."""

    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    copies: int = 0

    def compare(self, what: str, found: int, expected: int) -> None:
        if found != expected:
            (self.lost if found < expected else self.doubled).append(f"{what}: {found} instead of {expected}")


def reconcile(accepted: Iterable[Written], records: Records) -> Findings:
    findings = Findings()
    messages = _by(records.messages, lambda message: message["submission"]["subject"])
    cases = _by(records.cases, lambda case: case["subject"])
    assignments = _by(records.assignments, lambda assignment: assignment["message_id"])
    letters = _by(records.letters, lambda letter: letter["message_id"])
    mails = _by(records.mails, lambda mail: mail["message_id"])
    taken = _by(records.taken, lambda one: one.letter_id)
    for written in accepted:
        planned, who = written.planned, written.planned.subject
        findings.compare(f"{who}: message", len(messages[who]), 1)
        findings.compare(f"{who}: case", len(cases[who]), 1)
        if len(messages[who]) != 1 or len(cases[who]) != 1:
            continue
        (message,), (case,) = messages[who], cases[who]
        if message["code_hash"] != hash_code(written.code) or case["_id"] != message["_id"]:
            findings.lost.append(f"{who}: the code opens another message, or the case has another id")
        _case(findings, planned, case, assignments[case["_id"]])
        for revision, count in Counter(step["case_revision"] for step in message["progress"]).items():
            findings.compare(f"{who}: public step of revision {revision}", count, 1)
        if not case["answer"] or message["answer"] != case["answer"]["text"]:
            findings.lost.append(f"{who}: the answer is not on the status page")
        _letters(findings, planned, case, letters[case["_id"]], taken)
        _files(findings, planned, message, case, records)
        _mails(findings, planned, message, case, mails[case["_id"]])
    unknown = set(taken) - {letter["_id"] for letter in records.letters}
    named = {file["id"] for message in records.messages for file in message.get("files", ())}
    orphans = {file["_id"] for file in records.files} - named
    findings.doubled += [f"file {file_id} belongs to no message" for file_id in orphans]
    findings.doubled += [f"letter {letter_id} was sent and is not known" for letter_id in unknown if taken[letter_id]]
    return findings


def _case(findings: Findings, planned: PlannedMessage, case: Document, assignments: list[Document]) -> None:
    who, units = planned.subject, planned.units
    if case["state"] != "resolved":
        findings.lost.append(f"{who}: the case ends as {case['state']}")
    routed = Counter(a["unit"]["code"] for a in case["assignments"])
    for unit in units:
        findings.compare(f"{who}: assignment of {unit}", routed[unit], 1)
    findings.compare(f"{who}: assignments at the portal", len(assignments), len(units))
    if {a["id"] for a in case["assignments"]} != {a["_id"] for a in assignments}:
        findings.lost.append(f"{who}: the desk and the portal have different assignments")
    for assignment in (*case["assignments"], *assignments):
        findings.compare(f"{who}: reply", len(assignment["replies"]), 1)
    happened = Counter(entry["what"] for entry in case["timeline"])
    for what in ("submitted", "answered"):
        findings.compare(f"{who}: {what} in the timeline", happened[what], 1)
    for what in ("routed", "replied"):
        findings.compare(f"{who}: {what} in the timeline", happened[what], len(units))
    findings.compare(f"{who}: viewed in the timeline", happened["viewed"], len(units) - len(planned.by_mail))


def _letters(
    findings: Findings, planned: PlannedMessage, case: Document, letters: list[Document], taken: dict[str, list[Taken]]
) -> None:
    """Each letter once; at the mail server at least once, and all copies the same."""
    who, units = planned.subject, len(planned.units)
    made = Counter(letter["template"] for letter in letters)
    expected = {"notice": 1, "invitation": units, "arrival": units}
    expected |= {"receipt": 1, "answer": 1} if planned.email else {}
    expected |= {"follow_up": int(planned.writes_back), "unit_mail": len(planned.by_mail)}
    # A unit that has not replied yet is told what the submitter adds; whether it had, only time says.
    expected["news"] = min(made["news"], units) if planned.writes_back else 0
    expected |= {"failure": 2} if planned.undeliverable else {}
    for template in {*made, *expected}:
        findings.compare(f"{who}: letter {template}", made[template], expected.get(template, 0))
    reported = [entry for entry in case["timeline"] if entry["what"] in ("letter_sent", "letter_failed")]
    findings.compare(f"{who}: letters in the timeline", len(reported), len(letters))
    for letter in letters:
        arrived, which = taken[letter["_id"]], f"{who}: letter {letter['template']}"
        refused = planned.undeliverable and letter["recipient"] == planned.email
        if letter["state"] != ("failed" if refused else "sent"):
            findings.lost.append(f"{which} ends as {letter['state']}")
        if not arrived and not refused:
            findings.lost.append(f"{which} never reached the mail server")
        if len({one.sha256 for one in arrived}) > 1:
            findings.doubled.append(f"{which} was sent with different bytes")
        findings.copies += max(0, len(arrived) - 1)


def _mails(
    findings: Findings, planned: PlannedMessage, message: Document, case: Document, mails: list[Document]
) -> None:
    """Each mail once: at the notifier, on the status page or as the unit's reply, and in the case."""
    who, by_mail, happened = planned.subject, len(planned.by_mail), Counter(entry["what"] for entry in case["timeline"])
    purposes = Counter(mail["purpose"] for mail in mails)
    findings.compare(f"{who}: mails of the submitter", purposes["citizen"], int(planned.writes_back))
    findings.compare(f"{who}: mails of units", purposes["unit"], by_mail)
    findings.compare(f"{who}: other mails", len(mails) - purposes["citizen"] - purposes["unit"], 0)
    findings.compare(f"{who}: additions", len(message.get("follow_ups", ())), int(planned.writes_back))
    findings.compare(f"{who}: additions in the timeline", happened["followed_up"], int(planned.writes_back))
    findings.compare(f"{who}: mails in the timeline", happened["mail_received"], len(mails))
    findings.compare(f"{who}: adopted mails in the timeline", happened["mail_adopted"], by_mail)


def _files(findings: Findings, planned: PlannedMessage, message: Document, case: Document, records: Records) -> None:
    """The file of a message is there with its bytes, and the desk names it."""
    who, stored = planned.subject, {file["_id"] for file in records.files} & records.contents
    ids = [file["id"] for file in message.get("files", ())]
    findings.compare(f"{who}: files", len(ids), int(planned.with_file))
    if [file["id"] for file in case.get("files", ())] != ids:
        findings.lost.append(f"{who}: the desk does not name the file of the message")
    findings.lost += [f"{who}: file {file_id} is not stored" for file_id in ids if file_id not in stored]


def _by(things: Iterable[T], key: Callable[[T], str]) -> dict[str, list[T]]:
    found: dict[str, list[T]] = defaultdict(list)
    for thing in things:
        found[key(thing)].append(thing)
    return found
