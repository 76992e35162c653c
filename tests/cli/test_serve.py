"""``earmark serve``, as a process of its own."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from .conftest import Program


def test_it_serves_until_it_is_told_to_stop(folder: Path) -> None:
    command = [sys.executable, "-m", "earmark", "serve", "--port", "0", "--model", str(folder)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stderr is not None
            line = process.stderr.readline()
            assert line.startswith("serving at http://127.0.0.1:")
            with urlopen(f"{line.split()[-1]}readyz", timeout=30) as answer:
                assert json.load(answer) == {"status": "ok"}
            with pytest.raises(HTTPError, match="404"):
                urlopen(f"{line.split()[-1]}n%0Aothing", timeout=30)
            process.send_signal(signal.SIGINT)
            rest = process.stderr.read()
            assert process.wait(30) == 0, rest
            (written,) = map(json.loads, rest.splitlines())
            assert (written["path"], written["status"]) == ("/n\nothing", 404)
        finally:
            process.kill()


def test_a_port_that_is_taken(earmark: Program, folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        outcome = earmark("serve", "--port", str(port), "--model", folder)
    assert outcome.code == 2
    assert f"port {port} at 127.0.0.1 cannot be had: {os.strerror(98)}" in outcome.err


def test_a_model_that_is_not_there(earmark: Program) -> None:
    outcome = earmark("serve", "--model", "nothing")
    assert outcome.code == 1
    assert "there is no tagger 'nothing'" in outcome.err


def test_without_its_packages(earmark: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "earmark.serving.running", raising=False)
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    outcome = earmark("serve")
    assert outcome.code == 2
    assert "serve needs uvicorn: pip install 'earmark[serve]'" in outcome.err
