"""The reconciliation finds what is lost and what is there twice; of a run in which all is well it says nothing."""

from copy import deepcopy
from dataclasses import replace
from typing import Any

import pytest

from scripts.chaos.plan import Diary, Plan, PlannedMessage, Written
from scripts.chaos.reconcile import Findings, Records, Taken, reconcile
from scripts.chaos.report import Report
from scripts.chaos.system import Control
from services.intake.domain.codes import hash_code

CODE = "7KX49-Q2M8D-VT3HA-90RZC"
PLANNED = PlannedMessage(
    number=1, at=0, channel="form", kind="request", email="yazan@example.org", hide_identity=False, units=("kddb",)
)
WRITTEN = Written(PLANNED, CODE)
TEMPLATES = ("notice", "receipt", "invitation", "arrival", "answer")


def well() -> Records:
    """One submission that went through the whole procedure."""
    reply = {"version": 1, "text": "Yapıldı."}
    happened = ["submitted", "routed", "viewed", "replied", "answered", *(["letter_sent"] * len(TEMPLATES))]
    case = {
        "_id": "m1",
        "subject": PLANNED.subject,
        "state": "resolved",
        "assignments": [{"id": "a1", "unit": {"code": "kddb"}, "replies": [reply]}],
        "timeline": [{"what": what} for what in happened],
        "answer": {"text": "Yapıldı."},
    }
    message = {
        "_id": "m1",
        "code_hash": hash_code(CODE),
        "submission": {"subject": PLANNED.subject},
        "progress": [{"case_revision": n} for n in range(4)],
        "answer": "Yapıldı.",
    }
    letters = [
        {"_id": f"m1.{t}", "message_id": "m1", "template": t, "recipient": PLANNED.email, "state": "sent"}
        for t in TEMPLATES
    ]
    taken = [Taken(f"m1.{t}", f"sha of {t}") for t in TEMPLATES]
    return Records([message], [case], [{"_id": "a1", "message_id": "m1", "replies": [reply]}], letters, taken)


def found(**different: Any) -> Findings:
    return reconcile([WRITTEN], replace(well(), **different))


WITH_FILE = Written(replace(PLANNED, with_file=True), CODE)
FILE = {"id": "f1", "_id": "f1"}


def with_file(**different: Any) -> Findings:
    """A submission with a picture."""
    all_well = well()
    message = all_well.messages[0] | {"submission": {"subject": WITH_FILE.planned.subject}, "files": [FILE]}
    case = all_well.cases[0] | {"subject": WITH_FILE.planned.subject, "files": [FILE]}
    given = {"messages": [message], "cases": [case], "files": [FILE], "contents": frozenset({"f1"})}
    return reconcile([WITH_FILE], replace(all_well, **given | different))


def test_nothing_is_said_of_a_file_that_is_there() -> None:
    assert with_file() == Findings()


@pytest.mark.parametrize("what", [{"files": []}, {"contents": frozenset()}])
def test_a_file_without_its_document_or_its_bytes_is_lost(what: dict[str, Any]) -> None:
    assert with_file(**what).lost


def test_a_file_that_no_message_names_is_found() -> None:
    assert with_file(files=[FILE, {"_id": "f2"}]).doubled == ["file f2 belongs to no message"]


def test_nothing_is_said_of_a_run_in_which_all_is_well() -> None:
    assert found() == Findings()


@pytest.mark.parametrize("what", ["messages", "cases", "assignments", "letters", "taken"])
def test_what_is_missing_is_lost(what: str) -> None:
    findings = found(**{what: []})
    assert findings.lost


@pytest.mark.parametrize("what", ["messages", "cases", "assignments"])
def test_what_is_there_twice_is_doubled(what: str) -> None:
    twice = deepcopy(getattr(well(), what)) + deepcopy(getattr(well(), what))
    assert found(**{what: twice}).doubled


def test_a_second_answer_above_smtp_is_doubled() -> None:
    letters = [*well().letters, well().letters[-1] | {"_id": "m1.answer.again"}]
    assert any("letter answer: 2 instead of 1" in sentence for sentence in found(letters=letters).doubled)


def test_an_identical_copy_at_smtp_is_counted_and_one_with_other_bytes_is_doubled() -> None:
    taken = list(well().taken)
    assert found(taken=[*taken, taken[0]]) == Findings(copies=1)
    assert found(taken=[*taken, replace(taken[0], sha256="other bytes")]).doubled


def test_an_unknown_letter_is_doubled() -> None:
    assert found(taken=[*well().taken, Taken("x", "sha")]).doubled


@pytest.mark.parametrize("what", ["submitted", "routed", "viewed", "replied", "answered", "letter_sent"])
def test_a_line_of_the_timeline_that_is_there_twice_is_doubled(what: str) -> None:
    case: dict[str, Any] = deepcopy(dict(well().cases[0]))
    case["timeline"].append({"what": what})
    assert found(cases=[case]).doubled


@pytest.mark.parametrize(
    "different",
    [{"state": "routed"}, {"answer": None}, {"_id": "m2"}, {"assignments": []}],
    ids=["not ended", "no answer", "another id", "never routed"],
)
def test_a_case_that_did_not_end_is_lost(different: dict[str, Any]) -> None:
    assert found(cases=[well().cases[0] | different]).lost


