"""What FFmpeg may open, which files a folder is searched for, and whose clocks can be trusted."""

from __future__ import annotations

import functools
from pathlib import PurePath

__all__ = [
    "EXTENSIONS",
    "allowed_containers",
    "archive_kind",
    "has_known_extension",
    "is_foreign_archive",
    "keeps_time",
]


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


SOUND = (
    "3ga aac ac3 aif aifc aiff amr ape au awb bwf caf dff dsf dts eac3 flac gsm m4a m4b mka mp1 "
    "mp2 mp3 mpc mpga oga ogg opus ra rf64 shn snd spx tak tta voc w64 wav wave wma wv"
)
VIDEO = "3g2 3gp asf avi f4v flv m2ts m4v mkv mov mp4 mpeg mpg mts mxf ogv rm rmvb vob webm wmv"

EXTENSIONS = frozenset(f".{name}" for name in _words(SOUND + " " + VIDEO))
"""Extensions, in lower case, that a folder or an archive is searched for."""

ARCHIVES = {
    ".zip": "zip",
    ".tar": "tar",
    ".tar.gz": "tar.gz",
    ".tgz": "tar.gz",
    ".tar.bz2": "tar.bz2",
    ".tbz2": "tar.bz2",
    ".tar.xz": "tar.xz",
    ".txz": "tar.xz",
}
FOREIGN_ARCHIVES = (".7z", ".rar", ".tar.zst", ".tar.lz4", ".cab", ".iso")

# Demuxers that open other files or addresses, make sound from a script, or need a device. None
# of them is a recording, and the first kind would let an input choose what else is read.
FORBIDDEN = _words(
    "concat concatf hls applehttp dash sdp rtp rtsp sap imf webm_dash_manifest image2 image2pipe "
    "lavfi sbg vobsub tty txd alsa oss fbdev kmsgrab x11grab video4linux2,v4l2 hds mpjpeg "
    "iamf_stream ffmetadata smoothstreaming"
)

# Demuxer and decoder pairs whose timestamps were measured to count every sample; the rest are
# read from the beginning to find a start, and their gaps are not filled.
TIMED_CONTAINERS = _words(
    "aac aiff amr asf au avi caf flac flv matroska,webm mp3 mov,mp4,m4a,3gp,3g2,mj2 mpeg mpegts "
    "ogg tta w64 wav wv"
)
TIMED_CODECS = _words(
    "aac alac amrnb amrwb flac mp1float mp2float mp3 mp3float opus libopus tta vorbis wavpack "
    "wmav1 wmav2"
)


@functools.cache
def allowed_containers() -> str:
    """FFmpeg's ``format_whitelist``: every demuxer of this build but the forbidden ones."""
    import av

    return ",".join(sorted(av.formats_available - FORBIDDEN))


def keeps_time(container: str, codec: str) -> bool:
    """Whether the timestamps of a container with a codec place every sample."""
    return container in TIMED_CONTAINERS and (codec in TIMED_CODECS or codec.startswith("pcm_"))


def has_known_extension(name: str) -> bool:
    """Whether a name ends like a sound or video file."""
    return PurePath(name).suffix.lower() in EXTENSIONS


def archive_kind(name: str) -> str | None:
    """``zip``, ``tar``, ``tar.gz``, ``tar.bz2`` or ``tar.xz`` by a name's end, else None."""
    lower = name.lower()
    return next((kind for end, kind in ARCHIVES.items() if lower.endswith(end)), None)


def is_foreign_archive(name: str) -> bool:
    """Whether a name ends like an archive of a kind that is not opened."""
    return name.lower().endswith(FOREIGN_ARCHIVES)
