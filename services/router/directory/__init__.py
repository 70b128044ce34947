"""The directory: faculties, departments and offices."""
