from __future__ import annotations

from collections.abc import Iterator

import pytest

from earmark import ontology
from earmark.errors import UsageError
from earmark.ontology import Branch, Node, nodes


def names(found: tuple[Node, ...]) -> list[str]:
    return [node.name for node in found]


@pytest.mark.parametrize("text", ["Thunder", "thunder", " THUNDER ", "/m/0ngt1"])
def test_find_by_name_or_id(text: str) -> None:
    assert ontology.find(text).id == "/m/0ngt1"
    assert ontology.get(text) == ontology.find(text)


def test_find_a_name_with_a_comma() -> None:
    assert ontology.find("gunshot, gunfire").id == "/m/032s66"


@pytest.mark.parametrize(
    ("text", "suggestion"),
    [
        ("thundr", "'Thunder'"),
        ("gunshot", "'Gunshot, gunfire'"),
        ("Gunshot,gunfire", "'Gunshot, gunfire'"),
        ("owll", "'Owl'"),
        ("car horn", "'Vehicle horn, car horn, honking'"),
    ],
)
def test_a_near_miss_is_told_what_may_have_been_meant(text: str, suggestion: str) -> None:
    assert ontology.get(text) is None
    with pytest.raises(UsageError, match=f"no sound is called '{text}': did you mean .*") as error:
        ontology.find(text)
    assert suggestion in str(error.value)


@pytest.mark.parametrize("text", ["", "x", "qqqqqqqq", "/m/0", "\n"])
def test_a_far_miss_is_told_where_the_names_are(text: str) -> None:
    with pytest.raises(UsageError, match="`earmark labels` lists all names"):
        ontology.find(text)


def test_children_and_parents_are_by_name() -> None:
    assert names(ontology.children("Thunderstorm")) == ["Thunder"]
    assert names(ontology.children("Thunder")) == []
    assert names(ontology.parents("bicycle bell")) == ["Alarm", "Bell", "Bicycle"]
    assert names(ontology.parents("Music")) == []


def test_walking_names_each_node_once() -> None:
    below = ontology.descendants("Sounds of things")
    assert len(below) == len(set(below)) == 192
    above = names(ontology.ancestors("Bicycle bell"))
    assert above[:3] == ["Alarm", "Bell", "Bicycle"], "the nearest come first"
    assert sorted(set(above)) == sorted(above)
    assert "Sounds of things" in above
    assert "Music" in above


def test_nodes_with_several_parents_are_below_each() -> None:
    several = [node for node in nodes() if len(node.parents) > 1]
    assert len(several) == 38
    assert max(len(node.parents) for node in several) == 4
    for node in several:
        for parent in ontology.parents(node.id):
            assert node in ontology.children(parent.id)


def test_up_and_down_agree() -> None:
    ids = {node.id for node in nodes()}
    for node in nodes():
        assert set(node.parents) <= ids
        assert all(node in ontology.parents(child.id) for child in ontology.children(node.id))


def test_there_is_no_cycle() -> None:
    for node in nodes():
        assert node not in ontology.descendants(node.id)


def test_everything_hangs_from_the_seven_roots() -> None:
    assert [branch.node.name for branch in ontology.tree()] == [
        "Animal",
        "Channel, environment and background",
        "Human sounds",
        "Music",
        "Natural sounds",
        "Sounds of things",
        "Source-ambiguous sounds",
    ]
    assert {node.id for node in walk(ontology.tree())} == {node.id for node in nodes()}


def test_the_tree_shows_a_node_under_each_of_its_parents() -> None:
    growling = ontology.find("Growling")
    shown = list(walk(ontology.tree()))
    assert shown.count(growling) >= len(growling.parents) == 4


def walk(branches: tuple[Branch, ...]) -> Iterator[Node]:
    for branch in branches:
        yield branch.node
        yield from walk(branch.branches)
