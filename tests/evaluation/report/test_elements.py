from __future__ import annotations

import pytest
from evaluation.report.reading_html import read_html
from hypothesis import given
from hypothesis import strategies as st

from earmark.evaluation.report.elements import element, to_html


def test_attributes_are_called_as_html_calls_them() -> None:
    made = element("th", "a", None, element("b", "c"), "d", class_="x", aria_sort="none", id=None)
    assert to_html(made) == ('<!doctype html>\n<th class="x" aria-sort="none">a<b>c</b>d</th>\n')
    assert to_html(element("line", x1=1.25, x2=3.0)).endswith('<line x1="1.2" x2="3"></line>\n')


@given(st.text())
def test_text_stays_text(text: str) -> None:
    page = to_html(element("p", text, element("i", text), text, title=text))
    page.encode()
    paragraph = read_html(page).all("p")[0]
    assert [each for each in paragraph.children if not isinstance(each, str)] == paragraph.all("i")
    shown = element("p", text).text or ""
    assert paragraph.text == shown * 3
    assert len(shown) == len(text)


@pytest.mark.parametrize("odd", ["\x00", "\x1b", "\ud800", "\u202e", "\x7f"])
def test_what_html_may_not_hold_is_replaced(odd: str) -> None:
    assert element("p", f"a{odd}b").text == "a\N{REPLACEMENT CHARACTER}b"


def test_other_spaces_are_kept() -> None:
    text = "20\N{NARROW NO-BREAK SPACE}371\nclips\t\N{NO-BREAK SPACE}"
    assert element("p", text).text == text
