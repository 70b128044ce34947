"""OpenTelemetry traces of one message's way: made here and nowhere else, so that no span can say too much."""
