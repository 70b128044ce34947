"""The drills have a system of their own, made like that of the journeys."""

from tests.journeys.conftest import chaos, email, running_system, subject

__all__ = ["chaos", "email", "running_system", "subject"]
