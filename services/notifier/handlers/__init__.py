"""Makes a letter for each event that somebody must know of, and sends the letters."""
