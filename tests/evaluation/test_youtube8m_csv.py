from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from evaluation.prediction_making import RAIN_AND_MORE, some_predictions

from earmark.errors import DataError
from earmark.evaluation.predictions import Predictions
from earmark.evaluation.youtube8m_csv import stream, write
from earmark.ontology import labels

SCORES = np.array([[0.25, 0.1234567, 0.9], [1, 0, 1e-7]], np.float32)
TWO = replace(some_predictions(2, table=RAIN_AND_MORE), scores=SCORES)


def _read(path: Path, **more: object) -> Predictions:
    return Predictions.concatenate(list(stream(path, table=RAIN_AND_MORE, **more)))  # type: ignore[arg-type]


def test_it_is_what_youtube8m_writes(tmp_path: Path) -> None:
    path = tmp_path / "p.csv"
    write(path, [TWO[:1], TWO[1:]])
    assert path.read_text() == (
        "VideoId,LabelConfidencePairs\n"
        "youtube-000,2 0.9 0 0.25 1 0.123457\n"
        "youtube-001,0 1 2 1e-07 1 0\n"
    )
    write(path, [TWO], top_k=2)
    assert path.read_text().splitlines()[1] == "youtube-000,2 0.9 0 0.25"


def test_twenty_of_many(tmp_path: Path) -> None:
    path = tmp_path / "p.csv"
    many = some_predictions(5)
    write(path, [many])
    for row, line in enumerate(path.read_text().splitlines()[1:]):
        words = line.partition(",")[2].split()
        pairs = zip(words[::2], words[1::2], strict=True)
        # C's %i and %g, the best first.
        best = sorted(enumerate(many.scores[row].tolist()), key=lambda pair: -pair[1])[:20]
        assert [f"{a} {b}" for a, b in pairs] == ["%i %g" % pair for pair in best]  # noqa: UP031
    (found,) = stream(path, table=labels())
    assert (found.scores > 0).sum() == 100
    known = found.scores > 0
    np.testing.assert_allclose(found.scores[known], many.scores[known], rtol=1e-5)


def test_what_is_read_back_is_the_best_of_each_clip(tmp_path: Path) -> None:
    path = tmp_path / "p.csv"
    write(path, [TWO], top_k=2)
    found = _read(path)
    np.testing.assert_allclose(found.scores, [[0.25, 0, 0.9], [1, 0, 1e-7]], rtol=1e-6)
    assert (found.ids, found.title, found.complete) == (TWO.ids, "p", False)
    assert np.isnan(found.starts).all()
    assert [len(part) for part in stream(path, table=RAIN_AND_MORE, chunk=1)] == [1, 1]


def test_without_clips(tmp_path: Path) -> None:
    path = tmp_path / "p.csv"
    write(path, [TWO[:0]])
    assert len(_read(path)) == 0
    path.write_text("VideoId,LabelConfidencePairs\n\nx,\n")
    assert _read(path).scores.tolist() == [[0, 0, 0]]


def test_ids_are_kept_whatever_they_are(tmp_path: Path) -> None:
    path = tmp_path / "p.csv"
    ids = ('a,b "c"', b"caf\xe9\nx".decode("utf-8", "surrogateescape"))
    write(path, [replace(TWO, ids=ids)])
    assert _read(path).ids == ids


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "p.csv holds no predictions: its first line is not 'VideoId,Label"),
        ("id,start\n", "holds no predictions"),
        ("a,0 0.5 1", "line 2: its last label, 1, has no score"),
        ("a,0 0.5\nb,x 0.5", "line 3: invalid literal .* 'x' among pairs of a label and a score"),
        ("a,0 0.5,1", "line 2 has 3 columns and not 2"),
        ("a,3 0.5", "there is no label 3 among 3: .* a tagger with other labels"),
        ("a,-1 0.5", "there is no label -1"),
        ("a,0 1.5", "a score is from 0 to 1, and these are not: 0 1.5"),
        ("a,0 nan", "a score is from 0 to 1"),
        ('a,"0 0.5', "is no CSV"),
    ],
)
def test_a_line_that_makes_no_sense_is_named(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "p.csv"
    head = "VideoId,LabelConfidencePairs\n" if text.startswith("a") else ""
    path.write_text(head + text)
    with pytest.raises(DataError, match=message):
        _read(path)


def test_what_cannot_be_opened(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot be read: No such file"):
        _read(tmp_path / "p.csv")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_full_disk_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "p.csv"
    write(path, [TWO])
    before = path.read_bytes()
    real = Path.open
    monkeypatch.setattr(Path, "open", lambda self, *args, **more: real(Path("/dev/full"), *args))
    with pytest.raises(DataError, match=r"p.csv cannot be written: No space left on device"):
        write(path, [TWO])
    monkeypatch.undo()
    assert path.read_bytes() == before
    assert [path] == list(tmp_path.iterdir())
