"""``earmark models pull``."""

from __future__ import annotations

import hashlib
import json
import os
import pty
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from cli.conftest import Program
from fetching.server import Site, breaks, serving, status

from earmark.fetching import VGGISH, Published

BODY = bytes(range(256)) * 4000


def public(name: str) -> Published:
    return Published(
        name=name,
        url=f"http://no-such-host.invalid/{name}",
        what="numbers",
        sha256=hashlib.sha256(BODY).hexdigest(),
    )


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Site]:
    """A mirror that has two files of VGGish's names, and a cache of our own."""
    monkeypatch.setitem(VGGISH, "google", (public("vggish_model.ckpt"), public("pca.npz")))
    monkeypatch.setenv("EARMARK_CACHE", str(tmp_path / "cache"))
    with serving(Site(BODY)) as served:
        monkeypatch.setenv("EARMARK_MIRROR", f"{served.url}/mirror")
        yield served


def test_files_are_fetched_and_listed(earmark: Program, site: Site, tmp_path: Path) -> None:
    outcome = earmark("models", "pull", "vggish", "--source", "google")
    assert outcome.code == 0
    folder = tmp_path / "cache" / "vggish"
    rows = [json.loads(line) for line in outcome.out.splitlines()]
    assert [row["path"] for row in rows] == [
        str(folder / "vggish_model.ckpt"),
        str(folder / "pca.npz"),
    ]
    assert all(row["size"] == len(BODY) for row in rows)
    assert all(
        row["sha256"] == hashlib.sha256(Path(row["path"]).read_bytes()).hexdigest() for row in rows
    )
    assert outcome.err == (
        f"to make a tagger of them: earmark models import {folder}/vggish_model.ckpt "
        f"{folder}/pca.npz -o vggish\n"
    )
    assert [asked["path"] for asked in site.asked] == [
        "/mirror/vggish_model.ckpt",
        "/mirror/pca.npz",
    ]
    again = earmark("models", "pull", "vggish", "--source", "google")
    assert again.out == outcome.out
    assert len(site.asked) == 2


def test_to_another_folder_and_quietly(earmark: Program, site: Site, tmp_path: Path) -> None:
    outcome = earmark(
        "models",
        "pull",
        "vggish",
        "--source",
        "google",
        "--to",
        tmp_path / "here",
        "-q",
        "-f",
        "csv",
    )
    assert outcome.err == ""
    assert outcome.out.startswith("file,what,size,sha256,path\nvggish_model.ckpt,numbers,1024000,")
    assert (tmp_path / "here" / "pca.npz").read_bytes() == BODY


def test_a_server_that_has_it_not(earmark: Program, site: Site) -> None:
    site.moods = [status(404)]
    outcome = earmark("models", "pull", "vggish", "--source", "google")
    assert outcome.code == 1
    assert outcome.out == ""
    assert outcome.err.startswith(f"earmark: {site.url}/mirror/vggish_model.ckpt cannot be fetched")
    assert "; or fetch http://no-such-host.invalid/vggish_model.ckpt in another way" in outcome.err


def test_no_network(earmark: Program, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("EARMARK_MIRROR")
    outcome = earmark("models", "pull", "vggish", "--source", "google")
    assert outcome.code == 1
    assert "there is no such server: check the address and the network; or fetch" in outcome.err


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["yamnet"], "there is no 'yamnet': what can be pulled is vggish"),
        (["compact"], "compact comes with earmark: what can be pulled is vggish"),
        (["vggish", "-o", "full"], "full is not empty: choose another folder, or --force"),
        (["vggish", "--source", "elsewhere"], "'elsewhere' is not one of 'google', 'torchvggish'"),
    ],
)
def test_wrong_usage(
    earmark: Program,
    site: Site,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    args: list[str],
    message: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "file").touch()
    outcome = earmark("models", "pull", *args)
    assert outcome.code == 2
    assert message in outcome.err
    assert not site.asked


def test_a_mirror_that_is_none(
    earmark: Program, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EARMARK_MIRROR", "mirror")
    outcome = earmark("models", "pull", "vggish")
    assert outcome.code == 2
    assert "EARMARK_MIRROR is 'mirror': it must be an http or https address" in outcome.err


def test_a_tagger_at_once(
    earmark: Program, site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[tuple[Path, list[Path]]] = []
    monkeypatch.setattr("earmark.cli.pull.import_weights", lambda *given: made.append(given))
    earmark("models", "pull", "vggish", "--source", "google", "-o", tmp_path / "tagger")
    folder = tmp_path / "cache" / "vggish"
    assert made == [(tmp_path / "tagger", [folder / "vggish_model.ckpt", folder / "pca.npz"])]


PROGRAM = """
import hashlib, sys
from earmark.fetching import VGGISH, Published
VGGISH["google"] = (
    Published(name="a.bin", url="http://no.invalid/a.bin", what="numbers", sha256=sys.argv.pop(1)),
)
from earmark.cli import main
main()
"""


def test_progress_on_a_terminal(site: Site, tmp_path: Path) -> None:
    site.moods = [breaks(500_000)]
    outer, inner = pty.openpty()
    digest = hashlib.sha256(BODY).hexdigest()
    command = [sys.executable, "-c", PROGRAM, digest, "models", "pull", "vggish", "--source"]
    with subprocess.Popen(
        [*command, "google"],
        stdout=subprocess.PIPE,
        stderr=inner,
        env={**os.environ, "TERM": "xterm", "COLUMNS": "100"},
    ) as process:
        out, _ = process.communicate(timeout=60)
    os.close(inner)
    shown = b""
    with suppress(OSError):  # which is how a terminal says that there is no more
        while piece := os.read(outer, 4096):
            shown += piece
    os.close(outer)
    assert process.returncode == 0
    assert json.loads(out)["size"] == len(BODY)
    assert b"MB/s" in shown
    assert (
        b"a.bin: the connection broke off (500000 of 1024000 bytes); next attempt in 1 s" in shown
    )
