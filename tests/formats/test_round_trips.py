"""What holds for every format: nothing is lost, and nothing is half-written."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from formats.record_making import COMPACT, some_clips
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from earmark.embedders.identity import AUDIOSET, Identity
from earmark.errors import DataError, ModelError, UsageError
from earmark.formats import CLIP_FRAMES, EmbeddingSet, Labels, read, stream, write
from earmark.ontology import Label, labels

SUFFIXES = [".h5", ".parquet", ".lance", ".npz", ".tfrecord"]
KEEP_THE_EMBEDDER = [".h5", ".parquet", ".lance", ".npz"]
"""Formats that say who made a set even if there are no clips in it."""
TABLE = (Label(0, "x/1", "Glocke, klein"), Label(1, "x/2", "Krähe"), Label(2, "x/3", "Ruf"))
HERE = Path(__file__).parent

seconds = st.just(np.nan) | st.integers(0, 2**20).map(lambda ticks: ticks / 8)
"""Times that fit into the 32 bits that a TFRecord has for them."""
names = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1)


@st.composite
def sets(draw: st.DrawFn) -> EmbeddingSet:
    """Any set that there may be."""
    ids = tuple(draw(st.lists(names, min_size=1, max_size=12)))
    count = len(ids)
    table = draw(st.sampled_from([labels(), TABLE]))
    lengths = np.array(draw(st.lists(st.integers(1, 10), min_size=count, max_size=count)), np.uint8)
    frames = np.random.default_rng(count).integers(0, 256, (count, CLIP_FRAMES, 128), np.uint8)
    frames[np.arange(CLIP_FRAMES) >= lengths[:, None]] = 0
    times = np.array(draw(st.lists(st.tuples(seconds, seconds), min_size=count, max_size=count)))
    some = st.lists(st.integers(0, len(table) - 1), max_size=5)
    return EmbeddingSet(
        frames=frames,
        lengths=lengths,
        ids=ids,
        starts=times[:, 0].astype(np.float64),
        ends=times[:, 1].astype(np.float64),
        labels=Labels.of(draw(st.lists(some, min_size=count, max_size=count))),
        table=table,
        identity=draw(st.sampled_from([AUDIOSET, COMPACT, Identity("vggish", "2", False, "x")])),
    )


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(clips=sets(), chunk=st.integers(1, 15))
def test_from_format_to_format_nothing_is_lost(
    clips: EmbeddingSet, chunk: int, tmp_path: Path
) -> None:
    route = [".tfrecord", ".h5", ".parquet", ".lance", ".npz", ".tfrecord"]
    before: list[EmbeddingSet] = [clips[at : at + chunk] for at in range(0, len(clips), chunk)]
    for at, suffix in enumerate(route):
        path = tmp_path / f"{at}{suffix}"
        write(path, before)
        before = list(stream(path, chunk=chunk))
        assert all(len(piece) <= chunk for piece in before)
    assert EmbeddingSet.concatenate(before) == clips
    assert (tmp_path / "0.tfrecord").read_bytes() == (tmp_path / "5.tfrecord").read_bytes()


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_more_than_a_batch_of_clips(suffix: str, tmp_path: Path) -> None:
    clips = some_clips(5000)
    write(tmp_path / f"set{suffix}", (clips[at : at + 700] for at in range(0, 5000, 700)))
    assert read(tmp_path / f"set{suffix}") == clips


@pytest.mark.parametrize("suffix", KEEP_THE_EMBEDDER)
@pytest.mark.parametrize("table", [(), TABLE])
def test_a_set_without_clips_says_who_made_it(
    suffix: str, table: tuple[Label, ...], tmp_path: Path
) -> None:
    path = tmp_path / f"set{suffix}"
    write(path, EmbeddingSet.empty(identity=COMPACT, table=table))
    assert read(path) == EmbeddingSet.empty(identity=COMPACT, table=table or labels())


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_labels_that_nobody_can_name(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"set{suffix}"
    clips = replace(some_clips(3), table=(), labels=Labels.of([[3, 1], [], [3861]]))
    write(path, clips)
    assert read(path) == clips
    known = replace(clips, labels=Labels.of([[3, 1], [], [526]]))
    write(path, known)
    assert read(path) == replace(known, table=labels())


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_names_that_are_no_unicode(suffix: str, tmp_path: Path) -> None:
    clips = replace(some_clips(2), ids=("caf\udce9.wav", "café.wav"))
    write(tmp_path / f"set{suffix}", clips)
    first, second = read(tmp_path / f"set{suffix}").ids
    assert second == "café.wav"
    # Arrow's texts are Unicode and nothing else.
    assert first == ("caf\udce9.wav" if suffix in (".h5", ".npz") else r"caf\xe9.wav")


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_another_embedder_is_refused(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"set{suffix}"
    clips = some_clips(3, identity=COMPACT)
    write(path, clips)
    with pytest.raises(ModelError, match=r"belongs to embedder compact 1, not to vggish 1"):
        read(path, identity=AUDIOSET)
    assert read(path, identity=COMPACT) == clips
    assert read(path, identity=replace(COMPACT, dequantiser="kong")) == clips


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_what_is_not_there(suffix: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=f"gone{suffix} does not exist"):
        read(tmp_path / f"gone{suffix}")


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("content", [b"", b"notes on something else\n" * 99])
def test_what_is_something_else(suffix: str, content: bytes, tmp_path: Path) -> None:
    path = tmp_path / f"set{suffix}"
    if suffix == ".lance":
        path.mkdir()
        (path / "notes").write_bytes(content)
    else:
        path.write_bytes(content)
    if suffix == ".tfrecord" and not content:
        return  # a TFRecord file without records
    with pytest.raises(DataError, match=f"set{suffix}"):
        read(path)


def failing(clips: EmbeddingSet, error: BaseException) -> Iterator[EmbeddingSet]:
    yield clips
    raise error


@pytest.mark.parametrize("suffix", [*SUFFIXES, ".csv", ".tfrecord.gz"])
@pytest.mark.parametrize("error", [KeyboardInterrupt(), DataError("the input is damaged")])
def test_a_set_that_breaks_off_leaves_the_old_one(
    suffix: str, error: BaseException, tmp_path: Path
) -> None:
    path = tmp_path / f"set{suffix}"
    write(path, some_clips(3))
    old = contents(tmp_path)
    with pytest.raises(type(error)) as caught:
        write(path, failing(some_clips(5000), error))
    assert caught.value is error
    assert contents(tmp_path) == old


@pytest.mark.parametrize("suffix", [*SUFFIXES, ".csv"])
def test_a_place_where_nothing_can_be_written_is_known_at_once(suffix: str, tmp_path: Path) -> None:
    def untouched() -> Iterator[EmbeddingSet]:
        pytest.fail("nothing must be read before")
        yield

    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "thesis.txt").touch()
    for place in (f"no/set{suffix}", "notes"):
        with pytest.raises(UsageError, match="cannot be written"):
            write(tmp_path / place, untouched(), format=named(suffix))  # type: ignore[arg-type]
    assert sorted(contents(tmp_path)) == ["notes/thesis.txt"]


def test_a_full_disk_leaves_the_old_set(tmp_path: Path) -> None:
    clips = some_clips(3)
    for suffix in SUFFIXES:
        write(tmp_path / f"set{suffix}", clips)
    old = contents(tmp_path)
    result = in_a_process("full", tmp_path)
    assert result.returncode == 0, result.stderr
    said = json.loads(result.stdout)
    assert said == {
        suffix: f"{tmp_path}/set{suffix} cannot be written: File too large" for suffix in SUFFIXES
    }
    assert contents(tmp_path) == old


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_process_that_is_killed_leaves_the_old_set(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"set{suffix}"
    write(path, some_clips(3))
    old = contents(tmp_path)
    result = in_a_process("killed", tmp_path, suffix)
    assert result.returncode == -signal.SIGKILL
    assert contents(tmp_path).items() >= old.items()
    assert read(path) == some_clips(3)


@pytest.mark.parametrize("suffix", [".h5", ".parquet", ".npz", ".tfrecord"])
def test_memory_does_not_grow_with_the_set(suffix: str, tmp_path: Path) -> None:
    # Lance has caches of its own, which fill up to half a gigabyte before they stop growing.
    result = in_a_process("memory", tmp_path, suffix)
    assert result.returncode == 0, result.stderr
    grown = json.loads(result.stdout)
    # The 56 000 clips more have 72 MB of embeddings.
    assert grown < 36


def contents(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def named(suffix: str) -> str:
    return {".h5": "hdf5", ".csv": "csv"}.get(suffix, suffix[1:])


def in_a_process(*args: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-W", "error", str(HERE / "in_a_process.py"), *map(str, args)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
