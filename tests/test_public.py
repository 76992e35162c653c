"""What ``import earmark`` gives, and how little it takes."""

from __future__ import annotations

import inspect
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import earmark

ROOT = Path(__file__).parents[1]
PUBLIC = {
    "AudioError",
    "EarmarkError",
    "Embeddings",
    "Event",
    "Tag",
    "Tagger",
    "__version__",
    "embed",
    "events",
    "labels",
    "load",
    "tag",
}


def loaded_by(code: str) -> set[str]:
    """Return the modules that a fresh interpreter loads to run some code."""
    script = f"import json, sys; before = set(sys.modules)\n{code}\n"
    script += "print(json.dumps(sorted(set(sys.modules) - before)))"
    command = [sys.executable, "-c", script]
    result = subprocess.run(command, check=True, capture_output=True, text=True)
    return set(json.loads(result.stdout.splitlines()[-1]))


def test_the_public_names_are_these() -> None:
    assert set(earmark.__all__) == PUBLIC
    assert earmark.__all__ == sorted(earmark.__all__)
    assert dir(earmark) == earmark.__all__


@pytest.mark.parametrize("name", sorted(PUBLIC - {"__version__"}))
def test_every_name_is_there_and_explained(name: str) -> None:
    documentation = inspect.getdoc(getattr(earmark, name))
    assert documentation
    assert not documentation.startswith(f"{name}("), "a dataclass's own signature explains nothing"


def test_the_version_is_a_version() -> None:
    assert earmark.__version__[0].isdigit()


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'earmark' has no attribute 'tags'"):
        _ = earmark.tags  # type: ignore[attr-defined]


def test_importing_takes_no_work() -> None:
    # Modules are counted, not milliseconds: a test that times fails on a busy machine. NumPy alone
    # would be hundreds of modules; the few here are the package and what its annotations need.
    loaded = loaded_by("import earmark")
    assert len(loaded) < 20, sorted(loaded)
    heavy = {"av", "numpy", "onnxruntime", "pydantic", "rich", "torch", "typer"}
    assert not loaded & heavy


def test_labels_need_no_numpy() -> None:
    assert "numpy" not in loaded_by("import earmark; earmark.labels()")


def test_tagging_needs_no_pytorch() -> None:
    loaded = loaded_by("import earmark; earmark.Tagger, earmark.tag, earmark.load")
    assert not loaded & {"torch", "lightning", "onnx", "safetensors", "scipy"}


def test_the_command_line_needs_no_pytorch() -> None:
    assert not loaded_by("import earmark.cli") & {"torch", "lightning", "onnx", "scipy"}


def test_nobody_is_told_what_is_tagged(tmp_path: Path) -> None:
    # ONNX Runtime's telemetry leaves its session's number among the temporary files.
    environment = {name: value for name, value in os.environ.items() if "TELEMETRY" not in name}
    environment["TMPDIR"] = str(tmp_path)
    command = [sys.executable, "-m", "earmark", "tag", str(ROOT / "examples" / "street.flac")]
    subprocess.run(command, check=True, capture_output=True, env=environment)
    assert list(tmp_path.iterdir()) == []
