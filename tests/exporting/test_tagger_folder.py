"""A tagger's folder: the same numbers as in training, kept once."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from miniature import Made
from onnx import TensorProto
from safetensors.torch import load_file, save_file
from torch import Tensor

from earmark import __version__
from earmark.bundle import Bundle
from earmark.classifiers.attention import MultiLevelAttention
from earmark.classifiers.session import Classifier
from earmark.classifiers.settings import CompactSettings
from earmark.embedders import Embedder, dequantise
from earmark.embedders.compact import Compact
from earmark.errors import ModelError
from earmark.exporting.tagger_folder import TaggerParts, check_tagger
from earmark.ontology import labels
from earmark.training.distilling.make import trained_embedder

NETWORKS = ("embedder.onnx", "classifier.onnx", "clip_classifier.onnx")


@pytest.fixture(scope="module")
def parts(made: Made) -> TaggerParts:
    """The modules again, from the weights in the folder alone."""
    state = load_file(made.folder / "model.safetensors")
    hidden = made.recipe.classify.model.hidden
    embedder, classifier = Compact(), MultiLevelAttention(CompactSettings(hidden=hidden))
    for part, module in (("embedder", embedder), ("classifier", classifier)):
        own = {k.partition(".")[2]: v.float() for k, v in state.items() if k.startswith(part)}
        unlike = module.load_state_dict(own, strict=False)
        assert not unlike.unexpected_keys
        assert not [k for k in unlike.missing_keys if not k.endswith("num_batches_tracked")]
        module.eval()
    return TaggerParts(
        embedder=embedder,
        classifier=classifier,
        classifier_kind="multi-level-attention",
        labels=labels(),
        name="miniature",
        version="1",
        created_by="a test",
    )


@pytest.fixture
def copy(made: Made, tmp_path: Path) -> Path:
    """The folder, to be damaged."""
    return Path(shutil.copytree(made.folder, tmp_path / "copy"))


def random(*shape: int) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(1))


def test_what_is_in_the_folder(made: Made) -> None:
    assert {path.name for path in made.folder.iterdir()} == {
        "README.md",
        "classifier.onnx",
        "clip_classifier.onnx",
        "config.json",
        "embedder.onnx",
        "labels.csv",
        "model.safetensors",
    }
    assert sum(path.stat().st_size for path in made.folder.iterdir()) < 8e6


def test_anyone_may_read_it(made: Made) -> None:
    modes = {path.stat().st_mode & 0o777 for path in made.folder.iterdir()}
    assert len(modes) == 1  # the same for all: what the user's umask leaves


def test_it_says_what_it_is(made: Made) -> None:
    bundle = Bundle.find(made.folder)
    assert bundle.labels == labels()
    assert bundle.title == "miniature 1"
    assert bundle.config.embedder.name == "miniature"
    assert bundle.config.classifier == "multi-level-attention"
    assert bundle.config.max_patches == 10
    assert bundle.config.pooling == "mean"
    assert bundle.config.licence == "Apache-2.0"
    assert bundle.config.created_by == f"earmark {__version__}, recipes/miniature.yaml"


def test_it_computes_what_pytorch_computes(made: Made, parts: TaggerParts) -> None:
    bundle = Bundle.find(made.folder)
    identity = bundle.config.embedder
    embedder = Embedder(bundle.embedder, identity=identity)
    classifier = Classifier(bundle.classifier, identity=identity, classes=527)
    patches = random(20, 96, 64) * 2
    frames = embedder(patches.numpy())
    networks = parts.modules()
    with torch.no_grad():
        embeddings = networks["embedder"](patches).numpy()
    # Cut off to the step below, except where the two are on different sides of an edge.
    loss = embeddings - dequantise(frames, how=identity.dequantiser) + 2 / 255
    assert np.abs(loss - 2 / 255).max() < 4 / 255 + 1e-4
    clips, mask = frames.reshape(2, 10, 128), np.arange(10) < np.array([[10], [3]])
    scores, patch_scores = classifier(clips, mask)
    with torch.no_grad():
        read = torch.from_numpy(dequantise(clips, how=identity.dequantiser))
        wanted, wanted_patches = networks["classifier"](read, torch.from_numpy(mask).float())
    np.testing.assert_allclose(scores, wanted, atol=1e-4)
    np.testing.assert_allclose(patch_scores[mask], wanted_patches[mask], atol=1e-4)


@pytest.mark.parametrize("n", [1, 7])
def test_any_number_at_once(made: Made, n: int) -> None:
    bundle = Bundle.find(made.folder)
    embedder = Embedder(bundle.embedder, identity=bundle.config.embedder)
    assert embedder(random(n, 96, 64).numpy()).shape == (n, 128)
    classifier = Classifier(bundle.classifier, identity=bundle.config.embedder, classes=527)
    scores, _ = classifier(np.zeros((n, 10, 128), np.uint8), np.ones((n, 10), bool))
    assert scores.shape == (n, 527)


def test_weights_are_those_of_training_in_half_precision(made: Made, parts: TaggerParts) -> None:
    trained = trained_embedder(made.recipe, made.recipe.workspace / "embedder" / "last.ckpt")
    stored = parts.modules()["embedder"].state_dict()
    for name, value in trained.state_dict().items():
        if name.endswith("num_batches_tracked"):
            continue
        wanted = value.half().float() if value.ndim > 1 else value
        assert torch.equal(stored[name], wanted), name


@pytest.mark.parametrize("name", NETWORKS)
def test_weights_are_kept_once(made: Made, name: str) -> None:
    path = made.folder / name
    assert path.stat().st_size < 50_000
    model = onnx.load(path, load_external_data=False)
    weights = load_file(made.folder / "model.safetensors")
    size = (made.folder / "model.safetensors").stat().st_size
    shared = 0
    for array in model.graph.initializer:
        if array.data_location != TensorProto.EXTERNAL:
            assert len(array.raw_data) <= 1024, array.name
            continue
        place = {entry.key: entry.value for entry in array.external_data}
        assert place["location"] == "model.safetensors"
        assert int(place["offset"]) + int(place["length"]) <= size
        shared += 1
    part = name.removeprefix("clip_").partition(".")[0]
    assert shared == sum(key.startswith(part) for key in weights)


@pytest.mark.parametrize("name", NETWORKS)
def test_it_says_nothing_of_the_machine_it_was_made_on(made: Made, name: str) -> None:
    content = (made.folder / name).read_bytes()
    for text in (str(Path.cwd()), str(Path.home()), "site-packages", ".py"):
        assert text.encode() not in content


def test_a_sound_folder_passes(parts: TaggerParts, copy: Path) -> None:
    check_tagger(parts, copy)


@pytest.mark.parametrize(
    ("weight", "network"),
    [("classifier.output.bias", "classifier"), ("embedder.embed.weight", "embedder")],
)
def test_a_damaged_weight_is_noticed(
    parts: TaggerParts, copy: Path, weight: str, network: str
) -> None:
    path = copy / "model.safetensors"
    state = load_file(path)
    state[weight].view(-1)[3] += 1
    save_file(state, path, metadata={"format": "pt"})  # as it was: offsets stay
    with pytest.raises(ModelError, match=rf"{network}\.onnx differs from PyTorch by"):
        check_tagger(parts, copy)


def test_a_weight_that_is_no_number_is_noticed(parts: TaggerParts, copy: Path) -> None:
    path = copy / "model.safetensors"
    state = load_file(path)
    state["classifier.output.bias"][0] = torch.nan
    save_file(state, path, metadata={"format": "pt"})  # as it was: offsets stay
    with pytest.raises(ModelError, match="differs from PyTorch by nan"):
        check_tagger(parts, copy)


def test_a_file_that_was_cut_off_is_noticed(parts: TaggerParts, copy: Path) -> None:
    path = copy / "model.safetensors"
    path.write_bytes(path.read_bytes()[:100_000])
    with pytest.raises(ModelError, match=r"embedder\.onnx cannot be opened"):
        check_tagger(parts, copy)
