"""The application: routes and what stands around them, put together."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial

from fastapi import FastAPI
from starlette.types import ASGIApp

from earmark import __version__
from earmark.bundle import Bundle
from earmark.serving import max_face, measuring, observing, pages, swagger2, v1
from earmark.serving.engine import Engine
from earmark.serving.errors import tell_errors
from earmark.serving.guarding import ApiKeys, allow_pages, describe_keys
from earmark.serving.limits import BodyLimits
from earmark.serving.measuring import Measures, Measuring
from earmark.serving.models import Models, find
from earmark.serving.settings import ServeSettings
from earmark.serving.streams import Streams

__all__ = ["create_app"]

ROUTERS = (
    v1.router,
    max_face.router,
    swagger2.router,
    observing.router,
    measuring.router,
    pages.router,
)
MIDDLEWARE: tuple[Callable[[ASGIApp], ASGIApp], ...] = (
    observing.RequestIds,
    Measuring,
    ApiKeys,
    BodyLimits,
)
"""From the outermost to the innermost."""


def create_app(settings: ServeSettings | None = None) -> FastAPI:
    """Make the application of a service.

    Its models are opened when it starts. Their folders are read now, so that what is wrong with
    them is said before a port is taken.

    Raises
    ------
    ModelError, UsageError
        As `models.find`.
    """
    settings = settings or ServeSettings()
    app = FastAPI(
        title="earmark",
        version=__version__,
        summary="Says what is to be heard in recordings, and when.",
        docs_url=None,
        redoc_url=None,
        lifespan=partial(_lifespan, bundles=find(settings.models)),
    )
    app.state.settings = settings
    app.state.measures = Measures()
    tell_errors(app)
    for router in ROUTERS:
        app.include_router(router)
    for middleware in reversed(MIDDLEWARE):
        app.add_middleware(middleware)
    allow_pages(app, settings.cors)
    if settings.api_keys:
        describe_keys(app)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI, *, bundles: tuple[Bundle, ...]) -> AsyncIterator[None]:
    settings = app.state.settings
    app.state.models, _ = await asyncio.gather(
        asyncio.to_thread(Models, bundles, batch=settings.batch),
        asyncio.to_thread(app.openapi),  # kept; the first who asked would hold up all others
    )
    app.state.engine = Engine(settings)
    app.state.streams = Streams(settings)
    app.state.measures.watch(app.state.engine)
    app.state.ready = True
    try:
        yield
    finally:
        app.state.ready = False
        await asyncio.to_thread(app.state.streams.close)
        await asyncio.to_thread(app.state.engine.close)
