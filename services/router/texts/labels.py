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
