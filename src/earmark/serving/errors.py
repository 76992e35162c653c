"""What goes wrong in a service, and the one shape in which its clients are told."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Literal

from fastapi import FastAPI, Request
from fastapi import HTTPException as FastAPIHTTPException
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, HTTPConnection
from starlette.types import Scope

from earmark.errors import UsageError

__all__ = [
    "ErrorBody",
    "ErrorDetail",
    "MaxError",
    "ServiceError",
    "answer_error",
    "error_responses",
    "tell_errors",
]

logger = logging.getLogger("earmark.serving")
_CODES = {
    400: "bad_request",
    404: "not_found",
    405: "method_not_allowed",
    422: "invalid_parameter",
}
_LONGEST = 500


class ErrorDetail(BaseModel):
    """What went wrong."""

    code: str = Field(description="For programs: it does not change with the message.")
    message: str = Field(description="For people: one sentence.")
    request_id: str = Field(description="As in the header X-Request-ID and in the service's logs.")


class ErrorBody(BaseModel):
    """The shape of every error under /v1."""

    error: ErrorDetail


class MaxError(BaseModel):
    """The shape of every error under /model, as MAX's clients know it."""

    model_config = ConfigDict(extra="allow")

    status: Literal["error"] = "error"
    message: str


class ServiceError(FastAPIHTTPException):
    """A request that cannot be answered as its client hoped.

    Parameters
    ----------
    status : int
        HTTP's.
    code : str
        For programs.
    message : str
        For people: one sentence.
    headers : mapping of str, optional
        To send beside it.
    """

    def __init__(
        self, status: int, code: str, message: str, *, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(status, message, headers)
        self.code = code


def error_responses(*statuses: int) -> dict[int | str, dict[str, object]]:
    """Describe for OpenAPI what a route may answer beside what it should."""
    return {
        status: {"model": ErrorBody, "description": HTTPStatus(status).phrase}
        for status in (401, *statuses, 500)
    }


def answer_error(scope: Scope, error: ServiceError) -> JSONResponse:
    """Make the answer to a request, or to one for a stream, that never reaches a route."""
    return _answer(
        HTTPConnection(scope), error.status_code, error.code, error.detail, error.headers
    )


def tell_errors(app: FastAPI) -> None:
    """Have an application answer each error in the one shape."""

    async def http_error(request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, HTTPException)
        status = error.status_code
        code = error.code if isinstance(error, ServiceError) else _CODES.get(status, "http_error")
        return _answer(request, status, code, str(error.detail), error.headers)

    async def invalid(request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, RequestValidationError)
        return _answer(request, 422, "invalid_parameter", _first_fault(error))

    async def usage_error(request: Request, error: Exception) -> JSONResponse:
        return _answer(request, 422, "invalid_parameter", str(error))

    async def gone(request: Request, error: Exception) -> JSONResponse:
        # Nobody hears it, but it is counted.
        return _answer(request, 499, "client_gone", "the client hung up")

    async def fault(request: Request, error: Exception) -> JSONResponse:
        # What the error says may name files of this machine: it is for the log alone.
        logger.error("request %s failed", _id(request), exc_info=error)
        message = "the service itself failed: report it with the request's id"
        return _answer(request, 500, "internal", message)

    app.add_exception_handler(HTTPException, http_error)
    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(UsageError, usage_error)
    app.add_exception_handler(ClientDisconnect, gone)
    app.add_exception_handler(Exception, fault)


def _answer(
    request: HTTPConnection,
    status: int,
    code: str,
    message: str,
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    message = message[:_LONGEST]
    detail = ErrorDetail(code=code, message=message, request_id=_id(request))
    body: BaseModel = ErrorBody(error=detail)
    if request.url.path.startswith("/model/"):
        body = MaxError(message=message)
    return JSONResponse(body.model_dump(), status, dict(headers) if headers else None)


def _id(request: HTTPConnection) -> str:
    return str(request.scope.get("earmark.request_id", ""))


def _first_fault(error: RequestValidationError) -> str:
    fault = error.errors()[0]
    where = [str(part) for part in fault["loc"] if part not in ("query", "body", "path")]
    return f"{'.'.join(where) or 'the request'}: {fault['msg']}"
