"""The made-up county as typed tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely

from cuntong_gis import schema
from cuntong_gis.crs import Floats, project
from cuntong_gis.sample import roads
from cuntong_gis.sample.fiber import lay_fiber
from cuntong_gis.sample.flaws import with_flaws
from cuntong_gis.sample.layout import RoadMap, lay_roads
from cuntong_gis.sample.names import COUNTY_CODE, COUNTY_NAME, township_names, village_names
from cuntong_gis.sample.settlements import Settlements, outline, settle
from cuntong_gis.sample.shapes import degrees, tiles
from cuntong_gis.sample.tables import SampleRegion, road_table, village_table
from cuntong_gis.sample.terrain import PLANE, Grid, Ints, make_grid

if TYPE_CHECKING:
    import geopandas as gpd

MIDDLE = (106.9, 26.9)
"""Degrees; in the middle of the province that it resembles."""
HALF_WIDTH_M, HALF_HEIGHT_M = 21_500.0, 18_500.0
SPACE = 1.17
"""The grid is larger than the county by this, for its border to wander."""


def make_county(seed: int = 0, *, villages: int = 126, townships: int = 12) -> SampleRegion:
    """Make up a mountain county in the middle of its campaign.

    Parameters
    ----------
    seed : int
        Chooses terrain, places, names and dates, from 0.
    villages, townships : int
        How many of each; at least as many villages as townships.

    Returns
    -------
    SampleRegion
        The same for the same arguments, to the last digit.

    Raises
    ------
    ValueError
        If there are fewer villages than townships, or no room for them.

    Notes
    -----
    Roads follow least-cost ways over the terrain, share exact vertices where they meet, and hold loops; a few
    faults of real data are put in (see `with_flaws`). Every village can be reached with the default settings.
    """
    if not 2 <= townships <= villages:
        raise ValueError(f"{villages} villages in {townships} townships: two townships or more, a village in each")
    middle = project(np.array([MIDDLE]), PLANE)[0]
    grid = make_grid((middle[0], middle[1]), 2 * HALF_WIDTH_M * SPACE, 2 * HALF_HEIGHT_M * SPACE, seed)
    ground = roads.make_ground(grid, outline(grid, HALF_WIDTH_M, HALF_HEIGHT_M))
    places = settle(grid, ground, townships, villages)
    road_map = lay_roads(grid, ground, places)
    rng = np.random.default_rng([seed, 529901])
    named = township_names(townships, rng)
    features = with_flaws(road_map, places.villages, grid.places(rng.permutation(ground.cells)[:4000]))
    return SampleRegion(
        COUNTY_NAME,
        COUNTY_CODE,
        _villages(grid, places, road_map, named, rng),
        road_table(features),
        _fiber(road_map, places.seats, named),
        _access_points(road_map, places.seats, named, rng),
        _boundaries(grid, places, named),
        grid,
    )


def _beside(road_map: RoadMap, nodes: Ints, nearest_m: float, farthest_m: float, rng: np.random.Generator) -> Floats:
    """Return places a little off the road at lattice points, in metres."""
    ways = rng.integers(0, 12, len(nodes))
    turn = np.array([(1.0, 0.0), (0.8, 0.6), (0.6, 0.8), (0.0, 1.0), (-0.6, 0.8), (-0.8, 0.6)])
    way = np.where(ways[:, None] < 6, turn[ways % 6], -turn[ways % 6])
    away = nearest_m + (farthest_m - nearest_m) * rng.random(len(nodes))
    place = np.array([road_map.node_place(int(node)) for node in nodes])
    return np.asarray(place + way * away[:, None], np.float64)


def _villages(
    grid: Grid, places: Settlements, road_map: RoadMap, named: list[tuple[str, str]], rng: np.random.Generator
) -> gpd.GeoDataFrame:
    of = places.village_township
    above = grid.above_valley(1200.0).ravel()[places.villages]
    high = above > np.median(above)
    return village_table(
        of, high, named, [COUNTY_NAME] * len(of), rng,
        lambda: village_names(of, high, rng), lambda: _beside(road_map, places.villages, 15.0, 70.0, rng),
    )  # fmt: skip


def _fiber(road_map: RoadMap, seats: Ints, named: list[tuple[str, str]]) -> gpd.GeoDataFrame:
    seat_name = {int(seat): name for seat, (_, name) in zip(seats, named, strict=True)}
    seat_name[int(seats[0])] = f"{seat_name[int(seats[0])]}(县分前端)"
    cables = lay_fiber(road_map, seats)
    fibers = [48 if c.rooms > 1 or not c.rooms else 24 for c in cables]
    fibers = [96 if c.rooms > 3 else count for c, count in zip(cables, fibers, strict=True)]
    forks = [node for c in cables for node in c.ends if node not in seat_name]
    seat_name |= {node: f"{n}号分歧点" for n, node in enumerate(dict.fromkeys(forks), 1)}
    ends = [[seat_name[node] for node in c.ends] for c in cables]
    return schema.conform(
        {
            "id": [f"GL{n:03d}" for n in range(1, len(cables) + 1)],
            "name": [
                f"{one}至{other}{'环网' if not c.rooms else ''}光缆"
                for c, (one, other) in zip(cables, ends, strict=True)
            ],
            "kind": ["branch" if c.rooms == 1 else "trunk" for c in cables],
            "fibers": fibers,
            "spare_fibers": [max(count - 6 * max(c.rooms, 1) - 4, 4) for c, count in zip(cables, fibers, strict=True)],
            "tappable": [False] * len(cables),
            "geometry": [shapely.LineString(degrees(c.line)) for c in cables],
        },
        "fiber",
    )


def _access_points(
    road_map: RoadMap, seats: Ints, named: list[tuple[str, str]], rng: np.random.Generator
) -> gpd.GeoDataFrame:
    count = len(seats)
    place = _beside(road_map, seats[np.r_[0, np.arange(count)]], 12.0, 25.0, rng)
    # The head-end stands across the street from the room of the county seat.
    place[0] = 2.0 * road_map.node_place(int(seats[0])) - place[1]
    return schema.conform(
        {
            "id": ["QD01", *(f"JF{n:02d}" for n in range(1, count + 1))],
            "name": [f"{COUNTY_NAME}分前端", *(f"{name}机房" for _, name in named)],
            "kind": ["县分前端", *["乡镇机房"] * count],
            "spare_fibers": [48, *(12 + 4 * rng.integers(0, 7, count))],
            "spare_ports": [64, *(16 + 8 * rng.integers(0, 5, count))],
            "geometry": shapely.points(degrees(place)),
        },
        "access_points",
    )


def _boundaries(grid: Grid, places: Settlements, named: list[tuple[str, str]]) -> gpd.GeoDataFrame:
    parts = tiles(grid, places.township)
    areas = [parts[number] for number in range(len(named))]
    return schema.conform(
        {
            "code": [COUNTY_CODE, *(code for code, _ in named)],
            "name": [COUNTY_NAME, *(name for _, name in named)],
            "level": ["county", *["township"] * len(named)],
            "parent": ["", *[COUNTY_CODE] * len(named)],
            # Where a ring begins would else depend on the version of the geometry library.
            "geometry": shapely.normalize(np.array([shapely.coverage_union_all(areas), *areas], object)),
        },
        "boundaries",
    )
