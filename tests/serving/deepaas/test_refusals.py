"""Errors that find their way back from another process."""

from __future__ import annotations

import json
import pickle

from earmark.serving.deepaas.refusals import RefusedError


def test_it_is_pickled() -> None:
    found = pickle.loads(pickle.dumps(RefusedError("no")))
    assert found.status == 400
    assert found.content_type == "application/json"
    assert json.loads(found.text) == {"status": "error", "message": "no"}
