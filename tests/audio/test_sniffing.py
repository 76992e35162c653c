"""What an input is, from its first bytes."""

from __future__ import annotations

import pytest
from audio.making import LOSSLESS, LOSSY, Format, encode, tone
from hypothesis import given
from hypothesis import strategies as st

from earmark.audio.sniffing import is_text, must_be_rewound, playlist, sound_kind, why_not_sound


@pytest.mark.parametrize("form", LOSSLESS + LOSSY, ids=str)
def test_sound_is_not_taken_for_anything_else(form: Format) -> None:
    head = encode(tone(0.5, rate=form.rate), form)[:4096]
    assert why_not_sound(head) is None
    assert not playlist(head)


@given(st.binary(max_size=600))
def test_any_bytes_are_judged(head: bytes) -> None:
    for judge in (why_not_sound, sound_kind):
        assert judge(head) is None or judge(head)
    assert isinstance(must_be_rewound(head), bool)


@given(st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1), st.integers(0, 3))
def test_text_is_text_even_if_cut_in_a_letter(text: str, cut: int) -> None:
    data = text.encode() + "é€😀".encode()
    assert is_text(data[: len(data) - cut])


def test_bytes_are_not_text() -> None:
    assert not is_text(b"abc\x00def")
    assert not is_text(b"\xff\xfe\xfd\xfc" * 9)
    assert not is_text(b"")


def box(kind: bytes, size: int = 16) -> bytes:
    return size.to_bytes(4, "big") + kind + bytes(max(0, size - 8))


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (box(b"ftyp") + box(b"moov"), False),
        (box(b"ftyp") + box(b"free") + box(b"moov"), False),
        (box(b"ftyp") + box(b"mdat"), True),
        (box(b"ftyp") + box(b"free", 8000), True),
        (box(b"ftyp", 1), True),
        (box(b"ftyp", 0), True),
        (b"wvpk" + bytes(30), True),
        (b"RIFF", False),
        (b"", False),
    ],
)
def test_which_formats_must_be_rewound(head: bytes, expected: bool) -> None:
    assert must_be_rewound(head) == expected


@pytest.mark.parametrize(
    "text", ["#EXTM3U\n", "\ufeff#EXTM3U", "\n ffconcat version 1.0", "[playlist]", "v=0\r\no=-"]
)
def test_playlists(text: str) -> None:
    assert playlist(text.encode())
    assert why_not_sound(text.encode()) is not None
