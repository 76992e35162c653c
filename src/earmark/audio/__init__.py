"""Sound in: from whatever a user names to a waveform.

A **source** is a recording that can be opened: a file, an address, bytes, standard input, or a
member of an archive. :func:`find` expands folders, patterns and archives into sources;
:func:`stream` and :func:`load` turn a source into a **waveform**: float32 [samples], mono, 16 kHz,
in [-1, 1]. FFmpeg, through PyAV, does the decoding and resampling.
"""

from earmark.audio.decoding import Info
from earmark.audio.finding import find
from earmark.audio.formats import EXTENSIONS
from earmark.audio.limits import Limits
from earmark.audio.resampling import SAMPLE_RATE, Waveform
from earmark.audio.sources import Skipped, Source, Sourceable
from earmark.audio.streaming import Stream, load, stream

__all__ = [
    "EXTENSIONS",
    "SAMPLE_RATE",
    "Info",
    "Limits",
    "Skipped",
    "Source",
    "Sourceable",
    "Stream",
    "Waveform",
    "find",
    "load",
    "stream",
]
