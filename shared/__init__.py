"""What all four services stand on: events, documents, broker, relay, and the look of the pages."""
