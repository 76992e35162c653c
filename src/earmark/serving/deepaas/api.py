"""The module that DEEPaaS loads: what it looks for by name, and nothing else.

DEEPaaS calls `predict`, `train` and `warm` in processes of its own. What they raise is pickled on
its way back, and what cannot be leaves the client waiting for ever; so nothing but errors of one
text leaves here. It takes an `AttributeError` for a method that is missing.
"""

from __future__ import annotations

import json
import logging
import os
import warnings
from typing import Any

from marshmallow import fields

from earmark.errors import EarmarkError, first_line
from earmark.serving.deepaas.answers import SCHEMA, failure, success
from earmark.serving.deepaas.arguments import PredictArguments, TrainArguments, as_fields
from earmark.serving.deepaas.metadata import describe
from earmark.serving.deepaas.models import names, newest
from earmark.serving.deepaas.settings import DeepaasSettings

__all__ = [
    "get_metadata",
    "get_predict_args",
    "get_train_args",
    "predict",
    "schema",
    "train",
    "warm",
]

logger = logging.getLogger("earmark.serving.deepaas")

schema = SCHEMA
"""What answers of `predict` look like."""


def get_metadata() -> dict[str, str]:
    """Say what this is."""
    return describe()


def warm() -> None:
    """Open the tagger that will be asked for first."""
    from earmark.serving.deepaas.models import choose, opened

    opened(choose("", DeepaasSettings.read()))


def get_predict_args() -> dict[str, fields.Field]:
    """Say what `predict` takes."""
    settings = DeepaasSettings.read()
    inputs: dict[str, fields.Field] = {
        "data": _file("A recording of any format, or a zip or tar archive of some."),
        "urls": fields.Str(
            required=False,
            load_default=None,
            metadata={"description": "The address of a recording or of an archive, instead."},
        ),
    }
    more = as_fields(
        PredictArguments,
        defaults={"timestamp": _newest},
        choices={"timestamp": names(settings)},
    )
    return inputs | more


def predict(**given: Any) -> dict[str, Any]:
    """Tag what a client sent, or say why not.

    Raises
    ------
    RefusedError
        If that cannot be done, and the settings want a status of its own for it.
    """
    from earmark.serving.deepaas.predicting import predict as tagged

    settings = DeepaasSettings.read()
    try:
        return success(tagged(given, settings=settings))
    except EarmarkError as error:
        message = _told(error, settings)
    except Exception:
        logger.exception("a prediction failed")
        message = "the service itself failed: its log says more"
    if settings.error_status == "200":
        return failure(message)
    from earmark.serving.deepaas.refusals import RefusedError

    raise RefusedError(message)


def get_train_args() -> dict[str, fields.Field]:
    """Say what `train` takes."""
    return as_fields(TrainArguments)


def train(**given: Any) -> dict[str, str]:
    """Train a tagger, and give its name.

    Raises
    ------
    RuntimeError
        If it cannot be trained, with the reason in one sentence.
    """
    from earmark.serving.deepaas.training import train as trained

    settings = DeepaasSettings.read()
    try:
        return trained(given, settings=settings)
    except EarmarkError as error:
        raise RuntimeError(_told(error, settings)) from None
    except Exception as error:
        logger.exception("a training failed")
        raise RuntimeError(f"the training failed: {first_line(error)}") from None


def _told(error: EarmarkError, settings: DeepaasSettings) -> str:
    """What an error says, without where the service's folder is."""
    return str(error).replace(f"{settings.base}{os.sep}", "")


def _file(description: str) -> fields.Field:
    """Describe a file; `deepaas-cli` knows them by being of this class and of no other."""
    metadata = {"type": "file", "location": "form", "description": description}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # marshmallow wants a class below it
        return fields.Field(required=False, load_default=None, metadata=metadata)


def _newest() -> str:
    return json.dumps(newest(DeepaasSettings.read()))
