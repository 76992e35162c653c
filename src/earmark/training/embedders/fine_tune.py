"""Fine-tunes a whole embedder to a person's own sounds, together with a linear layer behind it."""

from __future__ import annotations

import logging
import math
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch
from lightning import Callback, LightningModule, Trainer
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy
from torch.optim import Optimizer

from earmark.embedders import EMBEDDING_SIZE
from earmark.embedders.compact import Compact
from earmark.errors import DataError
from earmark.training.checkpoints import WholeFiles
from earmark.training.embedders.batches import Drawn, Patches
from earmark.training.embedders.examples import Example
from earmark.training.embedders.logistic import solve
from earmark.training.embedders.settings import FineTuneSettings
from earmark.training.listening import Listener, Silent
from earmark.training.module import Steps

__all__ = ["fine_tune"]

_AT_ONCE = 32


def fine_tune(
    network: Compact,
    examples: Sequence[Example],
    *,
    n_classes: int,
    exclusive: bool,
    settings: FineTuneSettings,
    checkpoint: Path,
    seed: int = 1,
    listener: Listener | None = None,
    stop: Callable[[], bool] = lambda: False,
) -> bool:
    """Fine-tune an embedder, in place; go on from the checkpoint if there is one.

    Parameters
    ----------
    network : Compact
        As it is used; it is so again afterwards.
    examples : sequence of Example
        The patches of all there is to learn from, as `OfPatches` makes them.
    n_classes : int
    exclusive : bool
        Whether a clip has exactly one class.
    settings : FineTuneSettings
    checkpoint : Path
        Where all is kept that is needed to go on.
    seed : int
        Of all that is random.
    listener : Listener, optional
        Is told how it goes.
    stop : callable
        Whether the user wants it to end now.

    Returns
    -------
    bool
        Whether it came to its end; if it was ended before, the network is of no use.

    Raises
    ------
    DataError
        If there is nothing to learn from, or a checkpoint cannot be written or read.
    """
    if not examples:
        raise DataError("there is nothing to fine-tune the embedder to: no clips to learn from")
    patches = Patches(examples, n_classes=n_classes, settings=settings, seed=seed)
    head = _first_head(network, examples, patches, exclusive=exclusive)
    tuning = _Tuning(network, head, patches=patches, exclusive=exclusive, settings=settings)
    watch = _Watch(settings, checkpoint, listener=listener or Silent(), stop=stop)
    checkpoint.parent.mkdir(parents=True, exist_ok=True)
    with _quietly():
        trainer = _trainer(watch, tuning.train(), folder=checkpoint.parent)
        trainer.fit(
            tuning,
            Steps(tuning.steps),
            ckpt_path=checkpoint if checkpoint.exists() else None,
            weights_only=True,
        )
    tuning.put_average()
    network.requires_grad_(False).eval()
    return trainer.global_step >= tuning.steps


class _Tuning(LightningModule):
    """The embedder, the layer behind it, and the running average of both."""

    def __init__(
        self,
        network: Compact,
        head: nn.Linear,
        *,
        patches: Patches,
        exclusive: bool,
        settings: FineTuneSettings,
    ) -> None:
        super().__init__()
        self.network, self.head = network, head
        self.network.requires_grad_(True)
        self.steps = settings.epochs * patches.per_epoch
        self.batch, self.per_epoch = patches.batch, patches.per_epoch
        self._patches, self._exclusive, self._settings = patches, exclusive, settings
        self.average = nn.ParameterList(
            nn.Parameter(weight.detach().clone(), requires_grad=False)
            for weight in network.parameters()
        )

    def on_train_start(self) -> None:
        """Have batch normalisation use what it knows: batches are too small to learn that from."""
        self.network.eval()

    def configure_optimizers(self) -> Optimizer:
        """Make the optimiser; its rates are set before each step, by the step's number."""
        its = self._settings
        matrices = [weight for weight in self.network.parameters() if weight.ndim > 1]
        vectors = [weight for weight in self.network.parameters() if weight.ndim <= 1]
        return torch.optim.AdamW(
            [
                {"params": matrices, "base": its.rate, "weight_decay": its.weight_decay},
                {"params": vectors, "base": its.rate, "weight_decay": 0.0},
                {"params": self.head.parameters(), "base": its.head_rate, "weight_decay": 0.0},
            ]
        )

    def on_train_batch_start(self, batch: int, index: int) -> None:
        """Set the learning rates of the step that begins."""
        rate = _rate(self.global_step, total=self.steps, warm_up=self._settings.warm_up)
        for group in self.trainer.optimizers[0].param_groups:
            group["lr"] = group["base"] * rate

    def training_step(self, batch: int, index: int) -> Tensor:
        """Return the loss of the next batch."""
        drawn = self._patches.draw(self.global_step)
        drawn = Drawn(drawn.patches.to(self.device), drawn.targets.to(self.device))
        clips, count = drawn.patches.shape[:2]
        embeddings = self.network(drawn.patches.flatten(0, 1)).view(clips, count, -1)
        logits = self.head(embeddings.mean(dim=1))
        if self._exclusive:
            return cross_entropy(logits, drawn.targets, label_smoothing=self._settings.smoothing)
        loss = binary_cross_entropy_with_logits(logits, drawn.targets, reduction="sum")
        return loss / clips

    @torch.no_grad()
    def update_average(self) -> None:
        """Take the weights in, the more the fewer there were before."""
        kept = min(self._settings.average, self.global_step / (self.global_step + 9))
        for mean, weight in zip(self.average, self.network.parameters(), strict=True):
            mean.lerp_(weight, 1 - kept)

    @torch.no_grad()
    def put_average(self) -> None:
        """Have the embedder's weights be their average."""
        for mean, weight in zip(self.average, self.network.parameters(), strict=True):
            weight.copy_(mean)


