"""What goes to and fro beside the reply: interim replies, questions to the submitter, news of the case."""

from pydantic import AwareDatetime

from shared.state import KeptFile, State


class Interim(State):
    """What the unit said before its reply. ``by`` is the name that the person typed."""

    id: str
    text: str
    by: str
    submitted_at: AwareDatetime


class Proposal(State):
    """What the unit wants to know from the submitter. ``asked``: what the hotline decided; None: nothing yet."""

    id: str
    text: str
    by: str
    proposed_at: AwareDatetime
    asked: bool | None = None
    reason: str = ""
    decided_at: AwareDatetime | None = None


class News(State):
    """Something new about the case. Fields are as in ``AssignmentInformed``."""

    id: str
    cause: str
    question: str = ""
    text: str
    files: tuple[KeptFile, ...] = ()
    informed_at: AwareDatetime
