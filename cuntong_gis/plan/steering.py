"""What the engineer decides over the planner: which edges of the network are banned, and which must be used."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import networkx
import numpy as np
import shapely
from numpy.typing import NDArray

from cuntong_gis.crs import project
from cuntong_gis.errors import PlanError
from cuntong_gis.model import EdgeKind, Finding, Network, Severity
from cuntong_gis.network import connected_nodes, with_reach
from cuntong_gis.plan.spans import Bools, Floats, Ints
from cuntong_gis.units import km
from cuntong_gis.words import Words

if TYPE_CHECKING:
    from cuntong_gis.settings import Settings

SPAN_DISTANCE_M = 1.0
"""A span runs on the very edges it was made of: only what moved by less than this is still the same course."""
MOSTLY = 0.5
"""An edge lies along a line if the line accompanies it over this share of its length, or it the line."""
WHOLE = 0.999
"""Share of an edge that must lie inside an area to be wholly inside."""
COVERED = 0.9
"""A line that follows edges over less than this share of its length is told of."""
DEGREES_PER_M = 1.0 / 50_000.0
"""More degrees than a metre is anywhere between 60° N and S: for a first, coarse search."""


@dataclass(frozen=True)
class Mark:
    """One thing that the engineer decided.

    Attributes
    ----------
    label : Words
        What messages call it.
    lon, lat : float
        A place on it, in degrees.
    banned : bool
        No route may use it; else some route must.
    rows : ndarray of int64
        Edges of the network that are meant.
    covered : float
        Share of its length that follows edges; 1 for an area that holds any.
    """

    label: Words
    lon: float
    lat: float
    banned: bool
    rows: Ints
    covered: float


@dataclass(frozen=True)
class Steered:
    """A network on which routes may be planned as the engineer decided.

    Attributes
    ----------
    network : Network
        Without the banned edges; what they alone kept connected is unreachable.
    must : ndarray of int64
        Rows of its edges that the plan must hold. They hold no cycle, even with all sources taken as one node.
    findings : tuple of Finding
        What was done, and what could not be.
    """

    network: Network
    must: Ints
    findings: tuple[Finding, ...] = ()


def steer(network: Network, settings: Settings) -> Steered:
    """Take the banned edges out of a network, and find those that must be used.

    Parameters
    ----------
    network : Network
        As of `build_network`; its layers hold the steering.
    settings : Settings
        Section `steering`, and what the reach of villages needs.

    Returns
    -------
    Steered
        The network as it is where nothing is steered.

    Raises
    ------
    PlanError
        If an edge is both banned and to be used.

    Notes
    -----
    Every line and area looks at the edges near it only; the work is that of the bounds of all edges, once.
    """
    table = network.layers.steering
    if table is None or not len(table):
        return Steered(network, np.empty(0, np.int64))
    marks = _marks(network, settings)
    _refuse_both(network, marks)
    banned = _union([mark.rows for mark in marks if mark.banned])
    free = np.ones(len(network.edges), bool)
    free[banned] = False
    number = np.cumsum(free) - 1
    open_ = network
    if len(banned):
        open_ = with_reach(replace(network, edges=network.edges[free].reset_index(drop=True)), settings)
    wanted = [replace(mark, rows=number[mark.rows]) for mark in marks if not mark.banned]
    wanted, cut_off = _connected_only(open_, wanted)
    every = _union([mark.rows for mark in wanted])
    must = _forest(open_, every)
    done = _done(network, banned, open_, must)
    loops = _loops(open_, np.setdiff1d(every, must))
    return Steered(open_, must, (*done, *_not_found(marks, settings.steering.distance_m), *cut_off, *loops))


def tied(count: int, a: Ints, b: Ints) -> Ints:
    """Return one node for all nodes that pairs tie together.

    Parameters
    ----------
    count : int
        Number of nodes.
    a, b : ndarray of int64
        Pairs.

    Returns
    -------
    ndarray of int64, shape (count,)
        The lowest node tied to each; itself where there is none.
    """
    label = connected_nodes(count, a, b, np.empty(0, np.int64))[1]
    return np.unique(label, return_index=True)[1][label].astype(np.int64)


def _marks(network: Network, settings: Settings) -> list[Mark]:
    """Find the edges that each line or area means."""
    table = network.layers.steering
    assert table is not None
    lines = np.asarray(network.edges.geometry.values, object)
    boxes = shapely.bounds(lines)
    marks = []
    for number, row in enumerate(table.itertuples(index=False), start=1):
        banned, shape = row.kind == "banned", row.geometry
        distance_m = SPAN_DISTANCE_M if row.span_id else settings.steering.distance_m
        near = _near(boxes, shape, distance_m)
        shapes = shapely.transform(lines[near], lambda p: project(p, network.crs))
        planar = shapely.transform(shape, lambda p: project(p, network.crs))
        if shapely.get_dimensions(shape) == 2:
            found = _in_area(planar, shapes, network.edges["kind"].to_numpy(object)[near], banned=banned)
            rows, covered = near[found], 1.0
        else:
            rows, covered = _on_line(network, planar, near, shapes, distance_m, banned=banned)
        place = shapely.get_coordinates(shapely.point_on_surface(shape))[0]
        name = f"{row.span_id} {row.reason}".strip()
        label = Words(f"光缆段 {name}", f"span {name}")
        if not row.span_id:
            label = Words(
                f"图层 steering 第 {number} 处 {name}".strip(), f"no. {number} of layer steering {name}".strip()
            )
        marks.append(Mark(label, float(place[0]), float(place[1]), banned, rows, covered))
    return marks


def _near(boxes: Floats, shape: shapely.Geometry, distance_m: float) -> Ints:
    """Return the edges whose bounds come near those of a shape."""
    west, south, east, north = shapely.bounds(shape)
    margin = distance_m * DEGREES_PER_M
    apart = (boxes[:, 2] < west - margin) | (boxes[:, 0] > east + margin)
    apart |= (boxes[:, 3] < south - margin) | (boxes[:, 1] > north + margin)
    return np.flatnonzero(~apart).astype(np.int64)


def _in_area(area: shapely.Geometry, shapes: NDArray[np.object_], kind: NDArray[np.object_], *, banned: bool) -> Bools:
    """Tell which edges run through an area; of those to be used, which lie wholly inside and are no off-road link."""
    inside = shapely.length(shapely.intersection(shapes, area))
    if banned:
        return np.asarray(inside > 0, bool)
    return np.asarray((inside >= WHOLE * shapely.length(shapes)) & (kind != EdgeKind.LINK), bool)


def _on_line(
    network: Network, line: shapely.Geometry, near: Ints, shapes: NDArray[np.object_], distance_m: float, *,
    banned: bool,
) -> tuple[Ints, float]:  # fmt: skip
    """Return the edges along a line and the share of it that they cover; of those to be used, one course only."""
    found, covered, total = [np.empty(0, np.int64)], 0.0, 0.0
    for part in shapely.get_parts(line):
        low, high, along = _along(part, shapes, distance_m)
        chosen = np.flatnonzero(along)
        if not banned:
            chosen = _one_course(network, near, part, shapes, chosen)
        found.append(near[chosen])
        covered += _covered(low[chosen], high[chosen])
        total += float(shapely.length(part))
    return _union(found), covered / max(total, 1e-9)


def _along(line: shapely.LineString, shapes: NDArray[np.object_], distance_m: float) -> tuple[Floats, Floats, Bools]:
    """Return from where to where on the line each edge is near it, and whether it runs along it.

    What is near the line but does not go forward along it, such as a road that crosses it or the link of a village
    beside it, does not count, nor does a road that merely touches its end.
    """
    inside = shapely.intersection(shapes, shapely.buffer(line, distance_m, cap_style="flat"))
    points, owner = shapely.get_coordinates(inside, return_index=True)
    at = shapely.line_locate_point(line, shapely.points(points))
    low, high = np.full(len(shapes), np.inf), np.full(len(shapes), -np.inf)
    np.minimum.at(low, owner, at)
    np.maximum.at(high, owner, at)
    both = np.minimum(shapely.length(inside), np.maximum(high - low, 0.0))
    of_line = (both >= MOSTLY * shapely.length(line)) & (both > 2.0 * distance_m)
    along = (both > 0) & ((both >= MOSTLY * shapely.length(shapes)) | of_line)
    return low, high, np.asarray(along, bool)


def _covered(low: Floats, high: Floats) -> float:
    """Return the length that intervals cover together."""
    order = np.argsort(low, kind="stable")
    reached = np.maximum.accumulate(np.append(-np.inf, high[order]))[:-1]
    return float(np.maximum(high[order] - np.maximum(low[order], reached), 0.0).sum())


def _one_course(
    network: Network, near: Ints, line: shapely.LineString, shapes: NDArray[np.object_], chosen: Ints
) -> Ints:
    """Return the edges of one way along the line: of two carriageways, or of a loop beside it, the shorter one."""
    u, v, length = (network.edges[c].to_numpy()[near[chosen]] for c in ("u", "v", "length_m"))
    start, end = (shapely.line_locate_point(line, shapely.get_point(shapes[chosen], n)) for n in (0, -1))
    graph = networkx.Graph()
    for k in np.argsort(-length, kind="stable").tolist():  # of parallel edges the shortest, set last, stays
        graph.add_node(int(u[k]), at=float(start[k]))
        graph.add_node(int(v[k]), at=float(end[k]))
        graph.add_edge(int(u[k]), int(v[k]), length=float(length[k]), edge=int(chosen[k]))
    courses = []
    for part in networkx.connected_components(graph):
        ranked = sorted(part, key=lambda node: (graph.nodes[node]["at"], node))
        low, high = graph.nodes[ranked[0]]["at"], graph.nodes[ranked[-1]]["at"]
        courses.append((low - high, low, high, ranked[0], ranked[-1]))
    found: list[int] = []
    taken: list[tuple[float, float]] = []
    for _, low, high, first, last in sorted(courses):
        twice = sum(max(0.0, min(high, h) - max(low, a)) for a, h in taken)
        if twice <= MOSTLY * (high - low):
            nodes = networkx.shortest_path(graph, first, last, weight="length")
            found += [graph.edges[pair]["edge"] for pair in itertools.pairwise(nodes)]
            taken.append((low, high))
    return np.array(sorted(found), np.int64)


def _refuse_both(network: Network, marks: list[Mark]) -> None:
    """Raise if an edge is both banned and to be used."""
    for banned in (mark for mark in marks if mark.banned):
        for wanted in (mark for mark in marks if not mark.banned):
            both = np.intersect1d(banned.rows, wanted.rows)
            if len(both):
                x, y = shapely.get_coordinates(shapely.point_on_surface(network.edges.geometry.iloc[both[0]]))[0]
                raise PlanError(
                    Words(
                        f"{wanted.label} 必经，却被 {banned.label} 禁用（{x:.6f}, {y:.6f}）",
                        f"{wanted.label.en} must be used, but {banned.label.en} bans it ({x:.6f}, {y:.6f})",
                    ),
                    where="[steering]",
                    hint=Words("两者留一", "keep one of the two"),
                )


def _union(rows: list[Ints]) -> Ints:
    return np.unique(np.concatenate([np.empty(0, np.int64), *rows]))


def _ends(network: Network, rows: Ints | slice = slice(None)) -> tuple[Ints, Ints]:
    return network.edges["u"].to_numpy(np.int64)[rows], network.edges["v"].to_numpy(np.int64)[rows]


def _connected_only(network: Network, marks: list[Mark]) -> tuple[list[Mark], list[Finding]]:
    """Leave out edges that no source reaches, and name each mark that has some."""
    lit, _ = connected_nodes(len(network.nodes), *_ends(network), network.sources["node"].to_numpy(np.int64))
    reached = [replace(mark, rows=mark.rows[lit[_ends(network, mark.rows)[0]]]) for mark in marks]
    hint = Words("补画道路，或不再要求必经", "draw the road, or do not ask for it")
    findings = [
        _told(
            Severity.ERROR, "must_use_unreachable", mark, hint,
            Words("与既有光缆不连通，未能纳入", "is not connected to existing fiber: it is not in the plan"),
        )
        for mark, part in zip(marks, reached, strict=True) if len(part.rows) < len(mark.rows)
    ]  # fmt: skip
    return reached, findings


def _forest(network: Network, rows: Ints) -> Ints:
    """Return the edges without the dearest of every cycle; a way from source to source is a cycle too."""
    source = np.zeros(len(network.nodes), bool)
    source[network.sources["node"].to_numpy(np.int64)] = True
    u, v = (np.where(source[end], -1, end) for end in _ends(network, rows))
    fen = network.edges["cost_fen"].to_numpy(np.int64)[rows]
    graph = networkx.MultiGraph()
    graph.add_edges_from(
        (a, b, row, {"weight": weight})
        for a, b, row, weight in zip(u.tolist(), v.tolist(), rows.tolist(), fen.tolist(), strict=True)
    )
    kept = networkx.minimum_spanning_edges(graph, keys=True, data=False)
    return np.array(sorted(row for _, _, row in kept), np.int64)


def _done(before: Network, banned: Ints, after: Network, must: Ints) -> list[Finding]:
    """Tell what was banned and what is used because it must be."""
    found = []
    if len(banned):
        length = km(before.edges["length_m"].to_numpy(float)[banned].sum())
        words = Words(
            f"按要求禁用 {len(banned)} 条路段（合计 {length} 公里）", f"{len(banned)} edges ({length} km) are banned"
        )
        found.append(Finding(Severity.NOTICE, "steering_banned", words, layer="steering"))
    if len(must):
        length = km(after.edges["length_m"].to_numpy(float)[must].sum())
        words = Words(
            f"按要求必经 {len(must)} 条路段（合计 {length} 公里）", f"{len(must)} edges ({length} km) must be used"
        )
        found.append(Finding(Severity.NOTICE, "steering_must_use", words, layer="steering"))
    return found


def _not_found(marks: list[Mark], distance_m: float) -> list[Finding]:
    """Tell of what lies off the network, wholly or in part."""
    found = []
    hint = Words(
        f"沿路网画，线长于 {2 * distance_m:g} 米；核对坐标与禁止区",
        f"draw it along the network, lines longer than {2 * distance_m:g} m; check coordinates and forbidden areas",
    )
    for mark in marks:
        if not len(mark.rows):
            words = Words("不在路网上，没有对应的路段", "lies off the network: no edge runs there")
            severity = Severity.WARNING if mark.banned else Severity.ERROR
            found.append(_told(severity, "steering_off_network", mark, hint, words))
        elif mark.covered < COVERED:
            words = Words(
                f"只有 {mark.covered:.0%} 沿着路网", f"follows the network over {mark.covered:.0%} of its length only"
            )
            found.append(_told(Severity.WARNING, "steering_in_part", mark, hint, words))
    return found


def _loops(network: Network, rows: Ints) -> list[Finding]:
    """Tell of edges left out because what must be used closes a loop."""
    if not len(rows):
        return []
    length = km(network.edges["length_m"].to_numpy(float)[rows].sum())
    place = shapely.get_coordinates(shapely.point_on_surface(network.edges.geometry.iloc[rows[0]]))[0]
    return [
        Finding(
            Severity.WARNING,
            "must_use_loop",
            Words(
                f"必经路段成环（或连着两处接入点），断开其中最贵的 {length} 公里",
                f"what must be used closes a loop (or joins two sources): its dearest {length} km are left out",
            ),
            Words("方案是树，不能成环", "a plan is a tree, it cannot close a loop"),
            layer="steering",
            lon=float(place[0]),
            lat=float(place[1]),
        )
    ]


def _told(severity: Severity, code: str, mark: Mark, hint: Words, what: Words) -> Finding:
    words = Words(f"{mark.label}{what.zh}", f"{mark.label.en} {what.en}")
    return Finding(severity, code, words, hint, layer="steering", lon=mark.lon, lat=mark.lat)
