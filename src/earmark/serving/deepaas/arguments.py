"""The arguments of the two routes that take any, as DEEP-OC's ``etc/config.yaml`` has them.

Every value comes as a text that is JSON, as DEEP-OC's clients send it: ``"fast"`` with the quotes,
``true``, ``[0.7, 0.9]``. Where it is no JSON it is taken for the text itself.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal, TypeVar, get_args, get_origin

from marshmallow import ValidationError as Refused
from marshmallow import fields
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from pydantic.config import JsonDict
from pydantic.fields import FieldInfo

from earmark.errors import UsageError

__all__ = ["Arguments", "PredictArguments", "TrainArguments", "as_fields", "grouped", "parse"]


class Arguments(BaseModel):
    """Arguments of a route; the text below each is what DEEPaaS's pages say of it."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


_BOUNDS = {"ge": "at least", "gt": "more than", "le": "at most"}
Given = TypeVar("Given", bound=Arguments)


def _of(group: str) -> JsonDict:
    """Say in which group of the file an argument stands."""
    return {"group": group}


class PredictArguments(Arguments):
    """Which tagger is to tag."""

    timestamp: str = Field(default="", json_schema_extra=_of("testing"))
    """Which tagger: the time of the training that made it, or default for the one that the service
    came with. The newest if not given."""
    ckpt_name: Literal["final_model.h5"] = Field(
        default="final_model.h5", json_schema_extra=_of("testing")
    )
    """Which of its weights: there are the final ones."""


class TrainArguments(Arguments):
    """How to train."""

    base_directory: str = Field(default=".", json_schema_extra=_of("general"))
    """The folder of data and models, relative to the service's own: lists in data/dataset_files,
    results in models."""
    dataset_directory: str = Field(default="data/audios", json_schema_extra=_of("general"))
    """The folder of the recordings that the lists name, relative to base_directory."""
    num_classes: int | None = Field(default=None, ge=1, json_schema_extra=_of("model"))
    """How many classes there are; as many as classes.txt names if null."""
    files_to_PCM: bool = Field(default=True, json_schema_extra=_of("preprocessing"))  # noqa: N815
    """Of no effect: recordings of every format are read as they are, and never written."""
    compute_embeddings: bool = Field(default=True, json_schema_extra=_of("preprocessing"))
    """Whether the lists name recordings; if false they name blocks of embeddings (.npy)."""
    mode: Literal["normal", "fast"] = Field(default="normal", json_schema_extra=_of("training"))
    """normal trains all of the classifier, what it knew before at a tenth of the rate; fast trains
    its last layer alone."""
    initial_lr: float = Field(default=0.001, gt=0, le=10, json_schema_extra=_of("training"))
    """The learning rate."""
    batch_size: int = Field(default=500, ge=1, le=10000, json_schema_extra=_of("training"))
    """How many clips of ten seconds a step has."""
    epochs: int = Field(default=15, ge=1, le=100_000, json_schema_extra=_of("training"))
    """How many times to go through all clips."""
    ckpt_freq: float | None = Field(default=None, ge=0, le=1, json_schema_extra=_of("training"))
    """After which part of the training to keep its state each time; now and then if null."""
    lr_schedule_mode: Literal["step"] | None = Field(
        default="step", json_schema_extra=_of("training")
    )
    """Whether the rate falls in steps; it stays as it is if null."""
    lr_step_decay: float = Field(default=0.1, gt=0, le=1, json_schema_extra=_of("training"))
    """What the rate is multiplied by at each step."""
    lr_step_schedule: tuple[float, ...] = Field(
        default=(0.7, 0.9), json_schema_extra=_of("training")
    )
    """When it falls, as parts of the training."""
    l2_reg: float = Field(default=1e-4, ge=0, le=1, json_schema_extra=_of("training"))
    """How much the sum of the squares of all weights counts in the loss."""
    use_validation: bool = Field(default=True, json_schema_extra=_of("training"))
    """Whether to measure on what val.txt lists, if it is there."""
    use_early_stopping: bool = Field(default=False, json_schema_extra=_of("training"))
    """Whether to stop when a tenth of the epochs has brought no lower loss on it."""
    use_multiprocessing: bool = Field(default=True, json_schema_extra=_of("training"))
    """Whether to use all cores; one if not."""
    use_tensorboard: bool = Field(default=True, json_schema_extra=_of("monitor"))
    """Of no effect: what TensorBoard shows is always written, to the result's logs."""
    use_remote: bool = Field(default=False, json_schema_extra=_of("monitor"))
    """Must be false: nothing is sent to another monitor."""


