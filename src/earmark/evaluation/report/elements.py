"""HTML and SVG as a tree, which escapes all text on its way out."""

from __future__ import annotations

import unicodedata
import xml.etree.ElementTree as ET
from typing import TypeAlias

__all__ = ["Child", "Element", "element", "to_html"]

Element: TypeAlias = ET.Element
Child: TypeAlias = Element | str | None
"""What may stand in an element; None is nothing."""


def element(name: str, /, *children: Child, **attributes: str | float | None) -> Element:
    """Make an element.

    Parameters
    ----------
    name : str
    *children : Element, str or None
        In their order; text is escaped when it is written.
    **attributes : str, float or None
        ``class_`` stands for ``class`` and ``aria_label`` for ``aria-label``; None for none.
    """
    made = ET.Element(name)
    for key, value in attributes.items():
        if value is not None:
            made.set(key.rstrip("_").replace("_", "-"), _clean(_number(value)))
    last: Element | None = None
    for child in children:
        if isinstance(child, str):
            text = _clean(child)
            if last is None:
                made.text = (made.text or "") + text
            else:
                last.tail = (last.tail or "") + text
        elif child is not None:
            made.append(child)
            last = child
    return made


def to_html(root: Element) -> str:
    """Write a whole page."""
    return "<!doctype html>\n" + ET.tostring(root, encoding="unicode", method="html") + "\n"


def _number(value: str | float) -> str:
    # A tenth of a pixel is as fine as a screen shows.
    return f"{value:.1f}".removesuffix(".0") if isinstance(value, float) else str(value)


def _clean(text: str) -> str:
    """Leave out what no HTML may hold, as half of a character that a file's name may have."""
    if text.isprintable():
        return text
    return "".join("\N{REPLACEMENT CHARACTER}" if _is_odd(char) else char for char in text)


def _is_odd(char: str) -> bool:
    """Whether it is a control character, one that turns the direction, or half of one."""
    return char not in "\n\t" and unicodedata.category(char).startswith("C")
