"""VGGish against TensorFlow: the same weights, the same patches of real recordings."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from safetensors.numpy import load_file
from vggish_weights import HIDDEN, NARROW

from earmark import audio
from earmark.bundle import Bundle
from earmark.embedders import Embedder, quantise
from earmark.embedders.session import Network
from earmark.embedders.vggish import VggishConfig
from earmark.features import patches
from earmark.importing.make import Settings, import_tagger
from earmark.importing.sorting import Files

ROOT = Path(__file__).resolve().parents[2]
SETTINGS = Settings(sizes=VggishConfig(widths=NARROW, hidden=HIDDEN), eight_bits=False)
VARIANTS = {"relu": True, "linear": False}

Array = NDArray[np.float32]


@dataclass(frozen=True)
class Made:
    """What TensorFlow made."""

    folder: Path
    patches: Array
    pca: Path
    narrow: dict[str, Array]
    full: dict[str, Array]


@pytest.fixture(scope="module")
def made(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Made]:
    if find_spec("tensorflow") is None:  # without importing it: that takes seconds, and warns
        pytest.skip("no TensorFlow to compare with")
    folder = tmp_path_factory.mktemp("tensorflow")
    batch = heard(shared_data)
    np.save(folder / "patches.npy", batch)
    sizes = [str(size) for size in (*NARROW, HIDDEN)]
    run(Path(__file__).with_name("tensorflow_vggish.py"), folder, *sizes)
    results = [dict(np.load(folder / f"{name}.npz")) for name in ("narrow", "full")]
    yield Made(folder, batch, shared_data / "vggish" / "vggish_pca_params.npz", *results)
    shutil.rmtree(folder)  # pytest would keep its gigabyte for three runs


def heard(shared_data: Path) -> Array:
    """Real sound: some of each of a few recordings."""
    corpus = shared_data / "corpus"
    recordings = [ROOT / "examples" / "street.flac", *sorted(corpus.glob("esc50/*"))[:40:4]]
    found = [patches(audio.load(path))[:3] for path in recordings if path.is_file()]
    return np.concatenate(found)[:24]


def run(*arguments: str | Path) -> None:
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        [sys.executable, "-W", "ignore", *arguments],
        capture_output=True,
        text=True,
        env=environment,
    )
    assert done.returncode == 0, done.stderr


def embedded(bundle: Bundle, batch: Array) -> Array:
    network = Network(bundle.embedder, inputs=("patches",), outputs=("embeddings",))
    return network.run(batch)[0]


def close(found: Array, wanted: Array) -> None:
    assert found.shape == wanted.shape
    assert wanted.std() > 0.05  # numbers that differ, so that this says something
    assert np.abs(found - wanted).max() <= 1e-4 * np.abs(wanted).max()


def check_with_pca(made: Made, bundle: Bundle, wanted: Array) -> None:
    """Compare with the postprocessing as Google has it, in float64."""
    assert bundle.config.embedder.pca == "audioset"
    with np.load(made.pca) as file:
        vectors, means = file["pca_eigen_vectors"], file["pca_means"]
    after = (vectors @ (wanted.T - means.reshape(-1, 1))).T
    close(embedded(bundle, made.patches), after)
    expected = ((np.clip(after, -2, 2) + 2) * 255 / 4).astype(np.uint8)
    np.testing.assert_array_equal(quantise(after), expected)
    assert np.mean((expected > 0) & (expected < 255)) > 0.5
    found = Embedder(bundle.embedder, identity=bundle.config.embedder)(made.patches)
    assert np.mean(found == expected) >= 0.999
    assert np.abs(found.astype(int) - expected).max() <= 1


@pytest.mark.parametrize("variant", VARIANTS)
def test_arrays_by_tensorflows_names(made: Made, tmp_path: Path, variant: str) -> None:
    files = Files(embedder=made.folder / "arrays.npz")
    settings = replace(SETTINGS, final_relu=VARIANTS[variant])
    bundle = import_tagger(files, tmp_path / "made", settings=settings)
    close(embedded(bundle, made.patches), made.narrow[variant])


@pytest.mark.parametrize("variant", VARIANTS)
def test_a_state_dict(made: Made, tmp_path: Path, variant: str) -> None:
    """The weights as torchvggish saves them, turned from TensorFlow's plainly."""
    arrays = dict(np.load(made.folder / "arrays.npz"))
    layers = ["features.0", "features.3", "features.6", "features.8", "features.11", "features.13"]
    layers += ["embeddings.0", "embeddings.2", "embeddings.4"]
    state = {}
    for theirs, ours in zip([n for n in arrays if n.endswith("weights")], layers, strict=True):
        weight = torch.from_numpy(arrays[theirs])
        sides = (3, 2, 0, 1) if weight.ndim == 4 else (1, 0)
        state[f"{ours}.weight"] = weight.permute(*sides).contiguous()
        state[f"{ours}.bias"] = torch.from_numpy(arrays[theirs.replace("weights", "biases")])
    torch.save(state, tmp_path / "vggish.pth")
    settings = replace(SETTINGS, final_relu=VARIANTS[variant])
    files = Files(embedder=tmp_path / "vggish.pth", pca=made.pca)
    bundle = import_tagger(files, tmp_path / "made", settings=settings)
    check_with_pca(made, bundle, made.narrow[variant])


