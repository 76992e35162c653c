"""What docs/serving.md shows of a running service runs, against one."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from serving.threads import Running

from earmark.serving.errors import ErrorBody
from earmark.serving.settings import ServeSettings

ROOT = Path(__file__).resolve().parent.parent.parent
PAGE = (ROOT / "docs" / "serving.md").read_text(encoding="utf-8")
NEEDS = r"<!-- not run: it needs the server of above -->\n"
BLOCKS = re.findall(NEEDS + r"```(console|python)\n(.*?)```", PAGE, flags=re.DOTALL)


@pytest.fixture(scope="module")
def running() -> Iterator[Running]:
    service = Running(ServeSettings(jobs=2))
    yield service
    service.stop()


@pytest.mark.parametrize(("kind", "text"), BLOCKS)
def test_what_needs_a_server_runs(
    running: Running, kind: str, text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    monkeypatch.chdir(tmp_path)
    text = text.replace("127.0.0.1:5000", f"127.0.0.1:{running.port}")
    if kind == "python":
        exec(compile(text, "docs/serving.md", "exec"), {})
        return
    if shutil.which("curl") is None:
        pytest.skip("curl is not installed")
    here = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    for command in re.findall(r"^\$ (.*)$", text, flags=re.MULTILINE):
        command = command.replace("curl ", "curl --fail --silent --show-error ")
        done = subprocess.run(
            ["bash", "-c", command],
            env={**os.environ, "PATH": here},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stderr


def test_there_are_such_blocks() -> None:
    assert [kind for kind, _ in BLOCKS].count("console") >= 3
    assert "python" in dict(BLOCKS)


def test_every_setting_is_in_the_table() -> None:
    table = re.findall(r"^\| `(\w+)` \| ([^|]*) \|", PAGE, flags=re.MULTILINE)
    shown = dict(table)
    for name, field in ServeSettings.model_fields.items():
        assert name in shown, name
        if isinstance(field.default, bool):
            assert shown[name] == str(field.default).lower()
        elif isinstance(field.default, int | float):
            assert float(shown[name]) == field.default


def test_every_error_code_is_in_the_table() -> None:
    source = ROOT / "src" / "earmark" / "serving"
    files = [*source.glob("*.py"), *source.glob("v1/*.py")]
    pattern = r"ServiceError\(\s*\d+,\s*\"(\w+)\""
    codes = {c for path in files for c in re.findall(pattern, path.read_text(encoding="utf-8"))}
    assert len(codes) > 15
    of_streams = {"idle", "wrong_message"}
    of_max = {"outside"}
    unheard = {"client_gone"}
    assert {c for c in codes - of_streams - of_max - unheard if f"`{c}`" not in PAGE} == set()
    assert ErrorBody.model_fields.keys() == {"error"}
