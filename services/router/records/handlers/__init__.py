"""Handlers of the record."""
