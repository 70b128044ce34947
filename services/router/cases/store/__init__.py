"""The collections of the subject."""
