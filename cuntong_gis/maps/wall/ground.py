"""The face of a map: land and outlines, graticule, fiber and spans, sites and villages, in the order of the paint."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from cuntong_gis.maps import style
from cuntong_gis.maps.wall.frame import Frame
from cuntong_gis.maps.wall.ink import Ink
from cuntong_gis.maps.wall.scene import LEVELS, Scene
from cuntong_gis.maps.wall.symbols import dash_mm, line_mm
from cuntong_gis.model import SpanStage, Stage

Floats = NDArray[np.float64]
Geometries = NDArray[np.object_]
SITES = ("branch", "tap", "access_point")
WEIGHTS = {"distribution": 0.7, "wall": 1.3, "route": 1.7}
OUTLINE = 0.65
"""Weight of outlines."""
CORE = 0.4
"""Share of existing fiber's width that is light."""
SPAN_LOOKS = (style.SPAN[SpanStage.PLANNED], style.SPAN_PARTLY, style.SPAN[SpanStage.LAID])
"""Nothing laid, partly, laid: as of `Scene.completion`."""
ATOM = 1e-6
"""Degrees: ends of borders nearer than this are one."""


@dataclass(frozen=True)
class Ground:
    """A unit in a frame: everything on the paper, in mm.

    Attributes
    ----------
    scene : Scene
        The unit.
    frame : Frame
        The frame.
    scale : float
        Of lines and symbols, 1 on A3.
    """

    scene: Scene
    frame: Frame
    scale: float

    def inside(self, geometry: Geometries) -> NDArray[np.bool_]:
        """Return what touches the frame, by its box.

        Parameters
        ----------
        geometry : ndarray of shapely geometry
            Degrees.

        Returns
        -------
        ndarray of bool
            False also where there is no geometry.
        """
        west, south, east, north = self.frame.bounds
        x0, y0, x1, y1 = shapely.bounds(geometry).T
        found: NDArray[np.bool_] = (x0 <= east) & (x1 >= west) & (y0 <= north) & (y1 >= south)
        return found

    @cached_property
    def villages(self) -> tuple[NDArray[np.int64], Floats]:
        """Return the villages in the frame.

        Returns
        -------
        rows : ndarray of int64, shape (n,)
            In the plan.
        xy : ndarray of float64, shape (n, 2)
            In mm.
        """
        rows = np.flatnonzero(self.scene.placed)
        xy = self.frame.paper_of(self.scene.villages_at)
        box = self.frame.box
        within = (xy[:, 0] > box.x) & (xy[:, 0] < box.right) & (xy[:, 1] > box.y) & (xy[:, 1] < box.top)
        return rows[within], xy[within]

    @cached_property
    def symbol(self) -> float:
        """Return how wide a village is drawn.

        Returns
        -------
        float
            In mm: less where villages are many.
        """
        return self._size * (0.8 if self.scene.kind == "route" else 1.0)

    @cached_property
    def _size(self) -> float:
        rows, xy = self.villages
        if len(rows) < 2:
            return 2.5 * self.scale
        spread = np.ptp(xy, axis=0) + 10.0
        return float(np.clip(0.16 * np.sqrt(spread.prod() / len(rows)), 1.05, 2.5 * self.scale))

    @property
    def weight(self) -> float:
        """Return how heavy fiber and spans are drawn: less where villages are many.

        Returns
        -------
        float
            1: as on a screen.
        """
        return WEIGHTS[self.scene.kind] * min(self.scale, self._size / 2.2)

    @cached_property
    def spans(self) -> tuple[NDArray[np.int64], Geometries]:
        """Return the spans in the frame.

        Returns
        -------
        rows : ndarray of int64, shape (n,)
            In the plan.
        lines : ndarray of shapely geometry
            In mm.
        """
        geometry = self.scene.shown.plan.spans.geometry.to_numpy()
        rows = np.flatnonzero(self.inside(geometry))
        return rows, self.frame.drawn(geometry[rows])

    @cached_property
    def fiber(self) -> dict[str, Geometries]:
        """Return the existing fiber in the frame by its kind.

        Returns
        -------
        dict of str to ndarray of shapely geometry
            In mm.
        """
        table = self.scene.shown.plan.fiber
        table = table[self.inside(table.geometry.to_numpy())]
        kinds = [kind for kind in style.FIBER if (table["kind"] == kind).any()]
        return {kind: self.frame.drawn(table.geometry[table["kind"] == kind].to_numpy()) for kind in kinds}

    @cached_property
    def sites(self) -> dict[str, Floats]:
        """Return the sites in the frame by their kind; branch points only on the route map.

        Returns
        -------
        dict of str to ndarray of float64, shape (n, 2)
            In mm.
        """
        table = self.scene.shown.plan.sites
        table = table[self.inside(table.geometry.to_numpy())]
        wanted = SITES if self.scene.kind == "route" else SITES[1:]
        kinds = [kind for kind in wanted if (table["kind"] == kind).any()]
        at = {k: shapely.get_coordinates(table.geometry[table["kind"] == k].to_numpy()) for k in kinds}
        return {kind: self.frame.paper_of(lonlat) for kind, lonlat in at.items()}

    @cached_property
    def borders(self) -> dict[str, Geometries]:
        """Return the outlines in the frame by level, each stretch once and with its highest level.

        Returns
        -------
        dict of str to ndarray of shapely geometry
            Lines in mm, the lowest level first.
        """
        table = self.scene.outlines
        table = table[self.inside(table.geometry.to_numpy()) & table["level"].isin(style.PAPER_BOUNDARY)]
        least = LEVELS.index(self.scene.level) if self.scene.level else 0
        shown = table["inside"] | table["level"].isin(LEVELS[: least + 1])
        lines = _once(table[shown])
        return {level: self.frame.drawn(lines[level]) for level in reversed(LEVELS) if level in lines}

    @cached_property
    def land(self) -> Geometries:
        """Return the unit's own area.

        Returns
        -------
        ndarray of shapely geometry
            In mm; empty where no outline is known.
        """
        known = [] if self.scene.outline is None else [self.scene.outline]
        return self.frame.drawn(np.array(known, object))

    @cached_property
    def neighbours(self) -> Geometries:
        """Return the areas of units beside the unit.

        Returns
        -------
        ndarray of shapely geometry
            In mm.
        """
        return self.frame.drawn(self.neighbour_table().geometry.to_numpy())

    def neighbour_table(self) -> Any:
        """Return the units of the same level beside the unit, in the frame.

        Returns
        -------
        GeoDataFrame
            Schema ``boundaries``.
        """
        table = self.scene.outlines
        beside = (table["level"] == self.scene.level) & (table["code"] != self.scene.code) & ~table["inside"]
        return table[beside & self.inside(table.geometry.to_numpy())]

    @cached_property
    def ringed(self) -> NDArray[np.bool_]:
        """Return which villages in the frame are late.

        Returns
        -------
        ndarray of bool
            In the order of `villages`.
        """
        late: NDArray[np.bool_] = self.scene.shown.plan.villages["late"].to_numpy(bool)[self.villages[0]]
        return late


