"""The taggers that a service offers, opened once."""

from __future__ import annotations

from collections.abc import Sequence

from earmark.bundle import Bundle
from earmark.errors import UsageError
from earmark.serving.errors import ServiceError
from earmark.serving.gathering import GatheringTagger

__all__ = ["Models", "find"]


def find(names: Sequence[str]) -> tuple[Bundle, ...]:
    """Read what the taggers' folders say, opening none.

    Parameters
    ----------
    names : sequence of str
        Of taggers that come with earmark, or folders.

    Raises
    ------
    ModelError
        If one is not as it should be, or cannot tag recordings.
    UsageError
        If two have the same name, which is how requests choose.
    """
    bundles: dict[str, Bundle] = {}
    for name in names:
        bundle = Bundle.find(name)
        bundle.require_embedder()
        bundle.require_classifier()
        if bundle.config.name in bundles:
            raise UsageError(
                f"two taggers are called {bundle.config.name!r}: a request could not choose"
            )
        bundles[bundle.config.name] = bundle
    return tuple(bundles.values())


class Models:
    """The taggers of a service by their names; the first is used where a request names none.

    Parameters
    ----------
    bundles : sequence of Bundle
        As `find` gives them.
    batch : int
        How many patches, of many requests, are embedded in one call at most.

    Raises
    ------
    ModelError
        If a network is missing or damaged.
    """

    def __init__(self, bundles: Sequence[Bundle], *, batch: int = 16) -> None:
        self._taggers = {
            bundle.config.name: GatheringTagger(bundle, most=batch) for bundle in bundles
        }

    @property
    def names(self) -> tuple[str, ...]:
        """The names that requests may choose from."""
        return tuple(self._taggers)

    def all(self) -> tuple[GatheringTagger, ...]:
        """The taggers, the one that is used by default first."""
        return tuple(self._taggers.values())

    def choose(self, name: str | None, *, status: int = 422) -> GatheringTagger:
        """Give the tagger that a request asks for.

        Raises
        ------
        ServiceError
            If there is none of that name, with the status.
        """
        tagger = self._taggers.get(self.names[0] if name is None else name)
        if tagger is None:
            raise ServiceError(
                status,
                "unknown_model",
                f"there is no model {name!r} here: there is {', '.join(self.names)}",
            )
        return tagger
