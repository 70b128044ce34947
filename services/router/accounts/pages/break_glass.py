"""The account for the day on which the identity provider is down. Its use is an alarm."""

from prometheus_client import Counter
from structlog import get_logger

from services.router.access import AuditAction
from services.router.accounts.domain import Account
from services.router.config import Settings
from shared.audit import AuditRecords
from shared.telemetry import Telemetry

log = get_logger()


class BreakGlass:
    """Raises the alarm: an audit record, an error in the log, and a metric, for which there is an alert."""

    def __init__(self, settings: Settings, audit: AuditRecords, telemetry: Telemetry) -> None:
        self._email, self._audit = settings.break_glass_email.lower(), audit
        self._used = Counter(
            "klu_break_glass_sign_ins_total", "Sign-ins to the emergency account.", registry=telemetry.registry
        )

    async def watch(self, account: Account, client: str) -> None:
        """Raise the alarm if this is the account."""
        if not self._email or account.email != self._email:
            return
        self._used.inc()
        log.error("the emergency account was used to sign in", account=account.id)
        await self._audit.write(
            AuditAction.BREAK_GLASS_USED,
            actor=account.officer.actor,
            object_kind="account",
            object_id=account.id,
            client=client,
        )
