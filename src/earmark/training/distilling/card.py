"""The model card of a tagger that a recipe made: what it is, what it heard, how good it is."""

from __future__ import annotations

from earmark.evaluation.esc50 import Esc50Result
from earmark.training.distilling.corpus import Corpus
from earmark.training.distilling.measure import Report
from earmark.training.distilling.recipe import Recipe

__all__ = ["model_card"]


def model_card(recipe: Recipe, report: Report, *, corpus: Corpus) -> str:
    """Write the card, in Markdown.

    Parameters
    ----------
    recipe : Recipe
    report : Report
        The measurements of the folder that the card goes into.
    corpus : Corpus
        What it was trained on.
    """
    hours = int(corpus.ends[-1]) / 16_000 / 3600
    # Synthetic sound names its generator after a colon: one source, however many generators.
    sources = {entry.source.partition(":")[0] for entry in corpus.entries}
    return f"""# {recipe.name} {recipe.version}

Tags sound with the 527 classes of AudioSet. Made by earmark, from its own training, under
Apache-2.0; `recipes/{recipe.name}.yaml` and `docs/{recipe.name}.md` say how to make it again.

* **In:** VGGish's log-mel patches, float32 [n, 96, 64], 0.96 s each. **Out:** 128 numbers a patch,
  kept in 8 bits, and 527 scores for each clip of up to ten patches and for each patch.
* **Size:** weights in half precision, once, in `model.safetensors`; both ONNX files point into it.
* **Taught by** EfficientAT mn04_as (Schmid et al. 2023; MIT licence): its scores, and its embedding
  every 0.32 s, over recordings that were cropped, looped, coloured and mixed at random. No label
  made by a person was used.
* **Heard** {len(corpus)} recordings, {hours:.1f} h, from {len(sources)} sources, each under a
  licence of its own that lets anyone use it for anything (public domain, CC0, CC BY, CC BY-SA, GPL
  and the like), synthetic sound and speech among them; {recipe.distil.steps} steps of
  {recipe.batch} patches.

## How good it is

Measured on what ships, 8-bit embeddings and all. Recordings are looped to ten seconds.

### Against its teacher

{report.n_held_out} recordings of the sources that training left out entirely (those whose name's
md5 is 0 modulo 8).

| measure | {recipe.name} | goal |
|---|---|---|
| mAP, true where the teacher's score is above 0.3, over the {report.agreement.n_classes} \
classes with three such recordings or more | \
{report.agreement.mean_average_precision:.3f} | 0.65 |
| first tag among the teacher's first three | {report.agreement.top1_in_top3:.3f} | 0.85 |
| cross-entropy, nats (the teacher's own entropy is {report.agreement.floor:.2f}) | \
{report.agreement.cross_entropy:.2f} | |

### Against people

ESC-50's fold 5 (and ESC-10's part of it), which training never heard in any form, through the class
mapping in `earmark.evaluation.esc50`, the same for all three. *Choice*: the right one of the
classes has the highest score. *Top 5*: one of its AudioSet names is among the first five tags.

| | {recipe.name} | EfficientAT mn04_as | YAMNet int8 | goal |
|---|---|---|---|---|
| ESC-50 choice | {_row("choice", report.esc50, report.teacher_esc50, report.yamnet_esc50)} | 0.68 |
| ESC-50 top 5 | {_row("top5", report.esc50, report.teacher_esc50, report.yamnet_esc50)} | 0.74 |
| ESC-10 choice | {_row("choice", report.esc10, report.teacher_esc10, report.yamnet_esc10)} | |
| ESC-10 top 5 | {_row("top5", report.esc10, report.teacher_esc10, report.yamnet_esc10)} | |

Linear probe: logistic regression on mean and deviation over time of the embeddings, five folds of
ESC-50. Of these recordings the embedder heard, without labels, {report.n_esc50_heard} of
{report.n_esc50} (the freely licensed ones of folds 1-4).

| | {recipe.name} | EfficientAT mn04_as | VGGish (published) | goal |
|---|---|---|---|---|
| ESC-50, all five folds | {report.probe:.3f} | {report.teacher_probe:.3f} | 0.682 | 0.75 |
| fold 5 alone, never heard | {report.probe_fold5:.3f} | {report.teacher_probe_fold5:.3f} | | |

### When

Each of fold 5's recordings ({report.n_placed} of them) was put at a random time into 20 s of quiet
noise. A patch inside the sound has a higher score for its class than one outside with probability
{report.time_auc:.3f} (0.5 is chance).

## What to know before using it

* It repeats its teacher's judgement, mistakes included, and knows best what its recordings had much
  of. Thin there: sung music of most genres, motorcycles, coughing, sneezing, whispering, applause,
  household machines, street scenes, and several plucked and reed instruments.
* Scores are not calibrated probabilities: choose thresholds on recordings of your own.
* It listens to 125-7500 Hz: bats, and most of what is called ultrasound, are out of its hearing.
"""


def _row(measure: str, *results: Esc50Result) -> str:
    return " | ".join(f"{getattr(result, measure):.3f}" for result in results)
