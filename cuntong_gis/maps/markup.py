"""Pieces of a page as markup: cells, symbols, and lists whose rest opens without a script."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from cuntong_gis.maps.style import PointStyle
from cuntong_gis.maps.svg import mark
from cuntong_gis.words import Lang, Words

SPARE = 1
"""So many rows more than there is room for are not worth hiding: what opens them takes room too."""


@dataclass(frozen=True)
class Head:
    """The head of a column.

    Attributes
    ----------
    words : Words
        Its name.
    kind : str
        Class of its cells.
    told : str
        What is said when it is pointed at.
    """

    words: Words
    kind: str = ""
    told: str = ""


@dataclass(frozen=True)
class Row:
    """A row of a table.

    Attributes
    ----------
    cells : str
        Markup of its cells.
    code : str
        Code of what it is of; "" for none.
    kind : str
        Its class.
    """

    cells: str
    code: str = ""
    kind: str = ""


def cell(words: str, kind: str = "", told: str = "") -> str:
    """Return a cell of a table.

    Parameters
    ----------
    words : str
        Any text.
    kind : str
        Its class.
    told : str
        What is said when it is pointed at.

    Returns
    -------
    str
        Markup.
    """
    more = f' class="{kind}"' if kind else ""
    more += f' title="{escape(told)}"' if told else ""
    return f"<td{more}>{escape(words)}</td>"


def symbol(look: PointStyle) -> str:
    """Return a symbol of the maps for the eye alone: its name stands beside it.

    Parameters
    ----------
    look : PointStyle
        The symbol.

    Returns
    -------
    str
        An ``<svg>`` element.
    """
    return f'<svg viewBox="0 0 12 12" aria-hidden="true">{mark(look.shape, look.fill, look.line)}</svg>'


def nothing(words: Words, lang: Lang) -> str:
    """Return what is said where there is nothing to show.

    Parameters
    ----------
    words : Words
        Why.
    lang : {"zh", "en"}
        Language.

    Returns
    -------
    str
        Markup.
    """
    return f'<p class="nothing">{escape(words.into(lang))}</p>'


def seen_of(count: int, most: int) -> int:
    """Return how many rows of a list are seen at once.

    Parameters
    ----------
    count : int
        Rows that there are.
    most : int
        Rows that there is room for.

    Returns
    -------
    int
        All of them where only few would be hidden.
    """
    return count if count <= most + SPARE else most


def table(name: str, heads: Sequence[Head], rows: Sequence[Row], most: int, lang: Lang, *, beyond: int = 0) -> str:
    """Return a table of which the first rows are seen, and the others when they are asked for.

    Parameters
    ----------
    name : str
        Its class, the only one of its name on the page.
    heads : sequence of Head
        Its columns.
    rows : sequence of Row
        Its rows.
    most : int
        Rows that there is room for.
    lang : {"zh", "en"}
        Language.
    beyond : int
        Rows that the page does not hold at all.

    Returns
    -------
    str
        Markup.
    """
    seen = seen_of(len(rows), most)
    head = "".join(
        f'<th scope="col"{_named("class", h.kind)}{_named("title", h.told)}>{escape(h.words.into(lang))}</th>'
        for h in heads
    )
    body = "".join(
        f"<tr{_named('class', ' '.join(filter(None, (row.kind, 'more' * (n >= seen)))))}"
        f"{_named('data-code', row.code)}>{row.cells}</tr>"
        for n, row in enumerate(rows)
    )
    whole = f'<table class="{name}"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'
    if beyond:
        left = Words(f"另有 {beyond:,} 项，见台账", f"{beyond:,} more in the ledger").into(lang)
        whole += f'<p class="nothing more">{escape(left)}</p>'
    return folded(name, whole, len(rows) - seen + beyond, lang)


def folded(name: str, content: str, hidden: int, lang: Lang) -> str:
    """Return a list with what opens its rest: elements of class ``more``; on paper they are only counted.

    Parameters
    ----------
    name : str
        The only one of its name on the page.
    content : str
        Markup of the list.
    hidden : int
        Rows of class ``more`` in it.
    lang : {"zh", "en"}
        Language.

    Returns
    -------
    str
        Markup; the list alone where nothing is hidden.
    """
    if hidden <= 0:
        return content
    more = Words(f"其余 {hidden:,} 项", f"{hidden:,} more").into(lang)
    less = Words("收起", "fewer").into(lang)
    paper = Words(f"另有 {hidden:,} 项，见电子版", f"{hidden:,} more on the screen").into(lang)
    return (
        f'<div class="list"><input type="checkbox" class="fold" id="all-{name}">{content}<label for="all-{name}">'
        f'<span class="unfold">{escape(more)}</span><span class="refold">{escape(less)}</span></label>'
        f'<p class="paper">{escape(paper)}</p></div>'
    )


def _named(attribute: str, value: str) -> str:
    return f' {attribute}="{escape(value)}"' if value else ""
