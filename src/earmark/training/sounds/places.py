"""Where the files are that a list names."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from earmark.audio.formats import has_known_extension
from earmark.errors import UsageError
from earmark.training.sounds.walking import files

__all__ = ["Places", "folder_called"]

_SAMPLE = 50
_MOST_FILES = 200_000
_ENDINGS = (".wav", ".flac", ".mp3", ".ogg", ".opus", ".m4a", ".aif", ".aiff")


def folder_called(name: str) -> Path:
    """Return the folder that somebody says the files are in.

    Raises
    ------
    UsageError
        If it is none.
    """
    folder = Path(name).expanduser()
    if not folder.is_dir():
        raise UsageError(f"--audio-folder {name} is no folder")
    return folder


@dataclass
class Places:
    """Finds the files of a list, wherever all of them are.

    They are below one of some folders, which a few of the names tell. Where that is none, they are
    looked for by their names alone, at any depth. Names may lack their extensions.

    Parameters
    ----------
    folders : sequence of Path
        Where they may be, the likeliest first.
    """

    folders: Sequence[Path]
    base: Path | None = None
    """Which of the folders it is; None where the names alone decide."""
    _by_name: dict[str, list[Path]] | None = field(default=None, repr=False)

    @classmethod
    def of(cls, names: Sequence[str], *, folders: Iterable[Path]) -> Places:
        """Find out where they are."""
        there = [folder for folder in dict.fromkeys(folders) if folder.is_dir()]
        sample = names[:: max(1, len(names) // _SAMPLE)]
        hits = {
            folder: sum(_below(folder, name) is not None for name in sample) for folder in there
        }
        base = max(hits, key=lambda folder: hits[folder], default=None)
        return cls(there, base if base is not None and hits[base] else None)

    def find(self, name: str) -> Path | None:
        """Return the file of a name, or None where there is none, or more than one."""
        if self.base is not None:
            return _below(self.base, name)
        found = self._named().get(Path(_with_slashes(name)).name, [])
        return found[0] if len(found) == 1 else None

    def why_not(self, name: str) -> str:
        """Say why a name was not found."""
        if self.base is not None:
            return f"does not exist in {self.base}: check the name"
        found = self._named().get(Path(_with_slashes(name)).name, [])
        if found:
            return f"there are {len(found)} files of this name, as {found[0]}: give the folder, too"
        return f"does not exist below {self.searched}: check the name"

    @property
    def searched(self) -> str:
        """The folders, to name them."""
        return " or ".join(map(str, self.folders)) or "any folder"

    def _named(self) -> dict[str, list[Path]]:
        if self._by_name is None:
            self._by_name = {}
            below = (each for folder in self.folders[:1] for each in files(folder))
            for path in islice(below, _MOST_FILES):
                if not isinstance(path, Path):
                    continue
                names = {path.name, path.stem} if has_known_extension(path.name) else {path.name}
                for name in names:
                    self._by_name.setdefault(name, []).append(path)
        return self._by_name


def _below(folder: Path, name: str) -> Path | None:
    for spelt in dict.fromkeys((name, _with_slashes(name))):
        try:
            path = folder / Path(spelt).expanduser()
            if path.is_file():
                return path
            if not has_known_extension(path.name) and path.suffix != ".npy":
                for ending in _ENDINGS:
                    longer = path.with_name(path.name + ending)
                    if longer.is_file():
                        return longer
        except (OSError, ValueError, RuntimeError):  # no name that a file, or a person, can have
            continue
    return None


def _with_slashes(name: str) -> str:
    return name.replace("\\", "/")
