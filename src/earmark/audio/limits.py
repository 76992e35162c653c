"""How much one input may cost: the bounds that keep a hostile or broken input harmless."""

from __future__ import annotations

from dataclasses import dataclass, fields

from earmark.errors import UsageError

__all__ = ["Limits"]

MEBIBYTE = 2**20
GIBIBYTE = 2**30


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Bounds on what is downloaded, unpacked and held; the defaults suit a person's own machine."""

    url_bytes: int = 4 * GIBIBYTE
    """Most bytes that one address may send."""

    url_seconds: float = 1800.0
    """Most seconds spent waiting for one address, all waits together (work in between is free)."""

    url_stall_seconds: float = 20.0
    """Most seconds without a byte from an address."""

    url_redirects: int = 5
    """Most redirections followed; only to http and https."""

    archive_members: int = 100_000
    """Most members looked at in one archive."""

    member_bytes: int = 16 * GIBIBYTE
    """Largest unpacked size of one member."""

    archive_bytes: int = 512 * GIBIBYTE
    """Largest unpacked size of all members of one archive together."""

    archive_ratio: int = 200
    """Most times that packed data may grow, beyond the first 64 MiB."""

    memory_bytes: int = 32 * MEBIBYTE
    """Inputs that cannot be rewound are held in memory up to this size, and streamed above it."""

    spool_bytes: int = 16 * GIBIBYTE
    """Most bytes in an unnamed temporary file, for the few formats that must be rewound."""

    def __post_init__(self) -> None:
        for field in fields(self):
            if not getattr(self, field.name) >= 0:
                raise UsageError(f"the limit {field.name} must not be negative")

    def most_unpacked(self, packed: int) -> int:
        """Bytes that ``packed`` bytes may become before they count as a bomb."""
        return 64 * MEBIBYTE + self.archive_ratio * packed
