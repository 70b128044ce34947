"""What happens that somebody must be told of by letter, and what becomes of the letters."""
