"""What happens in a run, step by step: a table for people and spreadsheets, and TensorBoard's."""

from __future__ import annotations

import csv
from pathlib import Path

from earmark.errors import DataError
from earmark.training.tensorboard import EventFile

__all__ = ["COLUMNS", "RunLog"]

COLUMNS = (
    *("iteration", "seconds", "clips_per_second", "lr", "loss"),
    *("mAP", "mAUC", "accuracy", "validation_loss"),
)
"""Of the table; a number that was not taken at a step is left out there."""


class RunLog:
    """Writes the log of a run.

    Parameters
    ----------
    table : Path
        A CSV file; what it says of later steps than the one to go on from is taken out.
    events : Path
        A folder for TensorBoard.
    step : int
        From which step the run goes on; 0 to begin.
    """

    def __init__(self, table: Path, *, events: Path, step: int = 0) -> None:
        self._path = table
        try:
            table.parent.mkdir(parents=True, exist_ok=True)
            rows = _until(table, step)
            self._file = table.open("w", newline="", encoding="utf-8")
            self._rows = csv.DictWriter(self._file, COLUMNS, lineterminator="\n")
            self._rows.writeheader()
            self._rows.writerows(rows)
            self._file.flush()
            self._events = EventFile(events, step=step)
        except OSError as error:
            raise self._unwritable(error) from error

    def write(self, values: dict[str, float], *, step: int) -> None:
        """Add a row; only `COLUMNS` are in the table, and all of it goes to TensorBoard.

        Raises
        ------
        DataError
            If it cannot be written, as on a full disk.
        """
        known = {name: f"{value:.6g}" for name, value in values.items() if name in COLUMNS}
        try:
            self._rows.writerow({"iteration": step, **known})
            self._file.flush()
            self._events.write(values, step=step)
        except OSError as error:
            raise self._unwritable(error) from error

    def close(self) -> None:
        """Close the files."""
        self._file.close()
        self._events.close()

    def _unwritable(self, error: OSError) -> DataError:
        return DataError(f"{self._path} cannot be written: {error.strerror or error}")


def _until(table: Path, step: int) -> list[dict[str, str]]:
    """Read the rows of an earlier log up to a step."""
    if not step or not table.exists():
        return []
    with table.open(newline="", encoding="utf-8") as file:
        found = list(csv.DictReader(file))
    return [
        {name: row[name] for name in COLUMNS}
        for row in found
        if set(COLUMNS) <= set(row) and row["iteration"].isdigit() and int(row["iteration"]) <= step
    ]
