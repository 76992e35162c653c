"""Going on from a tagger: all of its weights, or those of the classes that there still are."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
import torch
from torch import Tensor
from training.synthetic import table_of

from earmark.bundle import Bundle
from earmark.embedders.identity import AUDIOSET, Identity
from earmark.errors import ModelError
from earmark.exporting.weights_file import write_weights
from earmark.ontology import Label
from earmark.training.choice import ClassifierChoice
from earmark.training.starting import (
    Started,
    StartSettings,
    choice_of,
    freeze,
    start,
    use_prior,
)

TABLE = table_of(4)
SIZES = {"hidden": 6, "n_layers": 1}


def tagger(folder: Path, choice: ClassifierChoice, *, sizes: bool = True) -> dict[str, Tensor]:
    """Write what of a tagger's folder is needed to go on; return its weights."""
    folder.mkdir()
    torch.manual_seed(5)
    module = choice.build(n_classes=4)
    for value in module.state_dict().values():
        value.copy_(torch.randn(value.shape)) if value.is_floating_point() else None
    state = {k: v for k, v in module.state_dict().items() if v.is_floating_point()}
    write_weights(
        folder / "model.safetensors", {f"classifier.{k}": v.numpy() for k, v in state.items()}
    )
    settings = f', "settings": {choice.model_dump_json(exclude={"kind"})}' if sizes else ""
    (folder / "config.json").write_text(
        '{"format": 1, "name": "old", "version": "3", "embedder": '
        + AUDIOSET.to_json()
        + f', "classifier": {{"kind": "{choice.kind}", "max_patches": 10{settings}}}}}'
    )
    rows = [f"{label.index},{label.id},{label.name}" for label in TABLE]
    (folder / "labels.csv").write_text("\n".join(["index,id,name", *rows]) + "\n")
    assert Bundle.find(folder).labels == TABLE
    return state


def go_on(folder: Path, *, table: Sequence[Label] = TABLE, rate: float = 1.0) -> Started:
    settings = StartSettings(folder=str(folder), rate=rate)
    return start(settings, choice_of(str(folder)), table=table, exclusive=False, identity=AUDIOSET)


KINDS = ["feature_level_attention", "decision_level_max_pooling", "decision_level_multi_attention"]


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_classes_take_everything(tmp_path: Path, kind: str) -> None:
    sizes = {**SIZES, "n_levels": 1} if "multi" in kind else SIZES
    choice = ClassifierChoice.model_validate({"kind": kind, **sizes})
    state = tagger(tmp_path / "old", choice)
    started = go_on(tmp_path / "old")
    assert started.kept == set(state)
    for name, value in state.items():
        torch.testing.assert_close(started.classifier.state_dict()[name], value)


@pytest.mark.parametrize("kind", KINDS)
def test_other_classes_take_what_is_theirs(tmp_path: Path, kind: str) -> None:
    sizes = {**SIZES, "n_levels": 1} if "multi" in kind else SIZES
    choice = ClassifierChoice.model_validate({"kind": kind, **sizes})
    state = tagger(tmp_path / "old", choice)
    table = tuple(
        Label(index, name, name) for index, name in enumerate(["/t/2", "/new", "/t/0", "/a", "/b"])
    )
    started = go_on(tmp_path / "old", table=table)
    last = "score" if kind == "decision_level_max_pooling" else "output"
    assert set(state) - started.kept == {f"{last}.weight", f"{last}.bias"}
    found = started.classifier.state_dict()
    for part in ("weight", "bias"):
        new, old = found[f"{last}.{part}"], state[f"{last}.{part}"]
        assert len(new) == 5
        torch.testing.assert_close(new[[0, 2]], old[[2, 0]])
    for name in started.kept:
        torch.testing.assert_close(found[name], state[name])


def test_experts_go_with_their_classes(tmp_path: Path) -> None:
    state = tagger(tmp_path / "old", ClassifierChoice.model_validate({"kind": "moe"}))
    table = tuple(Label(at, name, name) for at, name in enumerate(["/new", "/t/3"]))
    found = go_on(tmp_path / "old", table=table).classifier.state_dict()
    for name, many in (("mixture.gates.weight", 3), ("mixture.experts.weight", 2)):
        new, old = found[name].view(many, 2, -1), state[name].view(many, 4, -1)
        torch.testing.assert_close(new[:, 1], old[:, 3])


