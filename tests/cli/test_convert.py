"""``earmark convert``."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import tarfile
import time
from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np
import pytest
from formats.record_making import COMPACT, some_clips

from earmark.cli.converting import Conversion
from earmark.embedders import dequantise
from earmark.formats import EmbeddingSet, Labels, read, write
from earmark.ontology import labels

from .conftest import Program
from .test_interruption import PROGRAM

CLIPS = some_clips(300)


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in an empty folder with a small set in it."""
    monkeypatch.chdir(tmp_path)
    write("set.tfrecord", CLIPS)
    return tmp_path


@pytest.mark.parametrize("suffix", [".h5", ".parquet", ".lance", ".npz", ".tfrecord.gz"])
def test_from_any_format_to_any(earmark: Program, suffix: str) -> None:
    outcome = earmark("convert", "set.tfrecord", "-o", f"out{suffix}")
    assert (outcome.code, outcome.out) == (0, "")
    assert outcome.err.startswith(f"read 300 clips with {len(CLIPS.labels.values)} labels in ")
    assert outcome.err.endswith(f" clips/s); wrote out{suffix}\n")
    assert earmark("convert", f"out{suffix}", "-o", "again.tfrecord", "-q").err == ""
    assert Path("again.tfrecord").read_bytes() == Path("set.tfrecord").read_bytes()


def test_audiosets_archive_as_it_comes(earmark: Program) -> None:
    with tarfile.open("features.tar.gz", "w:gz") as archive:
        for split in ("bal_train", "eval"):
            info = tarfile.TarInfo(f"audioset_v1_embeddings/{split}/00.tfrecord")
            data = Path("set.tfrecord").read_bytes()
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    assert earmark("convert", "features.tar.gz", "--split", "eval", "-o", "eval.h5").code == 0
    assert read("eval.h5") == CLIPS
    earmark("convert", "features.tar.gz", "-o", "all.h5")
    assert len(read("all.h5")) == 600
    outcome = earmark("convert", "features.tar.gz", "--split", "test", "-o", "all.h5")
    assert outcome.code == 1
    assert "features.tar.gz has no folder 'test', but " in outcome.err
    assert len(read("all.h5")) == 600


def test_several_inputs_become_one(earmark: Program) -> None:
    write("a.h5", CLIPS[:100])
    write("b.parquet", CLIPS[100:])
    earmark("convert", "a.h5", "b.parquet", "-o", "out.npz")
    assert read("out.npz") == CLIPS
    Path("sets").mkdir()
    for name in ("a.h5", "b.parquet"):
        Path(name).rename(Path("sets") / name)
    earmark("convert", "sets", "-o", "out.lance")
    assert read("out.lance") == CLIPS
    earmark("convert", "sets/*.h5", "-o", "out.lance")
    assert read("out.lance") == CLIPS[:100]


def test_over_its_own_input(earmark: Program) -> None:
    for name in ("set.tfrecord", "out.h5", "out.lance"):
        write(name, CLIPS)
        assert earmark("convert", name, "-o", name).code == 0
        assert read(name) == CLIPS


def test_times_and_labels_from_lists(earmark: Program) -> None:
    bare = replace(some_clips(4, known=False), labels=Labels.none(4))
    write("bare.h5", replace(bare, ids=("a", "b", "c", "d")))
    head = "# one\n# two\n# YTID, start_seconds, end_seconds, positive_labels\n"
    Path("first.csv").write_text(
        head + 'a, 30.000, 40.000, "/m/09x0r,/m/05zppz"\nx, 0.0, 1.0, ""\n'
    )
    Path("second.csv").write_text("id,labels\nb,Thunder\na,Rain\ny,Rain\nz,Rain\n")
    outcome = earmark(
        "convert", "bare.h5", "-o", "out.h5", "--segments", "first.csv", "--segments", "second.csv"
    )
    assert outcome.code == 0
    assert outcome.err.splitlines()[1:] == [
        "1 of 4 clips are in first.csv, which has 1 more row",
        "2 of 4 clips are in second.csv, which has 2 more rows; 1 had other labels before",
    ]
    found = read("out.h5")
    names = [[labels()[at].name for at in row] for row in found.labels]
    assert names == [["Rain"], ["Thunder"], [], []]
    assert found.starts[0] == 30
    assert np.isnan(found.starts[1:]).all()


def test_a_list_that_makes_no_sense(earmark: Program) -> None:
    Path("list.csv").write_text("id,labels\na,Rian\n")
    outcome = earmark("convert", "set.tfrecord", "-o", "out.h5", "--segments", "list.csv")
    assert outcome.code == 1
    assert outcome.err.startswith("earmark: list.csv, line 2: there is no label 'Rian'")
    assert not Path("out.h5").exists()


def test_labels_as_a_list(earmark: Program) -> None:
    earmark("convert", "set.tfrecord", "-o", "list.csv")
    write("bare.h5", replace(CLIPS, labels=Labels.none(300), starts=CLIPS.starts * np.nan))
    earmark("convert", "bare.h5", "-o", "out.h5", "--segments", "list.csv")
    assert read("out.h5") == CLIPS


def test_whose_embeddings_they_are(earmark: Program, folder: Path) -> None:
    with h5py.File("kong.h5", "w") as file:
        file["x"], file["y"] = CLIPS.frames, CLIPS.labels.to_multi_hot(527)
        file["video_id_list"] = np.array(CLIPS.ids, "S")
    earmark("convert", "kong.h5", "-o", "out.h5", "--embedder", folder)
    assert read("out.h5").identity.name == "placeholder"
    outcome = earmark("convert", "out.h5", "-o", "x.h5", "--embedder", "audioset")
    assert outcome.code == 1
    assert "out.h5 belongs to embedder placeholder 1, not to vggish 1" in outcome.err
    write("compact.h5", some_clips(3, identity=COMPACT))
    outcome = earmark("convert", "kong.h5", "compact.h5", "-o", "x.h5")
    assert outcome.code == 1
    assert "belongs to embedder compact 1, not to vggish 1" in outcome.err
    assert not Path("x.h5").exists()


