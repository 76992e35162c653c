"""TFRecord files of clips, read and written."""

from __future__ import annotations

import gzip
import io
import tarfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from formats.record_making import COMPACT, Told, clip_of, example, packed, serialised, some_clips
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from earmark import ontology
from earmark.embedders.identity import AUDIOSET, Identity
from earmark.errors import DataError, ModelError, UsageError
from earmark.formats import EmbeddingSet, Labels, tfrecord
from earmark.formats.sequence_example import Clip
from earmark.ontology import Label

TABLE = (Label(0, "x/1", "Glocke, klein"), Label(1, "x/2", "Krähe"), Label(2, "x/3", "Ruf"))
FRAME = bytes(range(128))


def read(path: Path | str, **options: object) -> EmbeddingSet:
    return EmbeddingSet.concatenate(list(tfrecord.stream(path, **options)))  # type: ignore[arg-type]


def written(path: Path, clips: EmbeddingSet) -> Path:
    tfrecord.write(path, [clips])
    return path


@pytest.mark.parametrize("suffix", [".tfrecord", ".tfrecord.gz"])
@pytest.mark.parametrize(
    "clips",
    [
        some_clips(100),
        some_clips(1, known=False),
        some_clips(50, identity=COMPACT),
        some_clips(50, table=TABLE),
        some_clips(50, identity=Identity("vggish", "2", final_relu=False, pca="audioset")),
        replace(some_clips(5), labels=Labels.none(5)),
    ],
    ids=["audioset", "without times", "compact", "own labels", "vggish", "without labels"],
)
def test_what_is_written_is_read(clips: EmbeddingSet, suffix: str, tmp_path: Path) -> None:
    assert read(written(tmp_path / f"clips{suffix}", clips)) == clips


@pytest.mark.parametrize("name", ["clips.tfrecord", "clips.tfrecord.gz"])
def test_the_same_clips_make_the_same_file(name: str, tmp_path: Path) -> None:
    clips = some_clips(60)
    first = written(tmp_path / name, clips).read_bytes()
    (tmp_path / "other").mkdir()
    pieces = [clips[:7], clips[7:8], clips[8:8], clips[8:]]
    tfrecord.write(tmp_path / "other" / name, pieces)
    assert (tmp_path / "other" / name).read_bytes() == first


def test_no_clips_are_an_empty_file(tmp_path: Path) -> None:
    tfrecord.write(tmp_path / "a.tfrecord", [])
    assert (tmp_path / "a.tfrecord").read_bytes() == b""
    assert list(tfrecord.stream(tmp_path / "a.tfrecord")) == []


def test_chunks_have_at_most_so_many_clips_in_order(tmp_path: Path) -> None:
    clips = some_clips(50)
    for number, at in enumerate(range(0, 50, 10)):
        written(tmp_path / f"{number}.tfrecord", clips[at : at + 10])
    chunks = list(tfrecord.stream(tmp_path, chunk=16))
    assert [len(chunk) for chunk in chunks] == [16, 16, 16, 2]
    assert EmbeddingSet.concatenate(chunks) == clips
    with pytest.raises(UsageError, match="chunk must be 1 or more, not 0"):
        next(tfrecord.stream(tmp_path, chunk=0))


