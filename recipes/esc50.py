"""How well a person's own sounds are learnt, measured on ESC-50 and ESC-10 (Piczak 2015).

    python -m recipes.esc50 [recipes/esc50.yaml] [--fine-tune]

A logistic regression learns from means of embeddings, as `earmark train` does it for own sounds by
default: over the five folds, and from a few clips of a few classes drawn at random. Recordings that
are, or may be, the same sound are never on both sides. Prints tables of docs/results.md.
"""

from __future__ import annotations

import argparse
import copy
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import torch
import yaml
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from earmark.audio import load
from earmark.bundle import Bundle
from earmark.embedders.compact import Compact
from earmark.embedders.quantise import dequantise, quantise
from earmark.evaluation.esc50 import ESC10
from earmark.features import fit_short, patches
from earmark.training.distilling.corpus import Entry, read_manifest
from earmark.training.embedders.augment import Augmentation, WaveformSettings
from earmark.training.embedders.batches import OfPatches
from earmark.training.embedders.examples import Example
from earmark.training.embedders.fine_tune import fine_tune
from earmark.training.embedders.logistic import solve
from earmark.training.embedders.network import read_network
from earmark.training.embedders.refit import OfInner, refit
from earmark.training.embedders.settings import FineTuneSettings, RefitSettings

FOLDS = 5
UNHEARD = 5
"""The fold of which `compact` has heard nothing."""
Indices = NDArray[np.intp]
Hears = Callable[[NDArray[np.float32]], NDArray[np.float16]]
Adapt = Callable[[Compact, Indices], None]
"""Changes an embedder so that it suits the clips of these numbers."""


class Few(BaseModel):
    """Learning from few clips of few classes."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    classes: tuple[int, ...]
    clips: tuple[int, ...]
    """Of each class."""
    draws: int = Field(ge=2)


class Recipe(BaseModel):
    """What ``recipes/esc50.yaml`` says."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    recordings: Path
    workspace: Path
    seed: int = 1
    penalty: float = Field(default=3e-3, gt=0)
    copies: int = Field(default=4, ge=0)
    waveform: WaveformSettings = WaveformSettings()
    refit: RefitSettings = RefitSettings()
    fine_tune: FineTuneSettings = FineTuneSettings()
    few: Few


@dataclass(frozen=True)
class Clips:
    """ESC-50: what is known of its recordings, and what an embedder's inner features say."""

    entries: Sequence[Entry]
    frames: Sequence[NDArray[np.float16]]
    """[copies + 1, patches, ...] each: as recorded, and altered."""

    @property
    def names(self) -> NDArray[np.str_]:
        """What is to be heard in each."""
        return np.array([entry.labels.partition(";")[0] for entry in self.entries])

    @property
    def folds(self) -> NDArray[np.intp]:
        """Of each."""
        return np.array([int(entry.fold.rpartition(":")[2]) for entry in self.entries])

    def learnt(self, tested: Indices) -> Indices:
        """Those of other folds, without what may be the same sound as one that is tested."""
        groups = {self.entries[at].group for at in tested} - {""}
        folds = set(self.folds[tested])
        return np.array(
            [
                at
                for at, entry in enumerate(self.entries)
                if self.folds[at] not in folds and entry.group not in groups
            ]
        )


