from __future__ import annotations

import pytest

from earmark.bundle import Bundle, shipped
from recipes.copy_measures import PAGE, copied, measures

CARD = """# compact 1

It tags.

## How good it is

On what ships.

### Against people

| a | b |

## What to know

Nothing.
"""


def test_measures_are_one_part_of_the_card() -> None:
    assert measures(CARD) == "On what ships.\n\n### Against people\n\n| a | b |\n"
    assert measures(CARD.partition("## What")[0]) == measures(CARD)


def test_a_card_without_them_is_refused() -> None:
    with pytest.raises(SystemExit, match="no part 'How good it is'"):
        measures("# compact 1\n")


def test_only_what_is_between_the_marks_changes() -> None:
    page = "Before.\n<!-- begin measures -->\nOld.\n<!-- end measures -->\nAfter.\n"
    new = copied(page, CARD)
    assert new.startswith("Before.\n<!-- begin measures -->\nOn what ships.\n")
    assert new.endswith("| a | b |\n<!-- end measures -->\nAfter.\n")
    assert copied(new, CARD) == new


@pytest.mark.skipif("compact" not in shipped(), reason="compact is not there yet")
def test_the_page_says_what_the_card_says() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert copied(page, Bundle.find().card.read_text(encoding="utf-8")) == page
