"""A paper before it is written: typed columns and cells, and how each kind of cell reads in either language.

Workbook, terminal and JSON are made of the same `Paper`, so they cannot tell different figures.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

from cuntong_gis.units import FULL, NOTHING, decimal_text, percent_text, points_text, rounded
from cuntong_gis.words import Lang, Words, day_words, plain

WAN = 10_000
"""CNY in 万元, the unit in which papers tell money."""


class Kind(StrEnum):
    """What a column holds."""

    TEXT = "text"
    CODE = "code"
    TERM = "term"
    LIGHT = "light"
    COUNT = "count"
    NUMBER = "number"
    KM = "km"
    PERCENT = "percent"
    POINTS = "points"
    CHANGE = "change"
    RATIO = "ratio"
    MONEY = "money"
    DATE = "date"


TEXTS = frozenset({Kind.TEXT, Kind.CODE, Kind.TERM, Kind.LIGHT})
"""Kinds that hold words; the others hold figures."""


class Role(StrEnum):
    """What a row is among the others."""

    TOTAL = "total"
    SUBTOTAL = "subtotal"
    PLAIN = "plain"
    BESIDE = "beside"


@dataclass(frozen=True)
class Term:
    """A value out of a fixed list, with the words for it.

    Attributes
    ----------
    code : str
        The value, for machines.
    words : Words
        What people read; it says the whole of it, so that no colour is needed.
    """

    code: str
    words: Words


Cell = str | Words | Term | int | float | Decimal | dt.date | None
"""What a cell may hold: lengths in km, money in CNY; None is a figure that does not exist."""


@dataclass(frozen=True)
class Column:
    """One column of a paper.

    Attributes
    ----------
    key : str
        Name in JSON, unit included.
    head : Words
        The header.
    kind : Kind
        What it holds.
    group : Words, optional
        The header above it, shared with its neighbours of the same group.
    short : Words, optional
        Header on a terminal; None: the column is left out there.
    room : float
        Least width on paper, in digits, of a column that people fill in by hand; 0: as narrow as its cells.
    limits : tuple of float
        Ratios that a percentage is held against: it reads as on its own side of them.
    """

    key: str
    head: Words
    kind: Kind
    group: Words | None = None
    short: Words | None = None
    room: float = 0.0
    limits: tuple[float, ...] = FULL


@dataclass(frozen=True)
class Row:
    """One row of a paper: as many cells as there are columns."""

    cells: tuple[Cell, ...]
    role: Role = Role.PLAIN


BESIDE = Words("以下单位另行统计，不计入合计", "counted beside the others, in no total")
"""The line above rows that are in no total."""


@dataclass(frozen=True)
class Paper:
    """A paper: what it is called, of which day, its table, and what must be said about it.

    Attributes
    ----------
    name : Words
        What kind of paper it is, in a few characters: the sheet's name.
    title : Words
        The title.
    about : Words
        Unit and period, on the left below the title.
    units : Words
        The units of measurement of its figures.
    as_of : date
        Cut-off date of the figures.
    columns : tuple of Column
        At least one.
    rows : tuple of Row
        The total first; what is in no total last.
    notes : tuple of Words
        Below the table: how rates are made, what to beware of.
    summary : Words, optional
        What the rows add up to, above the table, where a row of totals would say nothing.
    frozen : int
        Columns at the left that stay in sight.
    beside : Words
        The line above the rows that are in no total.

    Raises
    ------
    ValueError
        If a row has not as many cells as there are columns.
    """

    name: Words
    title: Words
    about: Words
    units: Words
    as_of: dt.date
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    notes: tuple[Words, ...] = ()
    summary: Words | None = None
    frozen: int = 0
    beside: Words = BESIDE

    def __post_init__(self) -> None:
        if any(len(row.cells) != len(self.columns) for row in self.rows):
            raise ValueError(f"{self.name.en}: a row has not {len(self.columns)} cells")


def same_words(text: Any) -> Words:
    """Return a text of the data as words for either language, made `plain`.

    Parameters
    ----------
    text : object
        Any value.

    Returns
    -------
    Words
        The text.
    """
    line = plain(text)
    return Words(line, line)


def cut_off(paper: Paper, lang: Lang) -> str:
    """Return the line of units of measurement and cut-off date.

    Parameters
    ----------
    paper : Paper
        The paper.
    lang : {"zh", "en"}
        The language wanted.

    Returns
    -------
    str
        ``单位：个、公里、万元、% · 数据截止 2016年6月30日``.
    """
    day = day_words(paper.as_of).into(lang)
    if lang == "zh":
        return f"单位：{paper.units.zh} · 数据截止 {day}"
    return f"Units: {paper.units.en} · Data up to {day}"


def show(cell: Cell, kind: Kind, lang: Lang, limits: tuple[float, ...] = FULL) -> str:
    """Return a cell as people read it.

    Parameters
    ----------
    cell : Cell
        The value.
    kind : Kind
        The kind of its column.
    lang : {"zh", "en"}
        The language wanted.
    limits : tuple of float
        Of a percentage: what it is held against.

    Returns
    -------
    str
        One line; an em dash for what does not exist.
    """
    if cell is None:
        return NOTHING
    if isinstance(cell, Words):
        return cell.into(lang)
    if isinstance(cell, Term):
        return cell.words.into(lang)
    if isinstance(cell, dt.date):
        return day_words(cell).into(lang)
    if isinstance(cell, str):
        return cell
    if kind is Kind.COUNT:
        return f"{int(cell):,}"
    if kind is Kind.PERCENT:
        return percent_text(float(cell), limits)
    if kind is Kind.CHANGE:
        return f"{int(cell):+,}" if cell else "0"
    if kind is Kind.POINTS:
        return points_text(float(cell))
    if kind is Kind.MONEY:
        return f"{rounded(Decimal(cell) / WAN, 2):,}"
    return decimal_text(float(cell), 2 if kind is Kind.RATIO else 1)
