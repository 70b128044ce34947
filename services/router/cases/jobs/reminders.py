"""Reminders and escalation: what waits is told to units, their heads and the people of the desk, each thing once.

What a recipient was told stands in one document of theirs (``Told``), which is saved together with the letter's event.
Of two processes that decide at the same time one has a conflict, reads again, and finds that it was said. The cases
learn of it from the event, for their timelines.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from functools import partial

from services.router.accounts.domain import Account
from services.router.accounts.store import Accounts
from services.router.cases.domain.reminding import (
    DeskThing,
    UnitThing,
    for_person,
    letter_to_person,
    letters_to_unit,
    of_desk,
    of_units,
    recipients,
)
from services.router.cases.store.reminders import Reminders, WaitingCases
from services.router.deadlines.domain.counting import Deadlines
from services.router.deadlines.domain.reminders import ReminderRules, may_leave, remind
from services.router.directory.store import Snapshots, Units
from shared.days import local
from shared.scheduled import Act, act_on_due

MOST_PEOPLE = 1_000
HORIZON = timedelta(days=30)
"""Of what is due later than this nobody is reminded yet: a few working days are fewer days than these."""


class ReminderJob:
    """Looks at what waits, and has the letters written. ``deadlines`` and ``rules`` are asked at each look."""

    def __init__(
        self,
        reminders: Reminders,
        waiting: WaitingCases,
        units: Units,
        snapshots: Snapshots,
        accounts: Accounts,
        *,
        deadlines: Callable[[], Deadlines],
        rules: Callable[[], ReminderRules],
    ) -> None:
        self._reminders, self._waiting, self._accounts = reminders, waiting, accounts
        self._units, self._snapshots = units, snapshots
        self._deadlines, self._rules = deadlines, rules

    async def run(self) -> bool:
        """Tell everybody what is new to them. Returns False: no more to do at once."""
        now, deadlines, rules = self._reminders.database.clock(), self._deadlines(), self._rules()
        if may_leave(now, deadlines, rules):
            due = await self._waiting.due(now + HORIZON)
            at_desk = await self._waiting.at_desk()
            cases = {case.id: case for case in (*due, *at_desk)}.values()
            units = {f"unit.{code}": things for code, things in of_units(cases, now, deadlines, rules).items()}
            await self._act(units, deadlines, partial(self._tell_unit, units, deadlines, rules))
            people: dict[str, tuple[Account, list[DeskThing]]] = {}
            accounts = await self._accounts.find({"disabled": {"$ne": True}}, sort=[("_id", 1)], limit=MOST_PEOPLE)
            waiting = of_desk(cases, now, deadlines, rules)
            for account, supervises in recipients(accounts):
                too_early = account.digest and local(now, deadlines.zone).hour < rules.digest_hour
                if not too_early and (things := for_person(waiting, account, supervises=supervises)):
                    people[f"account.{account.id}"] = account, things
            await self._act(people, deadlines, partial(self._tell_person, people, deadlines, rules))
        return False

    async def _act(self, recipients: Iterable[str], deadlines: Deadlines, act: Act) -> None:
        await self._reminders.begin(recipients)
        await act_on_due(self._reminders, lambda now: Reminders.not_told_today(recipients, now, deadlines), act)

    async def _tell_unit(
        self,
        units: Mapping[str, list[UnitThing]],
        deadlines: Deadlines,
        rules: ReminderRules,
        told_id: str,
        now: datetime,
    ) -> None:
        things = {thing.waiting.about: thing for thing in units[told_id]}
        told = await self._reminders.get(told_id)
        if said := remind(told, (thing.waiting for thing in things.values()), now, deadlines, rules):
            new = [things[waiting.about] for waiting in said[1]]
            known = await self._units.find_one(new[0].unit.code)
            unit, version = known.address if known else new[0].unit, await self._snapshots.renew()
            letters = letters_to_unit(told_id, unit, new, now, deadlines, version=version)
            await self._reminders.save(said[0], announcing=letters)

    async def _tell_person(
        self,
        people: Mapping[str, tuple[Account, list[DeskThing]]],
        deadlines: Deadlines,
        rules: ReminderRules,
        told_id: str,
        now: datetime,
    ) -> None:
        account, waiting = people[told_id]
        things = {thing.waiting.about: thing for thing in waiting}
        told = await self._reminders.get(told_id)
        everything = {"everything": account.digest}
        if said := remind(told, (thing.waiting for thing in waiting), now, deadlines, rules, **everything):
            new = [things[one.about] for one in said[1]]
            await self._reminders.save(said[0], announcing=letter_to_person(told_id, account, new, now, deadlines))
