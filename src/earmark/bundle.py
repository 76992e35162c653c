"""A tagger on disk: one folder, and where to get one.

::

    compact/
      config.json        what it is: `Config`
      embedder.onnx      patches -> embeddings
      classifier.onnx    clips of embeddings -> scores
      labels.csv         index,id,name: what the scores are scores of
      calibration.csv    what makes probabilities of the scores
      model.safetensors  the weights, to resume or fine-tune from
      README.md          the model card

A folder may also hold an embedder alone (then ``config.json`` says that its classifier is null, and
there are no labels), or a classifier alone (then there is no ``embedder.onnx``). Where nobody has
calibrated it there is no ``calibration.csv``, and its scores are but scores. Beside the embedder
there may be ``embedder.int8.onnx``, which does almost the same with less memory and in less time.
Beside the classifier there may be ``clip_classifier.onnx``, which scores clips and not patches.
Weights that one graph alone needs are in a file of that graph's name.

The taggers that come with earmark are folders in its ``data``, found by their names.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, get_args

from earmark.classifiers.calibration import FILE as CALIBRATION
from earmark.classifiers.calibration import Calibration
from earmark.embedders.identity import Identity
from earmark.errors import ModelError
from earmark.ontology import Label

__all__ = ["DEFAULT", "Bundle", "Config", "Pooling", "shipped"]

Pooling = Literal["mean", "max", "first", "loop"]

DEFAULT = "compact"
_FORMAT = 1
_DATA = Path(__file__).parent / "data"
_REMOTE = re.compile(r"^(https?|s3|hf)://", re.IGNORECASE)


@dataclass(frozen=True)
class Config:
    """What ``config.json`` says of a tagger."""

    name: str
    """As one asks for it: ``compact``."""
    version: str
    """Its version: other weights, other version."""
    embedder: Identity
    """Whose embeddings its classifier reads."""
    classifier: str | None
    """The classifier's kind: ``multi-attention``; None where there is none."""
    max_patches: int = 10
    """How many patches a clip has."""
    pooling: Pooling = "mean"
    """How a recording's clips become one score, where nobody says otherwise."""
    licence: str = ""
    """Of the weights."""
    created_by: str = ""
    """What made it: the recipe, the version of earmark."""

    @classmethod
    def parse(cls, text: str, *, where: str) -> Config:
        """Read the text of a ``config.json``; fields that are not ours are let through.

        Raises
        ------
        ModelError
            If it is no JSON, of another format, or a field is missing or makes no sense.
        """
        try:
            data = json.loads(text)
        except ValueError as error:
            raise ModelError(f"{where} is not JSON: {error}") from error
        if not isinstance(data, dict) or "format" not in data:
            raise ModelError(f"{where} does not describe a tagger: it has no format")
        if data["format"] != _FORMAT:
            raise ModelError(
                f"{where} has format {data['format']!r} and this earmark reads format {_FORMAT}: "
                "update earmark, or export the tagger again"
            )
        pooling = data.get("pooling", "mean")
        if pooling not in get_args(Pooling):
            raise ModelError(f"{where}: pooling is {pooling!r}; it can be mean, max, first or loop")
        classifier, patches = _classifier(data, where=where)
        return cls(
            name=_text(data, "name", where=where),
            version=_text(data, "version", where=where),
            embedder=Identity.parse(data.get("embedder"), where=where),
            classifier=classifier,
            max_patches=patches,
            pooling=pooling,
            licence=_text(data, "licence", where=where, default=""),
            created_by=_text(data, "created_by", where=where, default=""),
        )


