"""A person's own sounds -> embedding sets to learn from and to check on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from earmark.bundle import DEFAULT, Bundle
from earmark.embedders import AUDIOSET, Identity
from earmark.errors import DataError, UsageError
from earmark.processor import cores
from earmark.training.data import TrainingData
from earmark.training.embedders.augment import Augmentation
from earmark.training.embedders.examples import Classes
from earmark.training.embedders.settings import HOW
from earmark.training.sounds.altering import Alteration, Altered
from earmark.training.sounds.assembling import Cut, assemble
from earmark.training.sounds.blocks import read_blocks
from earmark.training.sounds.cache import Cache
from earmark.training.sounds.clips import SPLITS, SoundSet, many
from earmark.training.sounds.embedding import Extractor, of_embedder
from earmark.training.sounds.extraction import Extracted, extract
from earmark.training.sounds.recordings import Recording, identify
from earmark.training.sounds.settings import DEFAULTS, SoundSettings
from earmark.training.sounds.splitting import split
from earmark.training.sounds.watching import Silent, Watcher
from earmark.training.sounds.windows import Marked, windows

__all__ = ["prepare"]


def prepare(
    sounds: SoundSet,
    embedder: Bundle | Path | str | None = None,
    *,
    settings: SoundSettings = DEFAULTS,
    alteration: Alteration | None = None,
    cache: Cache | None = None,
    jobs: int | None = None,
    watcher: Watcher | None = None,
) -> TrainingData:
    """Split a person's own sounds, cut them to windows and compute their embeddings.

    What was computed before is taken from the cache, whatever has changed in names, labels and
    splits since. Files that cannot be read are left out.

    Parameters
    ----------
    sounds : SoundSet
        As `read` found them.
    embedder : Bundle, path or str
        A tagger whose embedder is used, by name or folder: ``compact`` if not given. For blocks of
        embeddings the one that made them, to go into the result; none if not given.
    settings : SoundSettings
        How to split, and how many altered copies to make.
    alteration : callable, optional
        What makes the copies; what `settings.waveform` says if not given. There are as many as
        `settings.copies`, and only of what is learnt from.
    cache : Cache, optional
        Where embeddings are kept; the usual place if not given.
    jobs : int, optional
        How many recordings to read at once; as many as there are cores if not given.
    watcher : Watcher, optional
        Is told how it goes, what was left out, and what is worth knowing.

    Raises
    ------
    DataError
        If nothing is left to learn from, or a clip has not just one label where classes are said to
        be exclusive.
    UsageError
        If there are blocks of embeddings, and the embedder is to be adapted.
    ModelError
        If there is no such embedder, or it cannot be used.

    Examples
    --------
    >>> prepare(read("sounds/")).train  # doctest: +SKIP
    EmbeddingSet(96 clips of compact 2)
    """
    watcher = watcher or Silent()
    for each in sounds.skipped:
        watcher.skipped(each)
    for note in sounds.notes:
        watcher.note(note)
    if settings.fold is not None:
        sounds = sounds.hold_out(settings.fold)
    found = identify(sounds, jobs=jobs or cores())
    for each in found.skipped:
        watcher.skipped(each)
    work = _Preparation(sounds, settings, watcher, jobs, cache if cache is not None else Cache())
    if sounds.are_blocks:
        if settings.adapt.kind != "frozen":
            raise UsageError(
                f"an embedder is {HOW[settings.adapt.kind]} to recordings, and {sounds.root} has "
                "blocks of embeddings: leave --adapt out"
            )
        bundle = None if embedder is None else _found(embedder)
        return work.of_blocks(found.found, bundle, notes=found.notes)
    bundle = _found(DEFAULT if embedder is None else embedder)
    return work.of_sounds(found.found, bundle, alteration, notes=found.notes)


def _found(embedder: Bundle | Path | str) -> Bundle:
    bundle = embedder if isinstance(embedder, Bundle) else Bundle.find(embedder)
    bundle.require_embedder()
    return bundle


@dataclass(frozen=True)
class _Preparation:
    sounds: SoundSet
    settings: SoundSettings
    watcher: Watcher
    jobs: int | None
    cache: Cache

    def of_sounds(
        self,
        recordings: Sequence[Recording],
        bundle: Bundle,
        alteration: Alteration | None,
        *,
        notes: Iterable[str],
    ) -> TrainingData:
        by = alteration or Augmentation(self.settings.waveform)
        heard = self._extracted(recordings, of_embedder(bundle))
        chosen = self._split(recordings, heard, notes)
        clips = self._clips(chosen, heard)
        if self.settings.adapt.kind != "frozen":
            from earmark.training.sounds.adapting import adapted  # which imports Lightning

            bundle = adapted(
                bundle,
                [cut for cut in clips if cut.split == "train"],
                self._extracted,
                by=by,
                classes=self._classes(clips),
                settings=self.settings,
                watcher=self.watcher,
            )
            heard = self._extracted(recordings, of_embedder(bundle))
            clips = [
                replace(cut, frames=heard[cut.recording.digest].part(cut.window)[0])
                for cut in clips
            ]
        copies: list[Cut] = []
        if self.settings.copies:
            altered = Altered(by, self.settings.copies, self.settings.seed)
            learnt = [each for each in chosen if "train" in each.splits]
            more = self._extracted(learnt, of_embedder(bundle), altered=altered)
            copies = list(_copies(clips, more))
        return self._data(clips, copies, bundle.config.embedder, bundle.folder)

    def _extracted(
        self,
        recordings: Sequence[Recording],
        make: Callable[[int], Extractor],
        *,
        altered: Altered | None = None,
        keep: bool = True,
    ) -> dict[str, Extracted]:
        return extract(
            recordings,
            make,
            cache=self.cache if keep else None,
            jobs=self.jobs,
            altered=altered,
            watcher=self.watcher,
        )

    def of_blocks(
        self, recordings: Sequence[Recording], bundle: Bundle | None, *, notes: Iterable[str]
    ) -> TrainingData:
        """Take DEEP-OC's blocks of embeddings as they are."""
        if not all(clip.is_block for clip in self.sounds.clips):
            raise DataError(
                f"{self.sounds.root} has recordings and blocks of embeddings (.npy): learn from "
                "one or the other"
            )
        heard = read_blocks(recordings, values=self.settings.values, watcher=self.watcher)
        chosen = self._split(recordings, heard, notes)
        cuts = self._clips(chosen, heard)
        if bundle is None:
            return self._data(cuts, [], AUDIOSET, None)
        return self._data(cuts, [], bundle.config.embedder, bundle.folder)

    def _split(
        self, recordings: Sequence[Recording], heard: dict[str, Extracted], notes: Iterable[str]
    ) -> tuple[Recording, ...]:
        readable = [each for each in recordings if each.digest in heard]
        if not readable:
            raise DataError(
                f"none of the {many(len(recordings), 'recording')} in {self.sounds.root} can be "
                "read"
            )
        result = split(readable, self.settings)
        flaws = [f"{each.name}: {note}" for each in readable for note in heard[each.digest].notes]
        if flaws:
            self.watcher.note(
                f"{many(len(flaws), 'flaw')} in recordings that are read all the same "
                f"({'; '.join(flaws[:3])}{'; ...' if len(flaws) > 3 else ''})"
            )
        for note in (*notes, *result.notes):
            self.watcher.note(note)
        return result.recordings

    def _clips(self, recordings: Sequence[Recording], heard: dict[str, Extracted]) -> list[Cut]:
        number = {name: at for at, name in enumerate(self.sounds.classes)}
        clips: list[Cut] = []
        lost: list[str] = []
        for recording in recordings:
            extracted = heard[recording.digest]
            frames = extracted.frames[0]
            for part in SPLITS:
                marked = [
                    Marked(clip.start, clip.end, tuple(number[name] for name in clip.labels))
                    for clip in recording.clips
                    if clip.split == part
                ]
                if not marked:
                    continue
                cut = windows(
                    marked,
                    patches=len(frames),
                    classes=len(number),
                    unlabelled=self.sounds.unlabelled == "background"
                    and len(recording.splits) == 1,
                    mixed=not all(clip.is_whole for clip in recording.clips),
                )
                lost += [f"{recording.name} from {stretch.start:g} s" for stretch in cut.lost]
                clips += [
                    Cut(
                        recording,
                        window,
                        part,
                        frames[window.first : window.first + window.count],
                        extracted.duration,
                    )
                    for window in cut.windows
                ]
        self._tell_lost(lost, recordings)
        return clips

    def _tell_lost(self, lost: Sequence[str], recordings: Sequence[Recording]) -> None:
        if not lost:
            return
        self.watcher.note(
            f"{many(len(lost), 'label')} at or behind the end of the recording "
            f"({'; '.join(lost[:3])}{'; ...' if len(lost) > 3 else ''}): left out"
        )
        stretches = sum(bool(clip.labels) for each in recordings for clip in each.clips)
        if len(lost) > stretches / 2:
            self.watcher.note(
                "so many of them may mean that the times are not those of these files: if every "
                "file is a clip of its own, leave them out (--column start=none --column end=none)"
            )

    def _classes(self, clips: Iterable[Cut]) -> Classes:
        exclusive = self.settings.exclusive
        if exclusive is None:
            exclusive = all(len(cut.window.labels) == 1 for cut in clips)
        return Classes(self.sounds.classes, exclusive)

    def _data(
        self, cuts: list[Cut], copies: list[Cut], identity: Identity, folder: Path | None
    ) -> TrainingData:
        done = assemble(
            cuts,
            copies,
            classes=self.sounds.classes,
            identity=identity,
            exclusive=self.settings.exclusive,
            watcher=self.watcher,
        )
        validation, test = done.sets["validation"], done.sets["test"]
        return TrainingData(
            train=done.sets["train"],
            validation=validation if len(validation) else None,
            test=test if len(test) else None,
            exclusive=done.exclusive,
            describe=done.describe,
            embedder=folder,
        )


def _copies(cuts: Iterable[Cut], altered: dict[str, Extracted]) -> Iterator[Cut]:
    """Cut altered copies as the recordings themselves were cut."""
    for cut in cuts:
        if cut.split == "train" and cut.recording.digest in altered:
            for frames in altered[cut.recording.digest].part(cut.window):
                yield replace(cut, frames=frames)
