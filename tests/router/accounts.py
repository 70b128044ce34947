"""Helpers for tests of accounts: the newest letter that is owed, an authenticator's codes."""

import json
from datetime import datetime
from typing import Any

import pyotp

from services.router.accounts.domain import Account
from services.router.accounts.domain.codes import STEP, recovery_hash
from services.router.accounts.store import Accounts
from shared.clock import utc_now
from shared.documents import Database, left_to_the_sweep
from shared.seal import Seal
from tests import examples as example

NEW = "dört kelime yan yana"
"""A password that nobody would refuse."""
KEY = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def sealing(database: Database) -> Accounts:
    """The store, with the key of the desk."""
    made = Database(database.mongodb, source="router", seal=Seal(example.SECRET), on_outbox=left_to_the_sweep)
    return Accounts(made)


async def letters(database: Database, email: str) -> list[dict[str, Any]]:
    """What is owed to the notifier about the account with this address, the oldest first."""
    found = await database["accounts"].find_one({"email": email}) or {"outbox": []}
    owing = [example.unpublished_data(one) for one in found["outbox"] if one["type"] == "account.notified"]
    assert "http" not in json.dumps([one["body"] for one in found["outbox"]])
    return owing


async def link_for(database: Database, email: str) -> str:
    """The path of the newest link that was mailed to this address."""
    link: str = (await letters(database, email))[-1]["link"]
    return link.removeprefix("http://127.0.0.1:8002")


def code(at: datetime | None = None, *, steps: int = 0, key: str = KEY) -> str:
    """What an authenticator shows now, or so many steps later."""
    return pyotp.TOTP(key).at((at or utc_now()).timestamp() + steps * STEP)


async def with_factor(database: Database, account: Account) -> Account:
    """The account, with an authenticator that has KEY and a recovery code ``AAAA-BBBB-CCCC``."""
    accounts = sealing(database)
    factor = accounts.factor(
        KEY, since=example.NOW, last_step=0, recovery=(recovery_hash(account.id, "AAAA-BBBB-CCCC"),)
    )
    made = account.model_copy(update={"second_factor": factor})
    return await accounts.put(made)
