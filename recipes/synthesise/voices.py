"""Speech by espeak-ng and flite, alone and in crowds."""

import shutil
import subprocess
import tempfile
import wave
from pathlib import Path

import numpy as np
from scipy import signal

from recipes.synthesise.signals import RATE, Random, Samples, band, count, echoes, level
from recipes.synthesise.sound import Sound

LICENCE = {
    "espeak": "CC0 1.0 (speech rendered with espeak-ng, GPL-3.0+)",
    "flite": "CC0 1.0 (speech rendered with flite, BSD-style)",
}
LANGUAGES = (
    "en-us en-gb en-gb-scotland en-029 en-gb-x-rp de fr-fr es es-419 it pt-br pt nl sv nb da fi pl "
    "cs sk hu ro bg ru uk el tr ar fa hi bn ta te ur vi-vn-x-central id ms sw af ca eu et lv lt hr "
    "sr sl sq hy ka ko ja cmn-latn-pinyin eo la cy ga is mt ku az kk"
)
MALE = "m1 m2 m3 m4 m5 m6 m7 m8 adam caleb boris david ed max paul rob quincy travis zac"
FEMALE = "f1 f2 f3 f4 f5 anika belinda linda shelby steph Annie Alicia Andrea aunty"
ROBOTS = "klatt klatt2 klatt4 robosoft robosoft3 robosoft6 UniRobot anikaRobot Demonic"
WHISPERS = "whisper whisperf"
OLD = "grandma grandpa croak"
SYLLABLES = (
    "ba be bi bo da de di do ka ke ko ku la le li lo ma me mi mo mu na ne no pa pe po ra re ri ro "
    "sa se si so ta te ti to va ve vi za ze zo sha cho ga go gu fa fe fi ho hu ya yo wa we"
)
WORDS = (
    "the a of and to in is you that it he was for on are with as I his they be at one have this "
    "from or had by hot word but what some we can out other were all there when up use your how "
    "said each she which do their time if will way about many then them write would like so these "
    "her long make thing see him two has look more day could go come did number sound no most "
    "people my over know water than call first who may down side been now find any new work part "
    "take get place made live where after back little only round man year came show every good me "
    "give our under name very through just form sentence great think say help low line turn much "
    "mean before move right boy old too same tell does set three want air well also play small end "
    "put home read hand port large spell add even land here must big high such follow act why ask "
    "men change went light kind off need house picture try us again animal point mother world near "
    "build self earth father head stand own page should country found answer school grow study"
)


def available(program: str) -> bool:
    """Return whether a speech program is installed."""
    return shutil.which({"espeak": "espeak-ng"}.get(program, program)) is not None


def _text(rng: Random, *, english: bool) -> str:
    words = []
    for _ in range(60):
        if english:
            word = str(rng.choice(WORDS.split()))
        else:
            word = "".join(str(s) for s in rng.choice(SYLLABLES.split(), int(rng.integers(1, 4))))
        words.append(word + ("." if rng.random() < 0.08 else "," if rng.random() < 0.08 else ""))
    return " ".join(words)


def _read(path: Path) -> Samples:
    with wave.open(str(path)) as reader:
        rate = reader.getframerate()
        raw = np.frombuffer(reader.readframes(reader.getnframes()), np.int16)
    return np.asarray(signal.resample_poly(raw / 32768, RATE, rate))


def _run(command: list[str], text: str) -> Samples:
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder, "speech.wav")
        filled = [part.replace("OUT", str(out)).replace("TEXT", text) for part in command]
        subprocess.run(filled, check=True, capture_output=True, timeout=60)
        return _read(out)


def espeak(
    rng: Random, seconds: float, *, variant: str, pitch: tuple[int, int], speed: tuple[int, int]
) -> Samples:
    """Speak random words in a random language with one of espeak-ng's voice variants."""
    language = "en-us" if rng.random() < 0.35 else str(rng.choice(LANGUAGES.split()))
    text = _text(rng, english=language.startswith("en"))
    command = ["espeak-ng", "-v", f"{language}+{variant}", "-w", "OUT"]
    command += ["-p", str(int(rng.integers(*pitch))), "-s", str(int(rng.integers(*speed)))]
    audio = _run([*command, "TEXT"], text)
    start = int(rng.integers(0, max(1, len(audio) - count(seconds) - 1)))
    return audio[start : start + count(seconds)]


