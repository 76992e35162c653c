"""The teacher: its front end, its steps, and its last layers by themselves."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import stand_in
import torch
from numpy.typing import NDArray
from sounds import tone

from earmark import audio
from earmark.errors import ModelError
from earmark.training.distilling.corpus import read_manifest
from earmark.training.distilling.teacher import Teacher, log_mel


def log_mel_at_32_khz(waveform: NDArray[np.float32]) -> NDArray[np.float64]:
    """EfficientAT's front end as published, on sound brought to 32 kHz: [128, frames]."""
    n_samples = len(waveform)
    spectrum = np.zeros(n_samples + 1, np.complex128)
    spectrum[: n_samples // 2 + 1] = 2 * np.fft.rfft(waveform)
    sound = np.fft.irfft(spectrum, 2 * n_samples)
    sound = sound - 0.97 * np.concatenate([[0.0], sound[:-1]])
    padded = np.pad(sound, 512, mode="reflect")
    window = np.pad(np.hanning(800), 112)
    frames = np.lib.stride_tricks.sliding_window_view(padded, 1024)[::320][: 2 * n_samples // 320]
    power = np.abs(np.fft.rfft(frames * window))[:, :512] ** 2
    filters = np.stack([mel_filter(band) for band in range(128)])
    result: NDArray[np.float64] = (np.log(filters @ power.T + 1e-5) + 4.5) / 5
    return result


def mel_filter(band: int) -> NDArray[np.float64]:
    """One triangle on the mel scale between 0 and 15 kHz: float64 [512]."""
    highest = 1127 * np.log(1 + 15_000 / 700)
    left, centre, right = (highest * (band + n) / 129 for n in range(3))
    weights = np.zeros(512)
    for index in range(512):
        mel = 1127 * np.log(1 + index * 31.25 / 700)
        rise, fall = (mel - left) / (centre - left), (right - mel) / (right - centre)
        weights[index] = max(0.0, min(rise, fall))
    return weights


def noise(seconds: float) -> NDArray[np.float32]:
    """White up to 7 kHz: recordings at 16 kHz have next to nothing above."""
    n_samples = round(seconds * 16_000)
    spectrum = np.fft.rfft(np.random.default_rng(3).normal(0, 0.1, n_samples))
    spectrum[round(7_000 * seconds) :] = 0
    return np.fft.irfft(spectrum, n_samples).astype(np.float32)


@pytest.mark.parametrize("sound", [noise(2), tone(440, 1), tone(3_000, 0.5)])
def test_log_mel_is_that_of_the_sound_at_32_khz(sound: NDArray[np.float32]) -> None:
    found = log_mel(torch.from_numpy(sound[None]))[0].numpy()
    wanted = log_mel_at_32_khz(sound)
    assert found.shape == wanted.shape == (128, len(sound) // 160)
    difference = np.abs(found - wanted)[:100, 4:-4]  # up to 7 kHz, where there is no reflection
    assert difference.mean() < 0.04
    assert np.quantile(difference, 0.99) < 0.25
    loudest = wanted.mean(axis=1).argmax()
    assert difference[loudest].mean() < 0.02


def test_log_mel_of_silence() -> None:
    found = log_mel(torch.zeros(2, 16_000))
    assert found.shape == (2, 128, 100)
    torch.testing.assert_close(found, torch.full_like(found, float(np.log(1e-5) + 4.5) / 5))


def test_the_real_teacher_hears_the_same(shared_data: Path) -> None:
    """Its scores from our short cut and from the front end as published, over real recordings."""
    path = shared_data / "teachers" / "efficientat_mn04_as.onnx"
    teacher = Teacher(path)
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    entries = read_manifest(shared_data / "corpus")
    differences = []
    for entry in entries[5 :: len(entries) // 6][:6]:
        clip = np.resize(audio.load(entry.path), 80_000)
        ours = teacher.hear(torch.from_numpy(clip[None])).scores[0].numpy()
        features = log_mel_at_32_khz(clip)[None, None].astype(np.float32)
        (theirs,) = session.run(["scores"], {"logmel": features})
        differences.append(np.abs(ours - theirs[0]))
    assert np.max(differences) < 0.1
    assert np.mean(differences) < 1e-3


def test_the_real_teachers_scores_are_its_head_on_the_mean_of_its_steps(shared_data: Path) -> None:
    teacher = Teacher(shared_data / "teachers" / "efficientat_mn04_as.onnx")
    lesson = teacher.hear(torch.from_numpy(np.stack([noise(10), tone(440, 10)])))
    assert lesson.steps.shape == (2, 32, 384)
    torch.testing.assert_close(
        torch.sigmoid(teacher.logits(lesson.steps.mean(dim=1))), lesson.scores, atol=1e-4, rtol=1e-3
    )


@pytest.mark.parametrize("seconds", [10.0, 3.0, 0.7])
def test_a_lesson_by_hand(teacher: Teacher, seconds: float) -> None:
    sounds = np.stack([noise(seconds), tone(700, seconds)])
    lesson = teacher.hear(torch.from_numpy(sounds))
    features = log_mel(torch.from_numpy(sounds)).numpy()
    for row in range(2):
        steps = stand_in.steps(features[row])
        np.testing.assert_allclose(lesson.steps[row].numpy(), steps, atol=1e-4)
        scores = stand_in.scores(steps.mean(axis=0))
        np.testing.assert_allclose(lesson.scores[row].numpy(), scores, atol=1e-4)


def test_the_last_layers_take_any_shape(teacher: Teacher) -> None:
    embeddings = torch.randn(2, 5, 384, generator=torch.Generator().manual_seed(1))
    found = torch.sigmoid(teacher.logits(embeddings))
    assert found.shape == (2, 5, 527)
    wanted = stand_in.scores(embeddings[1, 3].double().numpy())
    np.testing.assert_allclose(found[1, 3].numpy(), wanted, atol=1e-4)


def test_no_teacher(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"none\.onnx: the teacher cannot be read \(No such file"):
        Teacher(tmp_path / "none.onnx")


def test_a_file_that_is_no_network(tmp_path: Path) -> None:
    (tmp_path / "x.onnx").write_bytes(b"\xff\xff\xff not a network")
    with pytest.raises(ModelError, match=r"x\.onnx: is no ONNX file"):
        Teacher(tmp_path / "x.onnx")


def test_another_network(teacher_path: Path, tmp_path: Path) -> None:
    model = onnx.load(teacher_path)
    for node in model.graph.node:
        for names in (node.input, node.output):
            for index, name in enumerate(names):
                names[index] = name.replace("embedding", "vector")
    model.graph.output[1].name = "vector"
    onnx.save(model, tmp_path / "x.onnx")
    with pytest.raises(ModelError, match=r"x\.onnx: is no teacher"):
        Teacher(tmp_path / "x.onnx")
