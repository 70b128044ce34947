"""Real identity providers, for tests of the sign-in."""
