"""Which embeddings these are: what every file of them, and every model trained on them, carries."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Literal, cast, get_args

from earmark.errors import ModelError

__all__ = ["AUDIOSET", "Dequantiser", "Identity"]

Dequantiser = Literal["youtube8m", "kong"]


@dataclass(frozen=True)
class Identity:
    """What made a set of embeddings.

    Two sets may be mixed only if their identities are equal but for the dequantiser: the bytes are
    the same however they are read, and it is what was trained on them that decides how.
    """

    name: str
    """The embedder: ``compact``, ``vggish``."""
    version: str
    """Its version: other weights, other version."""
    final_relu: bool | None = None
    """Whether its last layer ends in ReLU; None where the question makes no sense."""
    pca: str | None = None
    """The PCA applied before quantising, by name; None for none."""
    dequantiser: Dequantiser = "youtube8m"
    """How the classifiers behind it read the bytes back."""

    @classmethod
    def parse(cls, data: object, *, where: str) -> Identity:
        """Read an identity from a JSON object.

        Parameters
        ----------
        data : object
            What `json.loads` gave.
        where : str
            The file it came from, for the error.

        Raises
        ------
        ModelError
            If a field is missing, unknown or of the wrong type.
        """
        if not isinstance(data, dict):
            raise ModelError(f"{where}: the embedder's identity must be an object with name, ...")
        unknown = sorted(set(data) - set(cls.__dataclass_fields__))
        if unknown:
            raise ModelError(f"{where}: an embedder's identity has no field {unknown[0]!r}")
        for key in ("name", "version"):
            if not isinstance(data.get(key), str) or not data[key]:
                raise ModelError(f"{where}: the embedder's {key} must be a text, as in 'compact'")
        if not isinstance(data.get("final_relu"), bool | None):
            raise ModelError(f"{where}: final_relu must be true, false or null")
        if not isinstance(data.get("pca"), str | None):
            raise ModelError(f"{where}: pca must be a name or null")
        if data.get("dequantiser") not in get_args(Dequantiser):
            raise ModelError(f"{where}: dequantiser must be 'youtube8m' or 'kong'")
        return cls(**cast("dict[str, str]", data))  # type: ignore[arg-type]

    def to_json(self) -> str:
        """Write as one line of JSON, to keep beside embeddings."""
        return json.dumps(asdict(self))

    def require(self, other: Identity, *, what: str) -> None:
        """Refuse what was made by, or for, another embedder.

        Parameters
        ----------
        other : Identity
            The identity of `what`.
        what : str
            What is to be used with these embeddings, as the error shall name it.

        Raises
        ------
        ModelError
            If the two differ in more than the dequantiser, naming the first field in which they do.
        """
        ours, theirs = asdict(self), asdict(other)
        for field, value in ours.items():
            if field != "dequantiser" and theirs[field] != value:
                raise ModelError(
                    f"{what} belongs to embedder {other.name} {other.version}, not to "
                    f"{self.name} {self.version}: {field} is {theirs[field]!r} there "
                    f"and {value!r} here"
                )


AUDIOSET = Identity(name="vggish", version="1", final_relu=True, pca="audioset", dequantiser="kong")
"""Of the embeddings that Google released with AudioSet: VGGish of 2017, which ends in ReLU."""
