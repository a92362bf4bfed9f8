"""Villages against the administrative units that they say they belong to, and the units against one another."""

from __future__ import annotations

import unicodedata
from collections import Counter
from dataclasses import dataclass

import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray

from cuntong_gis import crs, datum
from cuntong_gis.crs import GEOD, Floats
from cuntong_gis.layers.notes import Notes, quoted
from cuntong_gis.layers.raw import Bools, Objects, Read
from cuntong_gis.model import Severity
from cuntong_gis.units import km
from cuntong_gis.words import Words

NEAR_BORDER_M = 500.0
"""Outside by less than this may be the boundary's own coarseness: a warning, not an error."""
MOST, AT_LEAST = 0.5, 10
"""If this share of the villages, and so many, lie outside, the layer as a whole is in doubt."""
PREFIX = {"county": 6, "township": 9}
OVERLAP_KM2, OVERLAP_SHARE = 0.5, 0.002
"""Overlaps and gaps below this area, or this share of the smaller unit, are drawing accuracy."""
MAX_VERTICES = 400_000
"""Beyond so many vertices overlaps and gaps are left to a GIS."""

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class _Units:
    """Boundaries with their level and the digits of their code that count."""

    shapes: Objects
    names: Objects
    codes: Objects
    levels: Objects
    rows: Objects


def unit_findings(villages: Read, boundaries: Read, notes: Notes) -> None:
    """Tell villages that lie outside their stated unit, and units that overlap or leave gaps.

    Parameters
    ----------
    villages, boundaries : Read
        The layers.
    notes : Notes
        Takes the findings.
    """
    units = _units(boundaries)
    _overlaps(units, boundaries, notes)
    if not len(units.shapes) or not len(villages.table):
        return
    lonlat = shapely.get_coordinates(villages.table.geometry.values)
    bounds = np.r_[lonlat.min(axis=0), lonlat.max(axis=0)]
    plane = crs.working_crs((float(bounds[0]), float(bounds[1]), float(bounds[2]), float(bounds[3])))
    stated = {level: _stated(villages, units, level) for level in ("county", "township")}
    outside = {level: _outside(units.shapes, lonlat, unit) for level, unit in stated.items()}
    if _looks_shifted(units.shapes, lonlat, stated, outside, villages, notes):
        return
    _tell_most(outside, stated, villages, notes)
    # A village outside its county is outside its township too: told once, for the county.
    outside["township"] = outside["township"] & ~outside["county"]
    for level, which in outside.items():
        _tell_outside(np.flatnonzero(which), level, stated[level], units, lonlat, plane, villages, notes)


def _units(boundaries: Read) -> _Units:
    table = boundaries.table
    codes = np.array([_significant(str(c)) for c in table["code"]], object)
    by_length = {2: "province", 4: "prefecture", 6: "county", 9: "township", 12: "village"}
    levels = np.array(
        [str(level) or by_length.get(len(code), "") for level, code in zip(table["level"], codes, strict=True)], object
    )
    names = np.array([_key(n) for n in table["name"]], object)
    return _Units(np.asarray(table.geometry.values, object), names, codes, levels, boundaries.origin.rows)


def _significant(code: str) -> str:
    """Return a code without the zeros that fill it up to 6, 9 or 12 digits: 520102000000 → 520102."""
    if not code.isdigit():
        return code
    for length, filled in ((9, 3), (6, 3), (4, 2), (2, 2)):
        if len(code) == length + filled and set(code[length:]) == {"0"}:
            code = code[:length]
    return code


def _key(name: object) -> str:
    return "".join(unicodedata.normalize("NFKC", str(name)).split())


