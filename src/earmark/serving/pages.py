"""``/``: the interactive page on every route. All that it loads comes from the service itself."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from fastapi import APIRouter, Response
from fastapi.openapi.docs import get_swagger_ui_html

from earmark.serving.errors import ServiceError

__all__ = ["router"]

PACKAGE = "fastapi_swagger.resources"
"""Swagger UI as the package ``fastapi-swagger`` ships it."""
KINDS = {
    "swagger-ui-bundle.js": "text/javascript",
    "swagger-ui.css": "text/css",
    "favicon-32x32.png": "image/png",
}
NOTHING_ELSE = (
    "default-src 'none'; connect-src 'self'; img-src 'self' data:; media-src 'self' blob:; "
    "script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; frame-ancestors 'none'"
)
"""A browser that is told this loads nothing from elsewhere, whatever the page says."""

router = APIRouter(include_in_schema=False)


@router.get("/")
async def page() -> Response:
    """Show the page; its addresses are relative, as a proxy may have put it into a folder."""
    made = get_swagger_ui_html(
        openapi_url="openapi.json",
        title="earmark",
        swagger_js_url="page/swagger-ui-bundle.js",
        swagger_css_url="page/swagger-ui.css",
        swagger_favicon_url="page/favicon-32x32.png",
        swagger_ui_parameters={"displayRequestDuration": True, "tryItOutEnabled": True},
    )
    made.headers["Content-Security-Policy"] = NOTHING_ELSE
    return made


@router.get("/page/{name}")
async def part(name: str) -> Response:
    """Give what the page loads."""
    if name not in KINDS:
        raise ServiceError(404, "not_found", "the page has no such part")
    kept = {"Cache-Control": "max-age=86400"}
    return Response(_read(name), media_type=KINDS[name], headers=kept)


@cache
def _read(name: str) -> bytes:
    return files(PACKAGE).joinpath(name).read_bytes()
