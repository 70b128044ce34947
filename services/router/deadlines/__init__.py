"""Deadlines: the clock of a unit, the clock of the law, and the calendar of working days."""
