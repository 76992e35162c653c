"""Patch -> embedding: the networks that listen, and the eight bits their numbers are kept in."""

from earmark.embedders.identity import AUDIOSET, Dequantiser, Identity
from earmark.embedders.quantise import dequantise, quantise
from earmark.embedders.session import EMBEDDING_SIZE, Embedder

__all__ = [
    "AUDIOSET",
    "EMBEDDING_SIZE",
    "Dequantiser",
    "Embedder",
    "Identity",
    "dequantise",
    "quantise",
]
