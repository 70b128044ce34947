"""Texts and settings that the institution writes itself."""