@dataclass(frozen=True)
class Bundle:
    """A tagger's folder, read but not yet opened for use."""

    folder: Path
    """Where it is."""
    config: Config
    """What it is."""
    labels: tuple[Label, ...]
    """What its scores are scores of, in their order; none where there is no classifier."""
    calibration: Calibration | None = field(default=None, repr=False, compare=False)
    """How its scores become probabilities; None where nobody has calibrated it."""

    @property
    def embedder(self) -> Path:
        """The embedder's network."""
        return self.folder / "embedder.onnx"

    @property
    def fast_embedder(self) -> Path:
        """The embedder's network in eight bits, which a folder may lack."""
        return self.folder / "embedder.int8.onnx"

    @property
    def classifier(self) -> Path:
        """The classifier's network."""
        return self.folder / "classifier.onnx"

    @property
    def clip_classifier(self) -> Path:
        """What of the classifier's network scores clips, which a folder may lack."""
        return self.folder / "clip_classifier.onnx"

    @property
    def card(self) -> Path:
        """The model card, which a folder may lack."""
        return self.folder / "README.md"

    @property
    def title(self) -> str:
        """Name and version, as results name what made them: ``compact 1.0``."""
        return f"{self.config.name} {self.config.version}"

    @property
    def has_embedder(self) -> bool:
        """Whether recordings can be embedded with it."""
        return self.embedder.is_file()

    @property
    def has_classifier(self) -> bool:
        """Whether it can score anything."""
        return self.config.classifier is not None

    def choose_embedder(self, *, fast: bool) -> Path:
        """Which of its embedder's two networks to use.

        Raises
        ------
        ModelError
            If it is to be the fast one and there is none.
        """
        if not fast:
            return self.embedder
        if not self.fast_embedder.is_file():
            raise ModelError(
                f"{self.title} has no fast embedder (its folder {self.folder} lacks "
                f"{self.fast_embedder.name}): use it without --fast"
            )
        return self.fast_embedder

    def require_embedder(self) -> None:
        """Refuse a folder that cannot take recordings.

        Raises
        ------
        ModelError
            If it holds a classifier alone.
        """
        if not self.has_embedder:
            raise ModelError(
                f"{self.embedder} is missing: the folder holds a classifier alone and takes no "
                "recordings until it is imported together with its embedder, "
                f"{self.config.embedder.name} {self.config.embedder.version}"
            )

    def require_classifier(self) -> None:
        """Refuse a folder that cannot tag.

        Raises
        ------
        ModelError
            If it holds an embedder alone.
        """
        if not self.has_classifier:
            raise ModelError(
                f"{self.folder} holds an embedder alone and cannot tag: it can `earmark embed`, "
                "and a tagger is made of it by `earmark models import` with a classifier"
            )

    def require_calibration(self) -> None:
        """Refuse a tagger that has no thresholds of its own.

        Raises
        ------
        ModelError
            If nobody has calibrated it.
        """
        if self.calibration is None:
            raise ModelError(
                f"{self.title} is not calibrated and has no threshold for each class: give the "
                "threshold as a number"
            )

    @classmethod
    def find(cls, model: str | Path = DEFAULT) -> Bundle:
        """Find a tagger and read what it says of itself.

        Parameters
        ----------
        model : str or Path
            The name of a tagger that comes with earmark, or a tagger's folder.

        Raises
        ------
        ModelError
            If there is none, or its folder is not as it should be.
        """
        return cls.read(_folder(model))

    @classmethod
    def read(cls, folder: Path) -> Bundle:
        """Read the folder of a tagger.

        Raises
        ------
        ModelError
            If ``config.json`` or ``labels.csv`` is missing or not as it should be, or
            ``calibration.csv`` is there and is not.
        """
        config_path = folder / "config.json"
        config = Config.parse(_read(config_path), where=str(config_path))
        labels = () if config.classifier is None else _labels(folder / "labels.csv")
        return cls(
            folder=folder,
            config=config,
            labels=labels,
            calibration=_calibration(folder / CALIBRATION, labels),
        )


def shipped() -> tuple[str, ...]:
    """Return the names of the taggers that come with earmark."""
    return tuple(sorted(path.parent.name for path in _DATA.glob("*/config.json")))


def _folder(model: str | Path) -> Path:
    """Where a tagger is; a name goes before a folder of that name, as ``./compact`` says folder."""
    name = str(model)
    if _REMOTE.match(name):
        raise ModelError(
            f"{name}: taggers are not fetched from the network yet; "
            "download its folder and give the path"
        )
    if isinstance(model, str) and model in shipped():
        return _DATA / model
    folder = Path(model).expanduser()
    if folder.is_dir():
        return folder
    known = ", ".join(shipped()) or "none"
    if folder.exists():
        raise ModelError(f"{name} is a file, and a tagger is a folder with a config.json in it")
    raise ModelError(
        f"there is no tagger {name!r}: give the path of a tagger's folder, "
        f"or the name of one that comes with earmark ({known})"
    )


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ModelError(f"{path.parent} is no tagger's folder: it has no {path.name}") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ModelError(f"{path} cannot be read: {error}") from error


def _labels(path: Path) -> tuple[Label, ...]:
    rows = csv.DictReader(io.StringIO(_read(path), newline=""))
    if rows.fieldnames is None or not {"index", "id", "name"} <= set(rows.fieldnames):
        raise ModelError(f"{path} must have the columns index, id and name")
    labels: list[Label] = []
    for row in rows:
        if row["index"] != str(len(labels)) or not row["id"] or not row["name"]:
            raise ModelError(
                f"{path}, line {rows.line_num}: an index from 0 up without gaps, an id and a name "
                "must stand there"
            )
        labels.append(Label(index=len(labels), id=row["id"], name=row["name"]))
    if not labels:
        raise ModelError(f"{path} names no classes")
    return tuple(labels)


def _calibration(path: Path, labels: tuple[Label, ...]) -> Calibration | None:
    return Calibration.read(path, labels=labels) if labels and path.exists() else None


def _classifier(data: Mapping[str, object], *, where: str) -> tuple[str | None, int]:
    """Of which kind the classifier is, and how many patches it takes at most."""
    classifier = data.get("classifier", "missing")
    if classifier is None:
        return None, 10
    if not isinstance(classifier, dict):
        raise ModelError(
            f"{where}: classifier must be an object with kind and max_patches, or null for none"
        )
    patches = classifier.get("max_patches", 10)
    if not isinstance(patches, int) or isinstance(patches, bool) or patches < 1:
        raise ModelError(f"{where}: max_patches is {patches!r}; it must be a number from 1 up")
    return _text(classifier, "kind", where=where), patches


def _text(data: Mapping[str, object], key: str, *, where: str, default: str | None = None) -> str:
    value = data.get(key, default)
    if not isinstance(value, str) or (not value and default is None):
        raise ModelError(f"{where}: {key} must be a text")
    return value
