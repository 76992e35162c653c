"""How many streams a service holds open, and their threads."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from earmark.serving.errors import ServiceError
from earmark.serving.settings import ServeSettings

__all__ = ["Streams"]


class Streams:
    """The streams of a service: so many at once, each with a thread of its own.

    Parameters
    ----------
    settings : ServeSettings
        ``streams`` is used.
    """

    def __init__(self, settings: ServeSettings) -> None:
        self._most = settings.streams
        self._open = 0
        self.pool = ThreadPoolExecutor(max(1, self._most), thread_name_prefix="earmark-stream")

    def __enter__(self) -> None:
        """Take a place.

        Raises
        ------
        ServiceError
            503 if there is none.
        """
        if self._open >= self._most:
            raise ServiceError(
                503,
                "busy",
                f"{self._open} streams are open, and there may be no more: try again later",
                headers={"Retry-After": "10"},
            )
        self._open += 1

    def __exit__(self, *error: object) -> None:
        self._open -= 1

    def close(self) -> None:
        """Wait for the threads, whose clients are gone by now."""
        self.pool.shutdown(wait=True, cancel_futures=True)
