"""Runs the training of the embedder: data, trainer, checkpoints, resumption."""

from __future__ import annotations

import warnings
from pathlib import Path

import torch
from lightning import Trainer
from lightning.pytorch.callbacks import ModelCheckpoint
from lightning.pytorch.loggers import CSVLogger
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch.utils.data import DataLoader

from earmark.errors import ModelError
from earmark.training.distilling.corpus import Corpus, Entry, Split, read_manifest, split_of
from earmark.training.distilling.distil import Distiller
from earmark.training.distilling.mixing import MixingConfig
from earmark.training.distilling.recipe import Recipe
from earmark.training.distilling.replay import Clips, FreshClips, Replay
from earmark.training.distilling.survey import Survey, survey
from earmark.training.distilling.teacher import Teacher

__all__ = [
    "decoded",
    "entries_of",
    "fit_embedder",
    "fresh_clips",
    "make_distiller",
    "steps_of",
    "surveyed",
]

CHECKPOINT_STEPS = 250


def entries_of(recipe: Recipe, split: Split) -> list[Entry]:
    """All recordings of the recipe's corpora that are for ``split``."""
    chosen: list[Entry] = []
    for corpus in recipe.corpora:
        entries = read_manifest(corpus.folder)
        if corpus.hold_out:
            parts = split_of(entries)
            chosen += [e for e, part in zip(entries, parts, strict=True) if part == split]
        elif split == "train":
            chosen += [entry for entry in entries if entry.is_free()]
    return chosen


def decoded(recipe: Recipe, split: Split) -> Corpus:
    """The recordings of a split, decoded once into the workspace."""
    return Corpus.decode(entries_of(recipe, split), cache=recipe.workspace / "cache")


def surveyed(recipe: Recipe, corpus: Corpus, *, split: Split = "train") -> Survey:
    """What the teacher hears in a split, kept in the workspace."""
    cache = recipe.workspace / f"survey-{split}-{len(corpus)}.npz"
    return survey(corpus, recipe.teacher, cache=cache)


def make_distiller(recipe: Recipe) -> Distiller:
    """The embedder and all that trains with it, untrained."""
    torch.manual_seed(recipe.seed)
    heard = surveyed(recipe, decoded(recipe, "train"))
    distiller = Distiller(recipe.distil, teacher=Teacher(recipe.teacher), survey=heard)
    if recipe.start is not None:
        _start_from(recipe.start, distiller)
    return distiller


def _start_from(folder: Path, distiller: Distiller) -> None:
    """Give the embedder the weights of a tagger's folder."""
    path = folder / "model.safetensors"
    try:
        state = load_file(path)
    except (OSError, SafetensorError) as error:
        raise ModelError(f"{path}: cannot be read, so training cannot start from it") from error
    part = "embedder."
    weights = {k.removeprefix(part): v.float() for k, v in state.items() if k.startswith(part)}
    try:
        unlike = distiller.embedder.load_state_dict(weights, strict=False)
    except RuntimeError as error:  # other shapes
        raise ModelError(
            f"{path}: is of another network: {' '.join(str(error).split())}"
        ) from error
    lacking = [name for name in unlike.missing_keys if not name.endswith("num_batches_tracked")]
    if lacking or unlike.unexpected_keys:
        raise ModelError(f"{path}: is of another network: {[*lacking, *unlike.unexpected_keys][0]}")
    distiller.average.module.load_state_dict(distiller.embedder.state_dict())


def fit_embedder(recipe: Recipe) -> Path:
    """Train the embedder, or go on where an earlier call was stopped.

    Returns
    -------
    Path
        Of the last checkpoint, ``<workspace>/embedder/last.ckpt``.
    """
    folder = recipe.workspace / "embedder"
    last = folder / "last.ckpt"
    if last.exists() and steps_of(last) >= recipe.distil.steps:
        return last
    part = len(list(folder.glob("part-*")))  # each part of a run hears other clips
    (folder / f"part-{part}").mkdir(parents=True)
    batches, trainer = _batches(recipe, part), _trainer(recipe, folder, part)
    with warnings.catch_warnings():
        # Lightning's own: it copies trees in a way that PyTorch advises against.
        warnings.filterwarnings("ignore", message=".*LeafSpec", category=FutureWarning)
        trainer.fit(make_distiller(recipe), batches, ckpt_path=last if last.exists() else None)
    trainer.save_checkpoint(last)
    return last


def steps_of(checkpoint: Path) -> int:
    """How many steps the training had come when it wrote a checkpoint."""
    return int(torch.load(checkpoint, map_location="cpu", weights_only=False)["global_step"])


def fresh_clips(
    recipe: Recipe, *, mixing: MixingConfig, seed: tuple[int, ...], workers: int
) -> DataLoader[Clips]:
    """Blocks of clips without end, made by ``workers`` processes beside this one."""
    corpus = decoded(recipe, "train")
    fresh = FreshClips(
        corpus,
        surveyed(recipe, corpus).weights(),
        mixing=mixing,
        teacher=recipe.teacher,
        seed=seed,
    )
    return DataLoader(
        fresh,
        batch_size=None,
        num_workers=workers,
        prefetch_factor=8 if workers else None,
    )


def _batches(recipe: Recipe, part: int) -> Replay:
    return Replay(
        fresh_clips(recipe, mixing=recipe.mixing, seed=(recipe.seed, part), workers=recipe.workers),
        capacity=recipe.capacity,
        fresh=recipe.fresh_blocks,
        batch=recipe.batch,
        warm_up=recipe.warm_up_clips,
        seed=(recipe.seed, part),
    )


def _trainer(recipe: Recipe, folder: Path, part: int) -> Trainer:
    checkpoints = ModelCheckpoint(
        dirpath=folder,
        save_last=True,
        save_top_k=0,
        every_n_train_steps=CHECKPOINT_STEPS,
        enable_version_counter=False,
    )
    return Trainer(
        accelerator="auto",
        max_steps=recipe.distil.steps,
        callbacks=[checkpoints],
        logger=CSVLogger(folder, name="logs", version=part),
        log_every_n_steps=50,
        enable_progress_bar=False,
        enable_model_summary=False,
    )
