"""Backups of a whole installation: one moment of all four databases, and what waits at the broker.

An event that was published and not yet obeyed at that moment is in no document's outbox. Two things keep it: services
remember for a while what they have published (``Documents.settle``), and what waits longer is looked up in the queues.
After a restore all of it is delivered once more; what had been obeyed has no second effect.
"""
