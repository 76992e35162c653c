"""What the module says of itself."""

from __future__ import annotations

from earmark import __version__
from earmark.serving.deepaas.metadata import KEYS, describe


def test_deep_ocs_keys_and_deepaas_keys() -> None:
    found = describe({"CONTAINER_VERSION": "7", "HOME": "/nowhere"})
    assert set(KEYS) <= set(found)
    assert found["Name"] == "earmark"
    assert found["Version"] == found["version"] == __version__
    assert found["License"] == found["license"] == "Apache-2.0"
    assert found["description"] == found["Summary"]
    assert found["CONTAINER_VERSION"] == "7"
    assert "HOME" not in found
