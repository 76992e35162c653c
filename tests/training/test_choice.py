from __future__ import annotations

import pytest
from pydantic import ValidationError

from earmark.classifiers.attention import MultiLevelAttention
from earmark.errors import UsageError
from earmark.training.choice import ClassifierChoice


def test_it_makes_the_kind_it_names() -> None:
    choice = ClassifierChoice.model_validate(
        {"kind": "multi-level-attention", "hidden": 8, "n_layers": 1, "n_levels": 1}
    )
    assert choice.kind == "decision_level_multi_attention"
    assert choice.sizes == {"hidden": 8, "n_layers": 1, "n_levels": 1}
    made = choice.build(n_classes=3, exclusive=True)
    assert isinstance(made, MultiLevelAttention)
    assert made.exclusive
    assert made.output.out_features == 3


def test_sizes_that_do_not_go_together_are_refused() -> None:
    with pytest.raises(ValidationError, match="n_levels is 3, and there are 2 n_layers"):
        ClassifierChoice.model_validate(
            {"kind": "decision_level_multi_attention", "n_layers": 2, "n_levels": 3}
        )
    with pytest.raises(ValidationError, match="exclusive follows from the data"):
        ClassifierChoice.model_validate({"exclusive": True})


def test_too_many_classes_are_refused() -> None:
    with pytest.raises(UsageError, match="classifier: n_classes is 0"):
        ClassifierChoice().build(n_classes=0)
