"""How fast it is, measured against its floor, a peer and its own history: ``make bench``."""
