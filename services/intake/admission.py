"""Decides what happens to something that was sent, before it is kept: taken, asked again, or told to wait.

Nothing is refused for what it says. Knows no HTTP and no database.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from itsdangerous import BadSignature, URLSafeSerializer

from services.intake.config import Settings
from services.intake.domain.doubts import Doubt, Signs, doubts_of, same_text
from services.intake.domain.message import Submission
from shared.web.proof import Proofs, Unproved
from shared.web.recent import Recent

HOUR = timedelta(hours=1)
FAR_OVER = 10
"""So many times the rate, and a client has to wait."""
SHOWN_FOR = timedelta(seconds=3)
"""A person looks at a page for longer before they confirm it."""
SHOWN_WITHIN = timedelta(hours=12)


class Turned(StrEnum):
    """Why something was not taken yet. What was typed is shown again."""

    STALE = "stale"
    """Its proof cannot be used, or no more."""
    UNCONFIRMED = "unconfirmed"
    """It has no proof: somebody has to confirm it on a second page."""


@dataclass(frozen=True)
class Wait:
    """The client has sent far too much: come again after so many ``seconds``."""

    seconds: int


@dataclass(frozen=True)
class Admitted:
    """It is taken. ``proof`` is the id of its proof of work: nobody else may use it."""

    doubts: tuple[Doubt, ...] = ()
    proof: str | None = None


@dataclass(frozen=True)
class Evidence:
    """What came with a submission. ``proof``: a solution; ``shown``: the token of the page that asks to confirm."""

    client: str
    proof: str = ""
    shown: str = ""
    once: str = ""
    trap: bool = False


class Admission:
    """Proof of work, rates and doubts. Counts in the memory of this process."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        secret = settings.secret_key.get_secret_value()
        self.proofs = Proofs(secret, settings.proof_cost)
        self._shown = URLSafeSerializer(secret, salt="shown")
        self._recent = Recent(HOUR)

    @property
    def needs_proof(self) -> bool:
        """Whether a proof of work is asked for."""
        return self.proofs.cost > 0

    def admit(
        self, submission: Submission, evidence: Evidence, now: datetime, *, asks: bool = True
    ) -> Admitted | Wait | Turned:
        """Whether a valid submission is taken now. Without ``asks``, nobody is there to confirm it: it is doubtful."""
        try:
            proof = self.proofs.check(evidence.proof) if self.needs_proof and evidence.proof else None
        except Unproved:
            return Turned.STALE
        proved = bool(proof) or not self.needs_proof
        if not proved and asks and not self._was_shown(evidence, now):
            return Turned.UNCONFIRMED
        rate = self._rate(submission, evidence, now, proved=proved)
        if isinstance(rate, Wait):
            return rate
        senders = self._senders(submission, evidence, now)
        signs = Signs(proved=proved, trap=evidence.trap, over_rate=rate, senders=senders)
        return Admitted(doubts_of(submission, signs), proof)

    def token(self, once: str, now: datetime) -> str:
        """Proves later that the page that asks to confirm was shown at this time, for the form with this ``once``."""
        return str(self._shown.dumps([once, int(now.timestamp())]))

    def _was_shown(self, evidence: Evidence, now: datetime) -> bool:
        try:
            once, at = self._shown.loads(evidence.shown)
        except BadSignature:
            return False
        age = now - datetime.fromtimestamp(at, now.tzinfo)
        return bool(once) and once == evidence.once and SHOWN_FOR <= age <= SHOWN_WITHIN

    def _rate(self, submission: Submission, evidence: Evidence, now: datetime, *, proved: bool) -> bool | Wait:
        """Whether more comes than usual; Wait if far more comes from one client. Nobody waits for an address: anybody
        may type that of somebody else.
        """
        settings, over = self._settings, False
        if most := settings.form_per_client_hour if proved else settings.form_per_client_hour_unproved:
            client = f"{'proved' if proved else 'unproved'} {evidence.client}"
            if seconds := self._recent.wait(client, now, most * FAR_OVER):
                return Wait(seconds)
            over = len(self._recent.note(client, now)) > most
        if settings.form_per_address_hour and submission.email:
            sent = len(self._recent.note(f"address {submission.email.lower()}", now))
            over = over or sent > settings.form_per_address_hour
        return over

    def _senders(self, submission: Submission, evidence: Evidence, now: datetime) -> int:
        """How many have sent this text within an hour; texts are compared where clients are counted."""
        text = same_text(submission.text) if self._settings.form_per_client_hour else ""
        if not text:
            return 1
        return len(set(self._recent.note(f"text {text}", now, by=submission.email or evidence.client)))


class LostClients(Recent):
    """Who asked for lost codes within an hour."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(HOUR)
        self._most = settings.lost_codes_client_hour

    def ask(self, client: str, now: datetime) -> int:
        """Note a request; 0, or the seconds for which this client has to wait before its next one."""
        return self.admit(client, now, self._most)
