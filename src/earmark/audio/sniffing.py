"""From the first bytes of an input: what it is, in words for the person who gave it."""

from __future__ import annotations

__all__ = ["looks_like_mp4", "must_be_rewound", "playlist", "sound_kind", "why_not_sound"]

PLAYLIST = "is a playlist, not a recording: name the recordings that it lists"
UNPACK = "unpack it and name the files inside"

NOT_SOUND = (
    (b"PK\x03\x04", f"is a zip archive or an office document, not a recording: {UNPACK}"),
    (b"\x1f\x8b", f"is packed with gzip: {UNPACK}"),
    (b"BZh", f"is packed with bzip2: {UNPACK}"),
    (b"\xfd7zXZ", f"is packed with xz: {UNPACK}"),
    (b"\x28\xb5\x2f\xfd", f"is packed with zstd: {UNPACK}"),
    (b"7z\xbc\xaf", f"is a 7z archive: {UNPACK}"),
    (b"Rar!", f"is a RAR archive: {UNPACK}"),
    (b"%PDF", "is a PDF document, not a recording"),
    (b"\x89PNG", "is a picture, not a recording"),
    (b"\xff\xd8\xff", "is a picture, not a recording"),
    (b"GIF8", "is a picture, not a recording"),
    (b"MThd", "is a MIDI file, which holds notes and no sound: render it to WAV first"),
    (b"\x93NUMPY", "is a NumPy array, not a recording: write it to a WAV file first"),
    (b"\x7fELF", "is a program, not a recording"),
    (b"SQLite format 3", "is a database, not a recording"),
    (b"version https://git-lfs", "is a Git LFS pointer: run `git lfs pull` to get the file itself"),
)

SOUND = (
    (b"RIFF", "WAV or AVI"),
    (b"RF64", "WAV"),
    (b"riff", "Wave64"),
    (b"fLaC", "FLAC"),
    (b"OggS", "Ogg"),
    (b"ID3", "MP3"),
    (b"FORM", "AIFF"),
    (b"caff", "CAF"),
    (b".snd", "AU"),
    (b"#!AMR", "AMR"),
    (b"wvpk", "WavPack"),
    (b"TTA1", "TTA"),
    (b"MAC ", "Monkey's Audio"),
    (b"\x1aE\xdf\xa3", "Matroska or WebM"),
    (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "WMA or WMV"),
    (b"FLV\x01", "FLV"),
)

MP4_BOXES = (b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide", b"pnot")
PLAYLISTS = (
    b"#extm3u",
    b"ffconcat version",
    b"[playlist]",
    b"<asx",
    b"<smil",
    b"v=0\n",
    b"v=0\r\n",
)


def playlist(head: bytes) -> bool:
    """Whether an input lists other files or addresses instead of holding sound."""
    text = head[:512].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return text.startswith(PLAYLISTS) or (text.startswith(b"<?xml") and b"<mpd" in text)


def looks_like_mp4(head: bytes) -> bool:
    """Whether an input is of the MP4 and QuickTime family."""
    return head[4:8] in MP4_BOXES


def must_be_rewound(head: bytes) -> bool:
    """Whether a format can only be read by jumping about: MP4 with its index last, WavPack."""
    if head.startswith(b"wvpk"):
        return True
    if not looks_like_mp4(head):
        return False
    at = 0
    while at + 8 <= len(head):
        size, kind = int.from_bytes(head[at : at + 4], "big"), head[at + 4 : at + 8]
        if kind == b"moov":
            return False  # the index comes first: it can be played as it arrives
        if kind == b"mdat" or size < 8:
            return True
        at += size
    return True


def sound_kind(head: bytes) -> str | None:
    """The format that the first bytes announce, else None."""
    if looks_like_mp4(head):
        return "MP4"
    return next((kind for magic, kind in SOUND if head.startswith(magic)), None)


def why_not_sound(head: bytes) -> str | None:
    """What an input is instead of sound, as the end of a sentence, else None."""
    if not head:
        return "is empty (0 bytes)"
    if not head.strip(b"\x00"):
        return "holds nothing but zeros: it was never written to its end, so copy it again"
    if playlist(head):
        return PLAYLIST
    if head[257:262] == b"ustar":
        return f"is a tar archive, not a recording: {UNPACK}"
    for magic, reason in NOT_SOUND:
        if head.startswith(magic):
            return reason
    if head.lstrip()[:14].lower().startswith((b"<!doctype html", b"<html")):
        return "is a web page, not a recording: look for the address of the sound itself"
    return "is text, not sound" if is_text(head) else None


def is_text(head: bytes) -> bool:
    """Whether the bytes read as UTF-8 without control characters."""
    try:
        text = head.decode()
    except UnicodeDecodeError as error:
        if error.start < len(head) - 3:  # else a character cut in half at the end
            return False
        text = head[: error.start].decode()
    return len(text) > 0 and all(letter >= " " or letter in "\t\r\n\f" for letter in text)
