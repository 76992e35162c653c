"""How patiently files are fetched, and from where, if not from where they were published."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from earmark.errors import UsageError

__all__ = ["Settings", "default_folder"]

MIRROR, CACHE = "EARMARK_MIRROR", "EARMARK_CACHE"


@dataclass(frozen=True, kw_only=True)
class Settings:
    """How files are fetched; proxies are those of ``HTTP_PROXY``, ``HTTPS_PROXY``, ``NO_PROXY``."""

    mirror: str | None = None
    """An address in whose place the files lie under their names: ``https://mirror.example/vggish``."""
    stall_seconds: float = 30.0
    """Longest wait for anything from the server."""
    slowest: float = 64.0
    """Bytes a second, over any such wait, below which a server counts as stalled too."""
    attempts: int = 6
    """How often in a row a fetch may break off without having come any further."""
    worthwhile: int = 2**20
    """Bytes beyond which it has."""
    first_pause: float = 1.0
    """Seconds before the second attempt; each pause is twice as long as the one before."""
    longest_pause: float = 30.0
    """Seconds beyond which pauses do not grow, whatever the server asks for."""
    spare: int = 64 * 2**20
    """Bytes that shall stay free on the disk."""
    sleep: Callable[[float], None] = time.sleep

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Settings:
        """Read ``EARMARK_MIRROR``.

        Raises
        ------
        UsageError
            If it is no address.
        """
        mirror = environment.get(MIRROR, "").strip().rstrip("/")
        if mirror and not mirror.lower().startswith(("http://", "https://")):
            raise UsageError(
                f"{MIRROR} is {mirror!r}: it must be an http or https address, as in "
                "https://mirror.example/vggish"
            )
        return cls(mirror=mirror or None)

    def pause(self, failures: int, *, asked: float = 0.0) -> float:
        """Seconds to wait after so many failures in a row, or longer if the server asks for it."""
        pause: float = self.first_pause * 2 ** (failures - 1)
        return min(max(pause, asked), self.longest_pause)


def default_folder(environment: Mapping[str, str] = os.environ) -> Path:
    """Return where fetched files go: ``EARMARK_CACHE``, or else where the system has such files."""
    if environment.get(CACHE):
        return Path(environment[CACHE]).expanduser()
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "earmark"
    if sys.platform == "win32":
        return Path(environment.get("LOCALAPPDATA") or Path.home()) / "earmark"
    return Path(environment.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "earmark"
