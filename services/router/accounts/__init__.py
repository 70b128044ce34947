"""Accounts, sessions, log-in."""
