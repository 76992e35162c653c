"""Who may ask: API keys, and which web pages may read the answers."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from typing import Any

from fastapi import FastAPI
from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from earmark.serving.errors import ServiceError, answer_error

__all__ = ["ApiKeys", "allow_pages", "describe_keys", "keys_match"]

PROBES = frozenset({"/healthz", "/readyz"})
"""What is asked by machines that watch the service and hold no key."""
PAGES = frozenset({"/", "/openapi.json", "/swagger.json"})
"""What tells people and programs how to ask, and that a key is wanted."""
PARTS = "/page/"
"""Where the page's own files are. A browser has no key to send for them."""
SCHEMES = {
    "bearer": {"type": "http", "scheme": "bearer"},
    "key": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
}
"""The two ways of giving a key, as OpenAPI names them."""


class ApiKeys:
    """Refuse requests without a key, where the service has any.

    A key comes as ``Authorization: Bearer KEY`` or ``X-API-Key: KEY``. It is looked at before
    the request's body is, and before a stream is accepted.

    A browser lets any page open a stream to anywhere, and asks nobody. So a stream that a page of
    another site opens is refused unless that site is named in ``cors``.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on if it may be."""
        app = self.app
        if scope["type"] != "lifespan" and not _is_open(scope["path"]):
            settings = scope["app"].state.settings
            headers = Headers(scope=scope)
            if settings.api_keys and not keys_match(_given(headers), settings.api_keys):
                app = answer_error(scope, _refusal())
            elif scope["type"] == "websocket" and not _may_stream(headers, settings.cors):
                app = answer_error(scope, _foreign())
        await app(scope, receive, send)


def allow_pages(app: FastAPI, sites: Sequence[str]) -> None:
    """Let pages of other sites read the answers; where there are none, no browser does.

    This stands outside of all else: a browser asks first, and without a key.
    """
    if sites:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=sites,
            allow_methods=["GET", "POST"],
            allow_headers=["Authorization", "X-API-Key", "X-Request-ID"],
            expose_headers=["Retry-After", "X-Request-ID"],
        )


def describe_keys(app: FastAPI) -> None:
    """Say in a service's OpenAPI description that it wants a key, and how; its page then asks."""
    describe = app.openapi

    def described() -> dict[str, Any]:
        description = describe()
        description["components"]["securitySchemes"] = SCHEMES
        description["security"] = [{name: []} for name in SCHEMES]
        for path in PROBES:
            description["paths"][path]["get"]["security"] = []
        return description

    app.openapi = described  # type: ignore[method-assign]


def keys_match(given: str, keys: tuple[str, ...]) -> bool:
    """Whether a text is one of the keys, in a time that tells nothing of them.

    Digests of one length are compared, and all of them whichever matches.
    """
    digest = _digest(given)
    found = False
    for key in keys:
        found |= hmac.compare_digest(digest, _digest(key))
    return found


def _is_open(path: str) -> bool:
    return path in PROBES or path in PAGES or path.startswith(PARTS)


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).digest()


def _given(headers: Headers) -> str:
    scheme, _, token = headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else headers.get("x-api-key", "")


def _may_stream(headers: Headers, sites: Sequence[str]) -> bool:
    """Whether a stream comes from a program, a page of this service, or a page of a named site."""
    origin = headers.get("origin")
    if origin is None or "*" in sites or origin in sites:
        return True
    _, _, site = origin.partition("://")
    return site == headers.get("host")


def _foreign() -> ServiceError:
    return ServiceError(403, "foreign_page", "pages of this site may not open streams here")


def _refusal() -> ServiceError:
    return ServiceError(
        401,
        "no_key",
        "send one of the service's keys as Authorization: Bearer KEY, or X-API-Key",
        headers={"WWW-Authenticate": "Bearer"},
    )
