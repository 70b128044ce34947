"""SIGTERM: a service is gone within 30 seconds. ``tests/drills`` has what it does with the work in hand."""

import signal

from scripts.local import config
from tests.journeys.conftest import ChaosSystem


async def stopped(chaos: ChaosSystem, *services: str) -> None:
    """They end by SIGTERM; what is still there after 30 seconds is killed, and that would be seen."""
    await chaos.stop(*services)
    ended = {service: chaos.system.services[service].returncode for service in services}
    assert ended == dict.fromkeys(services, -signal.SIGTERM)


async def test_services_with_nothing_to_do_end(chaos: ChaosSystem) -> None:
    await stopped(chaos, *config.SERVICES)
