"""Exports spans to an OpenTelemetry collector, over OTLP/HTTP."""

from shared.tracing.spans import OFF, Tracing


def tracing(service: str, endpoint: str) -> Tracing:
    """The tracing of a service, with the collector at this address; off without an address.

    A thread sends the spans in batches. The SDK reads its other standard variables, such as OTEL_TRACES_SAMPLER. It is
    imported only when tracing is on.
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
