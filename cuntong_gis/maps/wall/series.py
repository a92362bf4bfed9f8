"""A unit at a fixed scale on many sheets: how they cover it, each with its neighbours named, and the index of them."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import shapely
from numpy.typing import NDArray

from cuntong_gis import crs
from cuntong_gis.errors import MapsError
from cuntong_gis.maps.style import LAND
from cuntong_gis.maps.wall.edge import ACCENT
from cuntong_gis.maps.wall.fonts import width_mm
from cuntong_gis.maps.wall.frame import Frame, extent, fitting
from cuntong_gis.maps.wall.ground import Ground
from cuntong_gis.maps.wall.ink import MUTED, RULE, Ink
from cuntong_gis.maps.wall.keys import Imprint
from cuntong_gis.maps.wall.panels import HEAD, Panel, figures_panel, frame_of, heading
from cuntong_gis.maps.wall.paper import POINT_MM, Box, Paper
from cuntong_gis.maps.wall.rosters import sheets_panel, villages_panel
from cuntong_gis.maps.wall.scene import Scene
from cuntong_gis.maps.wall.sheet import (
    SQUARE,
    Layout,
    Sheet,
    arrange,
    best_arrangement,
    compose,
    line_scale,
    standing,
    whole_ground,
)
from cuntong_gis.words import Words

MOST = 300
"""Sheets of one series; more is a mistake in the scale."""
SIDES = ((0, 1, "▲"), (0, -1, "▼"), (-1, 0, "◀"), (1, 0, "▶"))
TEXTS = {
    "locator": Words("本幅位置", "This sheet"),
    "title": Words("第 {n} 幅（共 {of} 幅）", "sheet {n} of {of}"),
    "index": Words("接图表", "index of sheets"),
}


@dataclass(frozen=True)
class Tile:
    """One sheet of a series: its number, column from the west, row from the south, and ground in metres."""

    number: str
    column: int
    row: int
    west: float
    south: float
    east: float
    north: float


@dataclass(frozen=True)
class Series:
    """The sheets that cover a unit at a scale.

    Attributes
    ----------
    scene : Scene
        The unit.
    parts : Layout
        Of each sheet.
    denominator : int
        Of the scale.
    tiles : tuple of Tile
        From the north-west, row by row; what the unit does not touch is left out.
    """

    scene: Scene
    parts: Layout
    denominator: int
    tiles: tuple[Tile, ...]

    def beside(self, tile: Tile) -> dict[tuple[int, int], str]:
        """Return the numbers of the sheets that a sheet joins.

        Parameters
        ----------
        tile : Tile
            The sheet.

        Returns
        -------
        dict of (int, int) to str
            By the step to the east and to the north.
        """
        at = {(one.column, one.row): one.number for one in self.tiles}
        found = {(dx, dy): at.get((tile.column + dx, tile.row + dy)) for dx, dy, _ in SIDES}
        return {step: number for step, number in found.items() if number}

    @cached_property
    def held(self) -> list[NDArray[np.int64]]:
        """Return the villages of each sheet.

        Returns
        -------
        list of ndarray of int64
            Rows of the plan.
        """
        rows = np.flatnonzero(self.scene.placed)
        x, y = crs.project(self.scene.villages_at, self.scene.projection).T
        return [rows[(x >= tile.west) & (x < tile.east) & (y >= tile.south) & (y < tile.north)] for tile in self.tiles]

    def ground(self, tile: Tile) -> Ground:
        """Return a sheet's map.

        Parameters
        ----------
        tile : Tile
            The sheet.

        Returns
        -------
        Ground
            Ready to be drawn.
        """
        middle = (tile.west + tile.east) / 2, (tile.south + tile.north) / 2
        paper = self.parts.paper
        frame = Frame(self.parts.map, self.scene.projection, self.denominator, *middle, paper.mm(SQUARE))
        return Ground(self.scene, frame, line_scale(paper))


def fits(scene: Scene, paper: Paper, denominator: int) -> bool:
    """Tell whether a unit has room on one sheet.

    Parameters
    ----------
    scene : Scene
        The unit.
    paper : Paper
        Landscape; it may be turned.
    denominator : int
        Of the scale.

    Returns
    -------
    bool
        True: no series is needed.
    """
    span = extent(scene.corners, scene.projection)
    ways = [arrange(paper, True)] + ([] if paper.name == "16:9" else [arrange(paper.upright, False)])
    return any(fitting(span, way.map) <= denominator for way in ways)


def series_of(scene: Scene, paper: Paper, denominator: int) -> Series:
    """Cover a unit with sheets, the paper turned as it takes fewer of them.

    Parameters
    ----------
    scene : Scene
        The unit.
    paper : Paper
        Landscape.
    denominator : int
        Of the scale.

    Returns
    -------
    Series
        At least one sheet.

    Raises
    ------
    MapsError
        If there would be more than 300.
    """
    ways = [arrange(paper, True)] + ([] if paper.name == "16:9" else [arrange(paper.upright, False)])
    made = [_cover(scene, way, denominator) for way in ways]
    return min(made, key=lambda series: len(series.tiles))


def _cover(scene: Scene, parts: Layout, denominator: int) -> Series:
    west, south, east, north = extent(scene.corners, scene.projection)
    wide, high = parts.map.w * denominator / 1000, parts.map.h * denominator / 1000
    columns, rows = math.ceil((east - west) / wide), math.ceil((north - south) / high)
    if columns * rows > 4 * MOST:
        _too_many(columns * rows)
    left, low = (west + east - columns * wide) / 2, (south + north - rows * high) / 2
    x, y = crs.project(scene.corners, scene.projection).T
    held = set(zip(((x - left) // wide).astype(int).tolist(), ((y - low) // high).astype(int).tolist(), strict=True))
    area = None
    if scene.outline is not None:
        area = shapely.transform(scene.outline, lambda lonlat: crs.project(lonlat, scene.projection))
        shapely.prepare(area)
    tiles: list[Tile] = []
    for row in reversed(range(rows)):
        for column in range(columns):
            edge = left + column * wide, low + row * high, left + (column + 1) * wide, low + (row + 1) * high
            if (column, row) in held or (area is not None and area.intersects(shapely.box(*edge))):
                tiles.append(Tile(f"{len(tiles) + 1:02d}", column, row, *edge))
    if len(tiles) > MOST:
        _too_many(len(tiles))
    return Series(scene, parts, denominator, tuple(tiles))


def _too_many(count: int) -> None:
    raise MapsError(
        Words(f"这个比例尺要 {count} 幅图", f"this scale takes {count} sheets"),
        where="--scale",
        hint=Words(
            f"最多 {MOST} 幅：换更大的纸、更小的比例尺或下一级单位", f"at most {MOST}: larger paper or a smaller unit"
        ),
    )


def draw_series(series: Series, paper: Paper, imprint: Imprint) -> list[Sheet]:
    """Draw the index of the sheets, then every sheet.

    Parameters
    ----------
    series : Series
        The sheets.
    paper : Paper
        Landscape.
    imprint : Imprint
        Of the title blocks; its number is that of the series.

    Returns
    -------
    list of Sheet
        The index first.
    """
    return [_index_sheet(series, paper, imprint), *(_sheet(series, tile, imprint) for tile in series.tiles)]


def _sheet(series: Series, tile: Tile, imprint: Imprint) -> Sheet:
    scene, parts, ground = series.scene, series.parts, series.ground(tile)
    own = replace(imprint, number=f"{imprint.number}-{tile.number}")
    said = TEXTS["title"].into(scene.lang).replace("{n}", tile.number).replace("{of}", str(len(series.tiles)))
    table = villages_panel(scene, parts.paper, ground.villages[0])
    panels = standing(ground, parts.paper, own, _locator(series, tile, parts.paper), table)
    tags = _tags(series, tile)

    def overlay(ink: Ink) -> None:
        paper = parts.paper
        for text, tag in tags:
            ink.rectangle(tag, "#ffffff", 0.9)
            frame_of(ink, tag, paper.mm(0.05), MUTED)
            base = tag.middle[1] - paper.mm(0.36)
            ink.text((tag.middle[0], base), text, paper.body_pt * 0.95, bold=True, align="center")

    blocked = tuple(tag for _, tag in tags)
    return compose(ground, parts, panels, f"{scene.title}　{said}", overlay=overlay, blocked=blocked)


def _tags(series: Series, tile: Tile) -> list[tuple[str, Box]]:
    """Return the numbers of the joining sheets and where they stand: in the middle of the sides, inside the frame."""
    box, paper = series.parts.map, series.parts.paper
    numbers = series.beside(tile)
    tags = []
    for dx, dy, arrow in SIDES:
        if (dx, dy) in numbers:
            text = f"{arrow} {numbers[dx, dy]}"
            half = width_mm(text, paper.body_pt * 0.95, True) / 2 + paper.mm(0.5)
            x = box.middle[0] + dx * (box.w / 2 - half - paper.mm(0.4))
            y = box.middle[1] + dy * (box.h / 2 - paper.mm(1.2))
            tags.append((text, Box(x - half, y - paper.mm(0.8), 2 * half, paper.mm(1.6))))
    return tags


def _locator(series: Series, tile: Tile, paper: Paper) -> Panel:
    """Return a small picture of all sheets in which this one is marked."""
    scene = series.scene
    high = paper.mm(14.0)

    def _draw(ink: Ink, box: Box) -> None:
        top = heading(ink, paper, box, TEXTS["locator"].into(scene.lang))
        place = _grid_place(series, Box(box.x, top - high + paper.mm(0.6), box.w, high - paper.mm(0.6)))
        if scene.outline is not None:
            area = shapely.transform(scene.outline, lambda lonlat: place(crs.project(lonlat, scene.projection)))
            simple = shapely.simplify([area], 0.1)
            ink.area(simple, LAND)
            ink.line(simple, MUTED, 0.12)
        for one in series.tiles:
            (x0, y0), (x1, y1) = place(np.array([(one.west, one.south), (one.east, one.north)]))
            cell = Box(x0, y0, x1 - x0, y1 - y0)
            if one == tile:
                ink.rectangle(cell, ACCENT, 0.22)
            frame_of(ink, cell, 0.25 if one == tile else 0.1, ACCENT if one == tile else RULE)
            size = min(paper.body_pt * 0.9, cell.h / POINT_MM * 0.55)
            ink.text(
                (cell.middle[0], cell.middle[1] - size * POINT_MM * 0.36), one.number, size,
                ACCENT if one == tile else MUTED, bold=one == tile, align="center",
            )  # fmt: skip

    return Panel(paper.mm(HEAD) + high, paper.mm(HEAD) + high, _draw)


def _grid_place(series: Series, box: Box) -> Callable[[NDArray[np.float64]], NDArray[np.float64]]:
    """Return metres → mm of a small picture of all sheets."""
    west, south = min(t.west for t in series.tiles), min(t.south for t in series.tiles)
    east, north = max(t.east for t in series.tiles), max(t.north for t in series.tiles)
    scale = min(box.w / (east - west), box.h / (north - south))
    corner = np.array(box.middle) - scale * np.array([(east - west) / 2, (north - south) / 2])
    return lambda metres: (metres - (west, south)) * scale + corner


def _index_sheet(series: Series, paper: Paper, imprint: Imprint) -> Sheet:
    scene = series.scene
    parts, denominator = best_arrangement(scene, paper)
    ground = whole_ground(scene, parts, denominator)
    held = [(tile.number, rows) for tile, rows in zip(series.tiles, series.held, strict=True)]
    table = sheets_panel(scene, parts.paper, held)
    own = replace(imprint, number=f"{imprint.number}-00")
    panels = standing(ground, parts.paper, own, figures_panel(scene, parts.paper), table)
    title = f"{scene.title}　{TEXTS['index'].into(scene.lang)}"

    def overlay(ink: Ink) -> None:
        with ink.within(parts.map):
            for tile in series.tiles:
                ring = [
                    (tile.west, tile.south),
                    (tile.east, tile.south),
                    (tile.east, tile.north),
                    (tile.west, tile.north),
                ]
                lonlat = crs.unproject(np.array(ring), scene.projection)
                corners = ground.frame.paper_of(lonlat)
                cell = Box(*corners[0], *(corners[2] - corners[0]))
                frame_of(ink, cell, parts.paper.mm(0.14), ACCENT)
                size = min(parts.paper.title_pt, cell.h / POINT_MM * 0.4)
                middle = (cell.middle[0], cell.middle[1] - size * POINT_MM * 0.36)
                ink.text(middle, tile.number, size, ACCENT, bold=True, align="center", halo=0.5)

    return compose(ground, parts, panels, title, without=frozenset({"village"}), overlay=overlay)
