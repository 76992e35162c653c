"""All that the service's own description allows, and what it does not, asked of it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from serving.threads import Running
from starlette.testclient import TestClient

from earmark.serving.settings import ServeSettings

EXAMPLES = "8"
"""For each route and each way of asking."""
OPTIONS = (
    # What is sound, and which labels there are, no schema says.
    *("--exclude-checks", "positive_data_acceptance"),
    *("--phases", "coverage,fuzzing,stateful"),
    *("--max-examples", EXAMPLES),
    *("--seed", "1"),
    "--no-color",
)


@pytest.fixture(scope="module")
def running(folder: Path) -> Iterator[Running]:
    service = Running(ServeSettings(models=(str(folder),), jobs=2, request_seconds=20))
    yield service
    service.stop()


def test_every_route_keeps_to_its_description(running: Running, tmp_path: Path) -> None:
    """schemathesis asks: what is right, what is wrong in each way, and one after the other."""
    outcome = subprocess.run(
        [
            *(sys.executable, "-c", "from schemathesis.cli import schemathesis; schemathesis()"),
            *("run", f"http://127.0.0.1:{running.port}/openapi.json", *OPTIONS),
        ],
        capture_output=True,
        text=True,
        timeout=300,
        cwd=tmp_path,
        check=False,
    )
    assert outcome.returncode == 0, outcome.stdout
    assert "12 selected / 12 total" in outcome.stdout


def test_real_answers_are_as_described(client: TestClient, noise: Path) -> None:
    schema: Any = schemathesis.openapi.from_dict(client.get("/openapi.json").json())
    file = {"file": ("a.wav", noise.read_bytes())}
    text = {"file": ("a.wav", b"no sound " * 100)}
    asked: list[tuple[str, dict[str, Any], int]] = [
        ("/v1/tag", {"files": file, "params": {"events": True}}, 200),
        ("/v1/tag", {"files": [*file.items(), *text.items()]}, 200),
        ("/v1/tag", {"files": text}, 415),
        ("/v1/tag", {"files": [("file", ("a.wav", b"x"))] * 33}, 413),
        ("/v1/tag", {"files": file, "params": {"top_k": 0}}, 422),
        ("/v1/tag", {"json": {"urls": ["http://127.0.0.1/"]}}, 403),
        ("/v1/embed", {"files": file}, 200),
        ("/v1/embed", {"content": b"x"}, 415),
        ("/model/predict", {"files": {"audio": ("a.wav", noise.read_bytes())}}, 200),
        ("/model/predict", {"files": {"audio": ("a.wav", b"x")}}, 400),
    ]
    for path, options, status in asked:
        answer = client.post(path, **options)
        assert answer.status_code == status
        schema[path]["POST"].validate_response(answer)