def flite(rng: Random, seconds: float) -> tuple[Samples, str]:
    """Speak random English words with one of flite's voices; also return the voice."""
    voice = str(rng.choice(["slt", "awb", "rms", "kal16"]))
    stretch = f"duration_stretch={rng.uniform(0.8, 1.3):.2f}"
    base = {"slt": 170, "awb": 120, "rms": 95, "kal16": 100}[voice] * rng.uniform(0.85, 1.2)
    command = ["flite", "-voice", voice, "--setf", stretch, "--setf"]
    command += [f"int_f0_target_mean={base:.0f}", "-o", "OUT", "-t", "TEXT"]
    audio = _run(command, _text(rng, english=True))
    start = int(rng.integers(0, max(1, len(audio) - count(seconds) - 1)))
    return audio[start : start + count(seconds)], voice


def speech(rng: Random, seconds: float, *, kind: str) -> Sound:
    """Return one voice of a kind: male, female, child, whisper, robot, old, fast or flite."""
    name, program = kind, "espeak"
    if kind == "flite":
        audio, voice = flite(rng, seconds)
        program, name = "flite", voice
        gender = "Female speech, woman speaking" if voice == "slt" else "Male speech, man speaking"
        labels: tuple[str, ...] = ("Speech", gender, "Narration, monologue")
    else:
        variants, pitch, speed, extra = {
            "male": (MALE, (20, 50), (120, 190), "Male speech, man speaking"),
            "female": (FEMALE, (45, 75), (120, 190), "Female speech, woman speaking"),
            "child": (FEMALE, (85, 99), (120, 200), "Child speech, kid speaking"),
            "whisper": (WHISPERS, (30, 70), (100, 170), "Whispering"),
            "robot": (ROBOTS, (5, 90), (90, 200), "Speech synthesizer"),
            "old": (OLD, (20, 70), (90, 150), "Narration, monologue"),
            "fast": (f"{MALE} {FEMALE}", (20, 90), (280, 420), "Rapping"),
        }[kind]
        audio = espeak(
            rng, seconds, variant=str(rng.choice(variants.split())), pitch=pitch, speed=speed
        )
        labels = ("Speech", extra)
    if rng.random() < 0.2 and kind != "whisper":
        audio = band(np.tanh(4 * level(audio)), 350, 3000)
        labels = (*labels, "Radio")
    return Sound(audio, labels, f"{program}:{name}", LICENCE[program])


def dialogue(rng: Random, seconds: float) -> Sound:
    """Return two or three voices that take turns."""
    kinds = [str(k) for k in rng.choice(["male", "female", "child"], int(rng.integers(2, 4)))]
    out = np.zeros(count(seconds))
    now, turn = 0.0, 0
    while now < seconds:
        length = float(rng.uniform(0.8, 2.5))
        piece = speech(rng, length, kind=kinds[turn % len(kinds)]).audio
        start = count(now) if now else 0
        size = min(len(piece), len(out) - start)
        out[start : start + size] += level(piece, 0.8)[:size]
        now, turn = now + length + float(rng.uniform(-0.2, 0.4)), turn + 1
    return Sound(out, ("Speech", "Conversation"), "espeak:dialogue", LICENCE["espeak"])


def crowd(rng: Random, seconds: float, *, kind: str) -> Sound:
    """Return many voices at once: a crowd of adults, or children playing."""
    voices = int(rng.integers(6, 22))
    kinds = ["child"] if kind == "children" else ["male", "female"]
    out = np.zeros(count(seconds))
    for index in range(voices):
        # a few renderings shifted and reused would sound alike: each voice is its own
        piece = level(speech(rng, seconds, kind=kinds[index % len(kinds)]).audio, 1.0)
        out[: len(piece)] += rng.uniform(0.3, 1.0) * np.roll(piece, int(rng.integers(len(piece))))
    out = echoes(rng, out, fall=float(rng.uniform(0.4, 1.8)), wet=float(rng.uniform(0.3, 0.7)))
    labels = ("Hubbub, speech noise, speech babble", "Chatter", "Crowd")
    if kind == "children":
        labels = ("Children playing", "Chatter", "Children shouting")
    return Sound(out, labels, f"espeak:crowd-{kind}", LICENCE["espeak"])
