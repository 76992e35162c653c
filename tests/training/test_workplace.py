from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from earmark.errors import DataError, UsageError
from earmark.training.settings import TrainSettings
from earmark.training.workplace import Workplace, refuse


def place(folder: Path, *, data: str = "a", **changes: Any) -> Workplace:
    return Workplace(folder, settings=TrainSettings.model_validate(changes), data=data)


def test_an_interrupted_run_goes_on_with_the_same_settings_alone(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    with place(folder).taken():
        pass
    with place(folder, log_every=3, name="new", version="2").taken():
        pass
    with pytest.raises(UsageError, match=r"batch is 7 and was 500: give the same to go on with"):
        place(folder, batch=7)
    with pytest.raises(UsageError, match=r"classifier.hidden is 8 and was None"):
        place(folder, classifier={"hidden": 8})
    with pytest.raises(UsageError, match="the data are others than those of the interrupted run"):
        place(folder, data="b")
    (folder / "run.json").write_text("{")
    with pytest.raises(DataError, match=r"run.json is damaged: choose another --output"):
        place(folder)


def test_what_is_there_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match="file is a file, and a tagger is a folder"):
        refuse(tmp_path / "file")
    with pytest.raises(UsageError, match="holds 'file', which is not overwritten"):
        place(tmp_path)
    with place(tmp_path / "run").taken():
        (tmp_path / "run" / "config.json").touch()
    place(tmp_path / "run").finish()
    with pytest.raises(UsageError, match="holds a finished tagger, which is not overwritten"):
        refuse(tmp_path / "run")
    (tmp_path / "empty").mkdir()
    refuse(tmp_path / "empty")
    refuse(tmp_path / "nowhere")


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with (
        pytest.raises(UsageError, match="cannot be written: Not a directory"),
        place(tmp_path / "file" / "run").taken(),
    ):
        pass


@pytest.mark.skipif(sys.platform == "win32", reason="locks are POSIX's")
def test_two_at_once_do_not_meet(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    hold = (
        "import fcntl, sys; f = open(sys.argv[1], 'w'); fcntl.flock(f, fcntl.LOCK_EX);"
        "print('held', flush=True); sys.stdin.read()"
    )
    folder.mkdir()
    with subprocess.Popen(
        [sys.executable, "-c", hold, str(folder / ".lock")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"held\n"
        with pytest.raises(UsageError, match="another process trains in"), place(folder).taken():
            pass
        other.kill()
    with place(folder).taken():  # whoever dies lets go
        pass
    assert sorted(path.name for path in folder.iterdir()) == ["run.json"]
