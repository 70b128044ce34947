"""Where the figures are stored."""
