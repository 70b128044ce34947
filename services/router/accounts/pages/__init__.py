"""Pages of accounts: signing in, people, the account of one's own."""
