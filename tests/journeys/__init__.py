"""Journeys over the four real processes; a package, so that the system runs only while they do."""