def test_a_public_step_that_is_told_twice_is_doubled() -> None:
    message = deepcopy(dict(well().messages[0]))
    message["progress"].append({"case_revision": 0})
    assert found(messages=[message]).doubled


def test_a_code_that_opens_another_message_is_a_loss() -> None:
    assert found(messages=[well().messages[0] | {"code_hash": hash_code("another")}]).lost


def report(findings: Findings, control: Control = "none", **different: Any) -> Report:
    diary = Diary(written={1: WRITTEN})
    given: dict[str, Any] = {"parked": [], "drained_in": 3.0, "lasted": 9.0} | different
    return Report(control, 1, {"intake": 2}, Plan((PLANNED,), ()), diary, findings, **given)


def test_a_run_holds_only_when_nothing_is_wrong() -> None:
    assert report(Findings()).held
    assert not report(Findings(lost=["a case"])).held
    assert not report(Findings(doubled=["a case"])).held
    assert not report(Findings(), drained_in=None).held


def test_a_fault_that_was_not_seen_breaks_the_run() -> None:
    wrong = report(Findings())
    wrong.diary.injected["kill RabbitMQ"] = 2
    wrong.diary.observed["kill RabbitMQ"] = 1
    assert "fault kill RabbitMQ: 1 of 2 observed" in wrong.problems


def test_a_submission_that_nobody_accepted_breaks_the_run() -> None:
    wrong = report(Findings())
    wrong.diary.written[1] = Written(PLANNED)
    assert not wrong.held


@pytest.mark.parametrize("answer", ["intake ConnectError", "router ReadError", "replies 503"])
def test_where_nothing_breaks_nobody_may_be_refused(answer: str) -> None:
    wrong = report(Findings())
    wrong.diary.statuses.update(["intake 202", "router 303", answer])
    assert wrong.problems == [f"no answer: {answer}, 1 times"]


def test_a_control_holds_only_when_it_finds_what_it_must() -> None:
    assert report(Findings(doubled=["x"]), "no-inbox").held
    assert not report(Findings(lost=["x"]), "no-inbox").held
    assert report(Findings(lost=["x"]), "no-sweep").held
    assert not report(Findings(doubled=["x"]), "no-sweep").held
    assert "proves nothing" in report(Findings(), "no-sweep").text()


MAILED = Written(replace(PLANNED, writes_back=True, by_mail=("kddb",)), CODE)


def by_mail(**different: Any) -> Findings:
    """A submission whose writer and unit answered their letters by e-mail."""
    all_well = well()
    happened = ["followed_up", *(["mail_received"] * 2), "mail_adopted", *(["letter_sent"] * 2)]
    mailed = [{"what": what} for what in happened]
    told = [entry for entry in all_well.cases[0]["timeline"] if entry["what"] != "viewed"]
    given: dict[str, Any] = {
        "messages": [all_well.messages[0] | {"follow_ups": [{"text": "Ek."}]}],
        "cases": [all_well.cases[0] | {"timeline": [*told, *mailed]}],
        "letters": by_mail_letters(),
        "taken": [*all_well.taken, *(Taken(f"m1.{t}", t) for t in ("follow_up", "unit_mail"))],
        "mails": [{"message_id": "m1", "purpose": "citizen"}, {"message_id": "m1", "purpose": "unit"}],
    }
    return reconcile([MAILED], replace(all_well, **given | different))


def test_nothing_is_said_of_mails_that_became_an_addition_and_a_reply() -> None:
    assert by_mail() == Findings()


def test_a_mail_that_became_nothing_is_lost() -> None:
    assert by_mail(mails=[{"message_id": "m1", "purpose": "citizen"}]).lost
    assert by_mail(messages=well().messages).lost


def test_a_mail_that_is_there_twice_is_found() -> None:
    twice = [{"message_id": "m1", "purpose": purpose} for purpose in ("citizen", "citizen", "unit")]
    assert by_mail(mails=twice).doubled
    assert by_mail(messages=[well().messages[0] | {"follow_ups": [{"text": "Ek."}] * 2}]).doubled


@pytest.mark.parametrize(("count", "right"), [(0, True), (1, True), (2, False)])
def test_a_unit_is_told_once_at_most_what_the_submitter_adds(count: int, right: bool) -> None:
    letters = [
        {
            "_id": f"a1.news.{n}",
            "message_id": "m1",
            "template": "news",
            "recipient": "kddb@klu.example",
            "state": "sent",
        }
        for n in range(count)
    ]
    told = [sentence for sentence in by_mail(letters=[*by_mail_letters(), *letters]).doubled if "news" in sentence]
    assert (told == []) is right


def by_mail_letters() -> list[dict[str, Any]]:
    """The letters of a submission whose writer and unit use e-mail."""
    desk = {"message_id": "m1", "recipient": "bidb@klu.example", "state": "sent"}
    return [*well().letters, *({**desk, "_id": f"m1.{t}", "template": t} for t in ("follow_up", "unit_mail"))]
