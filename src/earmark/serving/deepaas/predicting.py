"""Tags recordings for DEEPaaS."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from earmark.audio import Skipped, Source
from earmark.errors import AudioError, UsageError
from earmark.serving.deepaas.answers import Failed, Prediction, failed, predicted
from earmark.serving.deepaas.arguments import PredictArguments, parse
from earmark.serving.deepaas.fetching import shown
from earmark.serving.deepaas.inputs import Input, addresses, fetched, held, received
from earmark.serving.deepaas.models import about, choose, opened
from earmark.serving.deepaas.settings import DeepaasSettings

if TYPE_CHECKING:
    from earmark.tagging import Tagger

__all__ = ["predict"]

_LABELS = 5


def predict(given: Mapping[str, Any], *, settings: DeepaasSettings) -> list[Prediction | Failed]:
    """Tag what a client sent.

    Parameters
    ----------
    given : mapping
        Either ``data``, a file, or ``urls``; and the arguments of `PredictArguments`.
    settings : DeepaasSettings

    Raises
    ------
    EarmarkError
        If the request makes no sense, or its one recording cannot be read.
    """
    data, urls = given.get("data") or None, given.get("urls") or None
    if data is not None and not hasattr(data, "filename"):
        raise UsageError("data is a text: send a file, as curl does with -F data=@sound.wav")
    with held(data):
        if (data is None) == (urls is None):
            raise UsageError("You must provide either 'url' or 'data' in the payload")
        arguments = parse(PredictArguments, given)
        wanted = [] if urls is None else addresses(urls)
        bundle = choose(arguments.timestamp, settings)
        work = _Work(opened(bundle), about(bundle), settings)
        if data is not None:
            with received(data, settings=settings) as found:
                return list(work.of(found, alone=True))
        alone = len(wanted) == 1
        return [each for url in wanted for each in work.of_address(url, alone=alone)]


class _Work:
    """Tags recordings with one tagger, until the request's time is over."""

    def __init__(self, tagger: Tagger, infos: Mapping[str, str], settings: DeepaasSettings) -> None:
        from earmark.tagging import Options

        self._tagger, self._infos, self._settings = tagger, infos, settings
        self._options = Options(top_k=_LABELS, pooling="loop")
        self._end = time.monotonic() + settings.request_seconds

    def of_address(self, url: str, *, alone: bool) -> list[Prediction | Failed]:
        """Tag what an address has."""
        try:
            late = partial(self._check_time, shown(url))
            with fetched(url, settings=self._settings, check=late) as found:
                return list(self.of(found, alone=alone))
        except AudioError as error:
            if alone:
                raise
            return [failed(error.source, error.reason)]

    def of(self, found: Input, *, alone: bool) -> Iterator[Prediction | Failed]:
        """Tag the recordings of an input.

        Raises
        ------
        AudioError
            If there is but one, and it cannot be read.
        """
        for item in found.recordings:
            try:
                yield self._one(item)
            except AudioError as error:
                if alone and not found.is_archive:
                    raise
                yield failed(item.name, error.reason)

    def _one(self, item: Source | Skipped) -> Prediction:
        if isinstance(item, Skipped):
            raise AudioError(item.name, item.reason)
        self._check_time(item.name)

        def heard(seconds: float, expected: float | None) -> None:
            self._check_time(item.name)
            if max(seconds, expected or 0.0) > self._settings.duration_seconds:
                most = f"{self._settings.duration_seconds:g} s"
                raise AudioError(item.name, f"is longer than {most}: cut it and send the parts")

        tagging = self._tagger.annotate(item, self._options, listener=heard)
        return predicted(item.name, tagging.tags, about=self._infos)

    def _check_time(self, name: str) -> None:
        if time.monotonic() > self._end:
            most = f"{self._settings.request_seconds:g} s"
            raise AudioError(name, f"was not reached within {most}: send less at once")
