"""The letters whose words the institution may change, and the variables that each knows."""

from collections.abc import Mapping

from shared.letters.words import LetterKind

_TO_CITIZEN = ("reference",)
_OF_DESK = ("reference", "unit")
_OF_SEVERAL = ("unit", "count", "reference", "subject")
_OF_CASES = ("name", "count", "reference", "subject")

EDITED: Mapping[str, LetterKind] = {
    kind.id: kind
    for kind in (
        LetterKind(
            "receipt", ("reference", "date"), ("greeting", "details", "status_page"), ("details", "status_page")
        ),
        LetterKind(
            "answer",
            ("reference", "date", "subject"),
            ("greeting", "answer", "status_page", "rating", "objection", "message"),
            ("answer", "status_page"),
        ),
        LetterKind(
            "interim",
            ("reference", "date", "subject"),
            ("greeting", "interim_answer", "status_page"),
            ("interim_answer",),
        ),
        LetterKind(
            "question", _TO_CITIZEN, ("greeting", "question", "by_mail", "status_page"), ("question", "status_page")
        ),
        LetterKind("closure", _TO_CITIZEN, ("greeting", "explanation", "status_page"), ("explanation",)),
        LetterKind("rerouting", ("reference", "units", "date"), ("greeting", "details", "status_page"), ("details",)),
        LetterKind("promise", ("reference", "date"), ("greeting", "promise", "choices"), ("choices",)),
        LetterKind("codes", (), ("greeting", "codes"), ("codes",)),
        LetterKind(
            "invitation", ("reference", "subject", "kind", "unit", "due"), ("details", "note", "link"), ("link",)
        ),
        LetterKind(
            "invitation_information",
            ("reference", "subject", "kind", "unit"),
            ("details", "note", "link"),
            ("link",),
        ),
        LetterKind(
            "return", ("reference", "subject", "unit", "due"), ("reason", "details", "link"), ("reason", "link")
        ),
        LetterKind("recall", ("invited",), ("details", "reason"), ("details",)),
        LetterKind("extension", ("reference", "unit", "due"), ("details",), ("details",)),
        LetterKind("extension_refused", ("reference", "unit", "due"), ("reason", "details"), ("reason", "details")),
        LetterKind("reminder", _OF_SEVERAL, ("assignments",), ("assignments",)),
        LetterKind("reminder_soon", _OF_SEVERAL, ("assignments",), ("assignments",)),
        LetterKind("reminder_head", _OF_SEVERAL, ("assignments",), ("assignments",)),
        LetterKind("news", ("reference", "subject", "unit"), ("news", "details", "link"), ("news", "link")),
        LetterKind("new_link", ("reference", "subject", "kind", "unit", "due"), ("details", "link"), ("link",)),
        LetterKind(
            "colleague",
            ("reference", "subject", "kind", "unit", "due", "name", "by"),
            ("greeting", "details", "note", "link"),
            ("link",),
        ),
        LetterKind("overview", ("unit", "until"), ("link",), ("link",)),
        LetterKind("test", ("name",), ("details",)),
        LetterKind("notice", ("reference", "subject", "kind"), ("details", "case_page"), ("case_page",)),
        LetterKind("arrival", _OF_DESK, ("details", "case_page"), ("case_page",)),
        LetterKind("decline", _OF_DESK, ("details", "reason", "case_page"), ("reason", "case_page")),
        LetterKind("unit_question", _OF_DESK, ("details", "case_page"), ("case_page",)),
        LetterKind("unit_interim", _OF_DESK, ("details", "case_page"), ("case_page",)),
        LetterKind("unit_mail", _OF_DESK, ("details", "case_page"), ("case_page",)),
        LetterKind("follow_up", ("reference",), ("details", "case_page"), ("case_page",)),
        LetterKind("question_answered", ("reference",), ("details", "case_page"), ("case_page",)),
        LetterKind("objection", ("reference",), ("details", "case_page"), ("case_page",)),
        LetterKind("withdrawal", ("reference",), ("details", "case_page"), ("case_page",)),
        LetterKind("failure", ("recipient",), ("details", "case_page"), ("details", "case_page")),
        LetterKind("desk_reminder", _OF_CASES, ("greeting", "cases", "digest"), ("cases",)),
        LetterKind("desk_digest", _OF_CASES, ("greeting", "cases", "digest"), ("cases",)),
        LetterKind("account_invitation", ("name", "email", "until", "desk"), ("greeting", "link"), ("link",)),
        LetterKind("account_reset", ("name", "email", "until"), ("greeting", "link"), ("link",)),
        LetterKind(
            "account_change", ("name", "email"), ("greeting", "change", "details", "desk_page"), ("change", "details")
        ),
    )
}
"""In the order in which they are listed: to the submitter, to the unit, to the desk, about accounts."""
KINDS: Mapping[str, LetterKind] = {
    **EDITED,
    "answer_undated": LetterKind("answer_undated", ("reference", "subject"), EDITED["answer"].blocks, ("answer",)),
}
"""All letters: also the one for an answer whose event, of an older version, does not say when the message came."""