def _once(table: Any) -> dict[str, Geometries]:
    """Return the stretches of borders by level: what two units share is one stretch, of the higher of their levels."""
    if not len(table):
        return {}
    rank = np.array([LEVELS.index(level) for level in table["level"]])
    polygons, of_row = shapely.get_parts(table.geometry.to_numpy(), return_index=True)
    rings, of_polygon = shapely.get_rings(polygons, return_index=True)
    xy, of_ring = shapely.get_coordinates(rings, return_index=True)
    inner = of_ring[1:] == of_ring[:-1]
    a, b = xy[:-1][inner], xy[1:][inner]
    level = rank[of_row[of_polygon[of_ring[:-1][inner]]]]
    keys = np.round(np.hstack([a, b]) / ATOM).astype(np.int64)
    swap = (keys[:, 0] > keys[:, 2]) | ((keys[:, 0] == keys[:, 2]) & (keys[:, 1] > keys[:, 3]))
    keys[swap] = keys[swap][:, [2, 3, 0, 1]]
    order = np.lexsort((level, *keys.T))
    first = np.r_[True, (keys[order][1:] != keys[order][:-1]).any(axis=1)]
    kept = np.sort(order[first])
    found = {}
    for number, name in enumerate(LEVELS):
        here = kept[level[kept] == number]
        if len(here):
            pieces = shapely.linestrings(np.stack([a[here], b[here]], axis=1))
            found[name] = shapely.get_parts(shapely.line_merge(shapely.multilinestrings(pieces)))
    return found


