"""The words of letters: what comes with the product, which variables they have, and how they become a letter."""
