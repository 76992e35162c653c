"""The functions for one recording."""

from __future__ import annotations

from pathlib import Path

import earmark
from earmark.tagging import Tagger


def test_they_say_what_the_tagger_says(tagger: Tagger, folder: Path, noise: Path) -> None:
    assert earmark.tag(noise, model=folder, top_k=3) == tagger.tag(noise, top_k=3)
    assert earmark.events(noise, model=folder, threshold=0.9) == tagger.events(noise, threshold=0.9)
    assert (earmark.embed(noise, model=folder).frames == tagger.embed(noise).frames).all()
    assert repr(earmark.load(folder)) == repr(tagger)
