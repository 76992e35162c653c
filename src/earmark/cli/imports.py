"""``earmark models import``: weights that others trained -> a tagger's folder."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from earmark.cli.streams import say
from earmark.errors import UsageError

__all__ = ["import_weights"]


def import_weights(
    output: Annotated[
        Path,
        typer.Option(
            "--output", "-o", metavar="FOLDER", help="The tagger's folder.", show_default=False
        ),
    ],
    weights: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="WEIGHTS",
            help="VGGish's weights: TensorFlow's checkpoint, .pth or .npz. A PCA (.npz) and a "
            "classifier (.h5 or .keras) may stand here, too.",
            show_default=False,
        ),
    ] = None,
    pca: Annotated[
        str | None,
        typer.Option(
            metavar="FILE.npz",
            help="The PCA, vggish_pca_params.npz; none to say that there is none.",
            show_default=False,
        ),
    ] = None,
    classifier: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.h5",
            help="A classifier of the attention family that Keras saved.",
            show_default=False,
        ),
    ] = None,
    kind: Annotated[
        str | None,
        typer.Option(
            metavar="KIND",
            help="Which of the family it is, where its file does not say, as in "
            "decision_level_average_pooling.",
            show_default=False,
        ),
    ] = None,
    labels: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.csv",
            help="Its classes, with columns index, id and name; AudioSet's if not given.",
            show_default=False,
        ),
    ] = None,
    final_relu: Annotated[
        bool,
        typer.Option(
            "--final-relu/--no-final-relu",
            help="Whether VGGish ends in ReLU: yes in 2017 and in AudioSet's embeddings, no in "
            "Google's code since 2020.",
        ),
    ] = True,
    dequantiser: Annotated[
        Literal["kong", "youtube8m"],
        typer.Option(help="How the classifier was taught to read the eight bits."),
    ] = "kong",
    name: Annotated[
        str | None,
        typer.Option(
            help="What the tagger is called: vggish if not given, or as a lone classifier's kind.",
            show_default=False,
        ),
    ] = None,
    version: Annotated[str, typer.Option(help="Its version.")] = "1",
    embedder_version: Annotated[
        str,
        typer.Option(help="Which weights these are of VGGish; 1 are Google's: name others."),
    ] = "1",
    licence: Annotated[str, typer.Option(help="Of the weights.", show_default=False)] = "",
    int8: Annotated[
        bool,
        typer.Option("--int8/--no-int8", help="Whether to make the fast embedder, too (68 MB)."),
    ] = True,
    force: Annotated[bool, typer.Option("--force", help="Replace a tagger that is there.")] = False,
) -> None:
    """Make a tagger of weights that others trained: VGGish, and classifiers of its embeddings.

    [dim]earmark models import vggish_model.ckpt vggish_pca_params.npz -o vggish[/dim]

    [dim]earmark models import classifier_model.h5 -o classifier[/dim]
    """
    try:
        from earmark.importing import make
        from earmark.importing.sorting import sort
    except ImportError as error:
        raise UsageError(
            f"models import needs {error.name}: pip install 'earmark[train]'"
        ) from error
    files = sort(
        weights or [],
        pca=None if pca in (None, "none") else Path(str(pca)),
        classifier=classifier,
        without_pca=pca == "none",
    )
    settings = make.Settings(
        name=name,
        version=version,
        embedder_version=embedder_version,
        final_relu=final_relu,
        dequantiser=dequantiser,
        kind=make.checked_kind(kind),
        labels=labels,
        licence=licence,
        eight_bits=int8,
        sizes=make.GOOGLES,
    )
    bundle = make.import_tagger(files, output, settings=settings, force=force)
    say(f"{output} is {bundle.title}: see `earmark models show {output}`", softly=True)
