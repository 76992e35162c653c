"""Values are shown as one would type them."""

from __future__ import annotations

from earmark.tagging import Event, Tag


def test_reprs() -> None:
    assert repr([Tag("Thunder", 0.614, "/m/0ngt1")]) == "[Tag('Thunder', 0.61, '/m/0ngt1')]"
    assert repr(Event("Owl", 12.5, 14.4, 0.834, "/m/09d5_")) == "Event('Owl', 12.5, 14.4, 0.83)"
    assert repr(Tag("Owl", 0.6, "/m/a", 0.914)) == "Tag('Owl', 0.60, '/m/a', probability=0.91)"
    likely = Event("Owl", 12.5, 14.4, 0.834, "/m/a", 1.0)
    assert repr(likely) == "Event('Owl', 12.5, 14.4, 0.83, probability=1.00)"
