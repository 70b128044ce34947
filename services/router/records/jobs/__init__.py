"""What the record does by itself."""
