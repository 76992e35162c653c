"""The hidden layers that the attention family shares, each patch by itself."""

from __future__ import annotations

from itertools import pairwise

from torch import Tensor, nn

from earmark.classifiers.dropping import RectifiedDropout
from earmark.classifiers.masking import put_back, real_rows
from earmark.classifiers.settings import AttentionSettings

__all__ = ["HiddenLayers"]


class HiddenLayers(nn.ModuleList):
    """Dense, batch normalisation, ReLU and dropout, as often as the settings say.

    Parameters
    ----------
    settings : AttentionSettings
        Their sizes.
    """

    def __init__(self, settings: AttentionSettings) -> None:
        sizes = [settings.n_inputs] + [settings.hidden] * settings.n_layers
        super().__init__(
            _Layer(n_in, n_out, dropout=settings.dropout, epsilon=settings.epsilon)
            for n_in, n_out in pairwise(sizes)
        )

    def forward(self, embeddings: Tensor, mask: Tensor, *, last: int | None = None) -> list[Tensor]:
        """Pass patches through.

        Parameters
        ----------
        embeddings : float32 [clip, time, n_inputs]
        mask : float32 [clip, time]
            1 for a real patch and 0 for padding, of which nothing is learnt.
        last : int, optional
            How many layers' outputs are wanted, counted from the last; all if not given.

        Returns
        -------
        list of float32 [clip, time, unit]
            What each of those layers makes of them, the last layer's last.
        """
        rows = embeddings.flatten(0, 1)
        # Padding is no part of the mean and variance of real patches. It is left out before the
        # first layer, where a patch is smallest; the copies of it are then the smallest, too.
        real = real_rows(mask) if self.training else None
        if real is not None:
            rows = rows.index_select(0, real)
        first = 0 if last is None else len(self) - last
        outputs = []
        for at, layer in enumerate(self):
            rows = layer(rows)
            if at >= first:
                outputs.append(put_back(rows, real, like=mask))
        return outputs


class _Layer(nn.Module):
    def __init__(self, n_in: int, n_out: int, *, dropout: float, epsilon: float) -> None:
        super().__init__()
        self.linear = nn.Linear(n_in, n_out)
        self.normalise = nn.BatchNorm1d(n_out, eps=epsilon)
        self.rectify = RectifiedDropout(dropout)

    def forward(self, rows: Tensor) -> Tensor:
        """Pass rows through: float32 [row, n_in] -> [row, n_out]."""
        kept: Tensor = self.rectify(self.normalise(self.linear(rows)))
        return kept
