"""The library of all four services: events, documents, broker, relay, page layout."""
