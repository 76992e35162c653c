"""What a service may be told: by flags, by the environment, or by whoever makes the application."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from earmark.bundle import DEFAULT
from earmark.errors import UsageError
from earmark.processor import cores

__all__ = ["ServeSettings"]

PREFIX = "EARMARK_SERVE_"
LISTS = ("models", "api_keys", "cors")
MEBIBYTE = 2**20


class ServeSettings(BaseModel):
    """Settings of a service; each is a variable of the environment, too."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    host: str = "127.0.0.1"
    """The address to listen at; 0.0.0.0 for all of this machine's."""
    port: int = Field(default=5000, ge=0, le=65535)
    """The port to listen at; 0 for any that is free."""
    models: tuple[str, ...] = Field(default=(DEFAULT,), min_length=1)
    """The taggers to offer, by name or folder; the first is used where a request names none."""
    workers: int = Field(default=1, ge=1, le=256)
    """How many processes share the port, each with its own models."""
    jobs: int = Field(
        default_factory=lambda given: max(2, 2 * cores() // given.get("workers", 1)), ge=1, le=256
    )
    """How many recordings a worker works on at once; with those of all workers, twice as many as
    there are cores if not given, so that some are decoded while others are embedded."""
    batch: int = Field(default=16, ge=1, le=1024)
    """How many patches of recordings worked on at once are embedded together at most."""
    queue: int = Field(default=64, ge=0)
    """How many requests may wait beyond those that are worked on; more are answered 503."""
    request_seconds: float = Field(default=60.0, gt=0)
    """How long the work on one request may take, waiting included, before it is answered 504."""
    upload_bytes: int = Field(default=256 * MEBIBYTE, ge=1)
    """The largest body of a request; larger ones are answered 413."""
    upload_seconds: float = Field(default=120.0, gt=0)
    """How long a client may take to send a request's body before it is answered 408."""
    upload_files: int = Field(default=32, ge=1)
    """How many recordings and addresses one request may hold."""
    archive_members: int = Field(default=256, ge=1)
    """How many recordings the archives of one request may hold together."""
    archive_bytes: int = Field(default=1024 * MEBIBYTE, ge=1)
    """To how much the archives of one request may unpack, each."""
    allow_urls: bool = False
    """Whether recordings behind addresses that a client names are fetched."""
    allow_private: bool = False
    """Whether also from addresses that are not public: this machine, its network, its cloud."""
    duration_seconds: float = Field(default=3600.0, gt=0)
    """The longest recording; longer ones are answered 413."""
    streams: int = Field(default=16, ge=0, le=1024)
    """How many streams may be open at once; more are answered 503."""
    stream_seconds: float = Field(default=3600.0, gt=0)
    """How long a stream may last, by the clock and in sound."""
    stream_idle_seconds: float = Field(default=30.0, gt=0)
    """How long a stream's client may send nothing, or not read what it asked for."""

    api_keys: tuple[Annotated[str, StringConstraints(pattern=r"^[!-~]+$")], ...] = Field(
        default=(), repr=False
    )
    """Keys, one of which a request must bring; none for a service that is open to all."""
    cors: tuple[str, ...] = ()
    """Sites whose pages may read the answers, as ``https://example.org``; ``*`` for all."""

    @classmethod
    def read(cls, environment: Mapping[str, str], **flags: Any) -> ServeSettings:
        """Put settings together.

        Parameters
        ----------
        environment : mapping of str
            Where ``EARMARK_SERVE_PORT`` is the port, and so on; lists are separated by commas.
        flags
            What was said on the command line, which goes first; None for what was not.

        Raises
        ------
        UsageError
            If one makes no sense, naming it.
        """
        given: dict[str, Any] = {}
        for name in cls.model_fields:
            value = environment.get(PREFIX + name.upper())
            if value is not None:
                given[name] = value.split(",") if name in LISTS else value
        given |= {name: value for name, value in flags.items() if value is not None}
        try:
            return cls(**given)
        except ValidationError as error:
            fault = error.errors()[0]
            name = ".".join(map(str, fault["loc"]))
            if fault["loc"][0] == "api_keys":  # it is not for the screen
                raise UsageError(
                    "api_keys must be printable ASCII without spaces, separated by commas"
                ) from None
            raise UsageError(f"{name} is {fault['input']!r}: {fault['msg']}") from error
