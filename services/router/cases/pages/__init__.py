"""The pages about cases."""

from typing import Annotated

from services.router.access import Action, Officer
from services.router.cases.store import Cases
from services.router.desk import require
from services.router.directory.store import Units
from shared.web.provided import provided

CaseStore = Annotated[Cases, provided(Cases)]
UnitStore = Annotated[Units, provided(Units)]
Reader = Annotated[Officer, require(Action.READ_CASES)]
Dispatcher = Annotated[Officer, require(Action.ROUTE)]
Reviewer = Annotated[Officer, require(Action.REVIEW)]
Closer = Annotated[Officer, require(Action.CLOSE)]
