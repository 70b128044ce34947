"""Cases, from the message to the answer."""
