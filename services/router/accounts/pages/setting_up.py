"""Sets up an authenticator: the secret waits, encrypted, in the form until its first code was shown."""

from datetime import datetime
from typing import Any

import segno
from starlette.requests import Request

from services.router.accounts.domain import Account, SecondFactor
from services.router.accounts.domain.codes import (
    address_of,
    matching_step,
    new_recovery_codes,
    new_secret,
    recovery_hash,
)
from services.router.accounts.forms import SetUpForm
from services.router.accounts.store import Accounts
from shared.web.forms import Form
from shared.web.pages import web


def offer(request: Request, accounts: Accounts, account: Account, form: Form[Any] | None = None) -> dict[str, Any]:
    """What the page shows: a new secret, or that of the form which is shown again, as QR code and as text."""
    secret = _opened(accounts, account, str(form.values.get("setup", "")) if form else "") or new_secret()
    issuer = web(request).settings.hotline_name
    address = address_of(secret, account=account.email, issuer=issuer)
    return {
        "setup": accounts.closed(f"{account.id}:{secret}"),
        "key": " ".join(secret[at : at + 4] for at in range(0, len(secret), 4)),
        "qr": segno.make(address, error="m", micro=False).svg_data_uri(border=4, scale=5, light="#fff"),
        "account": account,
    }


def read_setup(
    accounts: Accounts, account: Account, form: SetUpForm, now: datetime
) -> tuple[SecondFactor, tuple[str, ...]] | None:
    """The second factor and its recovery codes; None if the code is not one of the offered secret."""
    secret = _opened(accounts, account, form.setup)
    step = matching_step(secret, form.one_time_code, now) if secret else None
    if step is None:
        return None
    codes = new_recovery_codes()
    hashed = tuple(recovery_hash(account.id, code) for code in codes)
    return accounts.factor(secret, since=now, last_step=step, recovery=hashed), codes


def _opened(accounts: Accounts, account: Account, setup: str) -> str:
    """The secret that was offered to this person; empty for any other text."""
    owner, _, secret = accounts.opened(setup).partition(":") if setup else ("", "", "")
    return secret if owner == account.id else ""
