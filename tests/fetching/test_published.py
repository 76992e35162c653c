"""What is known of the files that are fetched."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from earmark.fetching import VGGISH, Published

FILES = {file.name: file for files in VGGISH.values() for file in files}


def test_the_pca_parameters_are_those_we_have(shared_data: Path) -> None:
    path = shared_data / "vggish" / "vggish_pca_params.npz"
    published = FILES["vggish_pca_params.npz"]
    assert published.why_not_this(path) is None
    assert published.size == path.stat().st_size
    other = FILES["vggish_model.ckpt"].why_not_this(path)
    assert other == "its sha256 is 4d878af3e306..., not 0962b1914e3e..."


@pytest.mark.parametrize("published", FILES.values(), ids=FILES)
def test_checksums_have_the_right_form(published: Published) -> None:
    assert re.fullmatch("[0-9a-f]{64}", published.sha256)
    assert published.sha512 is None or re.fullmatch("[0-9a-f]{128}", published.sha512)
    assert published.url.startswith("https://")
    assert published.url.endswith(f"/{published.name}")
    # PyTorch's hub has the first digits in the name.
    named = re.search(r"-([0-9a-f]{8})\.pth$", published.name)
    assert named is None or published.sha256.startswith(named[1])
