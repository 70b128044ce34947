"""What figures are and how they are counted."""
