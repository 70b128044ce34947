"""Backups of a whole installation: all four databases at one moment, and the events that wait at the broker.

An event that was published and not yet processed at that moment is in no outbox. The backup finds it in the log of
published events (``shared.outbox.PublishedLog``) or, when it waits longer, in a queue. After a restore these events are
delivered again; those that were processed before have no second effect.
"""
