"""What can go wrong, in one line."""

from __future__ import annotations

import pickle

import pytest

from earmark.errors import AudioError, first_line


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (ValueError("one\nand more"), "one"),
        (OSError("\n  late\nand more"), "late"),
        (RuntimeError(), "RuntimeError"),
        (RuntimeError(" \n"), "RuntimeError"),
    ],
)
def test_first_line(error: Exception, line: str) -> None:
    assert first_line(error) == line


def test_an_audio_error_survives_the_way_to_another_process() -> None:
    error = pickle.loads(pickle.dumps(AudioError("a.wav", "it is empty")))
    assert str(error) == "a.wav: it is empty"
    assert (error.source, error.reason) == ("a.wav", "it is empty")
