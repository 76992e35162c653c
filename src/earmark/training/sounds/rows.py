"""Tables in files, as rows: CSV with any of the usual delimiters, and Parquet."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from earmark.errors import DataError, UsageError, first_line

__all__ = ["TABLES", "Row", "Table", "columns_of", "is_list_of_segments", "read_table"]

TABLES = (".csv", ".tsv", ".parquet")
"""How the files' names end."""

_DELIMITERS = ",;\t|"
_MOST_BYTES = 2**30


@dataclass(frozen=True, slots=True)
class Row:
    """A row, and where it stands."""

    line: int
    cells: tuple[Any, ...]
    """Texts, or whatever Parquet holds; None for nothing."""


@dataclass(frozen=True)
class Table:
    """A table in memory."""

    path: Path
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    decimal_comma: bool = False
    """Whether numbers may have a comma for a point, as they have where semicolons delimit."""

    def where(self, row: Row) -> str:
        """Name a row."""
        what = "row" if self.path.suffix.lower() == ".parquet" else "line"
        return f"{self.path}, {what} {row.line}"


def columns_of(path: Path) -> tuple[str, ...]:
    """Return the names of a table's columns; none if it cannot be read as one."""
    try:
        if path.suffix.lower() == ".parquet":
            return tuple(_parquet().read_schema(path).names)
        with path.open("rb") as file:
            head = file.read(1 << 16)
        lines = _text(head, path).splitlines()
        first = next((line for line in lines if line.strip() and not line.startswith("#")), "")
        return tuple(next(csv.reader([first], delimiter=_delimiter(first)), ()))
    except Exception:  # whatever is wrong with it will be said when it is read
        return ()


def is_list_of_segments(path: Path) -> bool:
    """Whether a CSV is one of Google's lists, which go with embedding sets."""
    try:
        with path.open("rb") as file:
            head = file.read(1000)
    except OSError:
        return False
    return head.startswith(b"#") and b"YTID" in head


def read_table(path: Path) -> Table:
    """Read a table.

    Raises
    ------
    DataError
        If it cannot be read, has no header, or a line has another number of cells than that.
    UsageError
        If it is Parquet and pyarrow is not installed.
    """
    if path.suffix.lower() == ".parquet":
        return _read_parquet(path)
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise DataError(f"{path} is larger than 1 GiB: give a list of recordings, or Parquet")
        text = _text(path.read_bytes(), path)
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror or error}") from error
    header = next((line for line in text.splitlines() if _is_data(line)), "")
    delimiter = _delimiter(header)
    columns: tuple[str, ...] = ()
    rows = []
    lines = csv.reader(_below_comments(text), delimiter=delimiter, strict=True)
    try:
        for cells in lines:
            if not any(cell.strip() for cell in cells):
                continue
            if not columns:
                columns, skipped = tuple(cells), _comments(text)
                continue
            number = lines.line_num + skipped
            if len(cells) != len(columns):
                raise DataError(
                    f"{path}, line {number}: has {len(cells)} cells, and the header has "
                    f"{len(columns)}: put quotes around cells with {delimiter!r} in them"
                )
            rows.append(Row(number, tuple(cell.strip() or None for cell in cells)))
    except csv.Error as error:
        raise DataError(f"{path}, line {lines.line_num}: is no CSV: {error}") from error
    if not columns:
        raise DataError(f"{path} is empty: its first line names the columns, as path,label")
    return Table(path, columns, tuple(rows), decimal_comma=delimiter == ";")


def _read_parquet(path: Path) -> Table:
    parquet = _parquet()
    try:
        table = parquet.read_table(path)
        columns = tuple(map(str, table.column_names))
        cells = [column.to_pylist() for column in table.columns]
    except Exception as error:  # pyarrow raises many classes
        raise DataError(f"{path} cannot be read as Parquet: {first_line(error)}") from error
    rows = tuple(Row(at, tuple(row)) for at, row in enumerate(zip(*cells, strict=True), 1))
    return Table(path, columns, rows)


def _parquet() -> Any:
    try:
        from pyarrow import parquet
    except ModuleNotFoundError as error:
        raise UsageError("Parquet needs pyarrow: pip install 'earmark[formats]'") from error
    return parquet


def _text(data: bytes, path: Path) -> str:
    if b"\0" in data:
        raise DataError(f"{path} is no text: save it as CSV in UTF-8")
    # Names of files may be no Unicode.
    return data.decode("utf-8-sig", "surrogateescape")


def _is_data(line: str) -> bool:
    return bool(line.strip()) and not line.startswith("#")


def _comments(text: str) -> int:
    """Count the lines of comment at the top."""
    lines = text.splitlines()
    return next((at for at, line in enumerate(lines) if _is_data(line)), len(lines))


def _below_comments(text: str) -> Iterator[str]:
    lines = io.StringIO(text, newline="").readlines()
    return iter(lines[_comments(text) :])


def _delimiter(header: str) -> str:
    return max(_DELIMITERS, key=header.count)
