from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

import pytest
import torch

from earmark.errors import UsageError
from earmark.processor import cores
from earmark.training.hardware import computing, device_of, has_bfloat16, precision_of
from earmark.training.settings import HardwareSettings

CPU, GPU = torch.device("cpu"), torch.device("cuda")


@pytest.fixture(params=[True, False])
def gpu(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    there: bool = request.param
    monkeypatch.setattr(torch.cuda, "is_available", lambda: there)
    return there


def test_a_gpu_is_used_where_there_is_one(gpu: bool) -> None:
    assert device_of(HardwareSettings()).type == ("cuda" if gpu else "cpu")
    assert device_of(HardwareSettings(accelerator="cpu")) == CPU
    if gpu:
        assert device_of(HardwareSettings(accelerator="gpu")) == GPU
    else:
        with pytest.raises(UsageError, match=r"accelerator is gpu, and PyTorch finds none"):
            device_of(HardwareSettings(accelerator="gpu"))


@pytest.mark.parametrize(
    ("able", "expected"),
    [
        ({"avx2": True, "avx512_bf16": False, "amx_bf16": False}, False),
        ({"avx512_bf16": True}, True),
        ({"amx_bf16": True}, True),
        ({"architecture": "arm64", "bf16": True}, False),
        ({}, False),
    ],
)
def test_bfloat16_where_the_processor_has_it(
    able: Mapping[str, Any], expected: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: able)
    assert has_bfloat16(CPU) is expected
    assert precision_of(HardwareSettings(), CPU) == ("bf16" if expected else "32")
    assert precision_of(HardwareSettings(precision="32"), CPU) == "32"
    assert precision_of(HardwareSettings(precision="bf16"), CPU) == "bf16"


def test_pytorch_is_left_as_it_was() -> None:
    talkative = logging.getLogger("lightning.pytorch")
    threads, level, state = torch.get_num_threads(), talkative.level, torch.get_rng_state()
    with computing(HardwareSettings(threads=1)):
        assert torch.get_num_threads() == 1
        torch.manual_seed(3)
    with computing(HardwareSettings()):
        assert torch.get_num_threads() == cores()
    with pytest.raises(ValueError, match="stop"), computing(HardwareSettings(threads=1)):
        raise ValueError("stop")
    assert (torch.get_num_threads(), talkative.level) == (threads, level)
    assert torch.equal(torch.get_rng_state(), state)
