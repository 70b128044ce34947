"""The clocks, and the calendar by which they count."""
