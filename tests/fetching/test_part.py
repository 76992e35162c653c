"""The part of a file that is here already."""

from __future__ import annotations

from pathlib import Path

import pytest

from earmark.errors import ModelError
from earmark.fetching.part import Origin, Part


def test_it_grows_and_takes_its_place(tmp_path: Path) -> None:
    target = tmp_path / "new" / "weights.bin"
    with Part.claim(target) as part:
        part.note(Origin("https://a.example", '"one"', 6))
        part.append(b"abc")
    with Part.claim(target) as part:
        assert part.size == 3
        assert part.origin == Origin("https://a.example", '"one"', 6)
        part.append(b"def")
        part.flush()
        part.finish(target)
    assert target.read_bytes() == b"abcdef"
    assert list(target.parent.iterdir()) == [target]


def test_one_at_a_time(tmp_path: Path) -> None:
    with (
        Part.claim(tmp_path / "a"),
        pytest.raises(ModelError, match=r"a is being fetched by anoth"),
    ):
        Part.claim(tmp_path / "a").__enter__()
    with Part.claim(tmp_path / "a"), Part.claim(tmp_path / "b"):
        pass


def test_discarded(tmp_path: Path) -> None:
    with Part.claim(tmp_path / "a") as part:
        part.note(Origin("https://a.example"))
        part.append(b"abc")
        part.discard()
        assert (part.size, part.origin) == (0, None)
        part.append(b"d")
    assert (tmp_path / "a.part").read_bytes() == b"d"
    assert not (tmp_path / "a.part.json").exists()


def test_room(tmp_path: Path) -> None:
    with Part.claim(tmp_path / "a") as part:
        part.check_room(1, spare=0)
        with pytest.raises(ModelError, match=rf"^{tmp_path} has \d+ MB free, and 1000000000000 MB"):
            part.check_room(10**18, spare=0)
