"""Recordings in tar archives, plain and packed."""

from __future__ import annotations

import gzip
import io
import pickle
import tarfile
import threading
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
from audio.making import melody, pcm, save, try_to_load, wav

from earmark.audio import Limits, Skipped, Source, find, load
from earmark.audio.tars import TarMember
from earmark.errors import AudioError

DATA = wav(pcm(melody(1.0, rate=16_000)))
PACKINGS: list[Literal["", "gz", "bz2", "xz"]] = ["", "gz", "bz2", "xz"]


def pack(members: dict[str, bytes], packing: str = "") -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode=f"w:{packing}") as archive:  # type: ignore[call-overload]
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return file.getvalue()


def found(path: str, limits: Limits | None = None) -> tuple[list[Source], list[Skipped]]:
    items = list(find([path], limits=limits or Limits()))
    sources = [item for item in items if isinstance(item, Source)]
    return sources, [item for item in items if isinstance(item, Skipped)]


def numbered(count: int) -> dict[str, bytes]:
    return {
        f"{number}.wav": wav(pcm(np.full(800, number / 100, np.float32))) for number in range(count)
    }


@pytest.mark.parametrize("packing", PACKINGS)
@pytest.mark.parametrize("memory", [0, 2**25])
def test_members_read_like_files(tmp_path: Path, packing: str, memory: int) -> None:
    path = save(
        tmp_path,
        f"a.tar.{packing}".rstrip("."),
        pack({"./x/one.wav": DATA, **numbered(20)}, packing),
    )
    sources, skipped = found(path, Limits(memory_bytes=memory))
    assert skipped == []
    assert sources[0].name == f"{path}/x/one.wav"
    assert np.array_equal(load(sources[0]), load(DATA))
    assert np.array_equal(load(sources[0], start=0.5), load(DATA, start=0.5))
    for number in (3, 4, 5, 1, 19, 0):  # forwards and back
        assert load(sources[number + 1])[0] == pytest.approx(number / 100, abs=1e-4)
    assert np.array_equal(load(pickle.loads(pickle.dumps(sources[0]))), load(DATA))


@pytest.mark.parametrize("name", ["a.tgz", "a.tbz2", "a.txz"])
def test_short_names_of_packed_archives(tmp_path: Path, name: str) -> None:
    packing = {"a.tgz": "gz", "a.tbz2": "bz2", "a.txz": "xz"}[name]
    (source,), _ = found(save(tmp_path, name, pack({"a.wav": DATA}, packing)))
    assert np.array_equal(load(source), load(DATA))


def test_a_packed_archive_is_unpacked_once_for_all_members_in_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    original = gzip.open

    def counting(path: str) -> object:
        opened.append(path)
        return original(path)

    monkeypatch.setattr(gzip, "open", counting)
    path = save(tmp_path, "a.tar.gz", pack(numbered(30), "gz"))
    for item in find([path]):
        assert isinstance(item, Source)
        load(item)
    assert len(opened) == 2  # once to list, once to read


