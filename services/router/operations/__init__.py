"""The state of the system: events that could not be processed."""
