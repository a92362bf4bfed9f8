"""A made-up prefecture or province: real units down to the county, everything below them made up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely
from scipy.spatial import cKDTree

from cuntong_gis import schema
from cuntong_gis.crs import Floats, project
from cuntong_gis.sample.faults import Fault, with_faults
from cuntong_gis.sample.names import township_names_of, village_names_within
from cuntong_gis.sample.net import Net, lay_net
from cuntong_gis.sample.places import (
    ABROAD,
    Places,
    apportioned,
    borders,
    choose_seats,
    choose_villages,
    in_one_piece,
    made_up_counties,
    scattered,
    triangulated,
    winding,
)  # fmt: skip
from cuntong_gis.sample.shapes import degrees
from cuntong_gis.sample.tables import SampleRegion, road_table, village_table
from cuntong_gis.sample.terrain import PLANE, Bools, Ints
from cuntong_gis.sample.trunks import lay_trunks
from cuntong_gis.sample.units import Unit, counties, units_under

if TYPE_CHECKING:
    import geopandas as gpd

LEAST_TOWNSHIPS = 2
"""Every county has at least so many."""


@dataclass(frozen=True)
class Scale:
    """How large a made-up region is.

    Attributes
    ----------
    unit : str
        Code of the real unit that it is laid in.
    townships, villages : int
        How many.
    place_m : float
        Least distance of places, metres; roads join all of them.
    shape_m : float
        Distance of the vertices of roads, metres.
    """

    unit: str
    townships: int
    villages: int
    place_m: float = 1000.0
    shape_m: float = 240.0


PREFECTURE = Scale("520500", townships=200, villages=1700)
PROVINCE = Scale("520000", townships=1300, villages=11_097)


@dataclass(frozen=True)
class _Ground:
    """What lies where, before it becomes tables."""

    places: Places
    units: tuple[Unit, ...]
    township: Ints
    seats: list[Ints]
    villages: Ints
    named: list[tuple[str, str]]
    seed: int

    def county_of(self) -> Ints:
        """Return the number of the county of each township."""
        return np.repeat(np.arange(len(self.seats)), [len(seats) for seats in self.seats])


def make_province(scale: Scale = PROVINCE, seed: int = 0) -> SampleRegion:
    """Make up a region of several counties in the middle of its campaign.

    Parameters
    ----------
    scale : Scale
        How large.
    seed : int
        Chooses terrain, places, names and dates, from 0.

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
    return make_faulty(scale, seed)[0]


def make_faulty(scale: Scale = PROVINCE, seed: int = 0) -> tuple[SampleRegion, list[Fault]]:
    """Make up a region, and tell which faults its roads have.

    Parameters
    ----------
    scale : Scale
        How large.
    seed : int
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
    ground = _settled(scale, units, rng, seed)
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
        _access_points(ground, net, heads, rng), _boundaries(ground, scale.unit), None,
    )  # fmt: skip
    return region, faults


def _settled(scale: Scale, units: tuple[Unit, ...], rng: np.random.Generator, seed: int) -> _Ground:
    everyone = counties()
    straight = scattered(units, scale.place_m, seed)
    height, tail, head, triangles = triangulated(straight, seed)
    here = np.array([everyone.index(unit) for unit in units])
    number = np.full(len(everyone) + 1, ABROAD, np.int64)
    number[here] = np.arange(len(units))
    # The last entry is what ABROAD, -1, finds.
    county = in_one_piece(number[made_up_counties(straight, tail, head, everyone, seed)], tail, head)
    places = Places(straight, height, tail, head, triangles, county)
    size = np.bincount(county[county >= 0], minlength=len(units)).astype(np.float64)
    quota = apportioned(size, scale.townships, LEAST_TOWNSHIPS)
    middle = project(np.array([unit.middle for unit in units]), PLANE)
    seats, named = [], []
    township = np.full(len(straight), ABROAD, np.int64)
    for c, unit in enumerate(units):
        mine = np.flatnonzero(county == c)
        if len(mine) < 2 * quota[c]:
            raise ValueError(f"{unit.name}: no room for {quota[c]} townships on {len(mine)} places")
        seats.append(mine[choose_seats(straight[mine], middle[c], int(quota[c]))])
        township[mine] = len(named) + cKDTree(straight[seats[-1]]).query(straight[mine])[1]
        named += township_names_of(unit, int(quota[c]), rng)
    township = in_one_piece(township, tail, head)
    villages = choose_villages(places, township, np.concatenate(seats), scale.villages)
    return _Ground(places, units, township, seats, villages, named, seed)


def _beside(ground: _Ground, cells: Ints, nearest_m: float, farthest_m: float, rng: np.random.Generator) -> Floats:
    """Return points a little off places, in metres."""
    turn = 2.0 * np.pi * rng.random(len(cells))
    away = nearest_m + (farthest_m - nearest_m) * rng.random(len(cells))
    spot = winding(ground.places.straight[cells], ground.seed)
    return spot + np.column_stack([np.cos(turn), np.sin(turn)]) * away[:, None]


def _high(ground: _Ground) -> Bools:
    """Return which villages lie higher than their neighbours do on the average."""
    places = ground.places
    total, count = np.zeros(len(places.height)), np.zeros(len(places.height))
    for one, other in ((places.tail, places.head), (places.head, places.tail)):
        np.add.at(total, one, places.height[other])
        np.add.at(count, one, 1.0)
    above = (places.height - total / count)[ground.villages]
    return np.asarray(above > np.median(above), bool)


def _villages(ground: _Ground, net: Net, rng: np.random.Generator) -> gpd.GeoDataFrame:
    of, high = ground.township[ground.villages], _high(ground)
    county = ground.county_of()[of].tolist()
    return village_table(
        of, high, ground.named, [ground.units[c].name for c in county], rng,
        lambda: village_names_within(of, high, rng), lambda: _beside(ground, ground.villages, 15.0, 70.0, rng),
    )  # fmt: skip


def _fiber(ground: _Ground, net: Net, heads: Ints, prefecture: Ints) -> gpd.GeoDataFrame:
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
            "geometry": _lines([c.line for c in cables]),
        },
        "fiber",
    )


def _lines(lines: list[Floats]) -> np.ndarray:
    owner = np.repeat(np.arange(len(lines)), [len(line) for line in lines])
    return shapely.linestrings(degrees(np.concatenate(lines)), indices=owner)


def _access_points(ground: _Ground, net: Net, heads: Ints, rng: np.random.Generator) -> gpd.GeoDataFrame:
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


def _boundaries(ground: _Ground, top: str) -> gpd.GeoDataFrame:
    areas = borders(ground.places.straight, ground.township, ground.seed)
    township = np.array([areas[n] for n in range(len(ground.named))], object)
    county = ground.county_of()
    by_county = {unit.code: township[county == c] for c, unit in enumerate(ground.units)}
    shapes = []
    units = units_under(top)
    for unit in units:
        below = {u.code for u in units_under(unit.code)}
        shapes.append(shapely.coverage_union_all(np.concatenate([v for k, v in by_county.items() if k in below])))
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
