"""A process of the retention job, to be killed: ``python -m tests.drills.retaining <url> <database> <folder> <hours>``.

Its clock stands the given hours after that of the tests.
"""

import asyncio
import sys
from datetime import timedelta
from pathlib import Path

from shared.documents import Database, connect, left_to_the_sweep
from tests.router.retained import NOW, Retaining


async def work(url: str, name: str, folder: str, hours: str) -> None:
    """Do all that is to be done."""
    database = Database(connect(url, name), source="router", on_outbox=left_to_the_sweep)
    await Retaining(database, Path(folder), NOW + timedelta(hours=int(hours))).work()


if __name__ == "__main__":
    asyncio.run(work(*sys.argv[1:]))
