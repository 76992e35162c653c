"""What the module says of itself: the package's metadata, as DEEP-OC's gave them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, metadata

from earmark import __version__

__all__ = ["describe"]

SUMMARY = "Gives software ears: tags any sound with the 527 AudioSet classes, and learns new ones."
KEYS = ("Name", "Version", "Summary", "Home-page", "Author", "Author-email", "License")


def describe(environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Describe the module.

    Parameters
    ----------
    environment : mapping of str
        Each variable ``CONTAINER_...`` of it is told, too.

    Returns
    -------
    dict of str
        DEEP-OC's keys, and those of DEEPaaS's schema.
    """
    known = {**dict.fromkeys(KEYS, ""), **_installed()}
    told = {name: value for name, value in environment.items() if name.startswith("CONTAINER_")}
    return {
        **known,
        "description": known["Summary"],
        "license": known["License"],
        "author": known["Author"],
        "version": known["Version"],
        "url": known["Home-page"],
        **told,
    }


def _installed() -> dict[str, str]:
    """What the package says of itself, whether it is installed or not."""
    found = {
        "Name": "earmark",
        "Version": __version__,
        "Summary": SUMMARY,
        "Author": "the authors of earmark",
        "License": "Apache-2.0",
    }
    try:
        package = metadata("earmark")
    except PackageNotFoundError:
        return found
    said = {key: package[key] for key in KEYS if key in package}
    if "License-Expression" in package:
        said["License"] = package["License-Expression"]
    return {**found, **said}
