"""Errors of requests, for those who want them told by the status, too."""

from __future__ import annotations

import json
from typing import Any

from aiohttp.web import HTTPBadRequest

from earmark.serving.deepaas.answers import failure

__all__ = ["RefusedError"]


class RefusedError(HTTPBadRequest):
    """A request that cannot be met, with the same body as where the status says nothing of it.

    Unlike aiohttp's own it finds its way back from the process that raised it.
    """

    def __init__(self, message: str) -> None:
        super().__init__(text=json.dumps(failure(message)), content_type="application/json")
        self.message = message

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.message,)
