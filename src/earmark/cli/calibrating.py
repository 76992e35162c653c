"""What `evaluate --calibrate` keeps in taggers' folders."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from earmark.bundle import Bundle, shipped
from earmark.classifiers import calibration
from earmark.errors import DataError, UsageError
from earmark.evaluation.calibration import fit_calibration
from earmark.evaluation.predictions import Predictions
from earmark.evaluation.truth import Labelled, match

__all__ = ["keep", "require_own"]


def require_own(bundles: Sequence[Bundle]) -> None:
    """Refuse to calibrate what is not the user's, before anything is read.

    Raises
    ------
    UsageError
        If there is no tagger, or it comes with earmark.
    """
    if not bundles:
        raise UsageError("--calibrate needs a tagger, in whose folder the calibration is kept")
    ours = {Bundle.find(name).folder.resolve() for name in shipped()}
    for bundle in bundles:
        if bundle.folder.resolve() in ours:
            raise UsageError(
                f"{bundle.config.name} comes with earmark and stays as it is: copy its folder "
                f"({bundle.folder}) and calibrate the copy"
            )


def keep(
    bundles: Sequence[Bundle], predictions: Sequence[Predictions], labelled: Labelled
) -> list[Path]:
    """Calibrate each tagger by what it says of some clips, and keep that in its folder.

    Returns
    -------
    list of Path
        What was written.

    Raises
    ------
    DataError
        If the clips have no labels for some of a tagger's classes, or it cannot be written.
    """
    written = []
    for bundle, own in zip(bundles, predictions, strict=False):
        matched = match(labelled, own)
        if matched.unlabelled:
            raise DataError(
                f"{bundle.title} cannot be calibrated: the set has no label for "
                f"{len(matched.unlabelled)} of its classes, as {matched.unlabelled[0].name!r}; "
                "take a set that is labelled with all of them"
            )
        path = bundle.folder / calibration.FILE
        found = fit_calibration(matched.truth, matched.predictions.scores)
        try:
            found.write(path, labels=bundle.labels)
        except OSError as error:
            raise DataError(f"{path} cannot be written: {error.strerror or error}") from error
        written.append(path)
    return written