class _Watch(Callback):
    """What is done between steps: averaging, keeping, telling, ending."""

    def __init__(
        self,
        settings: FineTuneSettings,
        checkpoint: Path,
        *,
        listener: Listener,
        stop: Callable[[], bool],
    ) -> None:
        self._settings, self._checkpoint = settings, checkpoint
        self._listener, self._stop = listener, stop

    def on_train_start(self, trainer: Trainer, module: LightningModule) -> None:
        """Say where it begins."""
        assert isinstance(module, _Tuning)
        self._listener.began(step=trainer.global_step, steps=module.steps, batch=module.batch)

    def on_train_batch_end(
        self, trainer: Trainer, module: LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        """Do what is due after a step."""
        assert isinstance(module, _Tuning)
        module.update_average()
        step = trainer.global_step
        self._listener.stepped(step)
        if step % module.per_epoch == 0:
            self._listener.noted(step, {"loss": float(outputs["loss"])})
        trainer.should_stop |= self._stop()
        if (
            step == module.steps
            or trainer.should_stop
            or step % self._settings.checkpoint_every == 0
        ):
            trainer.save_checkpoint(self._checkpoint)


def _first_head(
    network: Compact, examples: Sequence[Example], patches: Patches, *, exclusive: bool
) -> nn.Linear:
    """The linear layer that is best before anything is changed."""
    means = np.stack([_mean(network, each.frames[0]) for each in examples])
    found = solve(means, patches.targets, exclusive=exclusive)
    head = nn.Linear(EMBEDDING_SIZE, patches.targets.shape[1])
    with torch.no_grad():
        head.weight.copy_(torch.from_numpy(found.weight))
        head.bias.copy_(torch.from_numpy(found.bias))
    return head


@torch.no_grad()
def _mean(network: Compact, frames: NDArray[np.float16]) -> NDArray[np.float32]:
    """The mean of a clip's embeddings: float16 [patch, 96, 64] -> float32 [128]."""
    pieces = [
        network(torch.from_numpy(frames[at : at + _AT_ONCE]).float())
        for at in range(0, len(frames), _AT_ONCE)
    ]
    mean: NDArray[np.float32] = torch.cat(pieces).mean(dim=0).numpy()
    return mean


def _rate(step: int, *, total: int, warm_up: float) -> float:
    """The share of the highest rate: up in a straight line, down in half a cosine."""
    top = warm_up * total
    if step < top:
        return (step + 1) / (top + 1)
    return 0.5 + 0.5 * math.cos(math.pi * (step - top) / max(1.0, total - top))


def _trainer(watch: _Watch, tuning: _Tuning, *, folder: Path) -> Trainer:
    return Trainer(
        accelerator="auto",
        devices=1,
        max_epochs=1,
        max_steps=tuning.steps,
        callbacks=[watch],
        plugins=[WholeFiles()],
        logger=False,
        enable_checkpointing=False,  # the watch keeps what there is to keep
        enable_progress_bar=False,
        enable_model_summary=False,
        default_root_dir=folder,
    )


@contextmanager
def _quietly() -> Iterator[None]:
    """Have Lightning and PyTorch not talk about themselves."""
    talkative = logging.getLogger("lightning.pytorch")
    level = talkative.level
    talkative.setLevel(logging.ERROR)
    try:
        with torch.random.fork_rng(), warnings.catch_warnings():
            # Lightning's own: it copies trees in a way that PyTorch advises against.
            warnings.filterwarnings("ignore", message=".*LeafSpec", category=FutureWarning)
            yield
    finally:
        talkative.setLevel(level)