def _stated(villages: Read, units: _Units, level: str) -> Ints:
    """Return the unit that each village says it belongs to, by code, else by an unmistakable name; -1: none."""
    here = np.flatnonzero(units.levels == level)
    by_code = {units.codes[n]: int(n) for n in here if units.codes[n]}
    names = units.names[here]
    times = Counter(names.tolist())
    sole = {name: int(n) for name, n in zip(names, here, strict=True) if name and times[name] == 1}
    found = []
    for code, name in zip(villages.table["code"], villages.table[level], strict=True):
        by_prefix = by_code.get(code[: PREFIX[level]], -1) if code.isdigit() and len(code) == 12 else -1
        found.append(by_prefix if by_prefix >= 0 else sole.get(_key(name), -1))
    return np.array(found, np.int64)


def _outside(shapes: Objects, lonlat: Floats, stated: Ints) -> Bools:
    out = np.zeros(len(lonlat), bool)
    points = shapely.points(lonlat)
    for unit in np.unique(stated[stated >= 0]).tolist():
        rows = np.flatnonzero(stated == unit)
        shapely.prepare(shapes[unit])
        out[rows] = ~shapely.intersects(shapes[unit], points[rows])
    return out


def _looks_shifted(
    shapes: Objects, lonlat: Floats, stated: dict[str, Ints], outside: dict[str, Bools], villages: Read, notes: Notes
) -> bool:
    """Tell villages that come home when a datum shift is undone: those few near a border betray all."""
    level = "township" if (stated["township"] >= 0).any() else "county"
    lost = int(outside[level].sum())
    if lost < AT_LEAST:
        return False
    for name, label in (("gcj02", "GCJ-02"), ("bd09", "BD-09")):
        undone = datum.to_wgs84(lonlat, name)  # type: ignore[arg-type]
        left = int(_outside(shapes, undone, stated[level]).sum())
        if left * 3 < lost:
            moved = float(np.median(crs.distances(lonlat, undone)))
            notes.tell(
                Severity.WARNING, f"datum_looks_{name}", "villages",
                f"{villages.origin.file}：坐标像是 {label}：{lost} 个村落在所属{_zh(level)}之外，还原后只剩 {left} 个"
                f"（偏移约 {moved:.0f} 米）",
                f"{villages.origin.file}: coordinates look like {label}: {lost} villages lie outside their {level}, "
                f"only {left} when the shift of about {moved:.0f} m is undone",
                Words(
                    f'在 cuntong.toml 写 [layers.villages] datum = "{name}"',
                    f'say in cuntong.toml: [layers.villages] datum = "{name}"',
                ),
            )  # fmt: skip
            return True
    return False


def _zh(level: str) -> str:
    return {"county": "县", "township": "乡镇"}[level]


def _tell_most(outside: dict[str, Bools], stated: dict[str, Ints], villages: Read, notes: Notes) -> None:
    known = stated["county"] >= 0
    lost = int(outside["county"].sum())
    if lost >= AT_LEAST and lost > MOST * known.sum():
        notes.tell(
            Severity.ERROR, "layer_outside_boundaries", "villages",
            f"{villages.origin.file}：{int(known.sum())} 个村中有 {lost} 个在所属县之外，坐标系或分带可能声明错了",
            f"{villages.origin.file}: {lost} of {int(known.sum())} villages lie outside their county: "
            "the declared CRS or zone is probably wrong",
            Words("核对 [layers.villages] crs 与 datum", "check [layers.villages] crs and datum"),
        )  # fmt: skip


def _tell_outside(
    rows: NDArray[np.intp], level: str, stated: Ints, units: _Units, lonlat: Floats, plane: pyproj.CRS, villages: Read,
    notes: Notes,
) -> None:  # fmt: skip
    if not len(rows):
        return
    away = _distances(units.shapes, stated[rows], lonlat[rows], plane)
    same = np.flatnonzero(units.levels == level)
    points = shapely.points(lonlat[rows])
    at, unit = shapely.STRtree(units.shapes[same]).query(points, predicate="intersects")
    lies_in = dict(zip(at.tolist(), same[unit].tolist(), strict=True))
    for place, row in enumerate(rows.tolist()):
        own = quoted(units.names[stated[row]], marks=False)
        name = quoted(villages.table["name"].iloc[row], marks=False)
        other = quoted(units.names[lies_in[place]], marks=False) if place in lies_in else ""
        far = away[place] > NEAR_BORDER_M and level == "county"
        notes.rows(
            Severity.ERROR if far else Severity.WARNING, "village_outside_unit", villages.origin, [row],
            Words(
                f"{name}应属{own}，却落在{other or '各单位之外'}，相距 {km(away[place]):g} 公里",
                f"{name} belongs to {own} but lies in {other or 'none of the units'}, {km(away[place]):g} km away",
            ),
            Words("核对坐标或所属单位", "check the coordinates or the unit"), lonlat=lonlat,
        )  # fmt: skip


