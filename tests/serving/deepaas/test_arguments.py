"""Arguments: texts of JSON from clients, fields for DEEPaaS."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import Schema, ValidationError

from earmark.errors import UsageError
from earmark.serving.deepaas.arguments import (
    PredictArguments,
    TrainArguments,
    as_fields,
    grouped,
    parse,
)

DEEP_OC: dict[str, dict[str, Any]] = {
    "general": {"base_directory": ".", "dataset_directory": "data/audios"},
    "model": {"num_classes": None},
    "preprocessing": {"files_to_PCM": True, "compute_embeddings": True},
    "training": {
        "mode": "normal",
        "initial_lr": 0.001,
        "batch_size": 500,
        "epochs": 15,
        "ckpt_freq": None,
        "lr_schedule_mode": "step",
        "lr_step_decay": 0.1,
        "lr_step_schedule": [0.7, 0.9],
        "l2_reg": 1e-4,
        "use_validation": True,
        "use_early_stopping": False,
        "use_multiprocessing": True,
    },
    "monitor": {"use_tensorboard": True, "use_remote": False},
}
"""Its ``etc/config.yaml``: groups, names and values."""


def test_they_are_deep_ocs() -> None:
    assert grouped(TrainArguments()) == DEEP_OC


def test_defaults_come_back_as_they_are_sent() -> None:
    schema = Schema.from_dict(as_fields(TrainArguments))
    assert parse(TrainArguments, schema().load({})) == TrainArguments()


def test_fields_are_described() -> None:
    fields = as_fields(TrainArguments)
    assert fields["mode"].metadata["enum"] == ['"normal"', '"fast"']
    assert fields["lr_schedule_mode"].metadata["enum"] == ['"step"', "null"]
    description = fields["batch_size"].metadata["description"]
    assert description.endswith("It is at least 1 and at most 10000.\nGroup name: **training**")
    assert all("Group name" in field.metadata["description"] for field in fields.values())


def test_values_as_clients_write_them() -> None:
    found = parse(
        TrainArguments,
        {
            "mode": '"fast"',
            "dataset_directory": "data/my audios",  # without quotes
            "num_classes": "12",
            "ckpt_freq": "0.5",
            "lr_schedule_mode": "null",
            "lr_step_schedule": "[0.5]",
            "use_early_stopping": "true",
            "use_validation": "False",
            "epochs": None,
        },
    )
    assert found.mode == "fast"
    assert found.dataset_directory == "data/my audios"
    assert found.num_classes == 12
    assert found.ckpt_freq == 0.5
    assert found.lr_schedule_mode is None
    assert found.lr_step_schedule == (0.5,)
    assert found.use_early_stopping
    assert not found.use_validation
    assert found.epochs == 15


def test_a_text_that_looks_like_a_number() -> None:
    assert parse(PredictArguments, {"timestamp": "2026"}).timestamp == "2026"
    assert parse(PredictArguments, {"timestamp": lambda: '"default"'}).timestamp == "default"


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("mode", '"slow"', r'^mode is "slow": it can be "normal", "fast"$'),
        ("lr_schedule_mode", '"cosine"', r'^lr_schedule_mode is "cosine": it can be "step", null$'),
        ("batch_size", "0", r"^batch_size is 0: give greater than or equal to 1$"),
        ("batch_size", "10001", r"^batch_size is 10001: give less than or equal to 10000$"),
        ("epochs", '"many"', r'^epochs is "many": give a valid integer'),
        ("initial_lr", "NaN", r"^initial_lr is NaN: give a finite number$"),
        ("ckpt_freq", "2", r"^ckpt_freq is 2: "),
        ("use_tensorboard", "[]", r"^use_tensorboard is \[\]: give a valid boolean"),
        ("base_directory", '"a' + "b" * 500 + '"', None),
        ("num_classes", '"' + "9" * 5000, r"^num_classes is \"\S{90,}\.\.\.: give"),
    ],
)
def test_what_makes_no_sense(name: str, value: str, message: str | None) -> None:
    schema = Schema.from_dict(as_fields(TrainArguments))
    if message is None:
        schema().load({name: value})
        return
    with pytest.raises(UsageError, match=message):
        parse(TrainArguments, {name: value})
    with pytest.raises(ValidationError) as caught:
        schema().load({name: value})
    assert list(caught.value.messages_dict) == [name]


@given(st.dictionaries(st.sampled_from([*TrainArguments.model_fields]), st.text(max_size=30)))
def test_any_text_is_taken_or_refused(values: dict[str, str]) -> None:
    said = answer(values)
    assert "\n" not in said
    assert said == "" or said.split(" is ")[0] in values


@given(st.recursive(st.none() | st.booleans() | st.floats() | st.text(), st.lists, max_leaves=3))
def test_any_json_is_taken_or_refused(value: object) -> None:
    for name in TrainArguments.model_fields:
        said = answer({name: json.dumps(value)})
        assert said == "" or said.startswith(f"{name} is ")


def answer(values: dict[str, str]) -> str:
    """What is said of values; nothing where they are taken, and fit to be written down."""
    try:
        found = parse(TrainArguments, values)
    except UsageError as error:
        return str(error)
    json.dumps(grouped(found), allow_nan=False)
    return ""
