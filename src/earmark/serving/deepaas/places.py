"""The folders of DEEP-OC's project, and where a client's words may lead."""

from __future__ import annotations

from pathlib import Path

from earmark.errors import UsageError
from earmark.serving.deepaas.settings import PREFIX, DeepaasSettings

__all__ = ["LISTS", "MODELS", "inside"]

LISTS = Path("data", "dataset_files")
"""Where lists of recordings are, below a base directory."""
MODELS = Path("models")
"""Where trainings put their results, below it."""


def inside(given: str, *, base: Path, settings: DeepaasSettings, name: str) -> Path:
    """Find a folder that a client named, as long as it may be read.

    Parameters
    ----------
    given : str
        As the client wrote it.
    base : Path
        What it is relative to.
    settings : DeepaasSettings
        It must lie in its `base` or one of its `data_folders`, after all links are followed.
    name : str
        The argument, for the error.

    Raises
    ------
    UsageError
        If it lies elsewhere or is no folder. Whether there is anything elsewhere is not said.
    """
    try:
        found = (base / given).resolve()
        allowed = (settings.base, *(each.expanduser().resolve() for each in settings.data_folders))
        is_allowed = any(found.is_relative_to(each) for each in allowed)
        is_folder = is_allowed and found.is_dir()
    except (OSError, ValueError, RuntimeError):  # no name that a folder can have
        is_allowed = is_folder = False
    if not is_allowed:
        raise UsageError(
            f"{name} {given!r} is not in the service's folder: whoever runs it may add its folder "
            f"to {PREFIX}DATA_FOLDERS"
        )
    if not is_folder:
        raise UsageError(f"{name} {given!r} is no folder in the service's: check its spelling")
    return found
