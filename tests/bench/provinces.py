"""A province's plan with geometry, for measuring maps: 11,097 villages, 12,000 spans of 294,000 vertices, 88 counties.

Made in seconds and always the same; what it costs to carry and to draw is what counts, not where the hills are. Villages
crowd around township seats, spans wind like roads, a tree of spans hangs on the access point of a township, and
outlines share their borders.
"""

from __future__ import annotations

import hashlib
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import shapely
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import breadth_first_order, minimum_spanning_tree
from scipy.spatial import Delaunay, cKDTree

from cuntong_gis import schema
from cuntong_gis.model import Deployment, Finding, Plan, PlanTotals, Severity, Stage
from cuntong_gis.sample.names import township_names_of, village_names_within
from cuntong_gis.sample.units import all_units, counties
from cuntong_gis.words import Words

VILLAGES, SPANS, VERTICES, TOWNSHIPS = 11_097, 12_000, 294_000, 1_300
FIRST, AS_OF = np.datetime64("2016-03-01", "D"), np.datetime64("2016-09-30", "D")
METRE = np.array([1.0 / 99_500.0, 1.0 / 110_800.0])
"""Degrees of a metre eastwards and northwards, in the middle of the province."""
LOST = 60
"""Villages that no route reaches."""


def a_province_to_draw(times: int = 1, seed: int = 1) -> Plan:
    """Return a plan of `times` provinces' villages, spans and vertices on the ground of one."""
    rng = np.random.default_rng(seed)
    cells = _cells()
    seat, county = _seats(_wound(cells), rng)
    place, town = _places(seat, VILLAGES * times, rng)
    up, kind = _tree(np.vstack([seat, place]), len(seat))
    towns = [t for n, unit in enumerate(counties()) for t in township_names_of(unit, int((county == n).sum()), rng)]
    villages = _villages(place, town, county, towns, up[len(seat) :] - len(seat), rng)
    spans, first, parent, branches = _spans(villages, seat, place, up[len(seat) :], kind, times, rng)
    routes = _routes(villages, spans, first, parent)
    length = routes.groupby("village_code")["length_m"].sum()
    villages["route_m"] = villages["code"].map(length).where(villages["reached"])
    villages["route_id"] = ("R-" + villages["code"]).where(villages["reached"], "")
    cost = sum(spans["cost_cny"], Decimal(0))
    km = float(round(spans["length_m"].sum() / 1000, 3))
    bound = (cost * Decimal("0.9985")).quantize(Decimal("0.01"))
    totals = PlanTotals(
        len(villages), len(villages) - LOST, LOST, km, float(round(spans["unsurveyed_m"].sum() / 1000, 3)), cost, bound,
        float((cost - bound) / bound), True,
    )  # fmt: skip
    access = {"id": [f"AP{n:04d}" for n in range(len(seat))], "name": [name + "机房" for _, name in towns],
              "kind": ["equipment_room"] * len(seat), "geometry": shapely.points(seat)}  # fmt: skip
    return Plan(
        villages, spans, routes, _sites(access, villages, branches), _fiber(seat, county, rng),
        schema.conform(access, "access_points"), _boundaries(cells), schema.empty("steering"), totals, _findings(villages),
        revision="R003",
    )  # fmt: skip


def _bent(straight: np.ndarray) -> np.ndarray:
    """Bend straight ground smoothly, so that borders wind and stay shared."""
    x, y = straight.T
    east = 0.035 * np.sin(9.1 * y + 1.3 * x) + 0.005 * np.sin(41 * y + 7 * x) + 0.001 * np.sin(173 * y + 59 * x)
    north = 0.028 * np.sin(8.3 * x + 2.1 * y) + 0.005 * np.sin(37 * x - 5 * y) + 0.001 * np.sin(161 * x - 67 * y)
    return straight + np.column_stack([east, north])


def _cells() -> np.ndarray:
    """Return the areas of the counties on straight ground: cells around their middles within a common rim."""
    middle = np.array([unit.middle for unit in counties()])
    rim = shapely.concave_hull(shapely.multipoints(middle), ratio=0.35).buffer(0.22)
    cells = shapely.get_parts(shapely.voronoi_polygons(shapely.multipoints(middle), extend_to=rim))
    cells = shapely.intersection(cells, rim)
    return np.asarray(cells[shapely.STRtree(cells).query(shapely.points(middle), predicate="within")[1]])


