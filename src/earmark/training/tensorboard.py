"""Writes numbers for TensorBoard, which is not imported: with TensorFlow there it takes seconds."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Mapping
from pathlib import Path

from tensorboard.compat.proto.event_pb2 import Event, SessionLog
from tensorboard.compat.proto.summary_pb2 import Summary

from earmark.formats.records import crc32c, frame

__all__ = ["EventFile"]


class EventFile:
    """A file of numbers by name and step, which TensorBoard finds in its folder.

    Parameters
    ----------
    folder : Path
    step : int
        Where the run begins, or goes on: what an earlier file says of later steps is void.
    """

    def __init__(self, folder: Path, *, step: int = 0) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        name = f"events.out.tfevents.{time.time_ns()}.{socket.gethostname()}.{os.getpid()}"
        self._file = (folder / name).open("wb")
        self._crc = crc32c()
        self._write(Event(wall_time=time.time(), file_version="brain.Event:2"))
        if step:
            begin = SessionLog(status=SessionLog.START)
            self._write(Event(wall_time=time.time(), step=step + 1, session_log=begin))

    def write(self, values: Mapping[str, float], *, step: int) -> None:
        """Add the numbers of a step."""
        summary = Summary(
            value=[Summary.Value(tag=tag, simple_value=value) for tag, value in values.items()]
        )
        self._write(Event(wall_time=time.time(), step=step, summary=summary))
        self._file.flush()

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _write(self, event: Event) -> None:
        self._file.write(frame(event.SerializeToString(), crc=self._crc))
