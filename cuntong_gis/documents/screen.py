"""A paper on a screen and for machines: rows of text, and plain data."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from cuntong_gis.documents.paper import Cell, Column, Kind, Paper, Role, Term, show
from cuntong_gis.words import Lang, Words


def paper_rows(paper: Paper, lang: Lang, *, full: bool = False) -> list[list[str]]:
    """Return a paper as rows of text for a terminal.

    Parameters
    ----------
    paper : Paper
        The paper.
    lang : {"zh", "en"}
        The language wanted.
    full : bool
        All columns, not only those that fit a terminal.

    Returns
    -------
    list of list of str
        The header first. What is in no total stands below a row that says so.
    """
    places = shown_columns(paper, full=full)
    columns = [paper.columns[place] for place in places]
    rows = [[_short_head(column, lang) for column in columns]]
    names = next((place for place, column in enumerate(columns) if column.kind is Kind.TEXT), 0)
    beside = False
    for row in paper.rows:
        if row.role is Role.BESIDE and not beside:
            rows.append([paper.beside.into(lang) if place == names else "" for place in range(len(columns))])
            beside = True
        rows.append(
            [
                show(row.cells[place], column.kind, lang, column.limits)
                for place, column in zip(places, columns, strict=True)
            ]
        )
    return rows


def shown_columns(paper: Paper, *, full: bool = False) -> list[int]:
    """Return the places of the columns that a terminal shows.

    Parameters
    ----------
    paper : Paper
        The paper.
    full : bool
        All of them.

    Returns
    -------
    list of int
        From 0.
    """
    return [place for place, column in enumerate(paper.columns) if full or column.short is not None]


def _short_head(column: Column, lang: Lang) -> str:
    if column.short is not None:
        return column.short.into(lang)
    return (f"{column.group.into(lang)} " if column.group else "") + column.head.into(lang)


def as_json(paper: Paper, lang: Lang = "zh") -> dict[str, Any]:
    """Return a paper for machines.

    Parameters
    ----------
    paper : Paper
        The paper.
    lang : {"zh", "en"}
        Language of titles, headers and notes.

    Returns
    -------
    dict
        ``name``, ``title``, ``about``, ``units``, ``as_of``, ``summary``, ``columns`` (key, kind, head, group),
        ``rows`` (``row``: its role; then a value a key: counts int, lengths km, rates of 1, money in CNY as text, days
        ISO 8601, null for what does not exist) and ``notes``.
    """
    keys = [column.key for column in paper.columns]
    return {
        "name": paper.name.into(lang),
        "title": paper.title.into(lang),
        "about": paper.about.into(lang),
        "units": paper.units.into(lang),
        "as_of": paper.as_of.isoformat(),
        "summary": paper.summary.into(lang) if paper.summary else "",
        "columns": [
            {
                "key": column.key,
                "kind": str(column.kind),
                "head": column.head.into(lang),
                "group": column.group.into(lang) if column.group else "",
            }
            for column in paper.columns
        ],
        "rows": [
            {"row": str(row.role), **{key: _bare(cell, lang) for key, cell in zip(keys, row.cells, strict=True)}}
            for row in paper.rows
        ],
        "notes": [note.into(lang) for note in paper.notes],
    }


def _bare(cell: Cell, lang: Lang) -> Any:
    if isinstance(cell, Words):
        return cell.into(lang)
    if isinstance(cell, Term):
        return cell.code
    if isinstance(cell, dt.date):
        return cell.isoformat()
    return str(cell) if isinstance(cell, Decimal) else cell
