"""Figures: rows, charts, reports, and what is published of them."""
