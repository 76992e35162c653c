"""Copy how good `compact` is from its model card, which training writes, to docs/compact.md.

    python -m recipes.copy_measures

So that the figures are typed nowhere. The page has a pair of marks where they belong.
"""

from __future__ import annotations

import re
from pathlib import Path

from earmark.bundle import Bundle

__all__ = ["PAGE", "copied", "measures"]

PAGE = Path(__file__).resolve().parent.parent / "docs" / "compact.md"
_MARKS = re.compile(r"(<!-- begin measures -->\n).*?(<!-- end measures -->)", re.DOTALL)


def measures(card: str) -> str:
    """Return the part of a model card that says how good the tagger is, without its heading."""
    found = re.search(r"^## How good it is\n(.*?)(?=^## |\Z)", card, re.DOTALL | re.MULTILINE)
    if found is None:
        raise SystemExit("the model card has no part 'How good it is'")
    return found[1].strip() + "\n"


def copied(page: str, card: str) -> str:
    """Return the page with the card's measures between its marks."""
    return _MARKS.sub(lambda marks: marks[1] + measures(card) + marks[2], page)


def main() -> None:
    """Rewrite the page."""
    card = Bundle.find().card.read_text(encoding="utf-8")
    PAGE.write_text(copied(PAGE.read_text(encoding="utf-8"), card), encoding="utf-8")


if __name__ == "__main__":
    main()
