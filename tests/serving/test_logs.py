"""Lines of JSON."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator

import pytest

from earmark.serving.logs import LOGGERS, write_logs


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """Where the log goes for the length of a test."""
    stream = io.StringIO()
    loggers = [logging.getLogger(name) for name in LOGGERS]
    before = [(logger.propagate, logger.level) for logger in loggers]
    handler = write_logs(stream)
    yield stream
    for logger, (propagate, level) in zip(loggers, before, strict=True):
        logger.removeHandler(handler)
        logger.propagate = propagate
        logger.setLevel(level)


def test_a_line_for_each_and_nothing_unescaped(written: io.StringIO) -> None:
    logger = logging.getLogger("earmark.serving.requests")
    logger.info("a\n%s", "\x1b[31m\u2028", extra={"facts": {"path": "/\r\n{}"}})
    logger.debug("unheard")
    (line,) = written.getvalue().splitlines()
    assert line.isascii()
    assert line.isprintable()
    found = json.loads(line)
    assert found.pop("time").endswith("+00:00")
    assert found == {
        "level": "info",
        "logger": "earmark.serving.requests",
        "message": "a\n\x1b[31m\u2028",
        "path": "/\r\n{}",
    }


def test_a_trace_is_one_line_too(written: io.StringIO) -> None:
    try:
        raise RuntimeError("a\nb")
    except RuntimeError:
        logging.getLogger("uvicorn.error").exception("failed")
    (line,) = written.getvalue().splitlines()
    assert "RuntimeError: a\nb" in json.loads(line)["trace"]
