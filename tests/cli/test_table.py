"""The table on a terminal."""

from __future__ import annotations

import re

import pytest

from earmark.cli.table import Table, clock
from earmark.tagging import Event, Tag, Tagging

OWL = Tagging(
    "night.flac",
    60.0,
    "compact 1.0",
    (Tag("Owl", 0.75, "/m/a"), Tag("Livestock, farm animals, working animals", 0.05, "/m/b")),
    (Event("Owl", 15.0, 30.0, 0.83, "/m/a"),),
)
CODES = re.compile(r"\x1b\[[0-9;]*m")


def draw(
    *taggings: Tagging, width: int = 80, styled: bool = False, colour: bool = False
) -> list[str]:
    table = Table(width=width, styled=styled, colour=colour)
    return "".join(map(table.item, taggings)).splitlines()


def test_a_bar_is_as_long_as_its_score() -> None:
    lines = draw(OWL)
    assert lines[0] == "night.flac" + " " * 64 + "1:00.0"
    bar = re.search("[━╸─]+", lines[1])
    assert bar is not None
    assert bar[0].count("━") == round(0.75 * len(bar[0]))
    assert lines[1].endswith("0.75")


def test_an_event_lies_where_it_was() -> None:
    line = draw(OWL)[-1]
    assert line.lstrip().startswith("0:15.0 \N{EN DASH}  0:30.0")
    lane = re.search("[━─]+", line)
    assert lane is not None
    assert lane[0].index("━") == len(lane[0]) // 4
    assert lane[0].count("━") == pytest.approx(len(lane[0]) / 4, abs=1)


LIKELY = Tagging(
    "night.flac",
    60.0,
    "mine 1",
    (Tag("Owl", 0.75, "/m/a", 0.914), Tag("Livestock, farm animals", 0.05, "/m/b", 0.001)),
    (Event("Owl", 15.0, 30.0, 0.83, "/m/a", 1.0),),
)


def test_a_probability_stands_behind_the_score_in_per_cent() -> None:
    lines = draw(LIKELY)
    assert lines[1].endswith("  0.75   91 %")
    assert lines[2].endswith("  0.05    0 %")
    assert lines[-1].endswith("  0.83  100 %")
    assert {len(line) for line in lines if line} == {80}


@pytest.mark.parametrize("width", [10, 40, 60, 80, 100, 132])
def test_no_line_is_longer_than_the_terminal(width: int) -> None:
    long = Tagging("a/very/long/way/to/" * 8 + "night.flac", 7200.0, "m", OWL.tags, OWL.events)
    lines = draw(OWL, Tagging("x", 1.0, "m", OWL.tags), long, width=width)
    *others, event = lines
    assert all(len(line) <= max(width, 40) for line in others)
    assert len(event) <= max(width, 44)  # where times need hours
    assert all(len(line) <= max(width, 44) for line in draw(LIKELY, width=width))
    assert lines[-5].startswith("…")
    assert lines[-5].endswith("night.flac  2:00:00.0")


def test_wide_characters_keep_the_columns_straight() -> None:
    lines = draw(Tagging("雨.wav", 1.0, "m", (Tag("雨", 0.5, "a"), Tag("Rain", 0.5, "b"))))
    assert lines[1].index("━") == lines[2].index("━") - 1  # one character, two cells


def test_style_is_only_added() -> None:
    plain, bold, coloured = draw(OWL), draw(OWL, styled=True), draw(OWL, styled=True, colour=True)
    assert plain == [CODES.sub("", line) for line in bold]
    assert plain == [CODES.sub("", line) for line in coloured]
    assert set(CODES.findall("".join(bold))) == {"\x1b[1m", "\x1b[0m"}
    assert "\x1b[1;36m" in "".join(coloured)


def test_no_color_leaves_bold(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    text = Table(width=80, styled=True).item(OWL)
    assert set(CODES.findall(text)) == {"\x1b[1m", "\x1b[0m"}


def test_no_style_in_a_pipe() -> None:
    assert "\x1b" not in Table().item(OWL)


def test_escape_codes_in_names_do_nothing() -> None:
    name = "\x1b[31mred\x07.wav"
    lines = draw(Tagging(name, 1.0, "m", (Tag("\x1b[2Jlabel", 0.5, "a"),)))
    assert "\x1b" not in "".join(lines)
    assert lines[0].startswith("�[31mred�.wav")


def test_markup_in_names_is_no_markup() -> None:
    assert draw(Tagging("[bold]x[/bold].wav", 1.0, "m", ()))[0].startswith("[bold]x[/bold].wav")


def test_nothing_to_say() -> None:
    assert draw(Tagging("a.wav", 1.0, "m", ()))[1] == "  nothing reaches the threshold"


@pytest.mark.parametrize(
    ("seconds", "longest", "expected"),
    [
        (9.96, 30.0, "10.0"),
        (2.04, 30.0, " 2.0"),
        (61.25, 90.0, " 1:01.2"),
        (59.97, 90.0, " 1:00.0"),
        (3599.99, 7200.0, "1:00:00.0"),
        (36000.0, 43200.0, "10:00:00.0"),
        (5.0, 43200.0, " 0:00:05.0"),
    ],
)
def test_clock(seconds: float, longest: float, expected: str) -> None:
    assert clock(seconds, longest) == expected
