"""What is told, and to whom."""