def test_the_same_classes_in_another_order_are_known_by_their_ids(tmp_path: Path) -> None:
    choice = ClassifierChoice.model_validate({"kind": "feature_level_attention", **SIZES})
    state = tagger(tmp_path / "old", choice)
    turned = tuple(Label(at, TABLE[3 - at].id, "x") for at in range(4))
    found = go_on(tmp_path / "old", table=turned).classifier.state_dict()
    torch.testing.assert_close(found["output.weight"], state["output.weight"].flip(0))


def test_what_is_kept_can_be_frozen(tmp_path: Path) -> None:
    choice = ClassifierChoice.model_validate({"kind": "feature_level_attention", **SIZES})
    tagger(tmp_path / "old", choice)
    table = table_of(6)
    started = go_on(tmp_path / "old", table=table, rate=0.0)
    freeze(started, StartSettings(folder="old", rate=0.0))
    learns = {n for n, p in started.classifier.named_parameters() if p.requires_grad}
    assert learns == {"output.weight", "output.bias"}


def test_what_does_not_fit_is_named(tmp_path: Path) -> None:
    choice = ClassifierChoice.model_validate({"kind": "feature_level_attention", **SIZES})
    folder = tmp_path / "old"
    tagger(folder, choice)
    settings = StartSettings(folder=str(folder))
    other = ClassifierChoice.model_validate({"kind": "feature_level_attention", "hidden": 7})
    with pytest.raises(ModelError, match="leave --kind and the classifier's settings out"):
        start(settings, other, table=TABLE, exclusive=False, identity=AUDIOSET)
    with pytest.raises(ModelError, match=r"the tagger .* belongs to embedder vggish 1, not to x 2"):
        start(settings, choice, table=TABLE, exclusive=False, identity=Identity("x", "2"))
    (folder / "model.safetensors").write_bytes(b"12345678no")
    with pytest.raises(ModelError, match=r"model.safetensors cannot be read, so training"):
        start(settings, choice, table=TABLE, exclusive=False, identity=AUDIOSET)
    with pytest.raises(ModelError, match="there is no tagger 'nowhere'"):
        choice_of("nowhere")


def test_a_kind_of_unknown_sizes_is_named(tmp_path: Path) -> None:
    choice = ClassifierChoice.model_validate({"kind": "feature_level_attention", **SIZES})
    folder = tmp_path / "old"
    tagger(folder, choice)
    text = (folder / "config.json").read_text()
    (folder / "config.json").write_text(text.replace("feature_level_attention", "a kind of ours"))
    with pytest.raises(ModelError, match="old 3 cannot be gone on from: its classifier is 'a kind"):
        choice_of(str(folder))


def test_compact_can_be_gone_on_from() -> None:
    choice = choice_of("compact")
    bundle = Bundle.find("compact")
    settings = StartSettings(folder="compact")
    identity = bundle.config.embedder
    started = start(settings, choice, table=bundle.labels, exclusive=False, identity=identity)
    assert len(started.kept) == sum(
        v.is_floating_point() for v in started.classifier.state_dict().values()
    )


def test_attention_has_no_prior() -> None:
    kind = {"kind": "decision_level_single_attention", **SIZES}
    classifier = ClassifierChoice.model_validate(kind).build(n_classes=4)
    use_prior(classifier, torch.full((4,), 0.5))
    assert classifier.get_parameter("level.score.bias").abs().sum() == 0
    assert classifier.get_parameter("level.attend.bias").abs().sum() > 0


def test_the_last_bias_can_begin_with_how_frequent_classes_are() -> None:
    classifier = ClassifierChoice.model_validate(
        {"kind": "feature_level_attention", **SIZES}
    ).build(n_classes=4)
    prior = torch.tensor([0.5, 0.1, 0.0, 1.0])
    use_prior(classifier, prior)
    found = torch.sigmoid(classifier.get_parameter("output.bias"))
    torch.testing.assert_close(found, prior.clamp(1e-4, 1 - 1e-4))


def test_so_do_the_last_biases_of_networks_side_by_side() -> None:
    sizes = {"networks": 3, "hidden": 8, "frame_units": 8, "patch_hidden": 8}
    choice = ClassifierChoice.model_validate({"kind": "pooled_ensemble", **sizes})
    classifier = choice.build(n_classes=4)
    prior = torch.tensor([0.5, 0.1, 0.2, 0.9])
    use_prior(classifier, prior)
    found = torch.sigmoid(classifier.get_parameter("output.bias"))
    torch.testing.assert_close(found, prior[:, None].expand(4, 3))
    found = torch.sigmoid(classifier.get_parameter("patchwise.output.bias"))
    torch.testing.assert_close(found, prior)
