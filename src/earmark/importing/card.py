"""The model card of a tagger that was imported: what it was made of, and no more."""

from __future__ import annotations

from pathlib import Path

from earmark.embedders.identity import AUDIOSET, Identity
from earmark.exporting.tagger_folder import TaggerParts
from earmark.importing.sorting import Files

__all__ = ["model_card"]


def model_card(parts: TaggerParts, files: Files) -> str:
    """Write the card, in Markdown."""
    identity = parts.identity
    assert identity is not None
    paragraphs = [
        f"# {parts.name} {parts.version}",
        f"Made by {parts.created_by}. earmark trained none of it and measured none of it: how good "
        "it is, and under which licence it may be used, its makers say.",
    ]
    if parts.embedder is not None:
        paragraphs.append(f"**Embedder:** {_embeddings(identity)}. From {_name(files.embedder)}.")
    if parts.classifier is not None:
        paragraphs.append(
            f"**Classifier:** {parts.classifier_kind}, {len(parts.labels)} classes, reads "
            f"embeddings of {_embeddings(identity)}; bytes are read as {identity.dequantiser} "
            f"does. From {_name(files.classifier)}."
        )
    if identity.pca == AUDIOSET.pca:
        paragraphs.append(
            "The embeddings that were released with AudioSet cannot be reproduced exactly with the "
            "network that was released: expect a classifier that was taught on them to be "
            "somewhat worse on recordings."
        )
    return "\n\n".join(paragraphs) + "\n"


def _embeddings(identity: Identity) -> str:
    end = "with" if identity.final_relu else "without"
    pca = "no PCA" if identity.pca is None else f"PCA {identity.pca}"
    return f"{identity.name} {identity.version}, {end} a final ReLU, {pca}"


def _name(path: Path | None) -> str:
    return f"`{path.name}`" if path is not None else "elsewhere"
