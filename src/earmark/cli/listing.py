"""Short lists of facts -> stdout: a table for people, jsonl, json and csv for programs."""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Sequence
from typing import Literal

from earmark.cli.streams import Sink, printable

__all__ = ["show"]

Value = str | int | float
_GAP = "   "


def show(
    columns: Sequence[str],
    rows: Sequence[Sequence[Value]],
    *,
    format: Literal["table", "json", "jsonl", "csv"] | None = None,
) -> None:
    """Write a list to stdout.

    Parameters
    ----------
    columns : sequence of str
    rows : sequence of sequence of str, int or float
    format : {"table", "json", "jsonl", "csv"}, optional
        If not given: a table on a terminal, jsonl elsewhere.
    """
    format = format or ("table" if sys.stdout.isatty() else "jsonl")
    with Sink() as sink:
        if format == "table":
            sink.write(_table(columns, rows))
        elif format == "csv":
            page = io.StringIO()
            csv.writer(page, lineterminator="\n").writerows([columns, *rows])
            sink.write(page.getvalue())
        else:
            objects = [dict(zip(columns, row, strict=True)) for row in rows]
            lines = [json.dumps(item, ensure_ascii=False) for item in objects]
            if format == "json":
                sink.write("[\n" + ",\n".join(lines) + "\n]\n" if lines else "[]\n")
            else:
                sink.write("".join(line + "\n" for line in lines))


def _table(columns: Sequence[str], rows: Sequence[Sequence[Value]]) -> str:
    cells = [[printable(str(value)) for value in row] for row in (columns, *rows)]
    widths = [max(len(row[at]) for row in cells) for at in range(len(columns))]
    lines = [
        _GAP.join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in cells
    ]
    return "".join(line + "\n" for line in lines)
