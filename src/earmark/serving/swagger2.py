"""``/swagger.json``: MAX's face in Swagger 2, which its clients and their generators read.

OpenAPI 3, which describes the whole service, is at ``/openapi.json``.
"""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

__all__ = ["description", "router"]

Json = dict[str, Any]

router = APIRouter(include_in_schema=False)


@router.get("/swagger.json")
async def swagger() -> Json:
    """Describe MAX's face."""
    return description()


def description() -> Json:
    """Make the description."""
    return {
        "swagger": "2.0",
        "basePath": "/",
        "info": {
            "title": "MAX Audio Classifier",
            "version": "1.2.0",
            "description": "Identify sounds in short audio clips",
        },
        "produces": ["application/json"],
        "consumes": ["application/json"],
        "tags": [{"name": "model", "description": "Model information and inference operations"}],
        "paths": {
            "/model/labels": {"get": _operation("labels", "LabelsResponse")},
            "/model/metadata": {"get": _operation("get_metadata", "ModelMetadata")},
            "/model/predict": {"post": _predict()},
        },
        "definitions": _definitions(),
    }


def _predict() -> Json:
    operation = _operation("predict", "ModelPredictResponse")
    operation["consumes"] = ["multipart/form-data"]
    operation["responses"]["400"] = {
        "description": "Invalid request",
        "schema": {"$ref": "#/definitions/ErrorResponse"},
    }
    operation["parameters"] = [
        {
            "name": "audio",
            "in": "formData",
            "type": "file",
            "required": True,
            "description": "signed 16-bit PCM WAV audio file",
        },
        {
            "name": "start_time",
            "in": "query",
            "type": "number",
            "default": 0,
            "description": "The number of seconds into the audio file the prediction should "
            "start at.",
        },
        {
            "name": "filter",
            "in": "query",
            "type": "array",
            "items": {"type": "string"},
            "collectionFormat": "csv",
            "description": "Labels to filter by; one string, separated by commas.",
        },
    ]
    return operation


def _operation(name: str, answer: str) -> Json:
    return {
        "operationId": name,
        "tags": ["model"],
        "responses": {
            "200": {"description": "Success", "schema": {"$ref": f"#/definitions/{answer}"}}
        },
    }


def _definitions() -> Json:
    return {
        "ModelMetadata": _object(
            "id name description license", more={"type": _TEXT, "source": _TEXT}
        ),
        "Label": _object("id name"),
        "LabelsResponse": _object(
            "status", more={"count": {"type": "integer"}, "labels": _list("Label")}
        ),
        "LabelPrediction": _object("label_id label", more={"probability": {"type": "number"}}),
        "ModelPredictResponse": _object("status", more={"predictions": _list("LabelPrediction")}),
        "ErrorResponse": _object("status message"),
    }


_TEXT: Json = {"type": "string"}


def _object(required: str, *, more: Json | None = None) -> Json:
    names = required.split()
    properties = dict.fromkeys(names, _TEXT) | (more or {})
    return {"type": "object", "required": names, "properties": properties}


def _list(name: str) -> Json:
    return {"type": "array", "items": {"$ref": f"#/definitions/{name}"}}
