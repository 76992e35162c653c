from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from evaluation.prediction_making import RAIN_AND_MORE, a_calibration, some_predictions
from formats.record_making import some_clips
from hypothesis import given
from hypothesis import strategies as st

from earmark.errors import DataError
from earmark.evaluation.truth import Labelled, match
from earmark.formats import Labels, segments
from earmark.ontology import Label, labels

PREDICTIONS = replace(
    some_predictions(4, table=RAIN_AND_MORE), calibration=a_calibration(3), title="mine 1"
)
LABELLED = Labelled(
    ids=PREDICTIONS.ids,
    starts=PREDICTIONS.starts,
    labels=Labels.of([[0], [1, 2], [], [2]]),
    table=RAIN_AND_MORE,
)


def test_clips_of_several_pieces_are_kept_without_embeddings() -> None:
    clips = some_clips(30)
    found = Labelled.of(iter([clips[:0], clips[:10], clips[10:]]))
    assert (found.ids, found.table, found.labels) == (clips.ids, clips.table, clips.labels)
    np.testing.assert_array_equal(found.starts, clips.starts)
    assert repr(found) == f"Labelled(30 clips, {len(clips.labels.values)} labels)"
    assert len(Labelled.of([])) == 0


def test_pieces_of_different_labels_are_refused() -> None:
    others = some_clips(3, table=RAIN_AND_MORE)
    with pytest.raises(DataError, match="different label tables: evaluate them one by one"):
        Labelled.of([some_clips(3), others])


def test_a_list_of_segments_will_do(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text("id,start,labels\nyoutube-000,0,Rain\nyoutube-001,10,Thunder\n")
    found = match(Labelled.of_segments(segments.read(path)), PREDICTIONS)
    assert found.truth.tolist() == [[True, False, False], [False, False, True]]
    assert (found.without_predictions, found.without_labels) == (0, 2)
    assert found.predictions.ids == ("youtube-000", "youtube-001")
    path.write_text("id,start\nyoutube-000,0\n")
    with pytest.raises(DataError, match="none of the 1 clips has a label"):
        match(Labelled.of_segments(segments.read(path)), PREDICTIONS)


def test_the_same_clips_and_classes() -> None:
    found = match(LABELLED, PREDICTIONS)
    assert found.truth.tolist() == LABELLED.labels.to_multi_hot(3).tolist()
    assert found.predictions is PREDICTIONS
    assert (found.unknown, found.unlabelled) == ((), ())
    assert (found.without_predictions, found.without_labels) == (0, 0)
    assert repr(found) == "Matched(4 clips, 3 classes)"


@given(st.permutations(range(4)), st.permutations(range(3)))
def test_ids_and_not_places_say_what_is_what(clips: list[int], classes: list[int]) -> None:
    table = tuple(
        Label(at, RAIN_AND_MORE[old].id, "a name of their own") for at, old in enumerate(classes)
    )
    place = {old: at for at, old in enumerate(classes)}
    lists = [[place[label] for label in LABELLED.labels[clip].tolist()] for clip in clips]
    shuffled = Labelled(
        ids=tuple(LABELLED.ids[clip] for clip in clips),
        starts=LABELLED.starts[clips],
        labels=Labels.of(lists),
        table=table,
    )
    np.testing.assert_array_equal(
        match(shuffled, PREDICTIONS).truth, match(LABELLED, PREDICTIONS).truth
    )


def test_names_will_do_where_ids_are_unknown() -> None:
    table = tuple(
        Label(label.index, f"my-{label.index}", label.name.upper()) for label in LABELLED.table
    )
    found = match(replace(LABELLED, table=table), PREDICTIONS)
    np.testing.assert_array_equal(found.truth, match(LABELLED, PREDICTIONS).truth)


def test_what_only_one_side_knows_is_left_out_and_named() -> None:
    table = (
        Label(0, "/m/0ngt1", "Thunder"),
        Label(1, "/m/other", "Hum"),
        Label(2, "/m/06mb1", "Rain"),
        Label(3, "/m/never", "Never there"),
    )
    listed = replace(LABELLED, labels=Labels.of([[0, 1], [1], [2], []]), table=table)
    found = match(listed, PREDICTIONS)
    assert [label.name for label in found.table] == ["Rain", "Thunder"]
    assert [label.index for label in found.table] == [0, 1]
    assert found.truth.tolist() == [[False, True], [False, False], [True, False], [False, False]]
    np.testing.assert_array_equal(found.predictions.scores, PREDICTIONS.scores[:, [0, 2]])
    assert found.unknown == ((table[1], 2),)
    assert found.unlabelled == (RAIN_AND_MORE[1],)
    assert found.predictions.calibration is not None
    assert len(found.predictions.calibration) == 2


def test_clips_that_only_one_side_has_are_counted() -> None:
    listed = replace(
        LABELLED,
        ids=(*LABELLED.ids[:3], "elsewhere"),
        starts=np.array([0.0, 10.0, 999.0, 0.0]),
    )
    found = match(listed, PREDICTIONS)
    assert found.predictions.ids == PREDICTIONS.ids[:2]
    assert (found.without_predictions, found.without_labels) == (2, 2)


def test_what_cannot_be_judged_says_why_and_what_to_do() -> None:
    nothing = replace(LABELLED, labels=Labels.none(4))
    with pytest.raises(DataError, match=r"none of the 4 clips has a label.* --segments"):
        match(nothing, PREDICTIONS)
    with pytest.raises(DataError, match="no clips to evaluate on: see what --data and --split"):
        match(Labelled.of([]), PREDICTIONS)
    with pytest.raises(DataError, match="are numbers, and nobody knows what they mean"):
        match(replace(LABELLED, table=()), PREDICTIONS)
    strange = tuple(Label(at, f"x{at}", f"X{at}") for at in range(9))
    with pytest.raises(DataError, match=r"\(X0, X1, X2 and 6 more\) are none of .* mine 1 \(Rain"):
        match(replace(LABELLED, table=strange), PREDICTIONS)
    elsewhere = replace(LABELLED, ids=tuple("abcd"))
    with pytest.raises(DataError, match="mine 1 has none of the set's clips, as 'a', but 4 others"):
        match(elsewhere, PREDICTIONS)
    twice = replace(PREDICTIONS, ids=(PREDICTIONS.ids[0],) * 4, starts=np.full(4, math.nan))
    with pytest.raises(DataError, match="mine 1 has the clip 'youtube-000' of the set more than"):
        match(LABELLED, twice)


def test_all_of_audioset_fits_itself() -> None:
    clips = some_clips(50)
    predictions = replace(
        some_predictions(50, table=labels()), ids=clips.ids, starts=clips.starts, ends=clips.ends
    )
    found = match(Labelled.of([clips]), predictions)
    np.testing.assert_array_equal(found.truth, clips.labels.to_multi_hot(527))
