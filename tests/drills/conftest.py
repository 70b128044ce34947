"""The drills have a system of their own, made like that of the journeys."""

from tests.journeys.conftest import chaos, email, running_system, subject
from tests.windows import portal, window

__all__ = ["chaos", "email", "portal", "running_system", "subject", "window"]
