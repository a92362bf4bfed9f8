"""Which column of a file is which of ours: `data/synonyms.csv`, Chinese and English."""

from __future__ import annotations

import csv
import difflib
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

from openpyxl.utils import get_column_letter

from cuntong_gis import schema
from cuntong_gis.errors import LayersError
from cuntong_gis.layers.notes import quoted
from cuntong_gis.words import Words

COORDINATES = ("lon", "lat", "x", "y", "wkt")
"""Columns of a sheet that make up the geometry."""

OVERRIDE, EXACT, SHORTENED = 0, 1, 3
"""Ranks: named in cuntong.toml; our own name or Chinese header; cut to a Shapefile's ten characters, or vague.
Between them, 2, come the clear synonyms. The lowest rank wins."""

SHAPEFILE_NAME = 10

KIN = {"form_villages": "villages"}
"""Tables whose columns go by the headers and words of another table's columns of the same name, too."""

_BRACKETED = re.compile(r"[(\[{<【〔].*?[)\]}>】〕]")
_NOISE = re.compile(r"[\s_\-*:.、,/]+")


@dataclass(frozen=True)
class Match:
    """Which header stands for which column.

    Attributes
    ----------
    index : dict of str to int
        Our column → place of its header among those of the file.
    """

    index: dict[str, int]

    def __contains__(self, column: str) -> bool:
        """Tell whether the file has a column."""
        return column in self.index


def plain(header: object) -> str:
    """Return a header without case, width, spaces and joining signs.

    Parameters
    ----------
    header : object
        The cell.

    Returns
    -------
    str
        E.g. ``Spare Fibers`` → ``sparefibers``; "" of an empty cell.
    """
    text = unicodedata.normalize("NFKC", "" if header is None else str(header))
    return _NOISE.sub("", text.casefold())


def match(
    headers: Sequence[object], table: str, columns: Mapping[str, str], where: str, *, sheet: bool = False
) -> Match:
    """Find our columns among the headers of a file.

    Parameters
    ----------
    headers : sequence
        The headers, in the order of the file; cells may be empty.
    table : str
        Name of the layer.
    columns : mapping of str to str
        Our column → header, as `cuntong.toml` says; these win.
    where : str
        File and place of the header row, for messages.
    sheet : bool
        The columns have letters.

    Returns
    -------
    Match
        The columns found.

    Raises
    ------
    LayersError
        If two headers fit one column equally well, or a header named in the settings is not there.
    """
    found = _overrides(headers, table, columns, where, sheet)
    best: dict[str, tuple[int, list[int]]] = {}
    for place, header in enumerate(headers):
        for column, rank in _candidates(table, header):
            if column in found:
                continue
            at, places = best.get(column, (rank, []))
            if rank < at or not places:
                best[column] = (rank, [place])
            elif rank == at and place not in places:
                places.append(place)
    taken = set(found.values()) | {places[0] for rank, places in best.values() if rank < SHORTENED}
    for column, (rank, places) in best.items():
        # A vague header such as "类型" serves only what no clearer column has claimed.
        free = [p for p in places if rank < SHORTENED or p not in taken]
        if len(free) > 1:
            raise _twice(headers, column, table, free, where, sheet)
        if free:
            found[column] = free[0]
            taken.add(free[0])
    return Match(found)


def score(headers: Sequence[object], table: str, columns: Mapping[str, str]) -> int:
    """Count how many of our columns some headers would give.

    Parameters
    ----------
    headers : sequence
        Cells of what may be a header row.
    table : str
        Name of the layer.
    columns : mapping of str to str
        Our column → header, as `cuntong.toml` says.

    Returns
    -------
    int
        The number of different columns.
    """
    wanted = {plain(h): c for c, h in columns.items()}
    seen = set()
    for header in headers:
        if not isinstance(header, str) or len(header) > 60:
            continue
        if plain(header) in wanted:
            seen.add(wanted[plain(header)])
        seen.update(column for column, _ in _candidates(table, header)[:1])
    return len(seen)


def columns_of(table: str, header: object) -> tuple[str, ...]:
    """Return the columns that a header may stand for.

    Parameters
    ----------
    table : str
        Name of the layer or form.
    header : object
        The cell.

    Returns
    -------
    tuple of str
        The likeliest first.
    """
    return tuple(column for column, _ in _candidates(table, header))


def missing(column: str, table: str, headers: Sequence[object], where: str) -> LayersError:
    """Return the error of a file that lacks a column that must be there.

    Parameters
    ----------
    column : str
        Our name of it.
    table : str
        Name of the layer.
    headers : sequence
        The headers of the file.
    where : str
        The file.

    Returns
    -------
    LayersError
        Names the column, the headers found and the setting that helps.
    """
    title = _title(table, column)
    shown = [quoted(h, marks=False) for h in headers if plain(h)][:20]
    return LayersError(
        Words(f"没有“{title}”列", f"no column for {column} ({title})"),
        where=where,
        hint=_joined_hints(
            Words(f"现有列：{'、'.join(shown) or '无'}", f"columns found: {', '.join(shown) or 'none'}"),
            _naming(table, column, Words("可在 cuntong.toml 写", "name it in cuntong.toml:")),
        ),
    )


