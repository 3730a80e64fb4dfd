"""JSON logs that hold ids and kinds only: no text of a message, no name, no phone."""

from __future__ import annotations

import logging
import sys
import traceback
from types import TracebackType
from typing import Any

import structlog
from structlog.typing import EventDict, WrappedLogger

_ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None]


def _exception_without_message(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Replaces an exception by its type and places: messages of database errors quote rows."""
    info: Any = event.pop("exc_info", None)
    if not info:
        return event
    if info is True:
        info = sys.exc_info()
    elif isinstance(info, BaseException):
        info = (type(info), info, info.__traceback__)
    kind, _, trace = info
    if kind is not None:
        event["error"] = f"{kind.__module__}.{kind.__qualname__}"
        event["at"] = [f"{f.filename}:{f.lineno}:{f.name}" for f in traceback.extract_tb(trace)[-8:]]
    return event


def _library_record(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Keeps a library's message template and drops its arguments, which may quote what a patient wrote."""
    record: logging.LogRecord | None = event.get("_record")
    if record is not None and event.get("_from_structlog") is False:
        event["event"] = str(record.msg)
    return event


def configure_logging(level: str) -> None:
    """Sends all logs of the process, ours and the libraries', to stdout as JSON lines."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[
            _library_record,
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            _exception_without_message,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in ("httpx", "httpcore", "socketio", "engineio", "uvicorn.access", "procrastinate", "alembic"):
        logging.getLogger(name).setLevel(logging.WARNING)
