"""What is said of checkpoints that are damaged: run as ``python damaged_checkpoints.py FOLDER``.

A program of its own, because TensorFlow takes seconds to import and warns of this and that.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from vggish_weights import HIDDEN, NARROW

from earmark.embedders.vggish import VggishConfig
from earmark.errors import ModelError
from earmark.importing.make import Settings, read_vggish
from earmark.importing.sorting import Files

SMALL = Settings(sizes=VggishConfig(widths=NARROW, hidden=HIDDEN))
CASES = {
    "nowhere.ckpt": (SMALL, r"there is no checkpoint .*nowhere\.ckpt"),
    "nonsense.ckpt": (SMALL, r"nonsense\.ckpt is no checkpoint, or damaged: "),
    "empty.ckpt": (SMALL, r"empty\.ckpt is no checkpoint, or damaged: "),
    "cut.ckpt": (SMALL, r"cut\.ckpt: the array vggish/.* is damaged: "),
    "narrow.ckpt": (
        Settings(),
        r"vggish/conv1/weights has shape \[3, 3, 1, 4\], and VGGish's has \[3, 3, 1, 64\]",
    ),
}
"""For each of the files what is to be said of it."""


def said(path: Path, settings: Settings) -> str:
    """What is said of a file; nothing if it is taken."""
    try:
        read_vggish(Files(embedder=path), settings)
    except ModelError as error:
        return str(error)
    return ""


def main() -> None:
    folder = Path(sys.argv[1])
    for name, (settings, message) in CASES.items():
        found = said(folder / name, settings)
        assert re.search(message, found), f"{name}: {found}"
        assert "\n" not in found, found
    for name in ("narrow.ckpt", "narrow.ckpt.index", "narrow.ckpt.data-00000-of-00001"):
        assert not said(folder / name, SMALL), name


if __name__ == "__main__":
    main()
