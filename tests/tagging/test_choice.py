"""Names of labels, as people write them."""

from __future__ import annotations

import pytest

from earmark import ontology
from earmark.errors import UsageError
from earmark.ontology import Label
from earmark.tagging.choice import choose, split

LABELS = ontology.labels()
OWN = (Label(index=0, id="cough", name="Cough, dry"), Label(index=1, id="saw", name="Saw"))


def names(chosen: tuple[int, ...]) -> list[str]:
    return [LABELS[index].name for index in chosen]


@pytest.mark.parametrize("name", ["Gunshot, gunfire", "gunshot, GUNFIRE", " /m/032s66 "])
def test_names_and_ids_in_any_case(name: str) -> None:
    assert names(choose(LABELS, [name])) == ["Gunshot, gunfire"]


def test_they_come_in_the_order_of_the_scores_and_once() -> None:
    assert names(choose(LABELS, ["Rain", "Speech", "rain"])) == ["Speech", "Rain"]


def test_children_on_request() -> None:
    assert names(choose(LABELS, ["Bird"])) == ["Bird"]
    found = names(choose(LABELS, ["Bird"], with_children=True))
    assert {"Bird", "Owl", "Hoot", "Crow", "Caw"} <= set(found)
    assert "Dog" not in found


def test_a_category_stands_for_its_children_only_if_they_are_asked_for() -> None:
    assert "Speech" in names(choose(LABELS, ["Human sounds"], with_children=True))
    with pytest.raises(UsageError, match=r"'Human sounds' is no label but a category .*children"):
        choose(LABELS, ["Human sounds"])


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("Rian", "did you mean 'Rain' or"),
        ("gunshot", "did you mean 'Gunshot, gunfire'"),
        ("xyzzy", "no label 'xyzzy'; `earmark labels`"),
    ],
)
def test_unknown_names_and_what_was_meant(name: str, hint: str) -> None:
    with pytest.raises(UsageError, match=hint):
        choose(LABELS, [name])


def test_nothing_at_all_is_refused() -> None:
    with pytest.raises(UsageError, match="no labels are named"):
        choose(LABELS, [])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Gunshot, gunfire", ["Gunshot, gunfire"]),
        ("Rain,Thunder", ["Rain", "Thunder"]),
        ("Rain, Thunder,", ["Rain", "Thunder"]),
        ("Gunshot, gunfire,Rain", ["Gunshot, gunfire", "Rain"]),
        ("rain,gunshot, gunfire", ["rain", "gunshot, gunfire"]),
        ("Livestock, farm animals, working animals", ["Livestock, farm animals, working animals"]),
        ("/m/06mb1,/m/0ngt1", ["/m/06mb1", "/m/0ngt1"]),
        ("Rain,Rian", ["Rain", "Rian"]),
        (",,", []),
    ],
)
def test_commas_between_names_and_in_them(text: str, expected: list[str]) -> None:
    assert split(LABELS, text) == expected


def test_a_tagger_with_labels_of_its_own() -> None:
    assert choose(OWN, ["cough, dry"]) == (0,)
    assert split(OWN, "Saw,Cough, dry") == ["Saw", "Cough, dry"]
    assert choose(OWN, ["SAW"], with_children=True) == (1,)
    with pytest.raises(UsageError, match="there is no label 'Rain'"):
        choose(OWN, ["Rain"])
