"""The line at the foot of the terminal."""

from __future__ import annotations

import io

import pytest

from earmark.cli.progress import Progress, spell


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class Watch:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def watch() -> Watch:
    return Watch()


def test_one_long_recording(watch: Watch) -> None:
    progress = Progress(total=1, stream=Terminal(), clock=watch)
    progress.heard("night.flac", 0.0, 3600.0)
    watch.now += 10
    progress.heard("night.flac", 900.0, 3600.0)
    assert (
        progress.line() == "━━━━━━──────────────────  25%   90x real time   30 s left   night.flac"
    )


def test_many_recordings(watch: Watch) -> None:
    progress = Progress(total=4, stream=Terminal(), clock=watch)
    progress.heard("a", 60.0, 60.0)
    progress.done("a")
    progress.heard("b", 30.0, 60.0)
    progress.heard("c", 30.0, 60.0)
    watch.now += 6
    line = progress.line()
    assert " 50%   1 of 4 done   20x real time   6.0 s left   b" in line


def test_where_lengths_and_numbers_are_unknown(watch: Watch) -> None:
    progress = Progress(stream=Terminal(), clock=watch)
    progress.heard("-", 30.0)
    watch.now += 3
    assert progress.line() == "0 done   10x real time   -"
    one = Progress(total=1, stream=Terminal(), clock=watch)
    one.heard("-", 30.0, None)
    assert "left" not in one.line()


def test_it_shows_after_a_second_and_hides_on_request(watch: Watch) -> None:
    stream = Terminal()
    progress = Progress(total=2, stream=stream, clock=watch)
    watch.now += 0.5
    progress.heard("a", 1.0, 60.0)
    progress.hide()
    assert stream.getvalue() == ""
    watch.now += 1.0
    progress.heard("a", 2.0, 60.0)
    shown = stream.getvalue()
    assert shown.startswith("\r\x1b[2K")
    assert "0 of 2 done" in shown
    progress.hide()
    assert stream.getvalue() == shown + "\r\x1b[2K"


def test_it_draws_ten_times_a_second_at_most(watch: Watch) -> None:
    stream = Terminal()
    progress = Progress(total=1, stream=stream, clock=watch)
    watch.now += 5
    for step in range(100):
        watch.now += 0.01
        progress.heard("a", float(step), 200.0)
    assert 9 <= stream.getvalue().count("\r") <= 11


def test_it_fits_the_terminal(watch: Watch) -> None:
    stream = Terminal()
    progress = Progress(total=1, stream=stream, clock=watch)
    watch.now += 5
    progress.heard("x" * 300, 1.0, 2.0)
    assert len(stream.getvalue().replace("\x1b[36m", "").replace("\x1b[90m", "")) < 95


def test_nothing_shows_where_nobody_looks(watch: Watch) -> None:
    stream = io.StringIO()
    progress = Progress(total=1, stream=stream, clock=watch)
    watch.now += 5
    progress.heard("a", 1.0, 2.0)
    progress.hide()
    assert stream.getvalue() == ""
    assert progress.seconds == 1.0


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (0.234, "0.2 s"),
        (9.94, "9.9 s"),
        (12.4, "12 s"),
        (59.9, "60 s"),
        (60, "1 min"),
        (250, "4 min 10 s"),
        (3599.7, "1 h"),
        (7500, "2 h 5 min"),
    ],
)
def test_spell(seconds: float, expected: str) -> None:
    assert spell(seconds) == expected
