"""The training of the embedder, in as many goes as it takes."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import torch
from miniature import STEPS, Made
from safetensors.torch import load_file, save_file

from earmark.errors import ModelError
from earmark.training.distilling.corpus import Split
from earmark.training.distilling.embedder_run import entries_of, fit_embedder, make_distiller
from earmark.training.distilling.recipe import Recipe


def test_a_run_that_was_cut_off_goes_on_from_its_checkpoint(made: Made) -> None:
    assert made.taken == [0, 1, 2, 2]
    folder = made.recipe.workspace / "embedder"
    state = torch.load(folder / "last.ckpt", weights_only=False)
    assert state["global_step"] == STEPS
    assert {path.name for path in folder.glob("part-*")} == {"part-0", "part-1"}


def test_a_run_that_is_done_is_not_done_again(made: Made) -> None:
    taken = list(made.taken)
    assert fit_embedder(made.recipe) == made.recipe.workspace / "embedder" / "last.ckpt"
    assert made.taken == taken


def test_what_it_trains_on(made: Made) -> None:
    def names(split: Split) -> list[str]:
        entries = entries_of(made.recipe, split)
        return [f"{entry.path.parent.name}/{entry.path.stem}" for entry in entries]

    recordings = ["recordings/0", "recordings/1", "recordings/6", "recordings/7"]
    assert names("train") == [*recordings, "synthetic/0"]
    assert names("validation") == ["recordings/3", "recordings/4", "recordings/5"]
    assert names("esc50-test") == ["recordings/8", "recordings/9"]


def starting_from(made: Made, folder: Path) -> Recipe:
    return made.recipe.model_copy(update={"start": folder})


def test_it_may_start_from_a_tagger(made: Made) -> None:
    distiller = make_distiller(starting_from(made, made.folder))
    weights = load_file(made.folder / "model.safetensors")
    for network in (distiller.embedder, distiller.average.module):
        for name, value in network.state_dict().items():
            if not name.endswith("num_batches_tracked"):
                assert torch.equal(value, weights[f"embedder.{name}"].float()), name
    scratch = make_distiller(made.recipe)
    assert not torch.equal(distiller.embedder.embed.weight, scratch.embedder.embed.weight)


def test_it_cannot_start_from_nothing(made: Made, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"model\.safetensors: cannot be read, so training"):
        make_distiller(starting_from(made, tmp_path))
    (tmp_path / "model.safetensors").write_bytes(b"no weights")
    with pytest.raises(ModelError, match=r"model\.safetensors: cannot be read, so training"):
        make_distiller(starting_from(made, tmp_path))


def test_it_cannot_start_from_another_network(made: Made, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(made.folder, tmp_path / "other"))
    path = folder / "model.safetensors"
    state = load_file(path)
    lacking = {name: value for name, value in state.items() if name != "embedder.embed.weight"}
    save_file(lacking, path)
    with pytest.raises(ModelError, match=r"is of another network: embed\.weight$"):
        make_distiller(starting_from(made, folder))
    save_file({**state, "embedder.extra": torch.zeros(3)}, path)
    with pytest.raises(ModelError, match=r"is of another network: extra$"):
        make_distiller(starting_from(made, folder))
    save_file({**state, "embedder.embed.weight": torch.zeros(3, 3)}, path)
    with pytest.raises(ModelError, match=r"is of another network: [^\n]*size mismatch[^\n]*$"):
        make_distiller(starting_from(made, folder))
