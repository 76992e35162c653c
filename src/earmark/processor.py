"""How much of the processor there is to use."""

from __future__ import annotations

import math
import os
from pathlib import Path

__all__ = ["cores"]

_GROUPS = Path("/sys/fs/cgroup")
"""Where Linux says what a container may use."""


def cores() -> int:
    """How many cores this process may use: those it may run on, and no more than it has time of."""
    if hasattr(os, "sched_getaffinity"):
        there = len(os.sched_getaffinity(0))
    else:
        there = os.cpu_count() or 1
    share = _share(_GROUPS)
    return there if share is None else min(there, max(1, math.ceil(share)))


def _share(groups: Path) -> float | None:
    """How many cores' time a container may take, or None for any.

    Control groups say it as microseconds of work in so many of the clock: version 2 in ``cpu.max``
    (https://docs.kernel.org/admin-guide/cgroup-v2.html), version 1 in two files.
    """
    try:
        work, period = (groups / "cpu.max").read_text().split()
    except (OSError, ValueError):
        try:
            first = groups / "cpu"
            work = (first / "cpu.cfs_quota_us").read_text()
            period = (first / "cpu.cfs_period_us").read_text()
        except OSError:
            return None
    try:
        share = float(work) / float(period)
    except (ValueError, ZeroDivisionError):  # "max", which is none
        return None
    return share if share > 0 else None
