"""What there is to compute with, and what to use of it."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

import torch

from earmark.errors import UsageError
from earmark.processor import cores
from earmark.training.settings import HardwareSettings

__all__ = ["computing", "device_of", "has_bfloat16", "precision_of"]


def device_of(settings: HardwareSettings) -> torch.device:
    """Choose what computes.

    Raises
    ------
    UsageError
        If it is to be a GPU and there is none.
    """
    there = torch.cuda.is_available()
    if settings.accelerator == "gpu" and not there:
        raise UsageError(
            "hardware.accelerator is gpu, and PyTorch finds none here: take auto, or see "
            "`earmark doctor`"
        )
    return torch.device("cuda" if there and settings.accelerator != "cpu" else "cpu")


def precision_of(settings: HardwareSettings, device: torch.device) -> Literal["32", "bf16"]:
    """Choose in how many digits products of matrices are computed."""
    if settings.precision != "auto":
        return settings.precision
    return "bf16" if has_bfloat16(device) else "32"


def has_bfloat16(device: torch.device) -> bool:
    """Whether a device computes in bfloat16 by itself; imitating it is slower than 32 bits."""
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    able = torch.cpu.get_capabilities()
    return any(bool(able.get(name)) for name in ("avx512_bf16", "amx_bf16", "sve_bf16"))


@contextmanager
def computing(settings: HardwareSettings) -> Iterator[None]:
    """Set PyTorch up for a run, and leave it as it was."""
    threads = torch.get_num_threads()
    torch.set_num_threads(settings.threads or cores())
    # Numbers too small for full precision would slow a processor's arithmetic down.
    torch.set_flush_denormal(True)
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
        torch.set_flush_denormal(False)
        torch.set_num_threads(threads)
