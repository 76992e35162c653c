"""The model card says what was measured."""

from __future__ import annotations

from miniature import Made


def test_the_card(made: Made) -> None:
    card = (made.folder / "README.md").read_text()
    assert card.startswith("# miniature 1\n")
    assert "5 recordings" in card
    assert "3 steps of\n  8 patches" in card
    assert f"| {made.report.probe:.3f} |" in card
    assert "nan" not in card