def as_fields(
    arguments: type[Arguments],
    *,
    defaults: Mapping[str, Callable[[], str]] | None = None,
    choices: Mapping[str, tuple[str, ...]] | None = None,
) -> dict[str, fields.Field]:
    """Describe arguments as DEEPaaS wants them.

    Parameters
    ----------
    arguments : type
    defaults : mapping, optional
        Defaults that change while the service runs.
    choices : mapping, optional
        What an argument can be now, to show and not to hold against.

    Returns
    -------
    dict of str to marshmallow's Field
        Texts that hold JSON; each refuses what makes no sense, in one sentence.
    """
    found: dict[str, fields.Field] = {}
    for name, field in arguments.model_fields.items():
        what: dict[str, Any] = {"description": _described(field)}
        options = (choices or {}).get(name) or _choices(field.annotation)
        if options:
            what["enum"] = [json.dumps(each) for each in options]
        fixed = json.dumps(field.default)
        found[name] = fields.Str(
            load_default=(defaults or {}).get(name, fixed),
            metadata=what,
            validate=_checker(arguments, name),
        )
    return found


def parse(arguments: type[Given], given: Mapping[str, Any]) -> Given:
    """Read the values that came.

    Raises
    ------
    UsageError
        If one makes no sense, naming it.
    """
    return arguments(
        **{
            name: _read(arguments, name, given[name])
            for name in arguments.model_fields
            if given.get(name) is not None
        }
    )


def grouped(arguments: Arguments) -> dict[str, dict[str, Any]]:
    """Arrange values in groups, as the file has them."""
    found: dict[str, dict[str, Any]] = {}
    for name, value in arguments.model_dump(mode="json").items():
        found.setdefault(_group(type(arguments).model_fields[name]), {})[name] = value
    return found


def _read(arguments: type[Arguments], name: str, text: Any) -> Any:
    field = arguments.model_fields[name]
    finite = ConfigDict(allow_inf_nan=False)
    kind: Any = Annotated[field.annotation, field]
    taker: TypeAdapter[Any] = TypeAdapter(kind, config=finite)
    value = _value(text, is_text=field.annotation is str)
    try:
        return taker.validate_python(value)
    except ValidationError as error:
        said = error.errors()[0]["msg"].removeprefix("Input should be ")
        options = _choices(field.annotation)
        wanted = f"it can be {', '.join(map(json.dumps, options))}" if options else f"give {said}"
        raise UsageError(f"{name} is {_shortened(value)}: {wanted}") from error


def _value(text: Any, *, is_text: bool) -> Any:
    if callable(text):  # deepaas-cli hands defaults over as they are
        text = text()
    if not isinstance(text, str):
        return text
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return text
    return text if is_text and not isinstance(value, str) else value


def _checker(arguments: type[Arguments], name: str) -> Callable[[Any], None]:
    def check(value: Any) -> None:
        try:
            _read(arguments, name, value)
        except UsageError as error:
            raise Refused(str(error)) from error

    return check


def _choices(annotation: Any) -> tuple[Any, ...]:
    """What an argument can be, where it is one of a few."""
    if get_origin(annotation) is Literal:
        return get_args(annotation)
    inner = get_args(annotation)
    if any(get_origin(each) is Literal for each in inner):
        return tuple(
            option
            for each in inner
            for option in (get_args(each) if get_origin(each) is Literal else (None,))
        )
    return ()


def _described(field: FieldInfo) -> str:
    text = " ".join((field.description or "").split())
    bounds = [
        f"{word} {getattr(bound, name):g}"
        for bound in field.metadata
        for name, word in _BOUNDS.items()
        if hasattr(bound, name)
    ]
    if bounds:
        text += f" It is {' and '.join(bounds)}."
    return f"{text}\nGroup name: **{_group(field)}**"


def _group(field: FieldInfo) -> str:
    extra = field.json_schema_extra
    assert isinstance(extra, dict)
    return str(extra["group"])


def _shortened(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=True, default=str)
    return text if len(text) <= 100 else f"{text[:100]}..."
