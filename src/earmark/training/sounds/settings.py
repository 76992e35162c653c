"""How a person's own sounds are read and made ready, as settings of a recipe."""

from __future__ import annotations

from typing import Literal, get_args

from pydantic import Field

from earmark.formats import Values
from earmark.training.embedders.augment import WaveformSettings
from earmark.training.embedders.settings import EmbedderSettings
from earmark.training.group import Group
from earmark.training.sounds.clips import Unlabelled

__all__ = ["BACKGROUND", "DEFAULTS", "ROLES", "Role", "SoundSettings"]

BACKGROUND = ("background", "_background_", "_background_noise_")
"""Names of what is no class but the lack of any."""

Role = Literal["path", "start", "end", "duration", "labels", "split", "fold", "group"]
ROLES: tuple[Role, ...] = get_args(Role)
"""What the columns of a table can be."""


class SoundSettings(Group):
    """How a person's own sounds are read, split and heard."""

    audio_folder: str | None = None
    """Where the recordings of a table or of dataset_files are, if not beside or around it."""
    classes: tuple[str, ...] | None = Field(default=None, min_length=1)
    """The classes to learn; all there are if not given. What has none of them is background."""
    background: tuple[str, ...] = ()
    """Names of classes that are none, beside background, _background_ and _background_noise_."""
    unlabelled: Unlabelled | None = None
    """What a recording is where none of its labels is; if not given, background if it has a label
    track, and left out if a table names it."""
    columns: dict[Role, str] = Field(default_factory=dict)
    """Which columns of a table hold what, where their names do not tell; none for not to be used.
    """
    separator: str | None = Field(default=None, min_length=1, max_length=1)
    """What stands between the labels in a cell; ; or | if not given."""
    values: Values = "kong"
    """What the numbers in blocks of embeddings (.npy) are."""
    validation: float = Field(default=0.2, ge=0, lt=1)
    """Share of the recordings that is kept to check on, where nobody says which."""
    test: float = Field(default=0.0, ge=0, lt=1)
    """Share of the recordings that is kept for a test in the end, where nobody says which."""
    fold: str | None = None
    """Which fold is kept for the test; the others are learnt from."""
    exclusive: bool | None = None
    """Whether just one class is heard at a time; if not given, whether every clip has one label."""
    copies: int = Field(default=0, ge=0, le=100)
    """How many altered copies of each recording to learn from, too."""
    seed: int = Field(default=1, ge=0)
    """Which of all possible splits, and of all possible copies."""
    waveform: WaveformSettings = WaveformSettings()
    """What is done to the copies."""
    adapt: EmbedderSettings = EmbedderSettings()
    """What becomes of the embedder: it is left as it is, refitted, or fine-tuned."""

    def is_background(self, name: str) -> bool:
        """Whether a class of this name is none."""
        known = (*BACKGROUND, *self.background)
        return name.strip().casefold() in {each.strip().casefold() for each in known}


DEFAULTS = SoundSettings()
