"""Recordings in zip archives: read where they lie, and never at any price."""

from __future__ import annotations

import io
import pickle
import stat
import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest
from audio.making import Format, encode, melody, pcm, save, tone, try_to_load, wav

from earmark.audio import Limits, Skipped, Source, find, load
from earmark.errors import AudioError

DATA = wav(pcm(melody(1.0, rate=16_000)))


def pack(
    members: dict[str, bytes], *, method: int = zipfile.ZIP_DEFLATED, level: int | None = None
) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method, compresslevel=level) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return file.getvalue()


def found(path: str, limits: Limits | None = None) -> tuple[list[Source], list[Skipped]]:
    items = list(find([path], limits=limits or Limits()))
    sources = [item for item in items if isinstance(item, Source)]
    return sources, [item for item in items if isinstance(item, Skipped)]


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
@pytest.mark.parametrize("memory", [0, 2**25])
def test_members_read_like_files(tmp_path: Path, method: int, memory: int) -> None:
    m4a = encode(melody(3.0, rate=44_100), Format("m4a", "aac", "fltp"))
    path = save(tmp_path, "a.zip", pack({"x/one.wav": DATA, "two.m4a": m4a}, method=method))
    sources, skipped = found(path, Limits(memory_bytes=memory))
    assert [source.name for source in sources] == [f"{path}/x/one.wav", f"{path}/two.m4a"]
    assert skipped == []
    for source, data in zip(sources, (DATA, m4a), strict=True):
        assert np.array_equal(load(source), load(data))
        assert np.array_equal(load(source, start=0.5), load(data, start=0.5))
    assert np.array_equal(load(pickle.loads(pickle.dumps(sources[0]))), load(DATA))


def test_a_member_can_be_named(tmp_path: Path) -> None:
    path = save(tmp_path, "a.zip", pack({"x/one.wav": DATA, "notes.txt": b"?"}))
    assert np.array_equal(load(f"{path}/x/one.wav"), load(DATA))
    (source,) = find([f"{path}/x/one.wav"])
    assert source.name == f"{path}/x/one.wav"
    with pytest.raises(AudioError, match=r"none\.wav: does not exist"):
        load(f"{path}/none.wav")


def test_only_sound_is_offered(tmp_path: Path) -> None:
    members = {
        "a.wav": DATA,
        "readme.txt": b"?",
        "__MACOSX/._a.wav": b"?",
        "x/.b.wav": b"?",
        "folder/": b"",
    }
    sources, skipped = found(save(tmp_path, "a.zip", pack(members)))
    assert [Path(source.name).name for source in sources] == ["a.wav"]
    assert skipped == []


def test_an_archive_without_sound_says_so(tmp_path: Path) -> None:
    path = save(tmp_path, "a.zip", pack({"readme.txt": b"?"}))
    assert found(path) == (
        [],
        [Skipped(path, "holds no file with a known sound or video extension")],
    )


def test_archives_in_a_folder_are_entered(tmp_path: Path) -> None:
    save(tmp_path, "deep/a.zip", pack({"a.wav": DATA}))
    assert [item.name for item in find([tmp_path])] == [str(tmp_path / "deep/a.zip/a.wav")]


def test_archives_in_archives_are_not_entered(tmp_path: Path) -> None:
    inner = pack({"a.wav": DATA})
    path = save(tmp_path, "a.zip", pack({"b.zip": inner, "c.tar.gz": b"", "d.7z": b""}))
    sources, skipped = found(path)
    assert sources == []
    assert [item.name for item in skipped] == [
        f"{path}/{name}" for name in ("b.zip", "c.tar.gz", "d.7z")
    ]
    assert {item.reason for item in skipped} == {
        "is an archive inside an archive and is not entered: unpack it first"
    }


@pytest.mark.parametrize(
    "name", ["../a.wav", "/etc/a.wav", "x/../../a.wav", "..\\a.wav", "C:/a.wav", "x\\..\\..\\a.wav"]
)
def test_names_that_lead_out_are_left_out(tmp_path: Path, name: str) -> None:
    sources, (skipped,) = found(save(tmp_path, "a.zip", pack({name: DATA})))
    assert sources == []
    assert skipped.reason == "has a name that leads out of the archive: rename it"


def test_links_are_not_followed(tmp_path: Path) -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        info = zipfile.ZipInfo("link.wav")
        info.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(info, "/etc/passwd")
    sources, (skipped,) = found(save(tmp_path, "a.zip", file.getvalue()))
    assert sources == []
    assert skipped.reason == "is a link inside the archive and is not followed"


def test_encrypted_members_are_named(tmp_path: Path) -> None:
    data = bytearray(pack({"a.wav": DATA}))
    directory = data.rindex(b"PK\x01\x02")
    data[directory + 8] |= 1
    _, (skipped,) = found(save(tmp_path, "a.zip", bytes(data)))
    assert skipped.reason == "is encrypted: unpack it with its password first"


def test_rare_packings_are_named(tmp_path: Path) -> None:
    _, (skipped,) = found(save(tmp_path, "a.zip", pack({"a.wav": DATA}, method=zipfile.ZIP_LZMA)))
    assert skipped.reason == "is packed in a way that is not read here: unpack it first"