def _overrides(
    headers: Sequence[object], table: str, columns: Mapping[str, str], where: str, sheet: bool
) -> dict[str, int]:
    known = [c.name for c in schema.load(table).fields] + list(COORDINATES)
    found = {}
    for column, header in columns.items():
        if column not in known:
            near = difflib.get_close_matches(column, known, 1, 0.5)
            raise LayersError(
                Words(f"columns 中未知的列 {quoted(column)}", f"unknown column {quoted(column)} in 'columns'"),
                where=f"cuntong.toml [layers.{table}]",
                hint=Words(f"可用：{'、'.join(near or known)}", f"known: {', '.join(near or known)}"),
            )
        places = [n for n, h in enumerate(headers) if plain(h) and plain(h) == plain(header)]
        exact = [n for n in places if str(headers[n]).strip() == header.strip()]
        places = exact or places
        if not places:
            raise LayersError(
                Words(f"没有表头 {quoted(header)}", f"there is no header {quoted(header)}"),
                where=where,
                hint=Words(
                    f"现有列：{'、'.join(quoted(h, marks=False) for h in headers if plain(h))}",
                    f"columns found: {', '.join(quoted(h, marks=False) for h in headers if plain(h))}",
                ),
            )
        if len(places) > 1:
            raise _twice(headers, column, table, places, where, sheet)
        found[column] = places[0]
    return found


def _candidates(table: str, header: object) -> list[tuple[str, int]]:
    """Return the columns that a header may stand for, with their ranks, the likeliest first."""
    if header is None or not (whole := plain(header)):
        return []
    known = _known(table)
    found = list(known.get(whole, ()))
    bare = plain(_BRACKETED.sub("", unicodedata.normalize("NFKC", str(header))))
    if bare and bare != whole and not found:
        found += [(column, max(rank, 2)) for column, rank in known.get(bare, ())]
    return sorted(dict(sorted(found, key=lambda f: -f[1])).items(), key=lambda f: f[1])


@cache
def _known(table: str) -> dict[str, list[tuple[str, int]]]:
    known: dict[str, dict[str, int]] = {}

    def learn(header: str, column: str, rank: int) -> None:
        of = known.setdefault(plain(header), {})
        of[column] = min(rank, of.get(column, rank))

    for column in schema.load(table).fields:
        learn(column.name, column.name, EXACT)
        learn(column.zh, column.name, EXACT)
        if len(column.name) > SHAPEFILE_NAME:
            learn(column.name[:SHAPEFILE_NAME], column.name, SHORTENED)
    text = resources.files("cuntong_gis").joinpath("data/synonyms.csv").read_text("utf-8")
    columns = {column.name for column in schema.load(table).fields}
    if schema.load(table).geometry_type:
        columns.update(COORDINATES)
    for row in csv.DictReader(text.splitlines()):
        if row["table"] in (table, "*", KIN.get(table)) and row["column"] in columns:
            learn(row["header"], row["column"], int(row["rank"]))
    return {header: list(of.items()) for header, of in known.items()}


def _naming(table: str, column: str, before: Words) -> Words:
    """Return the setting that names a header; layers have it, forms do not."""
    if not schema.load(table).geometry_type:
        return Words("", "")
    return Words(
        f'{before.zh} [layers.{table}] columns = {{ {column} = "表头" }}',
        f'{before.en} [layers.{table}] columns = {{ {column} = "header" }}',
    )


def _joined_hints(*hints: Words) -> Words:
    told = [hint for hint in hints if hint.zh]
    return Words("；".join(hint.zh for hint in told), "; ".join(hint.en for hint in told))


def _title(table: str, column: str) -> str:
    if column in COORDINATES:
        return {"lon": "经度", "lat": "纬度"}.get(column, column)
    return schema.load(table).column(column).zh


def _twice(
    headers: Sequence[object], column: str, table: str, places: list[int], where: str, sheet: bool
) -> LayersError:
    letters = [f" ({get_column_letter(p + 1)})" if sheet else "" for p in places]
    names = [f"{quoted(headers[p])}{letter}" for p, letter in zip(places, letters, strict=True)]
    return LayersError(
        Words(
            f"多列都像“{_title(table, column)}”：{'、'.join(names)}",
            f"more than one column fits {column}: {', '.join(names)}",
        ),
        where=where,
        hint=_joined_hints(
            Words("改其中一个表头", "rename one of them"),
            _naming(table, column, Words("或在 cuntong.toml 写", "or say in cuntong.toml:")),
        ),
    )
