"""Which clip is which, in two lists that name the same ones in any order."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from earmark.errors import DataError

__all__ = ["ClipIndex", "unicode_id"]

_SAME_TIME = 0.01
"""How far apart, in seconds, the starts of one clip may be in two lists."""

Times = NDArray[np.float64]


class ClipIndex:
    """Looks clips up by id and start.

    An id that comes once is enough where a start is unknown on either side.

    Parameters
    ----------
    ids : sequence of str
    starts : float64 [clips]
        In seconds; NaN where unknown.
    what : str
        What has these clips, for errors.
    """

    def __init__(self, ids: Sequence[str], starts: Times, *, what: str) -> None:
        self._ids, self._starts, self._what = ids, starts, what
        self._rows: dict[str, int | list[int]] | None = None

    def rows(self, ids: Sequence[str], starts: Times) -> NDArray[np.intp]:
        """Find clips.

        Parameters
        ----------
        ids : sequence of str
        starts : float64 [n]

        Returns
        -------
        int [n]
            The row of each, or -1.

        Raises
        ------
        DataError
            If one could be several.
        """
        if ids == self._ids and np.array_equal(starts, self._starts, equal_nan=True):
            return np.arange(len(ids))
        pairs = zip(ids, starts.tolist(), strict=True)
        return np.array([self._row(name, start) for name, start in pairs], np.intp)

    def _row(self, name: str, start: float) -> int:
        if self._rows is None:
            self._rows = self._by_name()
        found = self._rows.get(unicode_id(name), -1)
        rows = [found] if isinstance(found, int) else found
        if rows == [-1]:
            return -1
        near = [row for row in rows if not abs(self._starts[row] - start) > _SAME_TIME]
        if len(near) > 1:
            raise DataError(
                f"{self._what} has the clip {name!r} {len(near)} times, and nothing tells which is "
                "meant: only ids and starts together name a clip"
            )
        return near[0] if near else -1

    def _by_name(self) -> dict[str, int | list[int]]:
        # Most names come once, and a list for each would take most of the time.
        rows: dict[str, int | list[int]] = {}
        for row, name in enumerate(self._ids):
            name = unicode_id(name)
            before = rows.setdefault(name, row)
            if isinstance(before, list):
                before.append(row)
            elif before != row:
                rows[name] = [before, row]
        return rows


def unicode_id(name: str) -> str:
    r"""Write an id that is no Unicode, as a file's name may be, with its odd bytes as ``\xe9``."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
