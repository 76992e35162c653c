"""From uploads and addresses to recordings."""

from __future__ import annotations

import io
import tarfile
import zipfile
from pathlib import Path

import pytest
from serving.deepaas.project import Upload, uploaded

from earmark.audio import Skipped, Source
from earmark.errors import AudioError, UsageError
from earmark.serving.deepaas.inputs import Input, addresses, held, received
from earmark.serving.deepaas.settings import DeepaasSettings


def found(upload: Upload, settings: DeepaasSettings) -> list[str]:
    with received(upload, settings=settings) as inputs:
        return named(inputs)


def named(inputs: Input) -> list[str]:
    return [
        f"{item.name}: {item.reason}" if isinstance(item, Skipped) else item.name
        for item in inputs.recordings
    ]


def zipped(path: Path, **members: bytes) -> Path:
    with zipfile.ZipFile(path, "w") as file:
        for name, data in members.items():
            file.writestr(name.replace("__", "/"), data)
    return path


def test_a_recording(noise: Path, settings: DeepaasSettings) -> None:
    upload = uploaded(noise, name="C:\\sounds\\my noise.wav\n")
    with received(upload, settings=settings) as inputs:
        assert named(inputs) == ["my noise.wav\\n"]
        assert not inputs.is_archive
        (item,) = inputs.recordings
        assert isinstance(item, Source)
        with item.open() as file:
            assert file.read(4) == b"RIFF"


@pytest.mark.parametrize("name", ["", None, "noise", "../../etc/passwd", "a.zip.txt", "/"])
def test_any_name(name: str | None, noise: Path, settings: DeepaasSettings) -> None:
    upload = Upload(str(noise), name)
    with received(upload, settings=settings) as inputs:
        (shown,) = named(inputs)
        assert shown == ((name or "").rpartition("/")[2] or "upload")


@pytest.mark.parametrize("name", ["sounds.zip", "sounds", "sounds.wav", "sounds.bin"])
def test_a_zip_by_any_name(
    name: str, noise: Path, settings: DeepaasSettings, tmp_path: Path
) -> None:
    data = noise.read_bytes()
    path = zipped(tmp_path / "made", a__b_wav=b"", **{"a/c.wav": data, "d.txt": b"x"})
    assert found(uploaded(path, name=name), settings) == [f"{name}/a/c.wav"]


@pytest.mark.parametrize("packing", ["", "gz", "bz2", "xz"])
@pytest.mark.parametrize("named_so", [True, False])
def test_tars(
    packing: str, named_so: bool, noise: Path, settings: DeepaasSettings, tmp_path: Path
) -> None:
    path = tmp_path / "made"
    with tarfile.open(path, f"w:{packing}") as file:  # type: ignore[call-overload]
        file.add(noise, "deep/er/noise.wav")
        escaping = tarfile.TarInfo("../out.wav")
        file.addfile(escaping, io.BytesIO())
    name = f"sounds.tar.{packing}".rstrip(".") if named_so else "sounds"
    assert found(uploaded(path, name=name), settings) == [
        f"{name}/deep/er/noise.wav",
        f"{name}/../out.wav: has a name that leads out of the archive: rename it",
    ]


def test_archives_of_nothing(settings: DeepaasSettings, tmp_path: Path) -> None:
    with pytest.raises(AudioError, match=r"^none.zip: holds no file with a known sound or video"):
        found(uploaded(zipped(tmp_path / "none.zip", readme=b"x")), settings)
    (tmp_path / "text.zip").write_text("no zip")
    with pytest.raises(AudioError, match=r"^text.zip: \S") as caught:
        found(uploaded(tmp_path / "text.zip"), settings)
    assert str(tmp_path) not in str(caught.value)
    (tmp_path / "a.7z").write_bytes(b"7z\xbc\xaf")
    (shown,) = found(uploaded(tmp_path / "a.7z"), settings)
    assert shown.startswith("a.7z: is an archive of a kind that is not read")


def test_more_files_than_allowed(noise: Path, settings: DeepaasSettings, tmp_path: Path) -> None:
    data = noise.read_bytes()
    path = zipped(tmp_path / "many.zip", **{f"{number}.wav": data for number in range(4)})
    few = settings.model_copy(update={"recordings": 3})
    shown = found(uploaded(path), few)
    assert shown[:3] == [f"many.zip/{number}.wav" for number in range(3)]
    assert shown[3].startswith("many.zip: lists over 3 files")


def test_only_deepaas_copies_are_removed(noise: Path, tmp_path: Path) -> None:
    copy = uploaded(noise)
    with held(copy):
        assert Path(copy.filename).exists()
    assert not Path(copy.filename).exists()
    with held(copy), held(None):  # it is gone already
        pass
    (tmp_path / "tmpabcdefgh").write_bytes(b"mine")
    for path in (noise, tmp_path / "tmpabcdefgh"):
        with held(Upload(str(path))):
            pass
        assert path.exists()


def test_addresses() -> None:
    assert addresses(" http://a/b.wav ") == ["http://a/b.wav"]
    assert addresses('"http://a/b.wav"') == ["http://a/b.wav"]
    assert addresses('["http://a/b.wav", "http://c"]') == ["http://a/b.wav", "http://c"]
    for wrong in ("[]", "3", "{}", '["a", 1]', "null"):
        with pytest.raises(UsageError, match=r"^urls is no address: give one, or a list"):
            addresses(wrong)
