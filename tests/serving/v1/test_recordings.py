"""How recordings reach the routes: files, archives, addresses."""

from __future__ import annotations

import io
import os
import tarfile
import tempfile
import time
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from serving.web import serving
from starlette.testclient import TestClient

from earmark.serving.app import create_app
from earmark.serving.settings import ServeSettings
from earmark.tagging import Tagger

TEXT = b"no sound " * 100


@pytest.fixture(scope="module")
def fetching(folder: Path) -> Iterator[TestClient]:
    """A service that fetches, from this machine too."""
    settings = ServeSettings(
        models=(str(folder),),
        jobs=2,
        allow_urls=True,
        allow_private=True,
        upload_files=4,
        archive_members=3,
        archive_bytes=50_000_000,
        upload_bytes=3_000_000,
        request_seconds=10,
    )
    with TestClient(create_app(settings), raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where temporary files go, to see what is left of them."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def zipped(members: Mapping[str, bytes], *, packing: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", packing) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return file.getvalue()


def tarred(members: Mapping[str, bytes], *, mode: Any = "w:gz", link: str = "") -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode=mode) as archive:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
        if link:
            info = tarfile.TarInfo(link)
            info.type, info.linkname = tarfile.SYMTYPE, "/etc/passwd"
            archive.addfile(info)
    return file.getvalue()


def post(client: TestClient, *files: tuple[str, bytes], data: Any = None) -> Any:
    return client.post("/v1/tag", files=[("file", file) for file in files], data=data)


def test_addresses_in_json_and_in_a_form(fetching: TestClient, noise: Path, tagger: Tagger) -> None:
    expected = [tag.score for tag in tagger.tag(noise)]
    with serving(noise.read_bytes()) as (web, _):
        urls = [f"{web}/a.wav", f"{web}/nothing"]
        first, second = fetching.post("/v1/tag", json={"urls": urls}).json()["results"]
        assert (first["status"], first["source"]) == ("ok", urls[0])
        assert [tag["score"] for tag in first["tags"]] == expected
        assert (second["status"], second["code"]) == ("error", "not_fetched")
        both = post(fetching, ("x.wav", noise.read_bytes()), data={"url": urls})
        assert [result["source"] for result in both.json()["results"]] == [*urls, "x.wav"]
        embedded = fetching.post("/v1/embed", json={"urls": urls[:1]})
        assert embedded.json()["results"][0]["status"] == "ok"
        alone = fetching.post("/v1/tag", json={"urls": urls[1:]})
        assert (alone.status_code, alone.json()["error"]["code"]) == (422, "not_fetched")


def test_a_service_fetches_only_where_it_is_told_to(client: TestClient) -> None:
    answer = client.post("/v1/tag", json={"urls": ["http://127.0.0.1/a.wav"]})
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "urls_not_allowed")


def test_what_is_behind_an_address_and_no_sound(fetching: TestClient) -> None:
    with serving(TEXT) as (web, asked):
        answer = fetching.post("/v1/tag", json={"urls": [f"{web}/a.wav"]})
        assert (answer.status_code, answer.json()["error"]["code"]) == (415, "not_sound")
        assert asked == ["/a.wav"]


def test_a_server_that_never_ends(fetching: TestClient, noise: Path, scratch: Path) -> None:
    with serving(noise.read_bytes()) as (web, _):
        answer = fetching.post("/v1/tag", json={"urls": [f"{web}/endless"]})
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "too_large")
    assert list(scratch.iterdir()) == []


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("", "the body: "),
        ("{", "the body: "),
        ("[]", "the body: "),
        ("{}", "urls: Field required"),
        ('{"urls": []}', "urls: "),
        ('{"urls": [1]}', "urls.0: "),
        ('{"urls": "http://a/"}', "urls: "),
        ('{"urls": ["http://a/"], "top_k": 3}', "top_k: Extra inputs"),
        ("\xff", "the body: "),
        ("[" * 100_000, "the body: "),
    ],
)
def test_json_that_makes_no_sense(fetching: TestClient, body: str, message: str) -> None:
    headers = {"Content-Type": "application/json"}
    answer = fetching.post("/v1/tag", content=body.encode("latin-1"), headers=headers)
    assert answer.status_code == 422
    assert answer.json()["error"]["message"].startswith(message)


