"""The model card of a tagger that was trained: data, settings, measures and limits."""

from __future__ import annotations

from collections.abc import Iterator

import yaml

from earmark.embedders.identity import AUDIOSET, Identity
from earmark.exporting.tagger_folder import TaggerParts
from earmark.training.data import TrainingData
from earmark.training.trained import Outcome, Trained
from earmark.training.validating import Measured

__all__ = ["model_card"]


def model_card(trained: Trained, *, parts: TaggerParts, data: TrainingData) -> str:
    """Write the card, in Markdown."""
    sections = [
        f"# {parts.name} {parts.version}",
        _what_it_is(trained, parts, data),
        "## How to use it\n\n" + _use(data),
        "## Data\n\n" + _data(trained, data),
        "## How good it is\n\n" + _measures(trained),
        "## Limits\n\n" + "\n".join(f"* {limit}" for limit in _limits(data)),
        "## Settings\n\n" + _settings(trained),
    ]
    return "\n\n".join(sections) + "\n"


def _what_it_is(trained: Trained, parts: TaggerParts, data: TrainingData) -> str:
    kind = trained.settings.classifier.kind
    many = len(trained.runs)
    average = f"The mean of {many} classifiers of kind" if many > 1 else "A classifier of kind"
    scores = (
        "gives each class a share of 1"
        if data.exclusive
        else "scores each class from 0 to 1 by itself"
    )
    text = (
        f"{average} `{kind}` that hears {len(data.table)} classes in clips of up to ten embeddings "
        f"of {_spell(data.identity)}, and {scores}. Made by {parts.created_by}."
    )
    if parts.licence:
        text += f" Its weights are under {parts.licence}."
    return text


def _use(data: TrainingData) -> str:
    if data.embedder is not None:
        lines = ["earmark tag recording.wav --model FOLDER"]
        what = "It is a whole tagger, with its embedder: it takes recordings."
    else:
        lines = ["earmark predict FOLDER clips.h5 -o scores.csv"]
        what = (
            "It holds the classifier alone: it takes embedding sets, and recordings once it is in "
            "one folder with its embedder (`earmark train --embedder`)."
        )
    lines += [
        "earmark evaluate FOLDER --data clips.h5",
        "earmark train --start FOLDER --data more.h5 -o NEW",
    ]
    return f"{what}\n\n```sh\n" + "\n".join(lines) + "\n```"


def _data(trained: Trained, data: TrainingData) -> str:
    what = data.describe or "an embedding set"
    lines = [f"{what[:1].upper()}{what[1:]}."]  # names of classes stay as they are written
    lines.append("")
    lines.append("| | clips | labels | classes with a clip |")
    lines.append("|---|---:|---:|---:|")
    for name, part in data.parts().items():
        classes = len(set(part.labels.values.tolist()))
        lines.append(f"| {name} | {len(part)} | {len(part.labels.values)} | {classes} |")
    lines += [f"\n{notice[:1].upper()}{notice[1:]}." for notice in trained.notices]
    return "\n".join(lines)


def _measures(trained: Trained) -> str:
    rows = []
    if len(trained.runs) > 1:
        rows += [
            _row(f"seed {run.seed}, {part}", found) for run, part, found in _parts(trained.runs)
        ]
    rows += [
        _row(f"**{part}**", found)
        for part, found in (("validation", trained.validation), ("test", trained.test))
        if found is not None
    ]
    if not rows:
        text = "Nobody measured it: there was no validation and no test set."
    else:
        head = "| | clips | mAP | mAUC | d' | accuracy |\n|---|---:|---:|---:|---:|---:|"
        text = "\n".join([head, *rows])
    spread = trained.spread()
    if spread:
        said = [
            f"{name} {entry['mean']:.4f} ± {entry['deviation']:.4f}"
            for name, entry in spread.items()
            if name.endswith("mAP")
        ]
        text += f"\n\nOne run alone has, mean and deviation: {', '.join(said)}."
    first = trained.runs[0]
    return (
        f"{text}\n\nmAP and mAUC are means over the classes that a clip has, of average precision "
        "and of the area under the ROC curve; d' is that of mAUC; accuracy is the share of clips "
        "whose highest score is of a label they have. Trained for "
        f"{first.iterations} iterations of {first.batch} clips in {_time(trained.runs)} "
        f"({first.clips_per_second:.0f} clips/s)."
    )


def _limits(data: TrainingData) -> Iterator[str]:
    if data.identity.name == AUDIOSET.name and data.identity.pca == AUDIOSET.pca:
        yield (
            "It was trained on the embeddings that were released with AudioSet. The network that "
            "was released as VGGish does not give the same embeddings for the same sound, so "
            "expect it to be worse on recordings than on released embeddings, where it was "
            "measured."
        )
    yield "A clip's labels hold for ten seconds as a whole; when a sound is to be heard is a guess."
    if not data.exclusive:
        yield (
            "A score is no probability until it is calibrated, and scores of two classes cannot be "
            "compared: rare classes score low even where they are right."
        )
    yield (
        "It knows its classes and no others: any sound gets a score for each of them. It hears "
        "best what sounds like its training data."
    )


def _settings(trained: Trained) -> str:
    """Those that differ from what they are when nobody sets them."""
    changed = trained.settings.model_dump(mode="json", exclude_defaults=True)
    text = yaml.safe_dump(changed, sort_keys=False).strip() if changed else "{}"
    return f"All are in `settings.yaml`; these are not the defaults:\n\n```yaml\n{text}\n```"


def _row(name: str, found: Measured) -> str:
    return (
        f"| {name} | {found.clips} | {found.mAP:.4f} | {found.mAUC:.4f} | {found.d_prime:.3f} | "
        f"{found.accuracy:.3f} |"
    )


def _parts(runs: tuple[Outcome, ...]) -> Iterator[tuple[Outcome, str, Measured]]:
    for run in runs:
        for part, found in (("validation", run.validation), ("test", run.test)):
            if found is not None:
                yield run, part, found


def _spell(identity: Identity) -> str:
    pca = f" with PCA {identity.pca}" if identity.pca else ""
    return f"{identity.name} {identity.version}{pca}"


def _time(runs: tuple[Outcome, ...]) -> str:
    seconds = sum(run.seconds for run in runs)
    each = f", {len(runs)} runs together" if len(runs) > 1 else ""
    return (f"{seconds / 60:.0f} minutes" if seconds >= 90 else f"{seconds:.1f} seconds") + each
