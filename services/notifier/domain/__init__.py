"""Rules of letters (one e-mail each) to citizens, units and the hotline. Knows no SMTP."""