@pytest.fixture(scope="module")
def full(made: Made, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bundle]:
    """Google's checkpoint in all but its numbers, imported as a user would; it ends in ReLU."""
    folder = tmp_path_factory.mktemp("full") / "vggish"
    checkpoint = made.folder / "full.ckpt"
    run("-m", "earmark", "models", "import", checkpoint, made.pca, "-o", folder)
    checkpoint.unlink()
    yield Bundle.find(folder)
    shutil.rmtree(folder)


def test_the_whole_network_from_a_checkpoint(made: Made, full: Bundle) -> None:
    check_with_pca(made, full, made.full["relu"])


def test_in_eight_bits_it_is_almost_the_same(made: Made, full: Bundle) -> None:
    identity = full.config.embedder
    exact, fast = (
        Embedder(path, identity=identity)(made.patches).astype(int)
        for path in (full.embedder, full.fast_embedder)
    )
    assert np.abs(exact - fast).mean() < 2
    assert full.fast_embedder.with_suffix(".safetensors").stat().st_size < 70e6


def test_the_whole_network_without_relu(made: Made, full: Bundle, tmp_path: Path) -> None:
    stored = load_file(full.folder / "model.safetensors")
    own: dict[str, Any] = {name.removeprefix("embedder."): stored[name] for name in stored}
    weights, folder = tmp_path / "vggish.npz", tmp_path / "made"
    np.savez(weights, **{name: own[name] for name in own if not name.startswith("pca")})
    settings = Settings(final_relu=False, eight_bits=False)
    try:
        files = Files(embedder=weights, pca=made.pca)
        check_with_pca(made, import_tagger(files, folder, settings=settings), made.full["linear"])
    finally:
        weights.unlink()
        shutil.rmtree(folder, ignore_errors=True)


def test_checkpoints_that_are_damaged(made: Made, tmp_path: Path) -> None:
    """All in one process, as each takes TensorFlow."""
    for path in made.folder.glob("narrow.ckpt*"):
        shutil.copy(path, tmp_path)
    content = (tmp_path / "narrow.ckpt.data-00000-of-00001").read_bytes()
    (tmp_path / "cut.ckpt.data-00000-of-00001").write_bytes(content[:5000])
    shutil.copy(tmp_path / "narrow.ckpt.index", tmp_path / "cut.ckpt.index")
    (tmp_path / "nonsense.ckpt").write_bytes(b"no checkpoint" * 10)
    (tmp_path / "empty.ckpt").touch()
    run(Path(__file__).with_name("damaged_checkpoints.py"), tmp_path)
