"""What can go wrong, as one small tree.

    EarmarkError
    ├── AudioError    a recording cannot be read: names it and says why
    ├── ModelError    a tagger folder is missing, damaged or of another kind
    ├── DataError     an embedding set, table or manifest does not hold what it should
    └── UsageError    an argument makes no sense: says which and what would

Catch the first of them to catch them all.
"""

from __future__ import annotations

__all__ = ["AudioError", "DataError", "EarmarkError", "ModelError", "UsageError", "first_line"]


class EarmarkError(Exception):
    """Base of every error that earmark raises on purpose; its text is one sentence for a person."""


class AudioError(EarmarkError):
    """A recording that cannot be read.

    Parameters
    ----------
    source : str
        The recording as its user named it: a path, a URL, ``archive.zip/member.wav`` or ``-``.
    reason : str
        Why, in words that suggest what to do next.
    """

    def __init__(self, source: str, reason: str) -> None:
        super().__init__(f"{source}: {reason}")
        self.source = source
        self.reason = reason

    def __reduce__(self) -> tuple[type[AudioError], tuple[str, str]]:
        # Exceptions are pickled by their ``args``, which hold the sentence and not its two parts.
        return type(self), (self.source, self.reason)


class ModelError(EarmarkError):
    """A tagger that cannot be found, read or used here."""


class DataError(EarmarkError):
    """Data on disk that does not hold what it should."""


class UsageError(EarmarkError):
    """An argument that makes no sense."""


def first_line(error: BaseException) -> str:
    """What an error of somebody else's says, in one line; its class where it says nothing."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
