"""Pages of the directory of units."""

from typing import Annotated

from services.router.access import Action, Officer
from services.router.desk import require

Reader = Annotated[Officer, require(Action.READ_DIRECTORY)]
Editor = Annotated[Officer, require(Action.EDIT_DIRECTORY)]
