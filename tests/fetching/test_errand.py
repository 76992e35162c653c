"""Fetching from a server that is not always at its best."""

from __future__ import annotations

import errno
import json
from dataclasses import replace
from pathlib import Path

import pytest
from fetching.conftest import BODY, Fetch
from fetching.server import (
    Mood,
    Site,
    breaks,
    drips,
    endless,
    says,
    stalls,
    status,
    stubborn,
    well,
    whole,
)

from earmark.errors import ModelError
from earmark.fetching import Published, Settings, fetch
from earmark.fetching.part import Part

PAGE = b"<!doctype html><html>Please log in to this wireless network</html>"


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "weights.bin"


@pytest.fixture
def part(tmp_path: Path) -> Path:
    return tmp_path / "weights.bin.part"


def files(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_a_file_arrives(get: Fetch, site: Site, target: Path) -> None:
    heard: list[tuple[int, int | None]] = []
    fetched = get(listener=lambda *now: heard.append(now))
    assert fetched.path == target
    assert target.read_bytes() == BODY
    assert (fetched.size, fetched.was_there) == (len(BODY), False)
    assert heard[0] == (0, len(BODY))
    assert heard[-1] == (len(BODY), len(BODY))
    assert files(target.parent) == {"weights.bin"}
    assert target.stat().st_mode & 0o111 == 0


def test_what_is_there_is_not_fetched_again(get: Fetch, site: Site, target: Path) -> None:
    target.write_bytes(BODY)
    assert get().was_there
    assert not site.asked


@pytest.mark.parametrize(
    "moods",
    [
        [breaks(100_000), well],
        [breaks(100_000), breaks(100_000), well],
        [stalls(100_000), well],
        [breaks(0), well],
        [status(503), breaks(50_000), well],
    ],
)
def test_a_broken_connection_is_taken_up(get: Fetch, site: Site, moods: list[Mood]) -> None:
    site.moods = list(moods)
    told: list[str] = []
    assert get(tell=told.append).path.read_bytes() == BODY
    assert len(site.asked) == len(moods)
    assert len(told) == len(moods) - 1
    assert all(line.startswith("weights.bin: ") and "next attempt in" in line for line in told)


def test_only_the_rest_is_asked_for(get: Fetch, site: Site, pauses: list[float]) -> None:
    site.moods = [breaks(100_000), breaks(50_000)]
    get()
    assert site.ranges == [None, "bytes=100000-", "bytes=150000-"]
    assert [headers.get("If-Range") for headers in site.asked] == [None, '"one"', '"one"']
    assert pauses == [1.0, 2.0]


def test_a_server_that_asks_for_patience(get: Fetch, site: Site, pauses: list[float]) -> None:
    site.moods = [status(429, Retry_After="7"), status(503, Retry_After="1000"), well]
    get()
    assert pauses == [7.0, 30.0]


def test_the_next_run_goes_on(get: Fetch, site: Site, target: Path, part: Path) -> None:
    site.moods = [breaks(100_000), status(503), status(503)]
    with pytest.raises(ModelError, match=r"503.*\(0\.1 MB are kept, to go on from\)"):
        get()
    assert files(target.parent) == {"weights.bin.part", "weights.bin.part.json"}
    assert part.read_bytes() == BODY[:100_000]
    get()
    assert site.ranges[-1] == "bytes=100000-"
    assert target.read_bytes() == BODY
    assert files(target.parent) == {"weights.bin"}


def test_a_server_that_knows_no_ranges(get: Fetch, site: Site) -> None:
    site.moods = [breaks(100_000), whole]
    assert get().path.read_bytes() == BODY
    assert site.ranges == [None, "bytes=100000-"]


@pytest.mark.parametrize("mood", [well, whole, stubborn])
@pytest.mark.parametrize("tag", ['"two"', None])
def test_another_version_in_between(
    get: Fetch, site: Site, part: Path, mood: Mood, tag: str | None
) -> None:
    """What the earlier attempt brought is of no use, whether or not the server says so."""
    old = bytes(100_000)
    part.write_bytes(old)
    origin = {"url": f"{site.url}/weights.bin", "validator": '"one"', "total": 200_000}
    part.with_name("weights.bin.part.json").write_text(json.dumps(origin))
    site.etag = tag
    site.moods = [mood]
    assert get().path.read_bytes() == BODY


def test_a_date_will_do_where_there_is_no_tag(get: Fetch, site: Site) -> None:
    site.etag, site.modified = None, "Tue, 01 Aug 2017 00:00:00 GMT"
    site.moods = [breaks(100_000)]
    get()
    assert site.asked[1]["If-Range"] == site.modified


def test_a_weak_tag_will_not_do(get: Fetch, site: Site) -> None:
    site.etag = 'W/"one"'
    site.moods = [breaks(100_000)]
    get()
    assert "If-Range" not in site.asked[1]
    assert site.ranges[1] == "bytes=100000-"


@pytest.mark.parametrize("note", [None, "{oh", "[]", '{"url": 1}', '{"url": "u", "total": 7}'])
def test_a_part_of_which_nothing_is_known(
    get: Fetch, site: Site, part: Path, note: str | None
) -> None:
    part.write_bytes(BODY[:1000])
    if note is not None:
        part.with_name("weights.bin.part.json").write_text(note)
    assert get().path.read_bytes() == BODY
    assert site.ranges == ["bytes=1000-"]


@pytest.mark.parametrize("start", [BODY, bytes(len(BODY)), BODY + b"more", bytes(400_000)])
def test_a_part_that_is_complete_or_more(get: Fetch, site: Site, part: Path, start: bytes) -> None:
    part.write_bytes(start)
    assert get().path.read_bytes() == BODY


def test_a_damaged_part_is_fetched_once_more(get: Fetch, site: Site, part: Path) -> None:
    part.write_bytes(bytes(1000))
    told: list[str] = []
    assert get(tell=told.append).path.read_bytes() == BODY
    assert site.ranges == ["bytes=1000-", None]
    assert "it is fetched once more, in one piece" in told[0]


@pytest.mark.parametrize("before", [b"", b"my own weights"])
def test_a_wrong_body_replaces_nothing(get: Fetch, site: Site, target: Path, before: bytes) -> None:
    if before:
        target.write_bytes(before)
    site.moods = [says(PAGE)]
    with pytest.raises(
        ModelError,
        match=r"/weights\.bin is not the weights\.bin that was published: its sha256 is "
        r"[0-9a-f]{12}\.\.\., not [0-9a-f]{12}\.\.\.; nothing of it was kept: check what is betw",
    ):
        get()
    assert target.exists() == bool(before)
    if before:
        assert target.read_bytes() == before
    assert "weights.bin.part.json" not in files(target.parent)
    assert get().path.read_bytes() == BODY


def test_a_second_checksum_is_checked(
    published: Published, settings: Settings, tmp_path: Path
) -> None:
    with pytest.raises(ModelError, match=r"its sha512 is [0-9a-f]{12}\.\.\., not 000000000000\.\."):
        fetch(replace(published, sha512="0" * 128), tmp_path, settings=settings)


def test_another_size_is_refused_before_it_arrives(
    published: Published, site: Site, settings: Settings, tmp_path: Path
) -> None:
    site.moods = [says(PAGE)]
    with pytest.raises(
        ModelError, match=r"offers 66 bytes, and the file that was published has 300000: check"
    ):
        fetch(replace(published, size=len(BODY)), tmp_path, settings=settings)
    fetch(replace(published, size=len(BODY)), tmp_path, settings=settings)


def test_a_body_without_a_stated_length(get: Fetch, site: Site) -> None:
    site.moods = [says(BODY, chunked=True)]
    assert get().path.read_bytes() == BODY


@pytest.mark.parametrize(
    ("mood", "reason"),
    [
        (status(404), r"the server has nothing there \(404\): check the address"),
        (status(403), "the server forbids it"),
        (status(401), "the server wants a login"),
        (status(302, Location="/weights.bin"), "the server redirects in circles or too often"),
        (status(302, Location="file:///etc/passwd"), "the server redirects away from the web"),
        (status(204), "the server answers 204 No Content"),
        (says(BODY, Content_Encoding="gzip"), "the server sends it in a coding that was not ask"),
    ],
)
def test_what_no_further_attempt_mends(
    get: Fetch, site: Site, target: Path, mood: Mood, reason: str
) -> None:
    site.moods = [mood] * 9
    with pytest.raises(
        ModelError,
        match=rf"^{site.url}/weights\.bin cannot be fetched: {reason}.*; or fetch "
        rf"{site.url}/weights\.bin in another way, put it at {target}, and run this again, which "
        "checks it$",
    ):
        get()
    assert len(site.asked) <= 6  # redirections among them
    assert not target.exists()


@pytest.mark.parametrize(
    ("mood", "reason"),
    [
        (status(500), "the server answers 500"),
        (status(503), "the server answers 503"),
        (breaks(0), r"the connection broke off \(0 of 300000 bytes\)"),
        (stalls(10), "the server is too slow"),
    ],
)
def test_patience_ends(
    get: Fetch, site: Site, pauses: list[float], mood: Mood, reason: str
) -> None:
    site.moods = [mood] * 9
    with pytest.raises(ModelError, match=rf"/weights\.bin cannot be fetched: {reason}"):
        get()
    assert len(site.asked) == 3
    assert pauses == [1.0, 2.0]


def test_an_attempt_after_one_that_brought_something_counts_as_the_first(
    get: Fetch, site: Site, settings: Settings, pauses: list[float]
) -> None:
    site.moods = [breaks(20_000)] * 10
    get(settings=replace(settings, worthwhile=20_000))
    assert pauses == [1.0] * 10


def test_a_server_that_drips(
    published: Published, site: Site, settings: Settings, tmp_path: Path
) -> None:
    site.moods = [drips]
    told: list[str] = []
    fast = replace(settings, slowest=1e4)
    assert fetch(published, tmp_path, settings=fast, tell=told.append).path.read_bytes() == BODY
    assert told == ["weights.bin: the server sends next to nothing; next attempt in 1 s"]


def test_a_server_that_never_ends(
    published: Published, site: Site, settings: Settings, tmp_path: Path
) -> None:
    site.moods = [endless]
    with pytest.raises(ModelError, match=r"sends far more than the file that was published has"):
        fetch(replace(published, at_most=2**20), tmp_path, settings=settings)
    assert (tmp_path / "weights.bin.part").stat().st_size == 0


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://127.0.0.1:9/weights.bin", "the server refuses connections"),
        ("http://no-such-host.invalid/weights.bin", "there is no such server"),
        ("http:///weights.bin", "that is no proper address: check its spelling"),
    ],
)
def test_without_a_network_there_is_another_way(
    published: Published,
    settings: Settings,
    pauses: list[float],
    target: Path,
    url: str,
    reason: str,
) -> None:
    with pytest.raises(ModelError, match=rf"{reason}.*; or fetch {url} in another way, put it at"):
        fetch(replace(published, url=url), target.parent, settings=settings)
    assert not pauses  # nobody waits for a server that is not there
    target.write_bytes(BODY)
    assert fetch(replace(published, url=url), target.parent, settings=settings).was_there


