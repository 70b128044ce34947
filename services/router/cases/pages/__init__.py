"""The pages about cases."""

from typing import Annotated

from services.router.access import Action, Officer
from services.router.desk import require

Reader = Annotated[Officer, require(Action.READ_CASES)]
Dispatcher = Annotated[Officer, require(Action.ROUTE)]
Reviewer = Annotated[Officer, require(Action.REVIEW)]
Worker = Annotated[Officer, require(Action.WORK)]
Closer = Annotated[Officer, require(Action.CLOSE)]
Supervisor = Annotated[Officer, require(Action.DECIDE_OBJECTION)]
Enterer = Annotated[Officer, require(Action.ENTER)]
Decider = Annotated[Officer, require(Action.DECIDE_EXTENSION)]
Overseer = Annotated[Officer, require(Action.SUPERVISE)]