def paint_ground(ink: Ink, ground: Ground) -> None:
    """Draw land, graticule and outlines.

    Parameters
    ----------
    ink : Ink
        The sheet.
    ground : Ground
        The unit in its frame.
    """
    scale = ground.scale
    with ink.within(ground.frame.box):
        ink.rectangle(ground.frame.box, style.OUTSIDE)
        ink.area(ground.neighbours, style.NEIGHBOUR)
        if len(ground.land):
            ink.area(ground.land, style.LAND)
            edge = shapely.boundary(ground.land)
            band = shapely.intersection(shapely.buffer(edge, 1.6 * scale), shapely.buffer(ground.land, 0))
            ink.area(band, style.EDGE_BAND, 0.16)
        for lines in ground.frame.lines_of_graticule():
            ink.line(lines, style.GRATICULE, 0.1 * scale, alpha=0.55)
        for level, lines in ground.borders.items():
            look = style.PAPER_BOUNDARY[level]
            ink.line(lines, look.color, line_mm(look, OUTLINE * scale), dash_mm(look, OUTLINE * scale), cap="butt")


def paint_lines(ink: Ink, ground: Ground) -> None:
    """Draw existing fiber and the spans by completion.

    Parameters
    ----------
    ink : Ink
        The sheet.
    ground : Ground
        The unit in its frame.
    """
    scene = ground.scene
    weight = ground.weight
    with ink.within(ground.frame.box):
        for kind, lines in reversed(ground.fiber.items()):
            look = style.FIBER[kind]
            ink.line(lines, look.color, line_mm(look, weight))
            ink.line(lines, style.FIBER_CORE, line_mm(look, weight * CORE))
        rows, lines = ground.spans
        spans = scene.shown.plan.spans
        done, late = scene.completion[rows], spans["late"].to_numpy(bool)[rows]
        if scene.kind != "distribution":
            ink.line(lines[late & (done < 2)], style.LATE_SPAN.color, line_mm(style.LATE_SPAN, weight))
        unsurveyed = (spans["unsurveyed_m"].to_numpy(float) > spans["length_m"].to_numpy(float) / 2)[rows]
        for number, look in enumerate(SPAN_LOOKS):
            for rough in (False, True):
                chosen = lines[(done == number) & (unsurveyed == rough)]
                dash = dash_mm(look, weight) or (
                    tuple(0.2 * weight * d for d in style.UNSURVEYED_DASH) if rough else ()
                )
                ink.line(chosen, look.color, line_mm(look, weight), dash)


def paint_points(ink: Ink, ground: Ground) -> None:
    """Draw sites, and villages by stage; late ones ringed, those out of reach crossed.

    Parameters
    ----------
    ink : Ink
        The sheet.
    ground : Ground
        The unit in its frame.
    """
    size = ground.symbol
    rows, xy = ground.villages
    table = ground.scene.shown.plan.villages
    stage, reached = table["stage"].to_numpy(object)[rows], table["reached"].to_numpy(bool)[rows]
    with ink.within(ground.frame.box):
        for kind, places in ground.sites.items():
            ink.marks(places, style.SITE[kind], size * (0.55 if kind == "branch" else 1.25))
        for one in Stage:
            ink.marks(xy[(stage == one) & reached], style.VILLAGE[one], size)
        ink.marks(xy[~reached], style.UNREACHED, size)
        ink.marks(xy[ground.ringed], style.LATE, size * 1.65)
