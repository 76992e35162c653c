"""Weights from elsewhere -> a tagger's folder like any other."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import torch

from earmark import __version__
from earmark.bundle import Bundle
from earmark.classifiers.family import Kind
from earmark.embedders.identity import AUDIOSET, Dequantiser, Identity
from earmark.embedders.vggish import Vggish, VggishConfig
from earmark.errors import UsageError
from earmark.exporting.tagger_folder import TaggerParts, export_tagger
from earmark.importing.arrays import NamedArrays, fill, read_npz
from earmark.importing.card import model_card
from earmark.importing.folder import check_target, made_whole
from earmark.importing.graphs import write_fast_graph, write_graph
from earmark.importing.keras import ImportedClassifier, read_keras
from earmark.importing.keras_roles import ROLES
from earmark.importing.labels import read_labels
from earmark.importing.pca import PcaParameters, read_pca
from earmark.importing.sorting import Files
from earmark.importing.tf_checkpoint import read_checkpoint
from earmark.importing.torchvggish import read_pth
from earmark.ontology import Label

__all__ = ["Settings", "checked_kind", "import_tagger", "read_vggish"]


GOOGLES = VggishConfig()


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What the files do not say."""

    name: str | None = None
    """Of the tagger; if None ``vggish``, or the kind of a classifier that comes alone."""
    version: str = "1"
    """Of the tagger."""
    embedder_version: str = AUDIOSET.version
    """Whose weights VGGish has: 1 are Google's."""
    final_relu: bool = True
    """Whether the network ends in ReLU, as in 2017."""
    dequantiser: Dequantiser = "kong"
    """How the classifier was taught to read the eight bits."""
    kind: Kind | None = None
    """Of which kind the classifier is, where its file may be of several."""
    labels: Path | None = None
    """A CSV of the classifier's classes; AudioSet's if there is none."""
    licence: str = ""
    """Of the weights."""
    eight_bits: bool = True
    """Whether to make the fast embedder, too."""
    sizes: VggishConfig = GOOGLES
    """Google's, except in tests."""


def import_tagger(
    files: Files, folder: Path, *, settings: Settings = Settings(), force: bool = False
) -> Bundle:
    """Make a tagger's folder of an embedder's weights, a classifier or both.

    Parameters
    ----------
    files : Files
        What to make it of.
    folder : Path
        Where; it appears when it is complete.
    settings : Settings
        What the files do not say.
    force : bool
        Whether it may take the place of another tagger.

    Returns
    -------
    Bundle
        The folder, read.

    Raises
    ------
    ModelError
        If a file is missing, damaged, or holds other arrays than it should.
    UsageError
        If the files do not go together, or something is where the folder is to be.
    """
    check_target(folder, force=force)  # before minutes of work
    classifier = read_keras(files.classifier, kind=settings.kind) if files.classifier else None
    labels = _labels(classifier, files, settings)
    network, pca = read_vggish(files, settings) if files.embedder else (None, _pca(files))
    if classifier is not None and network is not None and pca is None and not files.without_pca:
        raise UsageError(
            f"{files.classifier} was taught on embeddings after PCA, as far as such files are "
            "known: give vggish_pca_params.npz too, or --pca none if it was not"
        )
    parts = TaggerParts(
        embedder=network,
        classifier=classifier.module if classifier else None,
        classifier_kind=classifier.kind if classifier else None,
        labels=labels,
        name=settings.name or _name(network, classifier),
        version=settings.version,
        created_by=f"earmark {__version__}, models import {', '.join(files.names)}",
        licence=settings.licence,
        identity=_identity(files, settings, network=network, pca=pca),
        half=False,
        draw=partial(write_graph, network) if network is not None else None,
    )
    with made_whole(folder, force=force) as part:
        export_tagger(parts, part)
        if network is not None and settings.eight_bits:
            write_fast_graph(network, part)
        (part / "README.md").write_text(model_card(parts, files), encoding="utf-8")
    return Bundle.read(folder)


def checked_kind(kind: str | None) -> Kind | None:
    """Return the kind of classifier that goes by a name.

    Raises
    ------
    UsageError
        If none does.
    """
    for name in ROLES:
        if name == kind:
            return name
    if kind is not None:
        raise UsageError(f"--kind {kind} is none of {', '.join(ROLES)}")
    return None


def read_vggish(files: Files, settings: Settings) -> tuple[Vggish, PcaParameters | None]:
    """Read VGGish's weights, and its PCA where there is one, from whatever they are in."""
    assert files.embedder is not None
    stored, kept = _open(files.embedder)
    pca = _pca(files) or (None if files.without_pca else kept)
    config = replace(settings.sizes, final_relu=settings.final_relu, pca=pca is not None)
    with torch.device("meta"):  # nothing is drawn at random that will be replaced
        network = Vggish(config)
    network = network.to_empty(device="cpu").eval()
    network.requires_grad_(False)
    fill(network, stored)
    if pca is not None and network.pca is not None:
        network.pca.vectors.copy_(torch.from_numpy(pca.vectors))
        network.pca.means.copy_(torch.from_numpy(pca.means))
    return network, pca


def _open(path: Path) -> tuple[NamedArrays, PcaParameters | None]:
    if path.suffix == ".npz":
        return read_npz(path), None
    if path.suffix in (".pth", ".pt"):
        state = read_pth(path)
        return state.arrays, state.pca
    return read_checkpoint(path), None


def _pca(files: Files) -> PcaParameters | None:
    return read_pca(files.pca) if files.pca else None


def _name(network: Vggish | None, classifier: ImportedClassifier | None) -> str:
    if network is not None or classifier is None:
        return AUDIOSET.name
    return classifier.kind.replace("_", "-")


def _identity(
    files: Files, settings: Settings, *, network: Vggish | None, pca: PcaParameters | None
) -> Identity:
    """Whose embeddings they are; a classifier alone is taken for one of AudioSet's."""
    name = pca.name if pca is not None else None
    if network is None and pca is None and not files.without_pca:
        name = AUDIOSET.pca
    return Identity(
        name=AUDIOSET.name,
        version=settings.embedder_version,
        final_relu=settings.final_relu,
        pca=name,
        dequantiser=settings.dequantiser,
    )


def _labels(
    classifier: ImportedClassifier | None, files: Files, settings: Settings
) -> tuple[Label, ...]:
    if classifier is None:
        if settings.labels is not None:
            raise UsageError(f"--labels {settings.labels} name classes, and there is no classifier")
        return ()
    return read_labels(settings.labels, n_classes=classifier.n_classes, where=str(files.classifier))
