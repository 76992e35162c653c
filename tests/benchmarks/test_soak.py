"""The soak: each thing that its clients do is answered as it should be."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import placeholder
import pytest
from serving.threads import Running

from benchmarks.soak import Bodies, Client, memory
from earmark import ontology
from earmark.serving.settings import ServeSettings


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    labels = [(label.id, label.name) for label in ontology.labels()]
    folder = placeholder.build(tmp_path_factory.mktemp("tagger"), labels=labels)
    service = Running(ServeSettings(models=(str(folder),), jobs=2))
    yield service
    service.stop()


def test_each_thing_is_answered(running: Running, tmp_path: Path) -> None:
    client = Client(running.port, Bodies(tmp_path), seed=1)
    with client.http:
        assert [client.tag(), client.embed(), client.pack()] == ["200"] * 3
        assert client.spoil() in ("200", "415", "422")
        assert {client.ask() for _ in range(20)} == {"200", "404"}
        assert {client.stream() for _ in range(6)} == {"stream, done", "stream, hung up"}
        assert client.break_off() == "hung up"


def test_memory_is_told() -> None:
    assert memory(os.getpid()) > 20