def _wound(cells: np.ndarray) -> np.ndarray:
    return np.asarray(shapely.transform(shapely.segmentize(cells, 0.012), _bent))


def _seats(outlines: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return the seats of the townships and the county of each, by county."""
    area = shapely.area(outlines)
    count = np.maximum(2, np.floor(TOWNSHIPS * area / area.sum())).astype(int)
    for n in np.argsort(-area)[: TOWNSHIPS - count.sum()]:
        count[n] += 1
    county = np.repeat(np.arange(len(outlines)), count)
    seat = np.empty((len(county), 2))
    for n, outline in enumerate(outlines):
        west, south, east, north = shapely.bounds(shapely.buffer(outline, -0.02))
        found = np.empty((0, 2))
        while len(found) < count[n]:
            tried = rng.uniform([west, south], [east, north], (4 * count[n], 2))
            found = np.vstack([found, tried[shapely.contains_xy(outline, tried)]])
        seat[county == n] = found[: count[n]]
    return seat, county


def _places(seat: np.ndarray, count: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return the places of villages and their townships, by township."""
    near = cKDTree(seat).query(seat, k=4)[0][:, 3]
    town = np.sort(np.r_[np.arange(len(seat)), rng.choice(len(seat), count - len(seat), p=near**2 / (near**2).sum())])
    angle, away = rng.uniform(0, 2 * np.pi, count), np.sqrt(rng.uniform(0.01, 1, count)) * 0.75 * near[town]
    return seat[town] + np.column_stack([np.cos(angle), np.sin(angle)]) * away[:, None], town


def _tree(place: np.ndarray, roots: int) -> tuple[np.ndarray, np.ndarray]:
    """Return for each place the one before it on the shortest tree from the first `roots`, and how many come after it."""
    count = len(place)
    corner = Delaunay(place).simplices
    side = np.unique(np.sort(np.vstack([corner[:, [0, 1]], corner[:, [1, 2]], corner[:, [0, 2]]]), axis=1), axis=0)
    far = np.hypot(*(place[side[:, 0]] - place[side[:, 1]]).T) + 1e-9
    tail, head = np.r_[side[:, 0], np.full(roots, count)], np.r_[side[:, 1], np.arange(roots)]
    graph = coo_matrix((np.r_[far, np.full(roots, 1e-12)], (tail, head)), shape=(count + 1, count + 1))
    before = breadth_first_order(minimum_spanning_tree(graph), count, directed=False)[1][:count]
    return before, np.bincount(before, minlength=count + 1)[:count]


def _villages(
    place: np.ndarray, town: np.ndarray, county: np.ndarray, towns: list[tuple[str, str]], up: np.ndarray,
    rng: np.random.Generator,
) -> Any:  # fmt: skip
    count, stages = len(place), np.array([str(stage) for stage in Stage], object)
    number = np.arange(count) - np.searchsorted(town, town)
    pace = rng.beta(4, 2.6, len(county))[town] * 0.75 + 0.25 * rng.random(count)
    rank = np.minimum(np.floor(pace * 8.2), 6).astype(int)
    lost = np.sort(rng.choice(np.setdiff1d(np.arange(count), up[up >= 0]), LOST, replace=False))
    rank[lost] = np.minimum(rank[lost], 2)
    reached = np.ones(count, bool)
    reached[lost] = False
    due = (FIRST + rng.integers(15, 43, len(county)) * 7)[town]
    reason = np.where(reached, "", "与路网不连通，最近的路在 6 公里以外")
    names = np.array(["县", ""], object)
    return schema.conform(
        {
            "code": [f"{towns[t][0]}{200 + n:03d}" for t, n in zip(town, number, strict=True)],
            "name": village_names_within(town, rng.random(count) < 0.4, rng),
            "township": [towns[t][1] for t in town], "county": [counties()[county[t]].name for t in town],
            "households": rng.gamma(4, 90, count).astype(int) + 30, "population": rng.gamma(4, 320, count).astype(int) + 90,
            "stage": stages[rank], "stage_date": np.where(rank > 0, FIRST + rng.integers(5, 213, count), np.datetime64("NaT")),
            "due_date": due, "late": (rank < Stage.LIT.rank) & (due < AS_OF), "reached": reached, "reason": reason,
            "reason_en": np.where(reached, names[1], "off the road network; the nearest road is 6 km away"),
            "bridge_m": np.where(reached, np.nan, rng.uniform(5000, 12_000, count).round(1)),
            "bridge_cny": [None if r else Decimal(f"{c:.2f}") for r, c in zip(reached, rng.uniform(2e5, 9e5, count), strict=True)],
            "geometry": shapely.points(place),
        },
        "plan_villages",
    )  # fmt: skip


def _spans(
    villages: Any,
    seat: np.ndarray,
    place: np.ndarray,
    up: np.ndarray,
    kind: np.ndarray,
    times: int,
    rng: np.random.Generator,
) -> tuple[Any, np.ndarray, np.ndarray, dict[str, Any]]:
    """Return the spans, of each village its first one, of each span the one before it, and the sites of the branches."""
    row = np.flatnonzero(villages["reached"])
    after = np.argsort(up[row], kind="stable")
    forks = np.flatnonzero(np.diff(up[row][after]) == 0)
    forks = forks[np.r_[True, np.diff(forks) > 1]][: SPANS * times - len(row)]  # two villages behind the same place
    one, two = row[after[forks]], row[after[forks + 1]]
    site = np.vstack([seat, place])
    fork = site[up[one]] + 0.25 * (place[one] + place[two] - 2 * site[up[one]])
    node = np.vstack([site, fork])
    head, tail = np.r_[row + len(seat), np.arange(len(site), len(node))], np.r_[up[row], up[one]]
    at = np.full(len(node), -1)
    at[head] = np.arange(len(head))
    for child in (one, two):
        tail[at[child + len(seat)]] = np.arange(len(site), len(node))
    line, length = _winding(node[tail], node[head], VERTICES * times, rng)
    parent = at[tail]
    behind, order = np.r_[np.ones(len(row), int), np.zeros(len(fork), int)], _deepest_first(parent)
    for n in order:
        if parent[n] >= 0:
            behind[parent[n]] += behind[n]
    done = np.r_[villages["stage"].isin(["laid", "lit", "closed"]).to_numpy()[row], np.zeros(len(fork), bool)]
    late = np.r_[villages["late"].to_numpy()[row], np.zeros(len(fork), bool)]
    for n in order:
        if parent[n] >= 0:
            done[parent[n]] |= done[n]
            late[parent[n]] |= late[n]
    names = np.r_[[f"AP{n:04d}" for n in range(len(seat))], "V-" + villages["code"].to_numpy(object),
                  [f"B-{n:06d}" for n in range(len(fork))]]  # fmt: skip
    rough = length * (rng.random(len(length)) < 0.04) * rng.random(len(length))
    table = schema.conform(
        {
            "span_id": ["S" + hashlib.blake2b(f"{n}".encode(), digest_size=5).hexdigest().upper() for n in range(len(head))],
            "from_site": names[tail], "to_site": names[head],
            "deployment": rng.choice([str(way) for way in Deployment], len(head), p=[0.55, 0.3, 0.08, 0.02, 0.03, 0.02]),
            "length_m": length, "unsurveyed_m": rough, "cost_cny": np.round(length * rng.choice([14.0, 35.0, 52.0], len(head)), 2),
            "villages": behind, "stage": np.where(done, "laid", "planned"), "late": late & ~done, "surveyed": rough == 0,
            "geometry": line,
        },
        "spans",
    )  # fmt: skip
    branches = {"site_id": names[len(site) :], "kind": ["branch"] * len(fork), "geometry": shapely.points(fork)}
    first = np.full(len(villages), -1)
    first[row] = np.arange(len(row))
    return table, first, parent, branches


def _deepest_first(parent: np.ndarray) -> list[int]:
    depth, at = np.zeros(len(parent), int), parent.copy()
    while (at >= 0).any():
        depth[at >= 0] += 1
        at = np.where(at >= 0, parent[at], -1)
    return np.argsort(-depth, kind="stable").tolist()


def _winding(
    start: np.ndarray, end: np.ndarray, vertices: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Return lines between places that wind like mountain roads, that many vertices in all, and their lengths in metres."""
    straight = np.hypot(*((end - start) / METRE).T)
    share = (vertices - 2 * len(start)) * straight / straight.sum()
    count = 2 + np.floor(share).astype(int)
    count[np.argsort(np.floor(share) - share, kind="stable")[: vertices - count.sum()]] += 1
    line, first = np.repeat(np.arange(len(start)), count), np.cumsum(count) - count
    part = (np.arange(vertices) - first[line]) / (count[line] - 1)
    place = start[line] + part[:, None] * (end - start)[line]
    drift = np.cumsum(rng.normal(0, 1, (vertices, 2)), axis=0)
    drift -= drift[first][line]
    drift -= part[:, None] * drift[first + count - 1][line]  # both ends stay where they are
    step = np.minimum(straight / (count - 1), 400.0)[line]
    place += drift * (0.4 * step)[:, None] * METRE
    steps = np.hypot(*(np.diff(place, axis=0) / METRE).T)
    steps[first[1:] - 1] = 0.0
    return shapely.linestrings(place, indices=line), np.bincount(line[1:], weights=steps, minlength=len(start))


def _routes(villages: Any, spans: Any, first: np.ndarray, parent: np.ndarray) -> Any:
    ids, length, start = spans["span_id"].tolist(), spans["length_m"].tolist(), spans["from_site"].tolist()
    before, courses, metres, sources = parent.tolist(), [], [], []
    reached = np.flatnonzero(first >= 0)
    for n in first[reached].tolist():
        course = [n]
        while before[course[-1]] >= 0:
            course.append(before[course[-1]])
        courses.append(" ".join(ids[s] for s in course))
        metres.append(sum(length[s] for s in course))
        sources.append(start[course[-1]])
    codes = villages["code"].to_numpy(object)[reached]
    return schema.conform(
        {
            "route_id": "R-" + codes, "village_code": codes, "village_name": villages["name"].to_numpy(object)[reached],
            "source_id": sources, "span_ids": courses, "length_m": metres, "geometry": np.full(len(codes), None, object),
        },
        "routes",
    )  # fmt: skip


def _sites(access: dict[str, Any], villages: Any, branches: dict[str, Any]) -> Any:
    rooms = pd.DataFrame(
        {"site_id": access["id"], "kind": "access_point", "name": access["name"], "geometry": access["geometry"]}
    )
    own = villages[villages["reached"]]
    homes = pd.DataFrame({"site_id": "V-" + own["code"], "kind": "village", "name": own["name"], "village_code": own["code"],
                          "geometry": np.asarray(own.geometry.values, object)})  # fmt: skip
    return schema.conform(pd.concat([rooms, homes, pd.DataFrame(branches)], ignore_index=True), "sites")


def _fiber(seat: np.ndarray, county: np.ndarray, rng: np.random.Generator) -> Any:
    """Return trunks between county seats and branches from them to their townships."""
    head = np.flatnonzero(np.r_[True, np.diff(county) > 0])
    before, _ = _tree(seat[head], 1)
    pairs = [(head[b], head[n], "trunk") for n, b in enumerate(before.tolist()) if b < len(head)]
    pairs += [(head[c], n, "branch") for n, c in enumerate(county.tolist()) if n != head[c]]
    start, end = (seat[[pair[side] for pair in pairs]] for side in (0, 1))
    line, _ = _winding(start, end, 30 * len(pairs), rng)
    return schema.conform(
        {"id": [f"F{n:04d}" for n in range(len(pairs))], "kind": [pair[2] for pair in pairs], "geometry": line}, "fiber"
    )


def _boundaries(cells: np.ndarray) -> Any:
    units = [unit for unit in all_units() if unit.level == "prefecture"]
    parts = np.array([unit.parent for unit in counties()], object)
    areas = [shapely.union_all(cells[parts == unit.code]) for unit in units]
    both = [*units, *counties()]
    return schema.conform(
        {
            "code": [unit.code for unit in both], "name": [unit.name for unit in both], "level": [unit.level for unit in both],
            "parent": [unit.parent for unit in both], "geometry": _wound(np.array([*areas, *cells], object)),
        },
        "boundaries",
    )  # fmt: skip


def _findings(villages: Any) -> tuple[Finding, ...]:
    lost = villages[~villages["reached"]]
    return tuple(
        Finding(Severity.WARNING, "village_unreachable", Words(f"{name}不可达", f"{name} is out of reach"),
                Words("补修连接道路或改用卫星", "build a road to it, or use a satellite"), "villages", code, "", at.x, at.y)
        for name, code, at in zip(lost["name"], lost["code"], lost.geometry, strict=True)
    )  # fmt: skip
