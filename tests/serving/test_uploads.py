"""Recordings that a client sent."""

from __future__ import annotations

import io

import pytest
from fastapi import UploadFile

from earmark.serving.uploads import source


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
    made = source(UploadFile(io.BytesIO(b"abc"), filename=given))
    assert made.name == name
    with made.open() as file:
        assert file.read(10) == b"abc"
