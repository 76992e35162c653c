"""A client of a service, as Kubernetes is one."""

from __future__ import annotations

from collections.abc import Iterator

import placeholder
import pytest
from starlette.testclient import TestClient

from earmark.serving.app import create_app
from earmark.serving.settings import ServeSettings


@pytest.fixture(scope="session")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """Of a service that runs, with the placeholder tagger."""
    folder = placeholder.build(tmp_path_factory.mktemp("tagger"), labels=[("a", "A")])
    with TestClient(create_app(ServeSettings(models=(str(folder),)))) as client:
        yield client
