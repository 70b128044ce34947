"""What developers run: the local system, the demonstration, the generated documents."""
