"""The swift-frontend's log dialect: one JSON object a line, with the trace that the line belongs to."""

import contextvars
import json
import logging
import re

trace_id: contextvars.ContextVar[str | None] = contextvars.ContextVar("trace_id", default=None)

_TRACEPARENT = re.compile(r"00-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}")


def trace_of(traceparent: str | None) -> str | None:
    """The trace's id out of a W3C `traceparent` header."""
    match = _TRACEPARENT.fullmatch(traceparent or "")
    return match.group(1) if match else None


class JsonFormatter(logging.Formatter):
    """Writes the fields that the collector reads: ts, severity, traceId. Adds those in `extra={"fields": {…}}`."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "ts": round(record.created, 3),
            "severity": record.levelname,
            "label": record.name,
            "msg": record.getMessage(),
        }
        if (trace := trace_id.get()) is not None:
            line["traceId"] = trace
        line.update(getattr(record, "fields", {}))
        if record.exc_info:
            # Inside the object, because separate lines of a traceback could be taken for log entries.
            line["stack"] = self.formatException(record.exc_info)
        return json.dumps(line, separators=(",", ":"), ensure_ascii=False)


def write_json_lines(stream) -> None:
    """Sends everything that is logged to `stream`."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonFormatter())
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