def main() -> None:
    """Measure, and print tables."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("recipe", nargs="?", type=Path, default=Path("recipes/esc50.yaml"))
    parser.add_argument("--fine-tune", action="store_true", help="that as well: hours, not minutes")
    typed = parser.parse_args()
    recipe = Recipe.model_validate(yaml.safe_load(typed.recipe.read_text(encoding="utf-8")))
    torch.set_num_threads(1)
    base = read_network(Bundle.find("compact"))
    clips = heard(recipe, "inner", OfInner(base, key="compact"))
    ways = {
        "frozen": Way(recipe, base, clips),
        "frozen, copies": Way(recipe, base, clips, copies=True),
        "refit": Way(recipe, base, clips, adapt=partial(refitted, recipe, clips)),
        "refit, copies": Way(
            recipe, base, clips, copies=True, adapt=partial(refitted, recipe, clips)
        ),
    }
    print(table_of_folds(ways, clips), flush=True)
    print(table_of_few(ways, clips, recipe), flush=True)
    if typed.fine_tune:
        whole = heard(recipe, "patches", OfPatches())
        tune = partial(fine_tuned, recipe, whole)
        print(table_of_folds({"fine-tune": Way(recipe, base, whole, adapt=tune)}, whole))


def heard(recipe: Recipe, what: str, hear: Hears) -> Clips:
    """What is made of the patches of all recordings and their copies, kept in the workspace."""
    entries = [e for e in read_manifest(recipe.recordings) if "esc50:" in e.fold]
    augment = Augmentation(recipe.waveform)
    path = recipe.workspace / f"{what}-{recipe.copies}-{recipe.seed}-{augment.key[-8:]}.npz"
    if not path.exists():
        recipe.workspace.mkdir(parents=True, exist_ok=True)
        found = [_copies(recipe, entry, at, augment, hear) for at, entry in enumerate(entries)]
        counts = np.array([each.shape[1] for each in found])
        np.savez(path, frames=np.concatenate(found, axis=1), ends=np.cumsum(counts))
    with np.load(path) as kept:
        frames = np.split(kept["frames"], kept["ends"][:-1], axis=1)
    return Clips(entries, frames)


def _copies(
    recipe: Recipe,
    entry: Entry,
    at: int,
    augment: Augmentation,
    hear: Hears,
) -> NDArray[np.float16]:
    waveform = np.asarray(fit_short(load(entry.path), how="loop"), np.float32)
    rngs = [np.random.default_rng([recipe.seed, at, copy]) for copy in range(recipe.copies)]
    copies = [waveform, *(augment(waveform, rng) for rng in rngs)]
    return np.stack([hear(patches(each)) for each in copies])


def refitted(recipe: Recipe, clips: Clips, network: Compact, learnt: Indices) -> None:
    """Refit the last layer to some clips."""
    names, of = np.unique(clips.names[learnt], return_inverse=True)
    examples = [Example(clips.frames[at][:1], (int(n),)) for at, n in zip(learnt, of, strict=True)]
    refit(network, examples, n_classes=len(names), settings=recipe.refit)


def fine_tuned(recipe: Recipe, clips: Clips, network: Compact, learnt: Indices) -> None:
    """Fine-tune the whole embedder to some clips."""
    names, of = np.unique(clips.names[learnt], return_inverse=True)
    examples = [Example(clips.frames[at], (int(n),)) for at, n in zip(learnt, of, strict=True)]
    with tempfile.TemporaryDirectory() as folder:
        fine_tune(
            network,
            examples,
            n_classes=len(names),
            exclusive=True,
            settings=recipe.fine_tune,
            checkpoint=Path(folder) / "fine-tune.ckpt",
            seed=recipe.seed,
        )


@dataclass(frozen=True)
class Way:
    """One way to learn."""

    recipe: Recipe
    base: Compact
    clips: Clips
    copies: bool = False
    """Whether the head learns from altered copies, too."""
    adapt: Adapt | None = None
    """What is done to the embedder before; nothing if None."""

    def accuracy(self, learnt: Indices, tested: Indices) -> float:
        """The share of the tested clips that are taken for what they are, after learning."""
        network = copy.deepcopy(self.base)
        if self.adapt is not None:
            self.adapt(network, learnt)
        means = {at: self._means(network, at) for at in (*learnt, *tested)}
        names, of = np.unique(self.clips.names[learnt], return_inverse=True)
        features = [means[at] if self.copies else means[at][:1] for at in learnt]
        wanted = np.repeat(of, [len(each) for each in features])
        head = solve(
            np.concatenate(features),
            wanted[:, None] == np.arange(len(names)),
            exclusive=True,
            penalty=self.recipe.penalty,
        )
        said = head.logits(np.stack([means[at][0] for at in tested])).argmax(axis=1)
        return float(np.mean(names[said] == self.clips.names[tested]))

    @torch.inference_mode()
    def _means(self, network: Compact, at: int) -> NDArray[np.float32]:
        """The mean embedding of each copy of a clip, through eight bits: float32 [copies, 128]."""
        frames = torch.from_numpy(self.clips.frames[at]).float()
        flat = frames.flatten(0, 1)
        made = network.of_inner(flat) if flat.ndim == 2 else network(flat)
        read = dequantise(quantise(made.numpy()), how="youtube8m")
        means: NDArray[np.float32] = read.reshape(*frames.shape[:2], -1).mean(axis=1)
        return means


def table_of_folds(ways: dict[str, Way], clips: Clips) -> str:
    """Each fold tested by what was learnt from the others."""
    lines = [
        "| embedder | ESC-50 | of its folds | fold 5 | ESC-10 | of its folds | fold 5 |",
        "|---|---|---|---|---|---|---|",
    ]
    ten = np.isin(clips.names, ESC10)
    for name, way in ways.items():
        cells = [name]
        for chosen in (np.ones_like(ten), ten):
            found = []
            for fold in range(1, FOLDS + 1):
                tested = np.flatnonzero(chosen & (clips.folds == fold))
                learnt = clips.learnt(tested)
                found.append(way.accuracy(learnt[chosen[learnt]], tested))
            cells += [
                f"{np.mean(found):.3f}",
                f"{min(found):.3f} to {max(found):.3f}",
                f"{found[UNHEARD - 1]:.3f}",
            ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def table_of_few(ways: dict[str, Way], clips: Clips, recipe: Recipe) -> str:
    """A few clips of a few classes learnt, and the unheard fold's tested."""
    lines = [
        f"| classes | clips of each | {' | '.join(ways)} |",
        f"|---|---|{'---|' * len(ways)}",
    ]
    for classes in recipe.few.classes:
        for count in recipe.few.clips:
            drawn = list(draws(clips, recipe, classes=classes, count=count))
            cells = []
            for way in ways.values():
                found = [way.accuracy(learnt, tested) for learnt, tested in drawn]
                error = np.std(found) / np.sqrt(len(found))
                cells.append(f"{np.mean(found):.3f} ± {error:.3f}")
            lines.append(f"| {classes} | {count} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def draws(
    clips: Clips, recipe: Recipe, *, classes: int, count: int
) -> Iterator[tuple[Indices, Indices]]:
    """Draw classes, and clips of each to learn from; what is tested is all of theirs in fold 5."""
    rng = np.random.default_rng([recipe.seed, classes, count])
    names = clips.names
    for _ in range(recipe.few.draws):
        chosen = rng.choice(np.unique(names), classes, replace=False)
        tested = np.flatnonzero(np.isin(names, chosen) & (clips.folds == UNHEARD))
        others = clips.learnt(tested)
        learnt = [rng.permutation(others[names[others] == name])[:count] for name in chosen]
        yield np.concatenate(learnt), tested


if __name__ == "__main__":
    main()