def test_large_json_is_not_read(fetching: TestClient) -> None:
    answer = fetching.post("/v1/tag", json={"urls": ["http://a/" + "a" * 300_000]})
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "too_large")


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({"files": {"top_k": (None, "3")}}, "top_k: parts are called file"),
        ({"files": {"file": (None, "abc")}}, "file: parts are called file"),
        ({"files": {"url": ("a.txt", "http://a/")}}, "url: parts are called file"),
        ({"files": {"a\nb": ("a.txt", "x")}}, "a"),
    ],
)
def test_parts_that_make_no_sense(
    fetching: TestClient, parts: dict[str, Any], message: str
) -> None:
    answer = fetching.post("/v1/tag", **parts)
    assert answer.status_code == 422
    assert answer.json()["error"]["message"].startswith(message)


@pytest.mark.parametrize("count", [5, 30])
def test_too_many_at_once(fetching: TestClient, count: int) -> None:
    for asked in (
        {"files": [("file", ("a.wav", TEXT))] * count},
        {"json": {"urls": ["http://a/"] * count}},
        {"files": {"url": (None, "http://a/")}, "data": {"url": ["http://a/"] * count}},
    ):
        answer = fetching.post("/v1/tag", **asked)
        assert (answer.status_code, answer.json()["error"]["code"]) == (413, "too_many_files")


@pytest.mark.parametrize("kind", ["zip", "tar", "tar.gz", "tar.xz"])
def test_each_member_of_an_archive_is_a_result(
    fetching: TestClient, noise: Path, tagger: Tagger, kind: str, scratch: Path
) -> None:
    members = {"b/one.wav": noise.read_bytes(), "readme.txt": TEXT, "two.wav": TEXT}
    packing = kind.rpartition(".")[2] if kind != "tar" else ""
    data = zipped(members) if kind == "zip" else tarred(members, mode=f"w:{packing}")
    last = ("c.wav", noise.read_bytes())
    answer = post(fetching, (f"../my.{kind}", data), last).json()
    first, second, third = answer["results"]
    assert first["source"] == f"my.{kind}/b/one.wav"
    assert [tag["score"] for tag in first["tags"]] == [tag.score for tag in tagger.tag(noise)]
    assert (second["source"], second["code"]) == (f"my.{kind}/two.wav", "not_sound")
    assert (third["source"], third["tags"]) == ("c.wav", first["tags"])
    assert list(scratch.iterdir()) == []


@pytest.mark.parametrize("kind", ["zip", "tar.gz"])
def test_an_archive_behind_an_address(
    fetching: TestClient, noise: Path, tagger: Tagger, kind: str, scratch: Path
) -> None:
    members = {"one.wav": noise.read_bytes(), "two.wav": TEXT}
    data = zipped(members) if kind == "zip" else tarred(members)
    with serving(data) as (web, _):
        url = f"{web}/my.{kind}?from=here"
        both = [url, f"{web}/nothing.zip"]
        first, second, third = fetching.post("/v1/tag", json={"urls": both}).json()["results"]
        alone = fetching.post("/v1/tag", json={"urls": both[1:]})
        embedded = fetching.post("/v1/embed", json={"urls": [url]}).json()["results"]
    assert first["source"].endswith(f"/my.{kind}?from=here/one.wav")
    assert [tag["score"] for tag in first["tags"]] == [tag.score for tag in tagger.tag(noise)]
    assert (second["source"], second["code"]) == (
        first["source"].replace("one", "two"),
        "not_sound",
    )
    assert third["code"] == alone.json()["error"]["code"] == "not_fetched"
    assert alone.status_code == 422
    assert [result["status"] for result in embedded] == ["ok", "error"]
    assert list(scratch.iterdir()) == []


