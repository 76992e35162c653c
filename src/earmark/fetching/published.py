"""Which public files there are to fetch, and what is known of them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from earmark.audio.bytestreams import CHUNK

__all__ = ["VGGISH", "Published", "Source"]

Source = Literal["google", "torchvggish"]


@dataclass(frozen=True, kw_only=True)
class Published:
    """A file that somebody has put on the web for all, and how to tell it from any other."""

    name: str
    """Of the file."""
    url: str
    what: str
    """In a few words, for a listing."""
    sha256: str
    sha512: str | None = None
    """Where its publisher, or another who relies on it, gives that."""
    size: int | None = None
    """Bytes, if that is known beforehand."""
    at_most: int = 2**30
    """Bytes beyond which it is certainly another file."""

    def why_not_this(self, path: Path) -> str | None:
        """Say how a file differs from the one that was published; None if it does not."""
        digests = [hashlib.sha256()]
        wanted = [self.sha256]
        if self.sha512 is not None:
            digests.append(hashlib.sha512())
            wanted.append(self.sha512)
        with path.open("rb", buffering=0) as file:
            while data := file.read(CHUNK):
                for digest in digests:
                    digest.update(data)
        for digest, expected in zip(digests, wanted, strict=True):
            found = digest.hexdigest()
            if found != expected:
                return f"its {digest.name} is {found[:12]}..., not {expected[:12]}..."
        return None


PCA = Published(
    name="vggish_pca_params.npz",
    url="https://storage.googleapis.com/audioset/vggish_pca_params.npz",
    what="PCA parameters",
    sha256="4d878af3e306defbfb37095365aa7e5a6cecb86bad13e859e626151c4e6a8b9d",
    sha512="3728bcbc45cb05b4cff527434a069f990e110f1fc9687f74fce55dc204da6aa0"
    "f0f96cb4466a96fc056c32743c63830022c839072cc501a3f14bfb44928a701c",
    size=73_020,
)
CHECKPOINT = Published(
    name="vggish_model.ckpt",
    url="https://storage.googleapis.com/audioset/vggish_model.ckpt",
    what="weights, as a TensorFlow checkpoint",
    sha256="0962b1914e3e053922d957c45bc84a78c985765641dc6bceeeb3a7d8dfecfdf6",
    sha512="4e320f1b148f7ae8e08a8df17b102582e57fd8a9688ec17ce8f6077f062ce8fc"
    "aea711933c1b80192f3c2a9f7a09b40d6616e04b0f22a68d217ff1ec8ef0376f",
)
PYTORCH = Published(
    name="vggish-10086976.pth",
    url="https://github.com/harritaylor/torchvggish/releases/download/v0.1/vggish-10086976.pth",
    what="weights, for PyTorch",
    sha256="10086976245803799d9194e9a73d9b6c1549c71d1b80106f5cade5608a561f4b",
)

VGGISH: dict[Source, tuple[Published, ...]] = {
    "google": (CHECKPOINT, PCA),
    "torchvggish": (PYTORCH, PCA),
}
"""Where VGGish is to be had, and which files it is in.

Google and torchvggish publish no checksums. Those with SHA-512 are in IBM's list for the Model
Asset Exchange's audio classifier (``sha512sums.txt``), which ships the same files; the SHA-256 of
the checkpoint and of torchvggish's weights are in the catalogue of DARPA's D3M programme, and the
latter's first eight digits are in the file's name, as PyTorch's hub has it.
"""
