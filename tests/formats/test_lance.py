"""Lance folders, whole and damaged."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import lance as pylance
import numpy as np
import pytest
from formats.record_making import Told, some_clips

from earmark.errors import DataError
from earmark.formats import EmbeddingSet, lance
from earmark.formats.arrow import schema_of

CLIPS = some_clips(3000)


def read(path: Path, **options: Any) -> EmbeddingSet:
    return EmbeddingSet.concatenate(list(lance.stream(path, **options)))


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with `CLIPS` in three files."""
    monkeypatch.setattr(lance, "_FRAGMENT", 1000)
    monkeypatch.setattr(lance, "_BATCH", 500)
    lance.write(tmp_path / "set.lance", [CLIPS])
    return tmp_path / "set.lance"


def test_lance_itself_reads_it(path: Path) -> None:
    dataset = pylance.dataset(str(path))
    assert dataset.schema == schema_of(CLIPS)
    assert dataset.schema.metadata == schema_of(CLIPS).metadata
    assert dataset.count_rows() == 3000
    assert dataset.take([2999], columns=["id"]).to_pylist() == [{"id": CLIPS.ids[-1]}]


def test_chunks_have_at_most_so_many_clips_in_order(path: Path) -> None:
    found = list(lance.stream(path, chunk=700))
    assert max(map(len, found)) <= 700
    assert EmbeddingSet.concatenate(found) == CLIPS


def test_rows_that_were_deleted_are_not_read(path: Path) -> None:
    pylance.dataset(str(path)).delete("length < 10")
    assert read(path) == CLIPS.take(np.flatnonzero(CLIPS.lengths == 10))


def test_a_file_that_is_gone_costs_its_clips(path: Path) -> None:
    first = pylance.dataset(str(path)).get_fragments()[1].data_files()[0].path
    (path / "data" / first).unlink()
    told = Told()
    assert read(path, on_damage=told) == CLIPS.take(np.r_[:1000, 2000:3000])
    (reason,) = told.reasons
    assert reason.startswith("clips 1000 to 1999 cannot be read: ")
    assert "\n" not in reason
    with pytest.raises(DataError, match=r"set\.lance: clips 1000 to 1999 cannot be read"):
        read(path)


def test_the_old_versions_of_another_writer_go_with_it(path: Path) -> None:
    lance.write(path, [CLIPS[:10]])
    assert read(path) == CLIPS[:10]
    assert pylance.dataset(str(path)).latest_version == 1


def test_a_folder_that_is_not_lances(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="there is no such folder"):
        read(tmp_path / "gone.lance")
    (tmp_path / "set.lance").mkdir()
    with pytest.raises(DataError, match=r"set\.lance cannot be read as Lance: "):
        read(tmp_path / "set.lance")
