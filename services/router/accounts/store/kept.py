"""The collection ``kept_forms``: what somebody sent after their session had ended."""

import json
from datetime import datetime, timedelta
from uuid import uuid4

from pydantic import AwareDatetime
from pymongo import IndexModel

from shared.documents import Database, Documents
from shared.seal import WrongKey
from shared.state import Aggregate

KEPT_FOR = timedelta(hours=1)
LARGEST = 1024 * 1024
"""Characters: as many as a form may have."""


class KeptForm(Aggregate):
    """A form for its writer alone: ``sealed`` are names and values of its fields, ``path`` is where it was sent."""

    account_id: str
    path: str
    sealed: str
    kept_at: AwareDatetime


class KeptForms(Documents[KeptForm]):
    """Forms, encrypted, for an hour."""

    indexes = (IndexModel("kept_at", expireAfterSeconds=int(KEPT_FOR.total_seconds())),)

    def __init__(self, database: Database) -> None:
        super().__init__(database, "kept_forms", KeptForm)

    async def keep(self, account_id: str, path: str, fields: list[tuple[str, str]], now: datetime) -> str | None:
        """Keep a form. Returns its id; None for one that is too large."""
        text = json.dumps(fields)
        if len(text) > LARGEST:
            return None
        assert self.database.seal
        sealed = self.database.seal.close(text)
        form = KeptForm(id=str(uuid4()), account_id=account_id, path=path, sealed=sealed, kept_at=now)
        await self.add(form)
        return form.id

    async def of(self, account_id: str, form_id: str, now: datetime) -> tuple[str, list[tuple[str, str]]] | None:
        """Path and fields of a form of this person; None when there is none, or no more."""
        form = await self.find_one(form_id)
        if form is None or form.account_id != account_id or now - form.kept_at >= KEPT_FOR:
            return None
        assert self.database.seal
        try:
            fields = json.loads(self.database.seal.open(form.sealed))
        except WrongKey:
            return None
        return form.path, [(name, value) for name, value in fields]