def test_a_bomb_is_not_unpacked(tmp_path: Path) -> None:
    silence = wav(bytes(3_000_000))
    path = save(tmp_path, "a.zip", pack({"a.wav": silence}, level=9))
    assert len(found(path)[0]) == 1  # silence packs well, and this is little
    sources, (skipped,) = found(path, Limits(member_bytes=1_000_000))
    assert sources == []
    assert skipped.reason.startswith("unpacks to more than is allowed, like a zip bomb")
    _, (skipped,) = found(path, Limits(archive_bytes=1_000_000))
    assert skipped.name == path


def test_a_member_that_says_to_unpack_a_thousandfold_is_a_bomb(tmp_path: Path) -> None:
    data = bytearray(pack({"a.wav": DATA}))
    directory = data.rindex(b"PK\x01\x02")
    data[directory + 24 : directory + 28] = struct.pack("<I", 4_000_000_000)
    _, (skipped,) = found(save(tmp_path, "a.zip", bytes(data)))
    assert skipped.reason.startswith("unpacks to more than is allowed")


@pytest.mark.parametrize("memory", [0, 2**25])
def test_a_member_that_unpacks_to_more_than_it_says_is_cut(tmp_path: Path, memory: int) -> None:
    data = bytearray(pack({"a.wav": wav(bytes(5_000_000))}))
    directory = data.rindex(b"PK\x01\x02")
    data[directory + 24 : directory + 28] = struct.pack("<I", 100_000)
    (source,), _ = found(save(tmp_path, "a.zip", bytes(data)), Limits(memory_bytes=memory))
    with pytest.raises(AudioError, match="is damaged inside the archive"):
        load(source)


def test_members_that_share_their_bytes_are_refused(tmp_path: Path) -> None:
    data = pack({"a.wav": DATA, "b.wav": DATA}, method=zipfile.ZIP_STORED)
    changed = bytearray(data)
    first = data.index(b"PK\x01\x02")
    size = struct.unpack_from("<I", data, first + 20)[0]
    changed[first + 20 : first + 24] = struct.pack("<I", size + 1000)
    sources, skipped = found(save(tmp_path, "a.zip", bytes(changed)))
    assert [Path(source.name).name for source in sources] == ["b.wav"]
    assert skipped[0].reason.startswith("shares its bytes with another member")


def test_too_many_members_are_cut_short(tmp_path: Path) -> None:
    path = save(tmp_path, "a.zip", pack({f"{number}.wav": b"x" for number in range(50)}))
    sources, (skipped,) = found(path, Limits(archive_members=10))
    assert len(sources) == 10
    assert skipped == Skipped(path, "lists over 10 files: split it, the rest is left out")


def test_a_huge_directory_is_not_read(tmp_path: Path) -> None:
    data = bytearray(pack({"a.wav": DATA}))
    end = data.rindex(b"PK\x05\x06")
    data[end + 12 : end + 16] = struct.pack("<I", 0x7FFFFFFF)
    _, (skipped,) = found(save(tmp_path, "a.zip", bytes(data)))
    assert skipped.reason == "lists too many files to be read: split it"


@pytest.mark.parametrize(
    "data", [b"", b"PK\x03\x04", b"no zip at all" * 100, pack({"a.wav": DATA})[:-30]]
)
def test_what_is_no_zip_says_so(tmp_path: Path, data: bytes) -> None:
    path = save(tmp_path, "a.zip", data)
    assert found(path) == ([], [Skipped(path, "is no zip archive, or damaged: copy it again")])


@pytest.mark.parametrize("memory", [0, 2**25])
def test_a_damaged_member_says_so_and_stops_no_other(tmp_path: Path, memory: int) -> None:
    long = wav(pcm(melody(20.0, rate=16_000)))
    data = bytearray(pack({"a.wav": long, "b.wav": DATA}))
    data[5000:5100] = bytes(100)
    sources, _ = found(save(tmp_path, "a.zip", bytes(data)), Limits(memory_bytes=memory))
    waveform, error = try_to_load(sources[0])
    if waveform is None:
        assert "is damaged inside the archive: copy the archive again" in error
    assert np.array_equal(load(sources[1]), load(DATA))


def test_damage_anywhere_raises_nothing_else(tmp_path: Path) -> None:
    whole = pack({"a.wav": DATA, "b/c.mp3": DATA[:5000]})
    rng = np.random.default_rng(0)
    for number in range(60):
        data = bytearray(whole)
        for place in rng.integers(0, len(data), 4):
            data[place] = rng.integers(256)
        sources, _ = found(save(tmp_path, f"{number}.zip", bytes(data)))
        for source in sources:
            assert len(try_to_load(source)[1]) < 300


def test_an_archive_is_not_one_recording(tmp_path: Path) -> None:
    path = save(tmp_path, "a.zip", pack({"a.wav": DATA}))
    with pytest.raises(AudioError, match="is a zip archive"):
        load(path)


def test_an_archive_that_vanishes_says_so(tmp_path: Path) -> None:
    path = Path(save(tmp_path, "a.zip", pack({"a.wav": DATA})))
    (source,), _ = found(str(path))
    path.unlink()
    with pytest.raises(AudioError, match=r"a\.zip/a\.wav: does not exist"):
        load(source)


def test_nothing_is_written(tmp_path: Path) -> None:
    path = save(tmp_path, "a.zip", pack({"a.wav": DATA, "b.wav": wav(pcm(tone(1.0)))}))
    for item in find([path], limits=Limits(memory_bytes=0)):
        assert isinstance(item, Source)
        load(item)
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.zip"]
