"""Between the password and the session: somebody who still has to show, or to set up, the second factor."""

from datetime import timedelta

from itsdangerous import BadSignature, URLSafeTimedSerializer
from starlette.requests import Request
from starlette.responses import Response

from services.router.accounts.domain import Account
from services.router.accounts.store import Accounts
from services.router.config import Settings
from shared.web.csrf import bind

VALID_FOR = timedelta(minutes=10)


class SecondStep:
    """A signed cookie says whose password was right, and which page they wanted. It opens nothing else."""

    def __init__(self, accounts: Accounts, settings: Settings) -> None:
        self._accounts = accounts
        self._duty = frozenset(settings.totp_roles)
        self._signer = URLSafeTimedSerializer(settings.secret_key.get_secret_value(), salt="second-step")
        self._secure = settings.router_url.startswith("https:")

    @property
    def _cookie(self) -> str:
        return "__Host-step" if self._secure else "step"

    def wanted(self, account: Account) -> str:
        """The page that comes after the password; empty when there is none."""
        if account.second_factor:
            return "/login/code"
        return "/login/second-factor" if self.is_duty(account) else ""

    def is_duty(self, account: Account) -> bool:
        """Whether people of this role must have a second factor."""
        return account.role in self._duty

    def begin(self, response: Response, account: Account, wanted: str) -> None:
        """The password was right: remember it for ten minutes."""
        value = self._signer.dumps([account.id, _stamp(account), wanted])
        age = int(VALID_FOR.total_seconds())
        response.set_cookie(self._cookie, value, max_age=age, httponly=True, secure=self._secure, samesite="lax")

    async def of(self, request: Request) -> tuple[Account, str] | None:
        """Whose password was right, and the page that they wanted; None for nobody, or too long ago.

        Forms of this step are bound to the person.
        """
        try:
            value = self._signer.loads(request.cookies.get(self._cookie, ""), max_age=int(VALID_FOR.total_seconds()))
        except BadSignature:
            return None
        account_id, stamp, wanted = value
        account = await self._accounts.find_one(account_id)
        if account is None or account.disabled or stamp != _stamp(account):
            return None
        bind(request, f"step:{account.id}")
        return account, wanted

    def end(self, response: Response) -> None:
        """Delete the cookie."""
        response.delete_cookie(self._cookie, secure=self._secure, httponly=True, samesite="lax")


def _stamp(account: Account) -> str:
    """Changes with the password."""
    return account.credentials_changed_at.isoformat() if account.credentials_changed_at else ""
