"""Who works on the desk: accounts, sessions, signing in."""
