"""Values are shown as one would type them."""

from __future__ import annotations

from earmark.tagging import Event, Tag


def test_reprs() -> None:
    assert repr([Tag("Thunder", 0.614, "/m/0ngt1")]) == "[Tag('Thunder', 0.61, '/m/0ngt1')]"
    assert repr(Event("Owl", 12.5, 14.4, 0.834, "/m/09d5_")) == "Event('Owl', 12.5, 14.4, 0.83)"
