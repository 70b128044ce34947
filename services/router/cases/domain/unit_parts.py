"""What units send beside their replies, and what they promise: parts of an assignment and of a case."""

from pydantic import AwareDatetime

from shared.state import KeptFile, State


class Interim(State):
    """What a unit can say before its reply. ``sent_at``: an officer has sent it on, edited or not."""

    id: str
    text: str
    by: str
    submitted_at: AwareDatetime
    files: tuple[KeptFile, ...] = ()
    sent_at: AwareDatetime | None = None


class Proposal(State):
    """What a unit wants to know from the submitter. ``asked``: what an officer has decided; None: nothing yet.

    ``reason``: why it was not asked.
    """

    id: str
    text: str
    by: str
    proposed_at: AwareDatetime
    asked: bool | None = None
    reason: str = ""
    decided_at: AwareDatetime | None = None


class Holder(State):
    """A colleague in the unit, ``name``, to whom somebody, ``by``, has handed the assignment on.

    ``name`` is empty while the end alone has arrived.
    """

    id: str
    name: str = ""
    by: str = ""
    since: AwareDatetime | None = None
    ended_at: AwareDatetime | None = None


class Promise(State):
    """What was promised with the answer of ``answer_at``: on the day of ``promised_for`` its submitter is asked.

    ``kept`` is what the submitter says, with the sentence ``comment``; None: nothing yet. ``reopened``: whether that
    opened the case again; None in answers that an older version took.
    """

    id: str
    promised_for: AwareDatetime
    text: str = ""
    answer_at: AwareDatetime
    asked_at: AwareDatetime | None = None
    kept: bool | None = None
    comment: str = ""
    answered_at: AwareDatetime | None = None
    reopened: bool | None = None
