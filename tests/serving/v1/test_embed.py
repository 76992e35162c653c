"""``/v1/embed``."""

from __future__ import annotations

import base64
from pathlib import Path

import numpy as np
from starlette.testclient import TestClient

from earmark.tagging import Tagger


def test_embeddings_are_those_of_the_tagger(
    client: TestClient, tagger: Tagger, noise: Path
) -> None:
    answer = client.post(
        "/v1/embed", files={"file": noise.read_bytes()}, params={"start": 1.92}
    ).json()
    (result,) = answer.pop("results")
    assert answer == {
        "model": "placeholder 1.0",
        "embedder": "placeholder 1",
        "dequantiser": "youtube8m",
    }
    expected = tagger.embed(noise, start=1.92)
    frames = np.frombuffer(base64.b64decode(result["embeddings"]), np.uint8).reshape(-1, 128)
    np.testing.assert_array_equal(frames, expected.frames)
    assert (result["patches"], result["start"], result["patch_seconds"]) == (22, 1.92, 0.96)
    assert (result["duration"], result["notes"]) == (expected.duration, [])
