"""The rules for messages: pure functions that return the new state and the events."""
