"""Labels of templates and of their variables."""

from services.router.texts.domain.templates import Use

USES = {
    Use.ANSWER: "Answer to the submitter",
    Use.NOTE: "Covering note to the unit",
    Use.RETURN: "Return for revision",
    Use.QUESTION: "Question to the submitter",
    Use.CLOSING: "Closing without an answer",
}
"""What a template is for (msgids)."""
VARIABLES = {
    "reference": "Reference number of the message",
    "subject": "Subject of the message",
    "kind": "Kind of the message",
    "unit": "Name of the unit, in a return",
    "days": "Working days that the unit has",
    "submitted_on": "Date of the message",
}
"""What stands in the place of each variable (msgids)."""
ADDRESSEES = (
    ("To the submitter", ("receipt", "answer", "interim", "question", "closure", "rerouting", "codes")),
    ("To the unit", ("invitation", "invitation_information", "return", "recall")),
    (
        "To the desk",
        (
            *("notice", "arrival", "decline", "follow_up"),
            *("question_answered", "objection", "withdrawal", "failure"),
        ),
    ),
)
"""Whom letters go to (msgids), and which."""
VARIANTS = {"invitation_information": "Message to the unit for its information"}
"""Letters that share their name with another one in the timeline."""
LETTER_VARIABLES = {
    **{name: VARIABLES[name] for name in ("reference", "subject", "kind")},
    "date": "Date of the message, or of the event",
    "unit": "Name of the unit",
    "units": "Names of the units",
    "due": "Last day for the reply",
    "invited": "Subject of the invitation",
    "recipient": "Address that could not be reached",
    "greeting": "Dear …, unless the officer has written it",
    "details": "Table with number, dates and what else belongs to the letter",
    "status_page": "Button to the status page",
    "answer": "The answer",
    "interim_answer": "The interim answer",
    "rating": "Question for a rating, with its links",
    "objection": "Until when one may object",
    "message": "The message that was answered",
    "question": "The question",
    "explanation": "The explanation of the closing",
    "codes": "Numbers, tracking codes and links",
    "note": "Covering note, if there is one",
    "link": "Button to the page on which the unit replies",
    "reason": "The reason, if there is one",
    "case_page": "Button to the case",
}
"""What stands in the place of each variable of a letter (msgids)."""
