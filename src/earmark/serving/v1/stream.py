"""``/v1/stream``: sound while it is made -> tags about each second, over a WebSocket.

The client sends settings as JSON, then sound in binary messages, then ``{"type": "end"}``. The
service answers ``ready``, then ``tags`` for each patch of 0.96 s, then ``done`` with what `/v1/tag`
would say of the whole. What goes wrong is said in a last message of type ``error``.
"""

from __future__ import annotations

import asyncio
import json
import logging
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any, Literal

from fastapi import APIRouter, WebSocket
from pydantic import BaseModel, Field, ValidationError, model_validator
from starlette.websockets import WebSocketDisconnect

from earmark.audio import Source
from earmark.errors import AudioError, UsageError
from earmark.features import PATCH_SECONDS
from earmark.serving.errors import ErrorDetail, ServiceError, answer_error
from earmark.serving.models import Models
from earmark.serving.pipes import GoneError, Pipe, caf_header
from earmark.serving.settings import ServeSettings
from earmark.serving.state import Settings, offered
from earmark.serving.streams import Streams
from earmark.serving.v1.schemas import TagAnswer, TagResult
from earmark.serving.v1.tag import Question
from earmark.tagging import Tag

__all__ = ["LARGEST_MESSAGE", "StreamSettings", "router"]

logger = logging.getLogger("earmark.serving")
LARGEST_MESSAGE = 2**20
"""In bytes; a client that has more at once sends it in several messages."""
LONGEST_MESSAGE = 500
"""In characters, of an error."""
FAREWELL_SECONDS = 5.0
WAITING = 2**20
"""So many bytes wait to be decoded before no more are read from the client."""
CLOSES = {
    "internal": 1011,
    "not_sound": 1007,
    "too_large": 1009,
    "unreadable": 1007,
    "wrong_message": 1003,
}
"""Close codes of RFC 6455 by our own; 1008 for all others."""

router = APIRouter(prefix="/v1")


class StreamSettings(Question):
    """The first message: what comes, and what to say of it."""

    format: Literal["s16le", "f32le", "encoded"] = Field(
        description="Bare samples, 16-bit or float, or the bytes of a file of any format."
    )
    sample_rate: int | None = Field(default=None, ge=1_000, le=768_000)
    channels: Literal[1, 2] | None = None

    @model_validator(mode="after")
    def _fits(self) -> StreamSettings:
        bare = self.format != "encoded"
        if bare and self.sample_rate is None:
            raise ValueError(f"sample_rate is needed for {self.format}")
        if not bare and (self.sample_rate or self.channels):
            raise ValueError("what is encoded says itself which sample_rate and channels it has")
        return self

    def header(self) -> bytes:
        """Return what has to stand before the bytes that come."""
        if self.format == "encoded" or self.sample_rate is None:
            return b""
        return caf_header(self.format, sample_rate=self.sample_rate, channels=self.channels or 1)


class ReadyMessage(BaseModel):
    """The settings are in order: sound may come."""

    type: Literal["ready"] = "ready"
    model: str
    patch_seconds: float = PATCH_SECONDS


class TagsMessage(BaseModel):
    """What is to be heard in one patch."""

    type: Literal["tags"] = "tags"
    start: float
    end: float
    tags: list[TagAnswer]


class DoneMessage(BaseModel):
    """What was to be heard in all of it."""

    type: Literal["done"] = "done"
    model: str
    result: TagResult


class ErrorMessage(BaseModel):
    """Why the stream ends before its end."""

    type: Literal["error"] = "error"
    error: ErrorDetail


@router.websocket("/stream")
async def stream(socket: WebSocket, settings: Settings) -> None:
    """Tag sound while it comes."""
    try:
        models = offered(socket)
        streams: Streams = socket.app.state.streams
        with streams:
            await socket.accept()
            await _hold(_Conversation(socket, settings, models, streams.pool))
    except ServiceError as error:  # before it was accepted
        await socket.send_denial_response(answer_error(socket.scope, error))


async def _hold(talk: _Conversation) -> None:
    """Hold a conversation to its end, whatever that is, and say why."""
    try:
        async with asyncio.timeout(talk.most_seconds):
            await talk.hold()
    except (WebSocketDisconnect, GoneError):
        return
    except ServiceError as error:
        await talk.break_off(error.code, error.detail)
    except UsageError as error:
        await talk.break_off("invalid_parameter", str(error))
    except TimeoutError:
        await talk.break_off("too_long", f"a stream lasts {talk.most_seconds:g} s at most")
    except Exception as error:
        logger.error("stream %s failed", talk.id, exc_info=error)
        message = "the service itself failed: report it with the request's id"
        await talk.break_off("internal", message)


