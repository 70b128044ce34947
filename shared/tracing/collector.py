"""Where spans go: an OpenTelemetry collector, over OTLP/HTTP."""

from shared.tracing.spans import OFF, Tracing


def tracing(service: str, endpoint: str) -> Tracing:
    """The traces of a service, for the collector at this address; none without an address.

    Sent in batches by a thread of its own. The SDK reads its other standard variables, such as OTEL_TRACES_SAMPLER; it
    is imported here and only now, so that who does not trace does not load it.
    """
    if not endpoint:
        return OFF
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    resource = Resource.create({"service.name": service, "service.namespace": "klu-hat"})
    provider = TracerProvider(resource=resource, shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=f"{endpoint.rstrip('/')}/v1/traces")))
    return Tracing(provider)
