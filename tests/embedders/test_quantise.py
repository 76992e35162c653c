"""Embeddings in eight bits."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from earmark.embedders import Dequantiser, dequantise, quantise

ALL_BYTES = np.arange(256, dtype=np.uint8)


def test_the_ends_and_beyond() -> None:
    found = quantise(np.array([-9.0, -2.0, 0.0, 2.0, 9.0], np.float32))
    assert found.tolist() == [0, 0, 127, 255, 255]
    assert found.dtype == np.uint8


def test_it_truncates_and_does_not_round() -> None:
    step = 4 / 255
    values = np.array([-2 + step * 0.99, -2 + step * 1.01, -2 + step * 254.9], np.float32)
    assert quantise(values).tolist() == [0, 1, 254]


def test_youtube8m_as_its_reader_computes_it() -> None:
    expected = ALL_BYTES * (4 / 255) + (4 / 512 - 2)
    np.testing.assert_allclose(dequantise(ALL_BYTES, how="youtube8m"), expected, atol=1e-6)


def test_kong_as_its_data_generator_computes_it() -> None:
    expected = (ALL_BYTES.astype(np.float32) - 128) / 128
    np.testing.assert_array_equal(dequantise(ALL_BYTES, how="kong"), expected)


@pytest.mark.parametrize("how", ["youtube8m", "kong"])
def test_shape_and_type_stay(how: Dequantiser) -> None:
    found = dequantise(np.zeros((2, 10, 128), np.uint8), how=how)
    assert found.shape == (2, 10, 128)
    assert found.dtype == np.float32


@given(
    arrays(
        np.float32,
        st.integers(0, 300),
        elements=st.floats(-2, 2, width=32),
    )
)
def test_there_and_back_loses_half_a_step_at_most(values: np.ndarray) -> None:
    back = dequantise(quantise(values), how="youtube8m")
    assert np.all(np.abs(back - values) <= 4 / 255 / 2 + 1e-4)


def test_bytes_survive_the_way_through_numbers() -> None:
    # What is read back lies inside the step it came from, and so becomes the same byte again.
    np.testing.assert_array_equal(quantise(dequantise(ALL_BYTES, how="youtube8m")), ALL_BYTES)
