"""The table for people: how good a tagger is, over all classes and at its best and worst."""

from __future__ import annotations

import math
import shutil
import sys
from collections.abc import Iterator, Sequence

from rich.cells import cell_len, set_cell_size
from rich.style import Style

from earmark.cli.streams import coloured, printable
from earmark.evaluation.assessment import Assessment
from earmark.evaluation.evaluate import ClassResult, Evaluation

__all__ = ["draw"]

_NARROWEST, _WIDEST = 60, 100
_QUIET = "bright_black"
_SHOWN = 8
_OVERALL = (
    ("mAP", "mAP", "average precision, mean over classes"),
    ("mAUC", "mAUC", "area under the ROC curve, mean over classes"),
    ("d'", "d_prime", "the same as a distance"),
    ("lwlrap", "lwlrap", "how high each clip's labels rank"),
    ("Hit@1", "hit_at_1", "YouTube-8M: the best class is a label"),
    ("PERR", "perr", "YouTube-8M: precision at equal recall rate"),
    ("mAP@20", "map_at_20", "YouTube-8M: over each clip's best 20"),
    ("GAP", "gap", "YouTube-8M: global average precision"),
)


def draw(found: Assessment, *, data: str, width: int | None = None) -> str:
    """Draw it.

    Parameters
    ----------
    found : Assessment
    data : str
        What it was measured on.
    width : int, optional
        Columns; the terminal's if not given.
    """
    wanted = width or min(shutil.get_terminal_size((80, 24)).columns, _WIDEST)
    table = _Table(max(wanted, _NARROWEST), styled=coloured(sys.stdout))
    return "".join(f"{line.rstrip()}\n" for line in table.lines(found, data))


class _Table:
    def __init__(self, width: int, *, styled: bool) -> None:
        self._width = width
        self._styled = styled

    def lines(self, found: Assessment, data: str) -> Iterator[str]:
        overall = found.evaluation
        yield self._paint(printable(found.title), "bold")
        yield self._paint(
            f"{printable(data)}: {overall.n_clips} clips, {overall.n_classes} classes", _QUIET
        )
        yield ""
        for name, key, meaning in _OVERALL:
            value = _number(getattr(overall, key))
            yield self._metric(name, value, meaning, style="bold" if key == "mAP" else "")
        before, after = found.calibration_errors
        error = _number(before) if after is None else f"{_number(before)} -> {_number(after)}"
        raw = "how far scores are from probabilities"
        meaning = raw if after is None else "distance from probabilities, raw and calibrated"
        yield self._metric("error", error, meaning)
        if found.members:
            yield from self._members([(each.title, each.evaluation) for each in found.members])
        yield from self._classes(overall.per_class)

    def _metric(self, name: str, value: str, meaning: str, *, style: str = "") -> str:
        room = self._width - len(value) - 13
        shown = meaning if len(meaning) <= room else _fit(meaning, room)
        return f"  {name:<7} {self._paint(value, style)}   {self._paint(shown, _QUIET)}"

    def _members(self, members: Sequence[tuple[str, Evaluation]]) -> Iterator[str]:
        names = max(cell_len(printable(title)) for title, _ in members)
        names = min(max(names, len("each alone")), self._width - 40)
        yield ""
        heads = "".join(f"{head:>9}" for head in ("mAP", "mAUC", "d'", "lwlrap"))
        yield f"  {self._paint('each alone', 'bold')}{' ' * (names - 10)}{heads}"
        for title, own in members:
            numbers = (own.mAP, own.mAUC, own.d_prime, own.lwlrap)
            cells = "".join(f"{_number(number):>9}" for number in numbers)
            yield f"  {_fit(title, names)}{cells}"

    def _classes(self, results: Sequence[ClassResult]) -> Iterator[str]:
        judged = sorted(
            (each for each in results if not math.isnan(each.ap)), key=lambda each: -each.ap
        )
        rated = any(not math.isnan(each.quality) for each in judged)
        half = min(_SHOWN, (len(judged) + 1) // 2)
        names = max((cell_len(printable(each.name)) for each in judged), default=0)
        names = min(names, self._width - (58 if rated else 48))
        for title, part in (
            ("best classes", judged[:half]),
            ("worst classes", judged[half:][-_SHOWN:][::-1]),
        ):
            if not part:
                continue
            yield ""
            heads = f"{'clips':>8}{'AUC':>8}{'AP':>8}" + (f"{'labels':>8}" if rated else "")
            yield f"  {self._paint(title, 'bold')}{' ' * (names - len(title))}{heads}"
            for each in part:
                yield self._class(each, names, rated=rated)

    def _class(self, each: ClassResult, names: int, *, rated: bool) -> str:
        numbers = f"{each.count:>8}{_short(each.auc):>8}{_short(each.ap):>8}"
        if rated:
            share = "" if math.isnan(each.quality) else f"{each.quality:.0%}"
            numbers += f"{share:>8}"
        cells = max(self._width - names - len(numbers) - 4, 0)
        full = round(2 * cells * each.ap)
        bar = "━" * (full // 2) + "╸" * (full % 2)
        rest = "─" * (cells - len(bar))
        line = self._paint(bar, "cyan") + self._paint(rest, _QUIET)
        return f"  {_fit(each.name, names)}{numbers}  {line}"

    def _paint(self, text: str, style: str) -> str:
        return Style.parse(style).render(text) if self._styled and style and text else text


def _fit(name: str, cells: int) -> str:
    text = printable(name)
    if cell_len(text) > cells:
        text = set_cell_size(text, cells - 1) + "…"
    return set_cell_size(text, cells)


def _number(value: float) -> str:
    return "  none" if math.isnan(value) else f"{value:.4f}"


def _short(value: float) -> str:
    return "none" if math.isnan(value) else f"{value:.3f}"
