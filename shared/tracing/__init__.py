"""OpenTelemetry tracing. Spans are made here only, so that none contains personal data or secrets."""
