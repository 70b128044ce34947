"""Pages for what the institution says itself: its name and look, its kinds of messages, its texts."""