def test_an_archive_behind_an_address_has_the_same_limits(
    fetching: TestClient, scratch: Path
) -> None:
    many = zipped({f"{at}.wav": TEXT for at in range(4)})
    for data, code in (
        (many, "too_many_files"),
        (zipped({"a.wav": os.urandom(3_100_000)}), "too_large"),
        (TEXT, "bad_archive"),
    ):
        with serving(data) as (web, _):
            answer = fetching.post("/v1/tag", json={"urls": [f"{web}/my.zip"]})
        assert answer.json()["error"]["code"] == code
    assert list(scratch.iterdir()) == []


def test_members_that_would_lead_out_are_refused(
    fetching: TestClient, noise: Path, scratch: Path
) -> None:
    names = ("../../out.wav", "/etc/out.wav", "..\\out.wav", "C:\\out.wav")
    for name in names:
        for data in (zipped({name: noise.read_bytes()}), tarred({name: noise.read_bytes()})):
            kind = "zip" if data.startswith(b"PK") else "tar.gz"
            answer = post(fetching, (f"a.{kind}", data), ("b.wav", TEXT)).json()
            assert answer["results"][0]["code"] == "bad_member"
            assert "leads out of the archive" in answer["results"][0]["message"]
    answer = post(fetching, ("a.tar.gz", tarred({"a.wav": TEXT}, link="b.wav"))).json()
    assert "is a link inside the archive" in answer["results"][1]["message"]
    assert not list(scratch.rglob("*"))


def test_names_of_members_are_fit_to_be_shown(fetching: TestClient) -> None:
    data = zipped({"a\n\x1b[31m.wav": TEXT, "x" * 5000 + ".wav": TEXT})
    first, second = post(fetching, ("a.zip", data)).json()["results"]
    assert first["source"] == "a.zip/a\\n\\x1b[31m.wav"
    assert len(second["source"]) < 250


@pytest.mark.parametrize("name", ["a.zip", "a.tar", "a.tgz", "a.tar.bz2", "a.tar.xz"])
@pytest.mark.parametrize("data", [b"", TEXT, zipped({"a.wav": TEXT})[:60], tarred({})[:10]])
def test_archives_that_are_none(fetching: TestClient, name: str, data: bytes) -> None:
    answer = post(fetching, (name, data))
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "bad_archive")
    assert answer.json()["error"]["message"].startswith(f"{name}: ")


def test_an_archive_without_sound(fetching: TestClient) -> None:
    answer = post(fetching, ("a.zip", zipped({"a.txt": TEXT})))
    assert answer.status_code == 422
    assert "holds no file with a known sound" in answer.json()["error"]["message"]


def test_too_many_members(fetching: TestClient) -> None:
    few = zipped({f"{at}.wav": TEXT for at in range(3)})
    assert len(post(fetching, ("a.zip", few)).json()["results"]) == 3
    many = zipped({f"{at}.wav": TEXT for at in range(4)})
    assert post(fetching, ("a.zip", many)).json()["error"]["code"] == "too_many_files"
    both = post(fetching, ("a.zip", few), ("b.zip", few), ("c.zip", few))
    assert both.json()["error"]["code"] == "too_many_files"
    listed = zipped({f"{at}.txt": b"" for at in range(100)})
    assert "lists over 60 files" in post(fetching, ("a.zip", listed)).json()["error"]["message"]


def test_bombs(fetching: TestClient) -> None:
    zeros = bytes(60_000_000)
    begun = time.monotonic()
    for name, data in (
        ("a.zip", zipped({"a.wav": zeros})),
        ("a.tar.gz", tarred({"a.wav": zeros}, mode="w:gz")),
        ("a.zip", zipped({"inner.zip": zipped({"a.wav": zeros})})),
    ):
        answer = post(fetching, (name, data), ("b.wav", TEXT)).json()
        assert {result["status"] for result in answer["results"]} == {"error"}
    assert time.monotonic() - begun < 30


def test_openapi_names_both_kinds_of_bodies(client: TestClient) -> None:
    described = client.get("/openapi.json").json()
    for path in ("/v1/tag", "/v1/embed"):
        content = described["paths"][path]["post"]["requestBody"]["content"]
        assert set(content) == {"multipart/form-data", "application/json"}