def test_a_network_that_goes_away_is_waited_for(
    get: Fetch, site: Site, pauses: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    site.moods = [breaks(100_000)]
    with pytest.raises(ModelError, match="the server refuses connections"):
        get(tell=lambda _: monkeypatch.setenv("http_proxy", "http://127.0.0.1:9"))
    assert len(pauses) == 2


def test_a_mirror(published: Published, site: Site, settings: Settings, tmp_path: Path) -> None:
    mirrored = replace(published, url="http://no-such-host.invalid/a/weights.bin")
    login = site.url.replace("//", "//me:secret@")
    fetch(mirrored, tmp_path, settings=replace(settings, mirror=f"{login}/audio"))
    assert site.asked[0]["path"] == "/audio/weights.bin"
    assert site.asked[0]["Authorization"].startswith("Basic ")


def test_a_mirror_of_something_else(
    published: Published, site: Site, settings: Settings, tmp_path: Path
) -> None:
    site.moods = [says(PAGE)]
    login = site.url.replace("//", "//me:secret@")
    with pytest.raises(ModelError, match="nothing of it was kept: check EARMARK_MIRROR") as caught:
        fetch(published, tmp_path, settings=replace(settings, mirror=login))
    assert "secret" not in str(caught.value)


def test_what_one_server_began_another_ends(
    published: Published, site: Site, settings: Settings, part: Path
) -> None:
    part.write_bytes(BODY[:1000])
    note = {"url": "https://elsewhere.example/weights.bin", "validator": '"other"', "total": 1}
    part.with_name("weights.bin.part.json").write_text(json.dumps(note))
    assert fetch(published, part.parent, settings=settings).path.read_bytes() == BODY
    assert site.ranges == ["bytes=1000-"]
    assert "If-Range" not in site.asked[0]


def test_by_way_of_a_proxy(
    published: Published,
    site: Site,
    settings: Settings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("http_proxy", site.url)
    far = replace(published, url="http://far.invalid/weights.bin")
    assert fetch(far, tmp_path, settings=settings).path.read_bytes() == BODY
    assert site.asked[0]["path"] == "http://far.invalid/weights.bin"


def test_a_proxy_that_refuses(
    published: Published,
    site: Site,
    settings: Settings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("https_proxy", site.url)
    far = replace(published, url="https://far.invalid/weights.bin")
    with pytest.raises(ModelError, match=r"the proxy refuses it \(501 .*\): check HTTPS_PROXY"):
        fetch(far, tmp_path, settings=settings)


def test_a_disk_without_room(
    published: Published, site: Site, settings: Settings, tmp_path: Path
) -> None:
    with pytest.raises(ModelError, match=r"MB free, and 1000000000 MB are needed: make room, or c"):
        fetch(published, tmp_path, settings=replace(settings, spare=10**15))


def test_a_disk_that_fills_up(
    get: Fetch, target: Path, part: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    append = Part.append

    def full(self: Part, data: bytes) -> None:
        append(self, data[:1000])
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(Part, "append", full)
        with pytest.raises(ModelError, match=r"bin cannot be written: No space left on device$"):
            get()
    assert part.read_bytes() == BODY[:1000]
    assert get().path.read_bytes() == BODY


@pytest.mark.parametrize("where", ["file/weights.bin", "folder"])
def test_a_place_that_cannot_be_written(
    published: Published, settings: Settings, tmp_path: Path, where: str
) -> None:
    (tmp_path / "file").write_text("in the way")
    (tmp_path / "folder" / "weights.bin").mkdir(parents=True)
    folder = tmp_path / where
    folder = folder.parent if where.startswith("file") else folder
    with pytest.raises(
        ModelError, match=r"/weights\.bin cannot be written: (File exists|Is a dir)"
    ):
        fetch(published, folder, settings=settings)


def test_two_do_not_write_into_each_other(get: Fetch, target: Path) -> None:
    with (
        Part.claim(target),
        pytest.raises(ModelError, match=r"weights\.bin is being fetched by another process: wait"),
    ):
        get()
    assert get().path.read_bytes() == BODY


def test_interrupted_in_between(get: Fetch, site: Site, part: Path) -> None:
    def interrupt(done: int, total: int | None) -> None:
        if done > 0:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        get(listener=interrupt)
    kept = part.stat().st_size
    assert 0 < kept < len(BODY)
    assert get().path.read_bytes() == BODY
    assert site.ranges == [None, f"bytes={kept}-"]
