"""FFmpeg behind a fence: it sees the bytes it is given, and nothing else."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from earmark.audio.bytestreams import DamagedError
from earmark.audio.formats import allowed_containers
from earmark.audio.reading import Reader
from earmark.audio.sniffing import is_text, looks_like_mp4, sound_kind, why_not_sound

if TYPE_CHECKING:
    from av.container.input import InputContainer

__all__ = ["open_container", "why_no_sound", "why_not_opened"]

BUFFER = 1 << 18
DTS = (b"\x7f\xfe\x80\x01", b"\xfe\x7f\x01\x80", b"\x1f\xff\xe8\x00", b"\xff\x1f\x00\xe8")


def open_container(reader: Reader) -> InputContainer:
    """Open an input.

    Raises
    ------
    av.FFmpegError, ValueError
        When it is nothing that may be opened.
    """
    import av

    return av.open(
        reader,
        "r",
        container_options=_options(reader),
        metadata_errors="replace",
        buffer_size=BUFFER,
        io_open=_nothing_else,
    )


def _options(reader: Reader) -> dict[str, str]:
    head = reader.head
    options = {"format_whitelist": allowed_containers(), "protocol_whitelist": "none"}
    if head.startswith((b"RIFF", b"RF64", b"riff")) and not any(word in head for word in DTS):
        # FFmpeg searches the beginning of a WAV file for DTS that claims to be PCM: 30 ms a file.
        options["max_probe_packets"] = "1"
        if reader.seekable():  # else what arrives bit by bit would wait for more
            options["max_size"] = str(1 << 16)  # bytes a packet: fewer steps in Python
    return options


def _nothing_else(url: str, flags: int, options: dict[str, str]) -> io.BytesIO:
    """Give FFmpeg an empty file in place of any other that an input names."""
    return io.BytesIO()


def why_not_opened(reader: Reader) -> str:
    """Say why FFmpeg did not open an input."""
    if isinstance(reader.error, DamagedError):
        return str(reader.error)
    head = reader.head
    kind = sound_kind(head)
    if kind is not None and not (len(head) > 64 and is_text(head)):
        if looks_like_mp4(head):
            return (
                "looks like MP4, but its index is missing or broken: it was cut off while it was "
                "recorded or copied, so copy it again"
            )
        return f"looks like {kind}, but is cut off or damaged at its beginning: copy it again"
    return why_not_sound(head) or "is no sound or video file that FFmpeg can read"


def why_no_sound(reader: Reader, *, has_video: bool) -> str:
    """Say what an input is that FFmpeg opened and found no sound in."""
    other = why_not_sound(reader.head)
    if other is not None:
        return other
    return "holds pictures and no sound" if has_video else "holds no sound"
