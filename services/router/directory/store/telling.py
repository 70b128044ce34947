"""How a snapshot is told: whole, when it has changed, or when a listener does not have it."""

from services.router.directory.domain.snapshots import S, renewed
from shared.documents import Documents


async def tell(store: Documents[S], before: S, fresh: S, known: int | None) -> int:
    """Store and announce what is now, unless it was told; it replaces what is still owed. Returns the version.

    ``before`` was read before ``fresh``, so whoever saves without a conflict has read what is newer than the last
    snapshot. ``known`` is the version of a listener that has asked. Raises Conflict.
    """
    made = renewed(before, fresh, known=known)
    if made is None:
        return before.version
    snapshot, announcing = made
    await store.replace(snapshot, announcing=announcing)
    return snapshot.version
