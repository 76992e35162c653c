"""The log of a service: one line of JSON for each thing that happened."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime
from typing import TextIO

__all__ = ["JsonLines", "write_logs"]

LOGGERS = ("earmark", "uvicorn")


class JsonLines(logging.Formatter):
    """Make a line of a record; whatever a client sent stands in it escaped."""

    def format(self, record: logging.LogRecord) -> str:
        """Make the line: time, level, logger, message, a request's facts, and an error's trace."""
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        line |= getattr(record, "facts", {})
        if record.exc_info:
            line["trace"] = self.formatException(record.exc_info)
        return json.dumps(line)


def write_logs(stream: TextIO) -> logging.Handler:
    """Write what happens, from now on, and only there.

    Returns
    -------
    logging.Handler
        That writes; `logging.Logger.removeHandler` ends it.
    """
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLines())
    for name in LOGGERS:
        logger = logging.getLogger(name)
        logger.addHandler(handler)
        logger.propagate = False
    logging.getLogger("earmark").setLevel(logging.INFO)
    logging.getLogger("uvicorn").setLevel(logging.WARNING)
    return handler
