"""The table for people: what a tagger says of each clip of a set, and where to hear it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from rich.cells import cell_len, set_cell_size

from earmark.cli.streams import printable
from earmark.cli.table import Table, clock
from earmark.evaluation.predictions import Predictions
from earmark.evaluation.tag_lines import link
from earmark.tagging.results import Tagging

__all__ = ["ClipTable"]

_QUIET = "bright_black"


class ClipTable(Table):
    """Draws clips for a terminal as `Table` draws recordings.

    Parameters
    ----------
    top_k : int
        How many tags to show.
    links : bool
        Whether to show where YouTube plays a clip.
    width, styled
        As for `Table`.
    """

    def __init__(
        self, *, top_k: int, links: bool, width: int | None = None, styled: bool | None = None
    ) -> None:
        super().__init__(width=width, styled=styled)
        self._top_k = top_k
        self._links = links
        self._times = ""
        self._link: str | None = None

    def clips(self, predictions: Predictions, labels: Sequence[Sequence[str]]) -> Iterator[str]:
        """Draw clips.

        Parameters
        ----------
        predictions : Predictions
        labels : sequence of sequence of str
            For each clip the names of the labels that the set has for it.
        """
        for row, tags in enumerate(predictions.tags(top_k=self._top_k)):
            start, end = float(predictions.starts[row]), float(predictions.ends[row])
            self._times = _spell(start, end)
            self._link = link(predictions.ids[row], start) if self._links else None
            tagging = Tagging(source=predictions.ids[row], duration=0.0, model="", tags=tags)
            yield self.item(tagging) + self._labelled(labels[row])

    def _heading(self, tagging: Tagging) -> str:
        room = self._width - cell_len(self._times) - 2
        name = printable(tagging.source)
        if cell_len(name) > room:
            name = set_cell_size(name, room - 1) + "…"
        gap = " " * (self._width - cell_len(name) - cell_len(self._times))
        times = gap + self._paint(self._times, _QUIET) if self._times else ""
        first = self._paint(name, "bold") + times
        # An address that is cut off leads nowhere, so it may be wider than the table.
        return first if self._link is None else f"{first}\n  {self._link}"

    def _labelled(self, names: Sequence[str]) -> str:
        if not names:
            return ""
        text = f"  labelled: {printable(', '.join(names))}"
        if cell_len(text) > self._width:
            text = set_cell_size(text, self._width - 1) + "…"
        return self._paint(text, _QUIET) + "\n"


def _spell(start: float, end: float) -> str:
    """Write when a clip is; nothing where nobody knows."""
    if math.isnan(start):
        return ""
    longest = start if math.isnan(end) else end
    first = clock(start, longest).strip()
    if math.isnan(end):
        return f"from {first}" + (" s" if longest < 60 else "")
    return f"{first} \N{EN DASH} {clock(end, longest).strip()}" + (" s" if longest < 60 else "")
