"""A folder that appears when it is complete."""

from __future__ import annotations

from pathlib import Path

import placeholder
import pytest

from earmark.errors import UsageError
from earmark.importing.folder import made_whole


def tagger(folder: Path) -> Path:
    return placeholder.build(folder, labels=[("/m/a", "A")])


def test_it_appears_at_the_end(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "tagger"
    with made_whole(folder) as part:
        tagger(part)
        assert not folder.exists()
    assert (folder / "config.json").is_file()
    assert [path.name for path in folder.parent.iterdir()] == ["tagger"]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_nothing_is_left_of_what_fails(tmp_path: Path, error: type[BaseException]) -> None:
    old = tagger(tmp_path / "tagger")
    (old / "README.md").write_text("old", encoding="utf-8")

    def fail() -> None:
        with made_whole(old, force=True) as part:
            tagger(part)
            raise error

    with pytest.raises(error):
        fail()
    assert [path.name for path in tmp_path.iterdir()] == ["tagger"]
    assert (old / "README.md").read_text(encoding="utf-8") == "old"


def test_an_empty_folder_is_taken(tmp_path: Path) -> None:
    folder = tmp_path / "tagger"
    folder.mkdir()
    with made_whole(folder) as part:
        tagger(part)
    assert (folder / "config.json").is_file()


def test_a_tagger_is_replaced_only_on_demand(tmp_path: Path) -> None:
    folder = tagger(tmp_path / "tagger")
    with pytest.raises(UsageError, match="tagger is not empty: choose another folder, or --force"):
        made_whole(folder).__enter__()
    with made_whole(folder, force=True) as part:
        (tagger(part) / "README.md").write_text("new", encoding="utf-8")
    assert (folder / "README.md").read_text(encoding="utf-8") == "new"
    assert [path.name for path in tmp_path.iterdir()] == ["tagger"]


def test_what_is_no_tagger_is_never_replaced(tmp_path: Path) -> None:
    folder = tagger(tmp_path / "tagger")
    (folder / "thesis.tex").write_text("x", encoding="utf-8")
    with pytest.raises(UsageError, match=r"only if it is a tagger's folder, and it holds thesis"):
        made_whole(folder, force=True).__enter__()
    other = tmp_path / "other"
    other.mkdir()
    (other / "README.md").touch()
    with pytest.raises(UsageError, match="only if it is a tagger's folder, and it is none"):
        made_whole(other, force=True).__enter__()
    file = tmp_path / "file"
    file.touch()
    with pytest.raises(UsageError, match="is a file, and a tagger is a folder"):
        made_whole(file, force=True).__enter__()
    with pytest.raises(UsageError, match=r"tagger cannot be written"):
        made_whole(file / "tagger").__enter__()
