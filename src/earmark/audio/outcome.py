"""What to tell of a recording once it has been read: nothing, notes, or why there is no sound."""

from __future__ import annotations

from earmark.audio.bytestreams import DamagedError
from earmark.audio.decoding import Decoder

__all__ = ["notes", "promised_seconds", "why_nothing"]

CUT_OFF_SECONDS = 0.5
COUNTED = frozenset({"flac", "aiff", "au", "tta", "mov,mp4,m4a,3gp,3g2,mj2"})
UNTOLD = 0x7FFF0000  # writers to a pipe put such sizes where they cannot know


def notes(decoder: Decoder, *, whole: bool) -> list[str]:
    """Say what was wrong with a recording that could be read.

    Parameters
    ----------
    decoder : Decoder
        After its last frame.
    whole : bool
        Whether it was read to its end.
    """
    found = []
    missing = decoder.timeline.missing
    if missing:
        first, lost = missing[0][0], sum(length for _, length in missing)
        places = "1 place" if len(missing) == 1 else f"{len(missing)} places"
        found.append(
            f"{lost:.2f} s in {places} could not be read, the first at {first:.2f} s; "
            "silence stands in"
        )
    elif decoder.failures and not _broke_off(decoder):
        pieces = "1 piece" if decoder.failures == 1 else f"{decoder.failures} pieces"
        found.append(f"lacks {pieces} that could not be decoded, from {decoder.failed_at:.2f} s on")
    if isinstance(decoder.reader.error, DamagedError):
        found.append(f"{decoder.reader.error}; it was read up to {decoder.seconds:.2f} s")
    elif whole:
        found += _end_notes(decoder)
    return found


def _end_notes(decoder: Decoder) -> list[str]:
    end = decoder.seconds
    promised = promised_seconds(decoder)
    if promised is not None and promised - end > CUT_OFF_SECONDS:
        return [f"ends at {end:.2f} s where its header promises {promised:.2f} s: it was cut off"]
    if _broke_off(decoder):
        return [f"breaks off or is damaged at {end:.2f} s"]
    return []


def _broke_off(decoder: Decoder) -> bool:
    last = decoder.failures == 1 and decoder.seconds - decoder.failed_at < CUT_OFF_SECONDS
    return decoder.broke_off or last


def why_nothing(decoder: Decoder, start: float) -> str:
    """Say why no sound came of a recording."""
    if isinstance(decoder.reader.error, DamagedError):
        return str(decoder.reader.error)
    if decoder.failures > decoder.successes:
        return "holds sound that cannot be decoded: it is damaged, protected, or no sound at all"
    if decoder.seconds > 0:
        return f"ends at {decoder.seconds:.2f} s, before the start at {start:.2f} s"
    return decoder.why_no_sound() or "holds no sound: it is 0 seconds long"


def promised_seconds(decoder: Decoder) -> float | None:
    """Return how long the header promises the sound to be; None where there is only an estimate."""
    info, head = decoder.info, decoder.reader.head
    match info.container:
        case "wav":
            return _wav_seconds(head)
        case "mp3":
            # FFmpeg guesses from the size where there is no count, or files were joined.
            return _mp3_seconds(head, info.sample_rate)
        case "matroska,webm":
            # The length is that of the longest stream, so it is the sound's if there is no other.
            return None if decoder.has_video else info.duration
    return info.duration if info.container in COUNTED else None


def _mp3_seconds(head: bytes, rate: int) -> float | None:
    mark = max(head.find(b"Xing"), head.find(b"Info"))
    if mark < 0 or mark + 12 > len(head) or not head[mark + 7] & 1:
        return None
    frames = int.from_bytes(head[mark + 8 : mark + 12], "big")
    return frames * (1152 if rate > 24_000 else 576) / rate


def _wav_seconds(head: bytes) -> float | None:
    layout, data = head.find(b"fmt ", 12), head.find(b"data", 12)
    if not head.startswith(b"RIFF") or layout < 0 or data < 0 or data + 8 > len(head):
        return None
    byte_rate = int.from_bytes(head[layout + 16 : layout + 20], "little")
    size = int.from_bytes(head[data + 4 : data + 8], "little")
    return size / byte_rate if byte_rate and 0 < size < UNTOLD else None
