"""Where in the output folder things are: as earmark has it, or as Kong's and IBM's training had it.

``earmark``: the output is the tagger's folder, with ``log.csv`` and TensorBoard's ``logs/`` in it;
of several runs each has such a folder in it, ``seed-1/`` and so on.

``kong``: ``models/``, ``stats/``, ``probs/`` and ``logs/``, each with
``main/balance_type=.../model_type=.../`` in it. The tagger is in ``models/``, beside the weights of
every validation (``md_1000_iters.safetensors``); ``probs/`` has the scores of the validation set,
``prob_1000_iters.npz``, and ``stats/`` the measures of each class, ``stat_1000_iters.npz``. The
originals are pickles and Keras files, which run whatever is in them when they are opened.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from earmark.classifiers.base import ClipClassifier
from earmark.evaluation.metrics import average_precision, roc_auc
from earmark.evaluation.statistics import ScoreStatistics
from earmark.formats import EmbeddingSet
from earmark.formats.whole import replacing
from earmark.training.checkpoints import write_weights
from earmark.training.course import Places
from earmark.training.settings import TrainSettings

__all__ = ["Layout", "LayoutName", "layout_of"]

LayoutName = Literal["earmark", "kong"]


@dataclass(frozen=True)
class Layout:
    """Where one run puts what it makes."""

    tagger: Path
    """The tagger's folder."""
    name: str
    """What the tagger is called where nobody says."""
    logs: Path
    """The folder of ``log.csv``."""
    events: Path
    """TensorBoard's folder."""
    working: Path
    """A folder for what is needed only until the run is over."""
    extras: KongFiles | None = None
    """What is written at each validation, too."""

    def places(self) -> Places:
        """Where the run keeps what it is at."""
        return Places(
            checkpoint=self.working / "last.ckpt",
            weights=self.working / "weights.safetensors",
            table=self.logs / "log.csv",
            events=self.events,
        )


def layout_of(
    name: LayoutName, output: Path, settings: TrainSettings, *, seed: int | None = None
) -> Layout:
    """Say where things are.

    Parameters
    ----------
    name : {"earmark", "kong"}
    output : Path
        The folder for all of it.
    settings : TrainSettings
    seed : int, optional
        Of which of several runs; the result of all of them if not given.
    """
    alone = seed is None or settings.seeds == 1
    title = output.resolve().name + ("" if alone else f"-seed-{seed}")
    if name == "earmark":
        folder = output if alone else output / f"seed-{seed}"
        return Layout(folder, title, folder, folder / "logs", folder / "checkpoints")
    inner = Path("main", f"balance_type={settings.sampling.kind}")
    inner /= f"model_type={settings.classifier.kind}"
    if not alone:
        inner /= f"seed={seed}"
    models, stats, probs, logs = (
        output / kind / inner for kind in ("models", "stats", "probs", "logs")
    )
    files = KongFiles(models=models, stats=stats / "test", probs=probs / "test")
    return Layout(models, title, logs, logs, models / "checkpoints", files)


@dataclass(frozen=True)
class KongFiles:
    """The files that Kong's training writes at each validation, without pickles."""

    models: Path
    stats: Path
    probs: Path

    def finish(self, classifier: ClipClassifier) -> None:
        """Write the weights that are the result."""
        write_weights(self.models / "final_weights.safetensors", classifier)

    def write(
        self,
        iteration: int,
        *,
        scores: NDArray[np.float32],
        clips: EmbeddingSet,
        classifier: ClipClassifier,
    ) -> None:
        """Write those of an iteration.

        Raises
        ------
        DataError
            If they cannot be written, as on a full disk.
        """
        for folder in (self.models, self.stats, self.probs):
            folder.mkdir(parents=True, exist_ok=True)
        write_weights(self.models / f"md_{iteration}_iters.safetensors", classifier)
        with (
            replacing(self.probs / f"prob_{iteration}_iters.npz") as part,
            part.open("wb") as file,
        ):
            np.savez_compressed(file, scores=scores, ids=np.array(clips.ids))
        counts = ScoreStatistics.of(clips.labels, scores)
        with (
            replacing(self.stats / f"stat_{iteration}_iters.npz") as part,
            part.open("wb") as file,
        ):
            np.savez(
                file,
                ap=average_precision(counts),
                auc=roc_auc(counts),
                positives=counts.positives,
                thresholds=counts.thresholds,
                hits=counts.hits,
                at_or_above=counts.at_or_above,
                offsets=counts.offsets,
            )