def test_deep_ocs_blocks(earmark: Program) -> None:
    earmark("convert", "set.tfrecord", "-o", "blocks", "--format", "npy")
    assert len(list(Path("blocks").iterdir())) == 300
    earmark("convert", "blocks", "-o", "out.h5")
    assert sorted(read("out.h5").ids) == sorted(CLIPS.ids)
    Path("others").mkdir()
    np.save("others/a-0.npy", dequantise(CLIPS.frames[:1], how="youtube8m"))
    outcome = earmark("convert", "others", "-o", "out.h5")
    assert outcome.code == 1
    assert "others/a-0.npy: " in outcome.err
    assert "is no byte read back as (u - 128) / 128: say what its numbers are" in outcome.err
    assert outcome.err.endswith("earmark: nothing could be read, so nothing is written\n")
    assert len(read("out.h5")) == 300
    earmark("convert", "others", "-o", "out.h5", "--values", "youtube8m")
    np.testing.assert_array_equal(read("out.h5").frames, CLIPS.frames[:1])


def test_the_names_do_not_have_to_tell(earmark: Program) -> None:
    Path("set.tfrecord").rename("records")
    outcome = earmark("convert", "records", "-o", "out", "--from", "tfrecord", "--format", "npz")
    assert outcome.code == 0
    assert read("out", format="npz") == CLIPS


def test_damaged_records_are_named_and_the_others_kept(earmark: Program) -> None:
    data = bytearray(Path("set.tfrecord").read_bytes())
    data[100] ^= 1
    data[len(data) // 2] ^= 1
    Path("set.tfrecord").write_bytes(data)
    outcome = earmark("convert", "set.tfrecord", "-o", "out.h5", "-q")
    assert outcome.code == 1
    first, second, summary, count = outcome.err.splitlines()
    assert first.startswith("damaged: set.tfrecord at byte 0: ")
    assert second.startswith("damaged: set.tfrecord at byte ")
    assert summary.startswith("read 298 clips with ")
    assert count == "damaged and left out: 2"
    assert len(read("out.h5")) == 298


def test_what_cannot_be_read_at_all_leaves_the_old_file(earmark: Program) -> None:
    write("out.h5", CLIPS[:3])
    Path("half.h5").write_bytes(Path("out.h5").read_bytes()[:1000])
    for args, code, message in (
        (["half.h5"], 1, "half.h5 cannot be read as HDF5"),
        (["gone.h5"], 1, "gone.h5 does not exist"),
        (["set.tfrecord", "--from", "npy"], 1, "cannot be read as .npy"),
        (["set.tfrecord", "--split", "eval", "--from", "hdf5"], 2, "has no split 'eval'"),
    ):
        outcome = earmark("convert", *args, "-o", "out.h5")
        assert outcome.code == code
        assert message in outcome.err
        assert read("out.h5") == CLIPS[:3]


def test_a_set_without_clips_is_a_set(earmark: Program) -> None:
    write("none.h5", EmbeddingSet.empty(identity=COMPACT))
    outcome = earmark("convert", "none.h5", "-o", "out.npz")
    assert outcome.code == 0
    assert outcome.err.startswith("read 0 clips with 0 labels")
    assert read("out.npz") == EmbeddingSet.empty(identity=COMPACT, table=labels())


def test_a_broken_device_is_one_sentence(earmark: Program) -> None:
    write("out.h5", CLIPS[:3])
    outcome = earmark("convert", "set.tfrecord", "-o", "no/such/out.h5")
    assert outcome.code == 2
    assert outcome.err == "earmark: no/such/out.h5 cannot be written: No such file or directory\n"


@pytest.mark.parametrize("suffix", [".h5", ".parquet", ".lance", ".npz", ".tfrecord"])
def test_ctrl_c_leaves_the_old_set_and_nothing_else(suffix: str, here: Path) -> None:
    output = Path(f"out{suffix}")
    write(output, CLIPS[:3])
    endless = here / "endless.tfrecord"
    os.mkfifo(endless)
    process = subprocess.Popen(
        [*PROGRAM, "convert", str(endless), "-o", str(output)], stderr=subprocess.PIPE
    )
    data = Path("set.tfrecord").read_bytes()
    with endless.open("wb") as pipe:
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline and not list(here.glob(".out.*.part")):
            pipe.write(data)
        for _ in range(20):
            pipe.write(data)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=20)
    assert process.returncode == 130
    assert err.decode().startswith("interrupted; read ")
    assert err.decode().endswith(f"; {output} was not written\n")
    assert read(output) == CLIPS[:3]
    assert sorted(path.name for path in here.iterdir()) == sorted(
        ["endless.tfrecord", output.name, *({"set.tfrecord"} - {output.name})]
    )


def test_progress_is_shown_in_clips(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    conversion = Conversion()
    times = iter(range(2, 100))
    monkeypatch.setattr(conversion._progress, "_clock", lambda: next(times) + time.monotonic())
    assert len(list(conversion.through([CLIPS[:100], CLIPS[100:]]))) == 2
    assert "300 clips   " in terminal.getvalue()
    assert "clips/s" in terminal.getvalue()
