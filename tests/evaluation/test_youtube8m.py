"""YouTube-8M's metrics beside their definitions and beside what its own code computes."""

from __future__ import annotations

import math
import random

import numpy as np
import pytest
from evaluation import plainly
from hypothesis import given, settings

from earmark.errors import UsageError
from earmark.evaluation import youtube8m
from earmark.evaluation.ranking import LabelRanks
from earmark.evaluation.youtube8m import TopEntries, gap, hit_at_1, map_at_k, perr

Drawn = tuple[plainly.Truth, plainly.Scores]

TRUTH = np.array([[1, 0, 1], [0, 1, 0], [0, 0, 0], [1, 0, 0]], bool)
SCORES = np.array([[0.9, 0.5, 0.2], [0.8, 0.7, 0.1], [0.3, 0.2, 0.1], [0, 0, 0]], np.float32)


def test_hit_at_1_by_hand() -> None:
    # The first clip is a hit, and so is the last, whose classes are alike: the first of them wins.
    assert hit_at_1(LabelRanks.of(TRUTH, SCORES)) == 2 / 4


def test_perr_by_hand() -> None:
    # Two labels, of which one is among the best two; none; no labels; a label with the score 0.
    assert perr(LabelRanks.of(TRUTH, SCORES)) == (1 / 2 + 0 + 0 + 0) / 4


def test_average_precisions_of_the_top_two_by_hand() -> None:
    top = TopEntries.of(TRUTH, SCORES, top=2)
    assert top.classes.tolist() == [0, 1] * 4
    assert top.right.tolist() == [True, False, False, True, False, False, True, False]
    assert top.positives.tolist() == [2, 1, 1]
    assert repr(top) == "TopEntries(8 of 3 classes)"
    # Class 0: right at the first and the fourth place of 0.9, 0.8, 0.3, 0. Class 1: right at the
    # first of 0.7, 0.5, 0.2, 0. Class 2 has a positive and never enters.
    assert map_at_k(top) == pytest.approx(((1 + 2 / 4) / 2 + 1 + 0) / 3)
    # Together: 0.9 yes, 0.8 no, 0.7 yes, 0.5, 0.3, 0.2 no; then 0 and 0, of which one is right,
    # at the seventh place or at the eighth. There are four labels.
    assert gap(top) == pytest.approx((1 + 2 / 3 + (3 / 7 + 3 / 8) / 2) / 4)


@settings(max_examples=60)
@given(plainly.clips(most=4, classes=4))
def test_they_are_what_they_are_defined_to_be(drawn: Drawn) -> None:
    truth, scores = drawn
    ranks = LabelRanks.of(truth, scores)
    assert hit_at_1(ranks) == pytest.approx(plainly.hit_at_1(truth, scores))
    assert perr(ranks) == pytest.approx(plainly.perr(truth, scores))
    for top in (1, 2):
        entries = TopEntries.of(truth, scores, top=top)
        found = sorted(zip(entries.classes, entries.scores, entries.right, strict=True))
        assert found == sorted(plainly.top_entries(truth, scores, top))
        if truth.any():
            assert map_at_k(entries) == pytest.approx(plainly.map_at_k(truth, scores, top))
            if len(truth) * top < 8:  # all orders of a list are many
                assert gap(entries) == pytest.approx(plainly.gap(truth, scores, top))
        else:
            assert math.isnan(map_at_k(entries))
            assert math.isnan(gap(entries))


def test_equal_scores_are_averaged_over_all_shuffles() -> None:
    # What YouTube-8M's code does once, with one seed: shuffle, then sort.
    scores = [0.5] * 4 + [0.25] * 5 + [0.75]
    right = [True, False, False, True, True, False, True, False, False, False]
    rng, found = random.Random(0), []
    for _ in range(20_000):
        order = sorted(rng.sample(range(10), 10), key=lambda at: -scores[at])
        hits = np.cumsum([right[at] for at in order])
        found.append(sum(hits[at] / (at + 1) for at, it in enumerate(order) if right[it]) / 6)
    entries = TopEntries.of(np.array(right)[:, None], np.array(scores, np.float32)[:, None])
    # Four of six positives are among the entries: the class has two more elsewhere.
    entries = TopEntries(
        classes=entries.classes,
        scores=entries.scores,
        right=entries.right,
        positives=np.array([6]),
    )
    assert map_at_k(entries) == pytest.approx(np.mean(found), abs=3e-3)
    assert gap(entries) == map_at_k(entries)


def test_of_many_classes_twenty_count() -> None:
    rng = np.random.default_rng(0)
    truth, scores = rng.random((50, 60)) < 0.05, rng.random((50, 60), np.float32)
    entries = TopEntries.of(truth, scores)
    assert len(entries.classes) == 50 * 20
    worst = np.sort(scores, axis=1)[:, -20]
    assert (entries.scores.reshape(50, 20).min(axis=1) == worst).all()
    # The mean of average precisions over all clips is another number.
    everything = TopEntries.of(truth, scores, top=60)
    assert map_at_k(entries) < map_at_k(everything)


def test_many_clips_are_looked_through_piece_by_piece(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    truth, scores = rng.random((30, 9)) < 0.4, rng.random((30, 9), np.float32)
    whole = TopEntries.of(truth, scores, top=4)
    monkeypatch.setattr(youtube8m, "_AT_ONCE", 7)
    assert np.array_equal(TopEntries.of(truth, scores, top=4).scores, whole.scores)


def test_equal_scores_at_the_border_leave_the_lower_classes_in() -> None:
    scores = np.array([[0.1, 0.5, 0.1, 0.1, 0.9]], np.float32)
    entries = TopEntries.of(np.zeros((1, 5), bool), scores, top=3)
    assert entries.classes.tolist() == [0, 1, 4]


def test_perfect_scores() -> None:
    truth = np.eye(5, dtype=bool)
    scores = truth.astype(np.float32)
    ranks, top = LabelRanks.of(truth, scores), TopEntries.of(truth, scores)
    assert (hit_at_1(ranks), perr(ranks), map_at_k(top), gap(top)) == (1, 1, 1, 1)


def test_one_label_a_clip_makes_hit_at_1_accuracy() -> None:
    rng = np.random.default_rng(0)
    scores, classes = rng.random((100, 4), np.float32), rng.integers(0, 4, 100)
    truth = np.arange(4) == classes[:, None]
    ranks = LabelRanks.of(truth, scores)
    assert hit_at_1(ranks) == perr(ranks) == pytest.approx((scores.argmax(1) == classes).mean())


def test_no_entries_are_refused() -> None:
    with pytest.raises(UsageError, match="the best 0 classes of a clip are none"):
        TopEntries.of(TRUTH, SCORES, top=0)
