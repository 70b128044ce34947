"""What is measured, a file for each part of the table. Each returns its figures; none leaves a service running."""
