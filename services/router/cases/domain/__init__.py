"""What the desk knows: cases, units, users. Plain Python; returns the new state and the events."""
