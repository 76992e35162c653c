"""Fixtures that more than one folder of tests uses."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from miniature import Made

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session", autouse=True)
def _interruptible() -> Iterator[None]:
    """Let the commands that tests start hear Ctrl-C, even where a shell runs the tests behind it.

    A shell has its background jobs ignore it, and what they start inherits that.
    """
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Return the folder of reference data, or skip the test that asks for it.

    It lies where ``EARMARK_SHARED`` points, else at ``../shared/data`` from the project's root.
    """
    folder = Path(os.environ.get("EARMARK_SHARED") or ROOT.parent / "shared" / "data")
    if not folder.is_dir():
        pytest.skip(f"no reference data at {folder}: set EARMARK_SHARED to where it lies")
    return folder


@pytest.fixture(scope="session")
def one_thread() -> Iterator[None]:
    """What is small is not worth sharing out by PyTorch, least of all on a busy machine."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def teacher_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The stand-in for the network of a teacher."""
    import stand_in

    return stand_in.build(tmp_path_factory.mktemp("teacher") / "stand_in.onnx")


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory, teacher_path: Path, one_thread: None) -> Made:
    """A tagger, made from beginning to end by distillation."""
    import miniature

    return miniature.run(tmp_path_factory.mktemp("miniature"), teacher=teacher_path)
