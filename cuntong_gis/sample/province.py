"""A made-up prefecture or province: real units down to the county, everything below them made up."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely

from cuntong_gis import schema
from cuntong_gis.crs import Floats
from cuntong_gis.sample.faults import Fault, with_faults
from cuntong_gis.sample.names import village_names_within
from cuntong_gis.sample.net import Net, lay_net
from cuntong_gis.sample.outlines import Outlines
from cuntong_gis.sample.places import winding
from cuntong_gis.sample.region import Ground, settle_region, township_areas
from cuntong_gis.sample.scales import SCALES, Scale
from cuntong_gis.sample.shapes import degrees
from cuntong_gis.sample.tables import SampleRegion, linestrings, road_table, village_table
from cuntong_gis.sample.terrain import Bools, Ints
from cuntong_gis.sample.trunks import lay_trunks
from cuntong_gis.sample.units import units_under

if TYPE_CHECKING:
    import geopandas as gpd


def make_province(scale: Scale = SCALES["province"], seed: int = 0, outlines: Outlines | None = None) -> SampleRegion:
    """Make up a region of several counties in the middle of its campaign.

    Parameters
    ----------
    scale : Scale
        How large.
    seed : int
        Chooses terrain, places, names and dates, from 0.
    outlines : mapping of str to Polygon or MultiPolygon, optional
        Outlines of the counties as of `real_outlines`; without, they are made up.

    Returns
    -------
    SampleRegion
        The same for the same arguments. Names and codes of the province, its prefectures and counties are real,
        all else is made up. Every village can be reached, but for the faults planted (see `with_faults`).

    Raises
    ------
    ValueError
        If there is no such unit, or no room for so many townships or villages.
    """
    return make_faulty(scale, seed, outlines)[0]


def make_faulty(
    scale: Scale = SCALES["province"], seed: int = 0, outlines: Outlines | None = None
) -> tuple[SampleRegion, list[Fault]]:
    """Make up a region, and tell which faults its roads have.

    Parameters
    ----------
    scale : Scale
        How large.
    seed : int
        As of `make_province`.
    outlines : mapping of str to Polygon or MultiPolygon, optional
        As of `make_province`.

    Returns
    -------
    region : SampleRegion
        The region.
    faults : list of Fault
        Planted in its roads.
    """
    units = tuple(unit for unit in units_under(scale.unit) if unit.level == "county")
    rng = np.random.default_rng([seed, int(scale.unit)])
    ground = settle_region(scale, units, outlines, rng, seed)
    county_seat = np.array([seats[0] for seats in ground.seats], np.int64)
    prefecture = np.array([unit.parent for unit in units])
    _, first, of = np.unique(prefecture, return_index=True, return_inverse=True)
    heads = county_seat[first]
    net = lay_net(
        ground.places, [heads, county_seat, np.concatenate(ground.seats)], ground.villages, scale.shape_m, seed
    )
    features, faults = with_faults(net, ground.places, ground.villages, seed)
    name = f"{units_under(scale.unit)[0].name}(合成)"
    region = SampleRegion(
        name, scale.unit, _villages(ground, net, rng), road_table(features), _fiber(ground, net, heads, of),
        _access_points(ground, net, heads, rng), _boundaries(ground, scale.unit, outlines), None, outlines is not None,
    )  # fmt: skip
    return region, faults


def _beside(ground: Ground, cells: Ints, nearest_m: float, farthest_m: float, rng: np.random.Generator) -> Floats:
    """Return points a little off places, in metres."""
    turn = 2.0 * np.pi * rng.random(len(cells))
    away = nearest_m + (farthest_m - nearest_m) * rng.random(len(cells))
    spot = winding(ground.places.straight[cells], ground.seed)
    return spot + np.column_stack([np.cos(turn), np.sin(turn)]) * away[:, None]


def _high(ground: Ground) -> Bools:
    """Return which villages lie higher than their neighbours do on the average."""
    places = ground.places
    total, count = np.zeros(len(places.height)), np.zeros(len(places.height))
    for one, other in ((places.tail, places.head), (places.head, places.tail)):
        np.add.at(total, one, places.height[other])
        np.add.at(count, one, 1.0)
    above = (places.height - total / count)[ground.villages]
    return np.asarray(above > np.median(above), bool)


def _villages(ground: Ground, net: Net, rng: np.random.Generator) -> gpd.GeoDataFrame:
    of, high = ground.township[ground.villages], _high(ground)
    county = ground.county_of()[of].tolist()
    return village_table(
        of, high, ground.named, [ground.units[c].name for c in county], rng,
        lambda: village_names_within(of, high, rng), lambda: _beside(ground, ground.villages, 15.0, 70.0, rng),
    )  # fmt: skip


def _fiber(ground: Ground, net: Net, heads: Ints, prefecture: Ints) -> gpd.GeoDataFrame:
    cables = lay_trunks(net, int(heads[0]), heads[prefecture], ground.seats)
    seat = np.concatenate(ground.seats).tolist()
    name = {place: name for place, (_, name) in zip(seat, ground.named, strict=True)}
    name |= {int(seats[0]): f"{unit.name}分前端" for seats, unit in zip(ground.seats, ground.units, strict=True)}
    forks = [node for cable in cables for node in cable.ends if node not in name]
    name |= {node: f"{n}号分歧点" for n, node in enumerate(dict.fromkeys(forks), 1)}
    fibers = [144 if c.backbone else 96 if c.rooms > 3 else 48 if c.rooms > 1 else 24 for c in cables]
    return schema.conform(
        {
            "id": [f"GL{n:05d}" for n in range(1, len(cables) + 1)],
            "name": [f"{name[c.ends[0]]}至{name[c.ends[1]]}光缆" for c in cables],
            "kind": ["trunk" if c.backbone or c.rooms > 1 else "branch" for c in cables],
            "fibers": fibers,
            "spare_fibers": [max(count - 6 * max(c.rooms, 1) - 4, 4) for c, count in zip(cables, fibers, strict=True)],
            "tappable": [False] * len(cables),
            "geometry": linestrings([c.line for c in cables]),
        },
        "fiber",
    )


def _access_points(ground: Ground, net: Net, heads: Ints, rng: np.random.Generator) -> gpd.GeoDataFrame:
    county_seat = np.array([seats[0] for seats in ground.seats], np.int64)
    seat = np.concatenate(ground.seats)
    place = _beside(ground, np.concatenate([county_seat, seat]), 12.0, 25.0, rng)
    main = np.isin(county_seat, heads)
    return schema.conform(
        {
            "id": [*(f"QD{unit.code}" for unit in ground.units), *(f"JF{code}" for code, _ in ground.named)],
            "name": [*(f"{unit.name}分前端" for unit in ground.units), *(f"{name}机房" for _, name in ground.named)],
            "kind": [*("市州分前端" if m else "县分前端" for m in main.tolist()), *["乡镇机房"] * len(seat)],
            "spare_fibers": [*np.where(main, 144, 96).tolist(), *(12 + 4 * rng.integers(0, 7, len(seat)))],
            "spare_ports": [*np.where(main, 128, 64).tolist(), *(16 + 8 * rng.integers(0, 5, len(seat)))],
            "geometry": shapely.points(degrees(place)),
        },
        "access_points",
    )


def _boundaries(ground: Ground, top: str, outlines: Outlines | None) -> gpd.GeoDataFrame:
    township = township_areas(ground, outlines)
    county = ground.county_of()
    whole = [
        shapely.coverage_union_all(township[county == c]) if outlines is None else outlines[unit.code]
        for c, unit in enumerate(ground.units)
    ]
    by_code = {unit.code: area for unit, area in zip(ground.units, whole, strict=True)}
    units = units_under(top)
    shapes = [
        shapely.coverage_union_all([by_code[u.code] for u in units_under(unit.code) if u.code in by_code])
        for unit in units
    ]
    return schema.conform(
        {
            "code": [*(u.code for u in units), *(code for code, _ in ground.named)],
            "name": [*(u.name for u in units), *(name for _, name in ground.named)],
            "level": [*(u.level for u in units), *["township"] * len(township)],
            "parent": [
                *("" if u.code == top else u.parent for u in units), *(ground.units[c].code for c in county.tolist()),
            ],
            # Where a ring begins would else depend on the version of the geometry library.
            "geometry": shapely.normalize(np.array([*shapes, *township], object)),
        },
        "boundaries",
    )  # fmt: skip
