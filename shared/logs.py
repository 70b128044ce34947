"""Logs: JSON on standard output, with the correlation id and the trace id, without personal data.

Texts, names, addresses, codes and links are never logged, only ids of events and documents.
"""

import logging
import sys
from typing import Literal

import structlog
from opentelemetry import trace

CHATTY = ("aio_pika", "aiormq", "pymongo", "faststream", "uvicorn.error", "httpx2", "httpcore2")
"""Libraries of which warnings suffice. The HTTP client would write every address: signed links, those of webhooks."""


def configure(service: str, form: Literal["json", "console"] = "json", level: str = "INFO") -> None:
    """Write all log records, also those of libraries, to standard output in the same format."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        _in_its_trace,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    last: structlog.typing.Processor = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if form == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stdout.isatty(), pad_event_to=0)
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared, processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, last]
        )
    )
    logging.basicConfig(handlers=[handler], level=level, force=True)
    for chatty in CHATTY:
        logging.getLogger(chatty).setLevel(logging.WARNING)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level)),
        logger_factory=structlog.stdlib.LoggerFactory(),
    )
    structlog.contextvars.bind_contextvars(service=service)


def _in_its_trace(logger: object, name: str, line: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Add the ids of the current trace and span."""
    here = trace.get_current_span().get_span_context()
    if here.is_valid:
        line.update(trace_id=f"{here.trace_id:032x}", span_id=f"{here.span_id:016x}")
    return line
