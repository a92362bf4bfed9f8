"""Findings across layers: villages among themselves, villages and roads, road islands, shifted layers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd
import shapely
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from cuntong_gis import crs, schema
from cuntong_gis.layers.notes import NO_HINT, Notes, quoted
from cuntong_gis.layers.offset import Offset, detect_offset, nearest_distances, short_pieces
from cuntong_gis.layers.raw import Bools, Objects, Read
from cuntong_gis.layers.units import unit_findings
from cuntong_gis.model import Severity
from cuntong_gis.settings import Settings
from cuntong_gis.units import km
from cuntong_gis.words import Words

CHECKED_BY_REFERENCE = ("boundaries", "roads", "fiber", "supports")
ALONG_ROADS = ("fiber", "supports")
"""Layers that follow roads, so that roads tell their datum where no reference is given."""
DATUM_NAMES = {"gcj02": "GCJ-02", "bd09": "BD-09"}


def cross_findings(layers: Mapping[str, Read], settings: Settings, notes: Notes) -> None:
    """Check the layers against one another.

    Parameters
    ----------
    layers : mapping of str to Read
        Those that were given; `villages` among them.
    settings : Settings
        With the limits and the campaign's dates.
    notes : Notes
        Takes the findings.
    """
    villages = layers["villages"]
    _check_offsets(layers, settings, notes)
    _check_twins(villages, notes)
    _check_dates(villages, settings, notes)
    if "boundaries" in layers:
        unit_findings(villages, layers["boundaries"], notes)
    if "roads" in layers and len(layers["roads"].table):
        _check_far(villages, layers["roads"], settings.layers.village_far_m, notes)
        _check_islands(layers["roads"], notes)


def _shapes(read: Read) -> Objects:
    return np.asarray(read.table.geometry.values, object)


def _check_offsets(layers: Mapping[str, Read], settings: Settings, notes: Notes) -> None:
    reference = layers.get("reference")
    checked, against = (CHECKED_BY_REFERENCE, reference) if reference else (ALONG_ROADS, layers.get("roads"))
    if against is None:
        return
    for name in checked:
        if name not in layers:
            continue
        found = detect_offset(_shapes(layers[name]), _shapes(against), settings.layers.datum_min_offset_m)
        if found is not None:
            _tell_offset(found, name, layers[name].origin.file, against.origin.file, notes)


def _tell_offset(found: Offset, layer: str, file: str, against: str, notes: Notes) -> None:
    label = DATUM_NAMES[found.datum]
    notes.tell(
        Severity.WARNING, f"datum_looks_{found.datum}", layer,
        f"{file}：像是 {label} 坐标，偏移约 {found.offset_m:.0f} 米：与 {against} 的线相距 {found.away_m:.0f} 米，"
        f"还原后只有 {found.residual_m:.0f} 米（均为中位数）",
        f"{file}: looks like {label}, an offset of about {found.offset_m:.0f} m: {found.away_m:.0f} m from the "
        f"lines of {against}, but {found.residual_m:.0f} m when the shift is undone (medians)",
        Words(
            f'在 cuntong.toml 写 [layers.{layer}] datum = "{found.datum}"',
            f'say in cuntong.toml: [layers.{layer}] datum = "{found.datum}"',
        ),
    )  # fmt: skip


def _check_twins(villages: Read, notes: Notes) -> None:
    """Name villages that share a code, a name within a township, or a place."""
    table = villages.table
    lonlat = shapely.get_coordinates(_shapes(villages))
    chinese = table["code"].str.fullmatch(r"\d{12}")
    stated = table["county"] + "/" + table["township"]
    township = table["code"].str[:9].where(chinese & (table["township"] == ""), stated)
    named = (table["township"] != "") | chinese
    place = pd.Series([f"{x!r} {y!r}" for x, y in lonlat.tolist()], index=table.index)
    rules: tuple[tuple[str, Severity, pd.Series[str], Bools, Words, Words], ...] = (
        (
            "duplicate_code", Severity.ERROR, table["code"], np.ones(len(table), bool),
            Words("区划代码与{where}重复：{value}", "the code {value} also stands in {where}"),
            Words("一个村一个代码；删去重复行或改正代码", "one code a village: delete the row or correct the code"),
        ),
        (
            "same_name_in_township", Severity.WARNING, township + "/" + table["name"], named.to_numpy(bool),
            Words("同一乡镇内与{where}同名：{name}", "has the name of {where} of the same township: {name}"), NO_HINT,
        ),
        (
            "same_place", Severity.WARNING, place, np.ones(len(table), bool),
            Words("与{where}在同一点：{name}", "stands at the place of {where}: {name}"), NO_HINT,
        ),
    )  # fmt: skip
    for rule, severity, key, which, text, hint in rules:
        first = pd.Series(np.arange(len(table))).groupby(key.to_numpy(object)).transform("min").to_numpy()
        rows = np.flatnonzero((first != np.arange(len(table))) & which)
        for row in rows.tolist():
            _tell_twin(row, int(first[row]), rule, severity, text, hint, villages, lonlat, notes)


def _tell_twin(
    row: int, first: int, rule: str, severity: Severity, text: Words, hint: Words, villages: Read,
    lonlat: crs.Floats, notes: Notes,
) -> None:  # fmt: skip
    label = quoted(villages.origin.rows[first], marks=False)
    where = (
        Words(f"要素 {label} ", f"feature {label}")
        if villages.origin.features
        else Words(f"第 {label} 行", f"row {label}")
    )
    value, name = (quoted(villages.table[c].iloc[row]) for c in ("code", "name"))

    def fill(words: str, place: str) -> str:
        # No str.format: the values come from a file and may hold braces.
        return words.replace("{where}", place).replace("{value}", value).replace("{name}", name)

    what = Words(fill(text.zh, where.zh), fill(text.en, where.en))
    notes.rows(severity, rule, villages.origin, [row], what, hint, lonlat=lonlat)


def _check_dates(villages: Read, settings: Settings, notes: Notes) -> None:
    table, campaign = villages.table, settings.campaign
    lonlat = shapely.get_coordinates(_shapes(villages))
    begun = (table["stage"] != "not_started") & table["stage_date"].isna()
    if begun.any():
        notes.tell(
            Severity.NOTICE, "stage_without_date", "villages",
            f"{villages.origin.file}：{int(begun.sum())} 个村有阶段而无阶段日期",
            f"{villages.origin.file}: {int(begun.sum())} villages have a stage without its date",
            field="stage_date",
        )  # fmt: skip
    rules = []
    if campaign.start is not None:
        early = table["due_date"] < pd.Timestamp(campaign.start)
        rules.append(
            ("due_before_start", early, "due_date", Words("完成时限早于开工日", "is due before the campaign starts"))
        )
    if campaign.as_of is not None:
        late = table["stage_date"] > pd.Timestamp(campaign.as_of)
        words = Words(
            f"阶段日期晚于数据截止日 {campaign.as_of}", f"has a stage date after the cut-off date {campaign.as_of}"
        )
        rules.append(("stage_after_cutoff", late, "stage_date", words))
    for rule, which, column, words in rules:
        notes.rows(
            Severity.WARNING, rule, villages.origin, np.flatnonzero(which).tolist(),
            _dated(words, table[column]), lonlat=lonlat,
        )  # fmt: skip


def _dated(words: Words, days: pd.Series[Any]) -> Callable[[int], Words]:
    return lambda row: _with_date(words, schema.iso(days.iloc[row]))


def _with_date(words: Words, day: str) -> Words:
    return Words(f"{words.zh}：{day}", f"{words.en}: {day}")


def _check_far(villages: Read, roads: Read, far_m: float, notes: Notes) -> None:
    lonlat = shapely.get_coordinates(_shapes(villages))
    pieces = short_pieces(_shapes(roads))
    if not len(lonlat) or not len(pieces):
        return
    bounds = np.r_[lonlat.min(axis=0), lonlat.max(axis=0)]
    plane = crs.working_crs((float(bounds[0]), float(bounds[1]), float(bounds[2]), float(bounds[3])))
    flat = shapely.set_coordinates(pieces, crs.project(shapely.get_coordinates(pieces), plane))
    away = nearest_distances(shapely.STRtree(flat), flat, crs.project(lonlat, plane))
    names = villages.table["name"]
    notes.rows(
        Severity.WARNING, "village_far_from_road", villages.origin, np.flatnonzero(away > far_m).tolist(),
        lambda row: Words(
            f"{quoted(names.iloc[row], marks=False)}距最近道路 {km(away[row]):g} 公里",
            f"{quoted(names.iloc[row], marks=False)} is {km(away[row]):g} km from the nearest road",
        ),
        Words("核对坐标，或补充道路", "check the coordinates, or add the road"), lonlat=lonlat,
    )  # fmt: skip


def _check_islands(roads: Read, notes: Notes) -> None:
    """Count the parts that roads fall into by shared vertices, as surveyed: joining is the network's work."""
    shapes = _shapes(roads)
    points, owner = shapely.get_coordinates(shapes, return_index=True)
    _, vertex = np.unique(points[:, 0] + 1j * points[:, 1], return_inverse=True)
    size = len(shapes) + int(vertex.max()) + 1
    links = coo_matrix((np.ones(len(owner), bool), (owner, len(shapes) + vertex)), shape=(size, size))
    count, label = connected_components(links, directed=False)
    if count <= 1:
        return
    lengths = np.bincount(label[: len(shapes)], weights=crs.line_lengths(shapes), minlength=count)
    rest = lengths.sum() - lengths.max()
    notes.tell(
        Severity.WARNING, "road_islands", "roads",
        f"{roads.origin.file}：道路按公共节点分成 {count} 片，最大一片之外共 {km(rest):.1f} 公里"
        f"（占 {100 * rest / lengths.sum():.1f}%）",
        f"{roads.origin.file}: by shared vertices the roads fall into {count} parts, "
        f"{km(rest):.1f} km ({100 * rest / lengths.sum():.1f} %) are outside the largest",
        Words("只连到小片道路的村，路由可能要跨空", "villages on a small part may need a route off the roads"),
    )  # fmt: skip
