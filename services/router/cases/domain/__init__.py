"""The rules for cases: pure functions that return the new state and the events."""