def test_batches_do_not_show(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clips = some_clips(50)
    path = written(tmp_path / "a.tfrecord", clips)
    monkeypatch.setattr(tfrecord, "BATCH", 7)
    assert read(path, chunk=3) == clips
    monkeypatch.setattr(tfrecord, "BATCH_BYTES", 10_000)
    assert read(path) == clips


def test_an_archive_is_read_as_it_comes(tmp_path: Path) -> None:
    clips = some_clips(40)
    with tarfile.open(tmp_path / "features.tar.gz", "w:gz") as archive:
        for number, split in enumerate(["eval", "bal_train", "eval"]):
            path = written(tmp_path / "part", clips[10 * number : 10 * number + 10])
            archive.add(path, f"v1/{split}/{number}.tfrecord")
    assert read(tmp_path / "features.tar.gz") == clips[:30]
    both = [clips[:10], clips[20:30]]
    assert read(tmp_path / "features.tar.gz", split="eval") == EmbeddingSet.concatenate(both)


def test_clips_without_an_id_are_called_after_their_place(tmp_path: Path) -> None:
    clip = Clip("", 0.0, 9.6, (), FRAME)
    record = serialised(example(clip))
    path = tmp_path / "demo.v1.tfrecord"
    path.write_bytes(packed([record, record]))
    assert read(path).ids == ("demo:0", f"demo:{len(record) + 16}")


def test_the_embedder_may_be_told_where_records_do_not_say(tmp_path: Path) -> None:
    plain = written(tmp_path / "plain.tfrecord", some_clips(3))
    assert read(plain).identity == AUDIOSET
    assert read(plain, identity=COMPACT).identity == COMPACT
    other = written(tmp_path / "compact.tfrecord", some_clips(3, identity=COMPACT))
    assert read(other, identity=COMPACT).identity == COMPACT
    with pytest.raises(ModelError, match=r"record at byte 0 of .*compact.tfrecord belongs to emb"):
        read(other, identity=AUDIOSET)
    with pytest.raises(ModelError, match="belongs to embedder vggish 1, not to compact 1"):
        read(tmp_path)


def test_files_whose_labels_mean_different_things_are_not_mixed(tmp_path: Path) -> None:
    written(tmp_path / "a.tfrecord", some_clips(3, table=TABLE))
    written(tmp_path / "b.tfrecord", some_clips(3, table=TABLE[:2]))
    with pytest.raises(DataError, match=r"b.tfrecord says that labels mean something else"):
        read(tmp_path)


def test_labels_beyond_audiosets_mean_nothing_known(tmp_path: Path) -> None:
    clips = replace(some_clips(2), table=(), labels=Labels.of([[3], [3861]]))
    assert read(written(tmp_path / "a.tfrecord", clips)) == clips
    known = replace(clips, labels=Labels.of([[3], [526]]))
    assert read(written(tmp_path / "b.tfrecord", known)).table == ontology.labels()


def test_a_label_beyond_the_files_own_table_is_damage(tmp_path: Path) -> None:
    clips = some_clips(2, table=TABLE)
    records = [serialised(example(clip_of(clips, row))) for row in range(2)]
    message = example(Clip("a", 0.0, 1.0, (1, 3), FRAME))
    message.context.feature["earmark_labels"].bytes_list.value.append(b'[["a", "A"], ["b", "B"]]')
    path = tmp_path / "a.tfrecord"
    path.write_bytes(packed([serialised(message), *records]))
    told = Told()
    assert len(read(path, on_damage=told)) <= 2
    assert told.reasons[0] == "it has label 3, beyond the 2 there are"


BAD = serialised(example(Clip("bad", 0.0, 1.0, (), FRAME * 11)))


def some_damage(path: Path) -> EmbeddingSet:
    """Write a file with one damaged record, and return what else is in it."""
    clips = some_clips(9)
    records = [serialised(example(clip_of(clips, row))) for row in range(9)]
    path.write_bytes(packed([*records[:4], BAD, *records[4:]]))
    return clips


def test_a_damaged_record_is_told_and_the_others_are_kept(tmp_path: Path) -> None:
    path, told = tmp_path / "a.tfrecord", Told()
    clips = some_damage(path)
    assert read(path, on_damage=told) == clips
    offset = path.read_bytes().index(BAD) - 12
    assert [str(damage) for damage in told] == [
        f"{path} at byte {offset}: it has 11 frames, and a clip has 1 to 10"
    ]


def test_unless_somebody_wants_to_know_damage_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "a.tfrecord"
    some_damage(path)
    with pytest.raises(DataError, match=r"a\.tfrecord at byte .*: it has 11 frames"):
        read(path)
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(DataError, match=r"a\.tfrecord at byte .*: it breaks off"):
        read(path)


def test_damage_in_an_archive_names_the_member(tmp_path: Path) -> None:
    clips = some_damage(tmp_path / "part")
    with tarfile.open(tmp_path / "f.tar.gz", "w:gz") as archive:
        archive.add(tmp_path / "part", "eval/1.tfrecord")
        archive.add(tmp_path / "part", "eval/2.tfrecord")
    told = Told()
    assert read(tmp_path / "f.tar.gz", on_damage=told) == EmbeddingSet.concatenate([clips, clips])
    assert [damage.path for damage in told] == [
        f"{tmp_path}/f.tar.gz/eval/{number}.tfrecord" for number in (1, 2)
    ]


def test_a_file_of_nothing_but_damage_has_no_clips(tmp_path: Path) -> None:
    (tmp_path / "a.tfrecord").write_bytes(packed([BAD, b"", b"\xff"]))
    told = Told()
    assert [len(chunk) for chunk in tfrecord.stream(tmp_path, on_damage=told)] == []
    assert len(told) == 3


def test_a_failed_write_leaves_what_was_there(tmp_path: Path) -> None:
    path = written(tmp_path / "a.tfrecord", some_clips(3))
    before = path.read_bytes()
    with pytest.raises(ModelError, match="belongs to embedder compact"):
        tfrecord.write(path, [some_clips(3), some_clips(3, identity=COMPACT)])
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def plain_file(folder: Path, data: bytes) -> Path:
    path = folder / "a.tfrecord"
    path.write_bytes(data)
    return path


def packed_file(folder: Path, data: bytes) -> Path:
    return plain_file(folder, gzip.compress(data, compresslevel=1))


def packed_archive(folder: Path, data: bytes) -> Path:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        for name in ("a.tfrecord", "b.tfrecord"):
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return packed_file(folder, file.getvalue())


@pytest.mark.parametrize("kind", [plain_file, packed_file, packed_archive])
@settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_a_damaged_file_of_any_kind_gives_clips_that_were_in_it(
    kind: Callable[[Path, bytes], Path], data: st.DataObject, tmp_path: Path
) -> None:
    clips = some_clips(6)
    path = kind(tmp_path, packed(serialised(example(clip_of(clips, row))) for row in range(6)))
    stored = bytearray(path.read_bytes())
    for at in data.draw(st.lists(st.integers(0, len(stored) - 1), min_size=1, max_size=3)):
        stored[at] ^= data.draw(st.integers(0, 255))
    path.write_bytes(stored[: data.draw(st.integers(0, len(stored)))])
    told = Told()
    for chunk in tfrecord.stream(path, on_damage=told):
        for row, name in enumerate(chunk.ids):
            assert chunk[row : row + 1] == clips.take(np.array([clips.ids.index(name)]))
    assert all(str(damage).startswith(str(path)) for damage in told)
    try:
        found = read(path)
    except DataError:
        return
    assert len(found) in range(1, 13)
