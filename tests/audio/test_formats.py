"""Names of files and formats."""

from __future__ import annotations

import pytest

from earmark.audio.formats import archive_kind, has_known_extension, is_foreign_archive, keeps_time


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.zip", "zip"),
        ("A.ZIP", "zip"),
        ("a.tar", "tar"),
        ("a.b.tar.gz", "tar.gz"),
        ("a.TGZ", "tar.gz"),
        ("a.tar.bz2", "tar.bz2"),
        ("a.txz", "tar.xz"),
        ("a.gz", None),
        ("zip", None),
        ("a.wav", None),
    ],
)
def test_archives_by_name(name: str, kind: str | None) -> None:
    assert archive_kind(name) == kind


def test_known_extensions() -> None:
    assert has_known_extension("x/Y.WaV")
    assert not has_known_extension("x.wav/y")
    assert not has_known_extension("wav")
    assert is_foreign_archive("A.RAR")


def test_clocks_that_can_be_trusted() -> None:
    assert keeps_time("wav", "pcm_s24le")
    assert keeps_time("matroska,webm", "opus")
    assert not keeps_time("wav", "adpcm_ima_wav")
    assert not keeps_time("ac3", "ac3")
