"""The second factor: one-time codes of an authenticator (TOTP, RFC 6238) and recovery codes."""

import hashlib
import hmac
import secrets
from datetime import datetime

from pyotp import TOTP, random_base32

from services.router.accounts.domain import SecondFactor

STEP = 30
"""Seconds of a code."""
SKEW = 1
"""Steps that the two clocks may differ, to either side (RFC 6238, 5.2)."""
RECOVERY_CODES = 10
_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Without characters that look alike."""


def new_secret() -> str:
    """A random secret of 160 bits, in base 32 (RFC 4226, 4)."""
    return random_base32()


def address_of(secret: str, *, account: str, issuer: str) -> str:
    """What the QR code says to an authenticator: an ``otpauth`` address."""
    return TOTP(secret).provisioning_uri(name=account, issuer_name=issuer)


def matching_step(secret: str, code: str, now: datetime, *, after: int = 0) -> int | None:
    """The time step whose code this is, if it is near and later than ``after``; None for any other code."""
    given, current = "".join(code.split()), int(now.timestamp()) // STEP
    for step in range(current - SKEW, current + SKEW + 1):
        right = TOTP(secret).generate_otp(step)
        if step > after and hmac.compare_digest(right.encode(), given.encode("utf-8", "replace")):
            return step
    return None


def new_recovery_codes() -> tuple[str, ...]:
    """Ten codes such as ``7KX4-9QMB-2HTD``, each of 58 bits."""
    drawn = ("".join(secrets.choice(_ALPHABET) for _ in range(12)) for _ in range(RECOVERY_CODES))
    return tuple(f"{code[:4]}-{code[4:8]}-{code[8:]}" for code in drawn)


def recovery_hash(account_id: str, code: str) -> str:
    """What is kept of a recovery code. Case, blanks and hyphens do not count."""
    plain = "".join(letter for letter in code.upper() if letter.isalnum())
    return hashlib.sha256(f"{account_id}:{plain}".encode("utf-8", "replace")).hexdigest()


def without_recovery_code(factor: SecondFactor, hashed: str) -> SecondFactor | None:
    """The factor after this recovery code was used; None when it is none of those that are left."""
    if hashed not in factor.recovery:
        return None
    return factor.model_copy(update={"recovery": tuple(one for one in factor.recovery if one != hashed)})
