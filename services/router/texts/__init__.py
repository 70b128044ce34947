"""Texts: templates for what officers write."""
