"""``python -m tests.drills.ordering message:<id> mail:<id> <address> …``: orders to destroy, as the desk does."""

import asyncio
import sys

from services.router.cases.store.cases import Cases
from services.router.config import Settings
from services.router.records.store.orders import Orders
from shared.config import load
from shared.destruction import DestructionLog, Erasing
from shared.documents import Database, left_to_the_sweep
from shared.state import Actor


async def main(given: list[str]) -> str:
    """Returns the id of the order."""
    settings = load(Settings)
    database = Database.of("router", settings, on_outbox=left_to_the_sweep)
    orders = Orders(database, Cases(database), DestructionLog(settings.destruction_log))
    made = await orders.order(
        kind=Erasing.DESTROY,
        message_ids=[one.removeprefix("message:") for one in given if one.startswith("message:")],
        mail_ids=[one.removeprefix("mail:") for one in given if one.startswith("mail:")],
        addresses=[one for one in given if "@" in one],
        rule="request",
        by=Actor(kind="officer", id="drill"),
    )
    return made.id


if __name__ == "__main__":
    sys.stdout.write(asyncio.run(main(sys.argv[1:])))
