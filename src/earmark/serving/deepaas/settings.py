"""What whoever runs the module may tell it, through the environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from earmark.bundle import DEFAULT
from earmark.errors import UsageError

__all__ = ["DeepaasSettings"]

PREFIX = "EARMARK_DEEPAAS_"
MEBIBYTE = 2**20


class DeepaasSettings(BaseModel):
    """Settings of the module; each is a variable of the environment."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    folder: Path = Path()
    """DEEP-OC's project folder, which has ``data`` and ``models`` in it; the working directory if
    not given."""
    model: str = DEFAULT
    """The tagger that tags where none was trained, and that training begins with."""
    data_folders: tuple[Path, ...] = ()
    """Folders beside `folder` that a training may read, separated as in ``PATH``."""
    allow_urls: bool = True
    """Whether recordings are fetched from addresses."""
    allow_private: bool = False
    """Whether such addresses may be those of this machine and of its private networks."""
    url_bytes: int = Field(default=256 * MEBIBYTE, ge=1)
    """The most that is fetched from an address."""
    archive_bytes: int = Field(default=4096 * MEBIBYTE, ge=1)
    """The most that an archive may unpack to."""
    recordings: int = Field(default=1000, ge=1)
    """How many files of an archive are looked at."""
    duration_seconds: float = Field(default=3600.0, gt=0)
    """The longest recording."""
    request_seconds: float = Field(default=600.0, gt=0)
    """How long the work on one request may take."""
    error_status: Literal["200", "400"] = "200"
    """The status of an answer that tells of an error: 200 as DEEP-OC had it, or 400."""

    @classmethod
    def read(cls, environment: Mapping[str, str] = os.environ) -> DeepaasSettings:
        """Read them from the environment, as ``EARMARK_DEEPAAS_FOLDER``.

        Raises
        ------
        UsageError
            If one makes no sense, naming it.
        """
        given: dict[str, Any] = {}
        for name in cls.model_fields:
            value = environment.get(PREFIX + name.upper())
            if value:
                given[name] = value.split(os.pathsep) if name == "data_folders" else value
        try:
            return cls(**given)
        except ValidationError as error:
            fault = error.errors()[0]
            name = PREFIX + str(fault["loc"][0]).upper()
            raise UsageError(f"{name} is {fault['input']!r}: {fault['msg']}") from error

    @property
    def base(self) -> Path:
        """Where `folder` is, from the root."""
        return self.folder.expanduser().resolve()
