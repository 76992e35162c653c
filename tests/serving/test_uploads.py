"""Recordings that a client sent."""

from __future__ import annotations

import io

import pytest
from fastapi import UploadFile

from earmark.serving.errors import ServiceError
from earmark.serving.uploads import sources


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("a.wav", "a.wav"),
        ("../../etc/passwd", "passwd"),
        ("C:\\sounds\\a.wav", "a.wav"),
        ("/", "upload"),
        ("", "upload"),
        (None, "upload"),
        ("a\nb\x1b[31m.wav", "a\\nb\\x1b[31m.wav"),
        ("x" * 300 + ".wav", "x" * 196 + ".wav"),
    ],
)
def test_names_are_fit_to_be_shown(given: str | None, name: str) -> None:
    (source,) = sources([UploadFile(io.BytesIO(b"abc"), filename=given)], most=1)
    assert source.name == name
    with source.open() as file:
        assert file.read(10) == b"abc"


def test_too_many_are_refused() -> None:
    uploads = [UploadFile(io.BytesIO(b""))] * 3
    with pytest.raises(ServiceError, match="3 recordings came, and at most 2 may"):
        sources(uploads, most=2)
