"""What the services answer about one person: one event in, one store call out."""

from services.router.records.domain.requests import found, part_of_export
from services.router.records.store.persons import Persons
from services.router.records.store.requests import PersonRequests
from shared.clock import Clock, utc_now
from shared.documents import AlreadyProcessed
from shared.events import CloudEvent, Exported, PersonFound, PersonSought
from shared.people import Sought
from shared.person_answers import told
from shared.state import KeptFile


class RequestHandlers:
    """Keep what was found of a person, and the parts of an export."""

    def __init__(self, requests: PersonRequests, persons: Persons, clock: Clock = utc_now) -> None:
        self.requests, self.persons, self.clock = requests, persons, clock

    async def on_person_sought(self, event: CloudEvent[PersonSought]) -> None:
        """The router looks among its own cases, letters, mails and accounts."""
        asked = await self.requests.get(event.data.request_id, handling=event)
        items = await self.persons.items(Sought.of(event.data))
        ids = {"request_id": event.data.request_id, "number": event.data.number}
        answer = PersonFound(**ids, **told(items), found_at=self.clock())
        await self.requests.save(found(asked, answer, "router"), handling=event)

    async def on_found(self, event: CloudEvent[PersonFound]) -> None:
        """A service has looked. A late answer to an earlier search changes nothing."""
        asked = await self.requests.get(event.data.request_id, handling=event)
        if (after := found(asked, event.data, _service(event.source))) == asked:
            raise AlreadyProcessed(event.id)
        await self.requests.save(after, handling=event)

    async def on_exported(self, event: CloudEvent[Exported]) -> None:
        """A service has sent its part. A late one of an earlier export changes nothing."""
        asked = await self.requests.get(event.data.request_id, handling=event)
        file = KeptFile.model_validate(event.data.file) if event.data.file else None
        if (after := part_of_export(asked, event.data.number, _service(event.source), file)) == asked:
            raise AlreadyProcessed(event.id)
        await self.requests.save(after, handling=event)


def _service(source: str) -> str:
    """The service that published an event (``/klu/intake``)."""
    return source.rpartition("/")[2]
