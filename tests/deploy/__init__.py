"""What is deployed: the images, and the files that say how they run."""
