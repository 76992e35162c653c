"""Write a small MIDI file and render it with FluidSynth."""

import shutil
import subprocess
import tempfile
import wave
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy import signal

from recipes.synthesise.signals import Samples, count

RENDER_RATE = 32_000  # twice the final rate, so that high notes fold above what is kept
TICKS_A_SECOND = 960  # 480 a quarter at 120 quarters a minute
DRUMS = 9
FOLDERS = (Path("/usr/share/sounds/sf2"), Path("/usr/share/soundfonts"))


@dataclass(frozen=True, slots=True)
class Soundfont:
    """A soundfont, by its file name in one of the usual folders."""

    name: str
    file: str
    licence: str

    def path(self) -> Path | None:
        """Return where it is installed, or None."""
        return next((f / self.file for f in FOLDERS if (f / self.file).is_file()), None)


@dataclass(frozen=True, slots=True)
class Note:
    """One note: times in seconds, channel 9 is the drums."""

    start: float
    length: float
    pitch: int
    velocity: int
    channel: int = 0


@dataclass(frozen=True, slots=True)
class Score:
    """Notes and the set-up of each channel: (channel, program) and (channel, control, value)."""

    notes: tuple[Note, ...]
    programs: tuple[tuple[int, int], ...]
    controls: tuple[tuple[int, int, int], ...] = ()


def _variable(value: int) -> bytes:
    out = [value & 0x7F]
    while value := value >> 7:
        out.append(value & 0x7F | 0x80)
    return bytes(reversed(out))


def midi_bytes(score: Score) -> bytes:
    """Return the score as a standard MIDI file of one track."""
    events = [(0, 0, bytes((0xC0 | c, p))) for c, p in score.programs]
    events += [(0, 1, bytes((0xB0 | c, control, v))) for c, control, v in score.controls]
    for note in score.notes:
        pitch, velocity = min(max(note.pitch, 0), 127), min(max(note.velocity, 1), 127)
        on = max(0, round(note.start * TICKS_A_SECOND))
        off = on + max(1, round(note.length * TICKS_A_SECOND))
        events.append((on, 3, bytes((0x90 | note.channel, pitch, velocity))))
        events.append((off, 2, bytes((0x80 | note.channel, pitch, 0))))
    track, now = bytearray(), 0
    for tick, _, message in sorted(events):
        track += _variable(tick - now) + message
        now = tick
    track += b"\x00\xff\x2f\x00"
    header = b"MThd" + (6).to_bytes(4) + (0).to_bytes(2) + (1).to_bytes(2) + (480).to_bytes(2)
    return header + b"MTrk" + len(track).to_bytes(4) + bytes(track)


def available() -> bool:
    """Return whether FluidSynth is installed."""
    return shutil.which("fluidsynth") is not None


def render(score: Score, font: Path, *, seconds: float, room: float) -> Samples:
    """Play a score with a soundfont.

    Parameters
    ----------
    room : float
        Reverberation from 0 (none) to 1.

    Returns
    -------
    float64 [samples] at 16 kHz, mono.
    """
    with tempfile.TemporaryDirectory() as folder:
        midi, out = Path(folder, "score.mid"), Path(folder, "score.wav")
        midi.write_bytes(midi_bytes(score))
        settings = {
            "synth.cpu-cores": "1",
            "synth.dynamic-sample-loading": "1",
            "synth.reverb.active": "1" if room > 0 else "0",
            "synth.reverb.room-size": f"{room:.2f}",
            "synth.reverb.level": f"{room:.2f}",
            "synth.chorus.active": "0",
        }
        options = [part for key, value in settings.items() for part in ("-o", f"{key}={value}")]
        command = ["fluidsynth", "-niq", "-g", "0.5", "-r", str(RENDER_RATE), *options]
        command += ["-F", str(out), str(font), str(midi)]
        subprocess.run(command, check=True, capture_output=True, timeout=120)
        with wave.open(str(out)) as reader:
            raw = np.frombuffer(reader.readframes(reader.getnframes()), np.int16)
    mono = raw.reshape(-1, 2).mean(1) / 32768
    audio = np.asarray(signal.resample_poly(mono, 1, 2))[: count(seconds)]
    return np.pad(audio, (0, count(seconds) - len(audio)))