def _distances(shapes: Objects, stated: Ints, lonlat: Floats, plane: pyproj.CRS) -> Floats:
    used, which = np.unique(stated, return_inverse=True)
    flat = shapes[used].copy()
    flat = shapely.set_coordinates(flat, crs.project(shapely.get_coordinates(flat), plane))
    return np.asarray(shapely.distance(flat[which], shapely.points(crs.project(lonlat, plane))), np.float64)


def _overlaps(units: _Units, boundaries: Read, notes: Notes) -> None:
    for level in dict.fromkeys(units.levels.tolist()):
        same = np.flatnonzero(units.levels == level)
        shapes = units.shapes[same]
        if len(same) < 2 or not level or shapely.get_num_coordinates(shapes).sum() > MAX_VERTICES:
            continue
        _tell_overlaps(shapes, same, units, boundaries, notes)
        _tell_gaps(shapes, boundaries, notes)


def _tell_overlaps(shapes: Objects, same: NDArray[np.intp], units: _Units, boundaries: Read, notes: Notes) -> None:
    one, other = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    one, other = one[one < other], other[one < other]
    # A tiny grid keeps the noise of shared borders out of the intersections.
    common = shapely.intersection(shapes[one], shapes[other], grid_size=1e-9)
    for a, b, part in zip(one.tolist(), other.tolist(), common, strict=True):
        area = _km2(part)
        if area < OVERLAP_KM2 or area < OVERLAP_SHARE * min(_km2(shapes[a]), _km2(shapes[b])):
            continue
        names = [quoted(units.names[same[n]], marks=False) for n in (a, b)]
        lonlat = np.full((len(units.shapes), 2), np.nan)
        lonlat[same[a]] = shapely.get_coordinates(shapely.point_on_surface(part))[0]
        notes.rows(
            Severity.WARNING, "boundaries_overlap", boundaries.origin, [int(same[a])],
            Words(
                f"{names[0]}与{names[1]}重叠 {area:.2f} 平方公里",
                f"{names[0]} and {names[1]} overlap by {area:.2f} km²",
            ),
            lonlat=lonlat,
        )  # fmt: skip


def _tell_gaps(shapes: Objects, boundaries: Read, notes: Notes) -> None:
    whole = shapely.get_parts(shapely.union_all(shapes, grid_size=1e-9))
    rings = [ring for part in whole for ring in part.interiors] if len(whole) else []
    gaps = [g for g in (shapely.Polygon(r) for r in rings) if _km2(g) >= OVERLAP_KM2]
    if gaps:
        notes.tell(
            Severity.WARNING, "boundaries_gap", "boundaries",
            f"{boundaries.origin.file}：同级区划之间有 {len(gaps)} 处空隙，共 {sum(map(_km2, gaps)):.2f} 平方公里",
            f"{boundaries.origin.file}: {len(gaps)} gaps between units of a level, "
            f"{sum(map(_km2, gaps)):.2f} km² in all",
        )  # fmt: skip


def _km2(shape: shapely.Geometry) -> float:
    areal = [p for p in shapely.get_parts(shape).tolist() if p.geom_type == "Polygon"]
    return sum(abs(float(GEOD.geometry_area_perimeter(p)[0])) for p in areal) / 1e6
