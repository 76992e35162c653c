"""What a service holds while it runs, as its routes ask for it."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request
from starlette.requests import HTTPConnection

from earmark.serving.engine import Engine
from earmark.serving.errors import ServiceError
from earmark.serving.models import Models
from earmark.serving.settings import ServeSettings

__all__ = ["Offered", "Settings", "Working", "hung_up", "offered"]


async def hung_up(request: Request) -> None:
    """Wait until the client hangs up; its request's body must have been read."""
    while (await request.receive())["type"] != "http.disconnect":
        pass


def offered(request: HTTPConnection) -> Models:
    """Give the models of a service that has opened them.

    Raises
    ------
    ServiceError
        503 if it has not, or closes them.
    """
    models = getattr(request.app.state, "models", None)
    if not isinstance(models, Models):
        raise ServiceError(503, "not_ready", "the service is starting or shutting down")
    return models


def _engine(request: HTTPConnection, models: Annotated[Models, Depends(offered)]) -> Engine:
    engine = request.app.state.engine
    assert isinstance(engine, Engine)  # or there would be no models either
    return engine


def _settings(request: HTTPConnection) -> ServeSettings:
    settings = request.app.state.settings
    assert isinstance(settings, ServeSettings)
    return settings


Offered = Annotated[Models, Depends(offered)]
"""The models of the service that a request came to."""
Working = Annotated[Engine, Depends(_engine)]
"""The way from recordings to results."""
Settings = Annotated[ServeSettings, Depends(_settings)]
"""What the service was told."""
