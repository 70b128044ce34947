"""Writes a letter for each event that somebody must be told about, and sends it."""
