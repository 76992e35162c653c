"""What is done with clips of which some patches are padding."""

from __future__ import annotations

from torch import Tensor

__all__ = ["mean_of_real", "put_back", "real_rows"]


def mean_of_real(values: Tensor, mask: Tensor) -> Tensor:
    """Average over the real patches of a clip.

    Parameters
    ----------
    values : float32 [clip, time, n]
    mask : float32 [clip, time]
        1 for a real patch and 0 for padding. A clip has at least one real patch.

    Returns
    -------
    float32 [clip, n]
    """
    total = (values * mask[:, :, None]).sum(dim=1)
    return total / mask.sum(dim=1, keepdim=True)


def real_rows(mask: Tensor) -> Tensor | None:
    """Which rows are real patches, where clips are laid end to end; None if all are.

    Parameters
    ----------
    mask : float32 [clip, time]

    Returns
    -------
    int64 [row] or None
        From 0 to clip * time - 1.
    """
    rows = mask.flatten().nonzero()[:, 0]
    return rows if len(rows) < mask.numel() else None


def put_back(rows: Tensor, real: Tensor | None, *, like: Tensor, padding: float = 0.0) -> Tensor:
    """Put rows of real patches back where they were.

    Parameters
    ----------
    rows : float32 [row, n]
    real : int64 [row] or None
        As `real_rows` gives it.
    like : float32 [clip, time]
        The mask.
    padding : float
        What stands where there is no real patch.

    Returns
    -------
    float32 [clip, time, n]
    """
    if real is not None:
        everywhere = rows.new_full((like.numel(), rows.shape[1]), padding)
        rows = everywhere.index_copy(0, real, rows)
    return rows.view(*like.shape, -1)
