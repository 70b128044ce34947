"""Lists that officers save under a name: the view, the filters and the sort, as their address."""

from datetime import datetime

from pydantic import AwareDatetime

from services.router.access import Officer
from services.router.cases.domain.lists import CaseFilter
from shared.refused import Refused
from shared.state import Actor, Aggregate

MOST = 30
"""Lists of one person, and lists that are shared."""
SHARED = ""
"""The owner of a list that everybody has."""
TAKEN = "There is a list with this name already. Please choose another name."


class NameTaken(Refused):
    """The owner has a list of this name already."""

    field = "name"


class SavedList(Aggregate):
    """A list under a name. ``owner`` is an account id, or SHARED. ``address`` has its parameters, as in ``/?…``."""

    owner: str
    name: str
    address: str
    by: Actor
    at: AwareDatetime

    @property
    def shared(self) -> bool:
        """Whether everybody has it."""
        return self.owner == SHARED


def save_list(list_id: str, name: str, chosen: CaseFilter, by: Officer, now: datetime, *, shared: bool) -> SavedList:
    """The list ``chosen`` under this name, of the officer or shared with all; without the place in it."""
    owner = SHARED if shared else by.id
    return SavedList(id=list_id, owner=owner, name=name, address=chosen.query(), by=by.actor, at=now)


def allow_another(number: int) -> None:
    """Raise Refused when there are so many lists already that nobody would find one among them."""
    if number >= MOST:
        raise Refused("There are very many saved lists already. Please remove one first.")