class _Conversation:
    """One stream, from its settings to its end."""

    def __init__(
        self,
        socket: WebSocket,
        settings: ServeSettings,
        models: Models,
        pool: ThreadPoolExecutor,
    ) -> None:
        self.id = str(socket.scope.get("earmark.request_id", ""))
        self.most_seconds = settings.stream_seconds
        self._socket = socket
        self._settings = settings
        self._models = models
        self._pool = pool
        self._loop = asyncio.get_running_loop()
        self._ended = False
        self._heard = False

    async def hold(self) -> None:
        """Take settings and sound, and say what is to be heard.

        Raises
        ------
        ServiceError, UsageError
            If something comes that makes no sense, or does not come.
        WebSocketDisconnect
            If the client hangs up.
        """
        settings = await self._begin()
        tagger = self._models.choose(settings.model)
        options = settings.options(tagger)
        pipe = Pipe(most=WAITING)
        await pipe.write(settings.header())
        await self._say(ReadyMessage(model=tagger.bundle.title))
        source = Source("stream", pipe)
        work = self._loop.run_in_executor(self._pool, tagger.follow, source, options, self._hear)
        taking = asyncio.create_task(self._take(pipe, bare=settings.format != "encoded"))
        try:
            both: set[asyncio.Future[Any]] = {work, taking}
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
            if not work.done():
                await taking  # which has failed, or it would go on
            try:
                tagging = await work
            except AudioError as error:
                code = "unreadable" if self._heard else "not_sound"
                raise ServiceError(422, code, str(error)) from error
            await self._say(DoneMessage(model=tagging.model, result=TagResult.of(tagging)))
            await self._socket.close(1000)
        finally:
            pipe.leave()
            taking.cancel()
            await asyncio.gather(taking, return_exceptions=True)
            if not work.cancel():
                work.add_done_callback(_forget)

    async def break_off(self, code: str, message: str) -> None:
        """Say why there is no more, and hang up."""
        detail = ErrorDetail(code=code, message=message[:LONGEST_MESSAGE], request_id=self.id)
        with suppress(RuntimeError, WebSocketDisconnect, TimeoutError):  # if nobody listens
            async with asyncio.timeout(FAREWELL_SECONDS):
                await self._say(ErrorMessage(error=detail))
                await self._socket.close(CLOSES.get(code, 1008), code)

    async def _begin(self) -> StreamSettings:
        message = await self._receive()
        if not isinstance(message, str):
            raise ServiceError(422, "wrong_message", "the first message has to be JSON: settings")
        try:
            return StreamSettings.model_validate_json(message)
        except ValidationError as error:
            fault = error.errors()[0]
            where = ".".join(map(str, fault["loc"])) or "the settings"
            raise UsageError(f"{where}: {fault['msg'].removeprefix('Value error, ')}") from error

    async def _take(self, pipe: Pipe, *, bare: bool) -> None:
        """Take sound until the client says that this was all, and then nothing but its leaving."""
        size = 0
        while True:
            message = await self._receive()
            if self._ended or (isinstance(message, str) and not _ends(message)):
                raise ServiceError(
                    422, "wrong_message", 'after the settings come bytes, and then {"type": "end"}'
                )
            if isinstance(message, str):
                self._ended = True
                pipe.end()
                continue
            size += len(message)
            if size > self._settings.upload_bytes and not bare:
                most = self._settings.upload_bytes
                raise ServiceError(413, "too_large", f"more than {most} bytes of a file came")
            await pipe.write(message)

    async def _receive(self) -> str | bytes:
        """Wait for the client's next message, while it has one to send."""
        patience = None if self._ended else self._settings.stream_idle_seconds
        try:
            async with asyncio.timeout(patience):
                message = await self._socket.receive()
        except TimeoutError:
            raise ServiceError(408, "idle", f"nothing came for {patience:g} s") from None
        if message["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(message.get("code", 1005))
        text: str | None = message.get("text")
        data: str | bytes = text if text is not None else message.get("bytes") or b""
        if len(data) > LARGEST_MESSAGE:
            raise ServiceError(
                413, "too_large", f"a message is larger than {LARGEST_MESSAGE} bytes: send several"
            )
        return data

    def _hear(self, tags: tuple[Tag, ...], start: float, seconds: float) -> None:
        """Send a patch's tags from the thread, which waits until they are on their way."""
        self._heard = True
        if seconds > self._settings.stream_seconds:
            raise ServiceError(413, "too_long", f"a stream lasts {self.most_seconds:g} s at most")
        message = TagsMessage(
            start=start, end=start + PATCH_SECONDS, tags=[TagAnswer.of(tag) for tag in tags]
        )
        sending = asyncio.run_coroutine_threadsafe(self._say(message), self._loop)
        patience = self._settings.stream_idle_seconds
        try:
            sending.result(patience)
        except TimeoutError:
            sending.cancel()
            raise ServiceError(408, "idle", f"nothing was read for {patience:g} s") from None

    async def _say(self, message: BaseModel) -> None:
        await self._socket.send_text(message.model_dump_json())


def _ends(message: str) -> bool:
    try:
        return bool(json.loads(message) == {"type": "end"})
    except (ValueError, RecursionError):
        return False


def _forget(work: asyncio.Future[Any]) -> None:
    """Look at what a thread that nobody waits for has raised, so that nobody complains."""
    if not work.cancelled():
        work.exception()
