"""The part of an assignment that came by e-mail."""

from pydantic import AwareDatetime

from shared.state import KeptFile, State


class MailedReply(State):
    """A mail of the unit, a proposed reply; ``id`` is that of the mail, the fields are as in ``ReplyProposed``.

    ``adopted``: what an officer has decided; None: nothing yet. ``decision`` is the reason of a refusal.
    """

    id: str
    text: str
    by: str
    sender: str
    verified: str
    files: tuple[KeptFile, ...] = ()
    at: AwareDatetime
    adopted: bool | None = None
    decision: str = ""
    decided_at: AwareDatetime | None = None
