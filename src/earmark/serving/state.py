"""What a service holds while it runs, as its routes ask for it."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request

from earmark.serving.errors import ServiceError
from earmark.serving.models import Models

__all__ = ["Offered"]


def _models(request: Request) -> Models:
    models = getattr(request.app.state, "models", None)
    if not isinstance(models, Models):
        raise ServiceError(503, "not_ready", "the service is starting or shutting down")
    return models


Offered = Annotated[Models, Depends(_models)]
"""The models of the service that a request came to."""
