"""What one can ask for, and what makes no sense."""

from __future__ import annotations

from typing import Any

import pytest

from earmark.errors import UsageError
from earmark.tagging import Options


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"top_k": 0}, "top_k is 0: ask for at least 1 tag"),
        ({"threshold": 1.5}, "threshold is 1.5: scores lie between 0 and 1"),
        ({"threshold": "high"}, "threshold is high: scores lie between 0 and 1"),
        ({"event_threshold": -0.1}, "event_threshold is -0.1"),
        ({"threshold": float("nan")}, "threshold is nan"),
        ({"start": -1.0}, "start is -1.0: give a number of seconds from 0 up"),
        ({"start": float("inf")}, "start is inf"),
        ({"pooling": "median"}, "pooling is 'median': it can be mean, max, first or loop"),
        ({"short": "stretch"}, "short is 'stretch': it can be loop, pad or error"),
        ({"labels": "Rain"}, r"labels is one text: give a list of names, as in \['Rain'\]"),
        ({"with_children": True}, "with_children needs labels"),
    ],
)
def test_nonsense_is_named(wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        Options(**wrong)


def test_a_threshold_is_a_score_or_each_class_its_own() -> None:
    options = Options(threshold=1, event_threshold="auto")
    assert (options.threshold, options.event_threshold) == (1, "auto")