def test_members_can_be_read_from_several_threads(tmp_path: Path) -> None:
    path = save(tmp_path, "a.tar.gz", pack(numbered(40), "gz"))
    sources, _ = found(path, Limits(memory_bytes=0))
    heard: dict[int, float] = {}

    def read(numbers: range) -> None:
        for number in numbers:
            heard[number] = float(load(sources[number])[0])

    threads = [threading.Thread(target=read, args=(range(start, 40, 4),)) for start in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [heard[number] for number in range(40)] == pytest.approx(
        [number / 100 for number in range(40)], abs=1e-4
    )


def test_links_devices_and_folders_are_not_followed(tmp_path: Path) -> None:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        for name, kind in (
            ("sym.wav", tarfile.SYMTYPE),
            ("hard.wav", tarfile.LNKTYPE),
            ("device.wav", tarfile.CHRTYPE),
            ("pipe.wav", tarfile.FIFOTYPE),
            ("folder.wav", tarfile.DIRTYPE),
        ):
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, "/etc/passwd"
            archive.addfile(info)
    sources, skipped = found(save(tmp_path, "a.tar", file.getvalue()))
    assert sources == []
    assert [item.reason for item in skipped] == [
        "is a link inside the archive and is not followed",
        "is a link inside the archive and is not followed",
        "is no file but a folder or a device",
        "is no file but a folder or a device",
        "is no file but a folder or a device",
    ]


@pytest.mark.parametrize("name", ["../a.wav", "/etc/a.wav", "x/../../a.wav"])
def test_names_that_lead_out_are_left_out(tmp_path: Path, name: str) -> None:
    sources, (skipped,) = found(save(tmp_path, "a.tar", pack({name: DATA})))
    assert sources == []
    assert skipped.reason == "has a name that leads out of the archive: rename it"


@pytest.mark.parametrize("packing", PACKINGS)
def test_what_is_no_tar_says_so(tmp_path: Path, packing: str) -> None:
    for number, data in enumerate(
        [b"", b"no tar at all" * 100, b"\x1f\x8b\x08", bytes(range(256)) * 9]
    ):
        path = save(tmp_path, f"{number}.tar.{packing}".rstrip("."), data)
        sources, (skipped,) = found(path)
        assert sources == []
        assert skipped.reason.startswith("is no tar archive, or breaks off or is damaged")


@pytest.mark.parametrize("packing", PACKINGS)
def test_an_archive_that_breaks_off_gives_what_it_has(tmp_path: Path, packing: str) -> None:
    rng = np.random.default_rng(0)
    noise = {f"{number}.wav": wav(rng.bytes(60_000)) for number in range(10)}
    data = pack(noise, packing)
    path = save(tmp_path, f"a.tar.{packing}".rstrip("."), data[: len(data) * 3 // 5])
    sources, skipped = found(path)
    assert len(skipped) == 1
    assert "breaks off or is damaged: copy the archive again" in skipped[0].reason
    if packing in ("", "gz"):  # bzip2 and xz pack in blocks larger than this
        assert 4 <= len(sources) <= 7
        assert len(load(sources[0])) == 30_000


def test_a_broken_header_in_the_middle_does_not_hide_what_follows(tmp_path: Path) -> None:
    data = bytearray(pack(numbered(10)))
    second = data.index(b"5.wav\x00")
    data[second + 148 : second + 156] = b"9999999\x00"
    sources, skipped = found(save(tmp_path, "a.tar", bytes(data)))
    assert len(sources) == 5
    assert skipped[0].reason.endswith("what comes after the damage is left out")


def test_a_bomb_is_not_unpacked(tmp_path: Path) -> None:
    file = io.BytesIO()
    with gzip.open(file, "wb", compresslevel=9) as packed:
        info = tarfile.TarInfo("a.wav")
        info.size = 10**12
        packed.write(info.tobuf())
        packed.write(bytes(1_000_000))
    sources, skipped = found(save(tmp_path, "a.tar.gz", file.getvalue()))
    assert sources == []
    assert [item.name for item in skipped] == [f"{tmp_path}/a.tar.gz/a.wav", f"{tmp_path}/a.tar.gz"]
    for item in skipped:
        assert item.reason.startswith("unpacks to more than is allowed, like a bomb")


def test_a_header_that_would_fill_the_memory_is_refused(tmp_path: Path) -> None:
    for kind in (tarfile.XHDTYPE, tarfile.GNUTYPE_LONGNAME):
        file = io.BytesIO()
        with gzip.open(file, "wb", compresslevel=9) as packed:
            info = tarfile.TarInfo("header")
            info.type, info.size = kind, 8 * 2**30
            packed.write(info.tobuf(tarfile.GNU_FORMAT))
            packed.write(bytes(1_000_000))
        sources, (skipped,) = found(save(tmp_path, "a.tar.gz", file.getvalue()))
        assert sources == []
        assert "damaged" in skipped.reason


def test_too_many_members_are_cut_short(tmp_path: Path) -> None:
    path = save(tmp_path, "a.tar", pack(numbered(30)))
    sources, (skipped,) = found(path, Limits(archive_members=10))
    assert len(sources) == 10
    assert skipped.reason == "lists over 10 files: split it, the rest is left out"


def test_a_member_cut_off_later_is_noted(tmp_path: Path) -> None:
    path = Path(
        save(
            tmp_path,
            "a.tar.gz",
            pack({"a.wav": wav(np.random.default_rng(0).bytes(400_000))}, "gz"),
        )
    )
    (source,), _ = found(str(path), Limits(memory_bytes=0))
    path.write_bytes(path.read_bytes()[:200_000])
    assert len(load(source)) < 110_000
    path.write_bytes(b"")
    with pytest.raises(AudioError, match="breaks off or is damaged: copy the archive again"):
        load(source)


def test_a_member_can_be_named(tmp_path: Path) -> None:
    path = save(tmp_path, "a.tar.gz", pack({"x/one.wav": DATA}, "gz"))
    assert np.array_equal(load(f"{path}/x/one.wav"), load(DATA))


def test_damage_anywhere_raises_nothing_else(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    for packing in ("", "gz", "xz"):
        whole = pack({"a.wav": DATA, "b/c.mp3": DATA[:5000]}, packing)
        for number in range(25):
            data = bytearray(whole)
            for place in rng.integers(0, len(data), 4):
                data[place] = rng.integers(256)
            path = save(tmp_path, f"{number}.tar.{packing}".rstrip("."), bytes(data))
            for source in found(path)[0]:
                assert len(try_to_load(source)[1]) < 300


def test_a_readers_place_is_kept_only_for_the_next(tmp_path: Path) -> None:
    path = save(tmp_path, "a.tar.gz", pack(numbered(3), "gz"))
    sources, _ = found(path)
    origins = [source.origin for source in sources]
    assert all(isinstance(origin, TarMember) for origin in origins)
    assert len({id(origin.unpacker) for origin in origins if isinstance(origin, TarMember)}) == 1
