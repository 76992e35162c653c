from __future__ import annotations

from collections.abc import Iterator

import pytest
from formats.record_making import some_clips

from earmark.cli.clip_choice import chosen, first
from earmark.errors import DataError
from earmark.formats import EmbeddingSet

CLIPS = some_clips(30)


def _pieces(read: list[int] | None = None) -> Iterator[EmbeddingSet]:
    for at in range(0, 30, 7):
        if read is not None:
            read.append(at)
        yield CLIPS[at : at + 7]


def _ids(pieces: Iterator[EmbeddingSet]) -> list[str]:
    return [name for piece in pieces for name in piece.ids]


def test_by_id_and_by_number_in_the_order_of_the_set() -> None:
    names = ["29", CLIPS.ids[3], "0", CLIPS.ids[20]]
    assert _ids(chosen(_pieces(), names)) == [CLIPS.ids[at] for at in (0, 3, 20, 29)]
    assert _ids(chosen(_pieces(), [CLIPS.ids[3], "3"])) == [CLIPS.ids[3]]


def test_all_clips_of_one_recording() -> None:
    again = EmbeddingSet.concatenate([CLIPS[:2], CLIPS[:2]])
    assert _ids(chosen(iter([again[:3], again[3:]]), [CLIPS.ids[0]])) == [CLIPS.ids[0]] * 2


def test_no_more_is_read_than_numbers_need() -> None:
    read: list[int] = []
    assert len(_ids(chosen(_pieces(read), ["8", "1"]))) == 2
    assert read == [0, 7]


@pytest.mark.parametrize("name", ["nobody", "30", "-1", "\N{SUPERSCRIPT TWO}"])
def test_what_is_not_there_is_named_at_the_end(name: str) -> None:
    found = chosen(_pieces(), [name, "2"])
    assert next(found).ids == (CLIPS.ids[2],)
    message = f"there is no clip '{name}' among 30: give an id, as '{CLIPS.ids[0]}', or a number"
    with pytest.raises(DataError, match=message):
        next(found)
    with pytest.raises(DataError, match="there is no clip 'x' among 0: give an id, or a number"):
        next(chosen(iter([]), ["x"]))


def test_the_first_few() -> None:
    read: list[int] = []
    assert _ids(first(_pieces(read), 9)) == list(CLIPS.ids[:9])
    assert read == [0, 7]
    assert _ids(first(_pieces(), 99)) == list(CLIPS.ids)
