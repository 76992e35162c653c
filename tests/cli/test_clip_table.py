from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from evaluation.prediction_making import RAIN_AND_MORE, a_calibration, some_predictions

from earmark.cli.clip_table import ClipTable

ONE = replace(
    some_predictions(2, table=RAIN_AND_MORE),
    scores=np.array([[0.5, 0.25, 1.0]] * 2, np.float32),
    starts=np.array([30.0, math.nan]),
    ends=np.array([40.0, math.nan]),
)


def _drawn(*, labels: list[str] | None = None, width: int = 60, links: bool = True) -> list[str]:
    table = ClipTable(top_k=2, links=links, width=width, styled=False)
    return "".join(table.clips(ONE, [labels or [], []])).splitlines()


def test_a_clip_with_its_address_tags_and_labels() -> None:
    assert _drawn(labels=["Rain", "Thunder"]) == [
        "youtube-000                                    30.0 \N{EN DASH} 40.0 s",
        "  https://www.youtube.com/watch?v=youtube-000&t=30s",
        "  Thunder   ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━  1.00",
        "  Rain      ━━━━━━━━━━━━━━━━━━━━━─────────────────────  0.50",
        "  labelled: Rain, Thunder",
        "",
        "youtube-001",
        "  https://www.youtube.com/watch?v=youtube-001",
        "  Thunder   ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━  1.00",
        "  Rain      ━━━━━━━━━━━━━━━━━━━━━─────────────────────  0.50",
    ]


def test_without_addresses() -> None:
    assert not [line for line in _drawn(links=False) if "youtube.com" in line]


def test_probabilities_stand_at_the_end() -> None:
    calibrated = replace(ONE, calibration=a_calibration(3))
    table = ClipTable(top_k=1, links=False, width=60, styled=False)
    _, tag = next(table.clips(calibrated[:1], [[]])).splitlines()
    assert tag.endswith(" %")
    assert len(tag) == 60


@pytest.mark.parametrize("width", [40, 61, 100])
def test_it_fits_any_width_but_for_addresses(width: int) -> None:
    lines = _drawn(labels=["Rain"] * 60, width=width)
    assert max(len(line) for line in lines if "youtube.com" not in line) == width


def test_an_id_may_be_anything() -> None:
    odd = replace(ONE[:1], ids=("a\x1b[31m" + "x" * 100,))
    table = ClipTable(top_k=1, links=True, width=60, styled=False)
    first, *_ = next(table.clips(odd, [[]])).splitlines()
    assert "\x1b" not in first
    assert len(first) == 60
    assert "… " in first


def test_times_are_spelt_as_long_as_they_are() -> None:
    table = ClipTable(top_k=1, links=False, width=60, styled=False)
    for start, end, wanted in (
        (3599.0, 3609.0, "0:59:59.0 \N{EN DASH} 1:00:09.0"),
        (70.0, 80.0, "1:10.0 \N{EN DASH} 1:20.0"),
        (5.0, math.nan, "from 5.0 s"),
    ):
        one = replace(ONE[:1], starts=np.array([start]), ends=np.array([end]))
        assert next(table.clips(one, [[]])).splitlines()[-2].endswith(f"  {wanted}")
