"""Which names a map sets, how large and where; and the index of those that found no place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from cuntong_gis.maps.wall.fonts import fitted, plain, width_mm
from cuntong_gis.maps.wall.ground import Ground
from cuntong_gis.maps.wall.ink import TEXT, Ink
from cuntong_gis.maps.wall.labels import Field, Placed
from cuntong_gis.maps.wall.paper import POINT_MM, Box
from cuntong_gis.maps.wall.scene import LEVELS, Scene

Floats = NDArray[np.float64]

SMALLEST_PT = 4.0
"""No name is set smaller."""
SIZES_PT = (8.0, 7.0, 6.0, 5.5, 5.0, 4.5, SMALLEST_PT)
MISSED, MANY = 0.015, 2_000
"""A size is good enough when so large a share of so many names finds no place; of few names all should find one."""
FEWEST = 0.6
"""With less of them set, villages' names are left out: a larger paper or a smaller unit is needed."""
SPACED = 0.08
"""Between the characters of large names, in ems; more, and a reader of the file would take them for single words."""
LONGEST = 14
"""Ems of a name on the map; a longer one is cut there and stands in the index in full."""
ASCENT, HEIGHT = 0.86, 0.98
"""Of a line of Chinese text, in ems."""
AREA_COLORS = {"province": "#6a5638", "prefecture": "#6a5638", "county": "#4c3d26", "township": "#34424f"}
BESIDE, TIE = "#8b949c", "#7b858f"


@dataclass(frozen=True)
class Names:
    """Names of one look, with their places.

    Attributes
    ----------
    kind : str
        ``village``, a level, or ``beside`` for the units around.
    texts : list of str
        As shown.
    full : list of str
        As they are.
    at : ndarray of float64, shape (n, 2)
        What they name, in mm.
    owner : list of str
        Code of the unit above, by which an index is sorted.
    size_pt : float
        Size in points.
    bold : bool
        Which face.
    placed : Placed
        What became of them.
    """

    kind: str
    texts: list[str]
    full: list[str]
    at: Floats
    owner: list[str]
    size_pt: float
    bold: bool
    placed: Placed

    @property
    def share(self) -> float:
        """Return the share of the names that found a place.

        Returns
        -------
        float
            1 where there are none.
        """
        return float(self.placed.set.mean()) if self.texts else 1.0


@dataclass(frozen=True)
class Entry:
    """A line of the index: a name that is not on the map in full, its square, and the unit above it."""

    name: str
    square: str
    owner: str


@dataclass(frozen=True)
class Naming:
    """All names of a map.

    Attributes
    ----------
    names : list of Names
        The larger units first.
    index : list of Entry
        Names without a place.
    left_out : frozenset of str
        Levels whose names are left out because most of them find no place.
    """

    names: list[Names] = field(default_factory=list)
    index: list[Entry] = field(default_factory=list)
    left_out: frozenset[str] = frozenset()

    @property
    def share(self) -> float | None:
        """Return the share of the villages' names that are set.

        Returns
        -------
        float or None
            None where there are none.
        """
        found = [names for names in self.names if names.kind == "village"]
        return found[0].share if found else None


def name_everything(
    ground: Ground, body_pt: float, blocked: Sequence[Box] = (), without: frozenset[str] = frozenset()
) -> Naming:
    """Place all names of a map, the larger units first.

    Parameters
    ----------
    ground : Ground
        The unit in its frame.
    body_pt : float
        Size of the paper's running text.
    blocked : sequence of Box
        Where nothing may be set.
    without : frozenset of str
        Levels whose names are not wanted.

    Returns
    -------
    Naming
        Of each level every name is set or in the index, or the names of that level are left out.
    """
    made = Naming()
    for size in [size for size in SIZES_PT if size <= max(body_pt, SMALLEST_PT)]:
        made = _name(ground, body_pt, blocked, size, without)
        if made.share is None or made.share >= 1.0 - MISSED * min(1.0, len(ground.villages[0]) / MANY):
            break
    scarce = {names.kind for names in made.names if names.share < FEWEST and names.kind != "beside"}
    return name_everything(ground, body_pt, blocked, without | scarce) if scarce else made


def _name(ground: Ground, body_pt: float, blocked: Sequence[Box], size: float, without: frozenset[str]) -> Naming:
    units = ground.scene.units
    room = len(units) + 2 * len(ground.villages[0]) + len(ground.neighbour_table()) + len(blocked) + 8
    face = _field(ground, room)
    face.block(blocked)
    made: list[Names] = []
    below = [level for level in LEVELS[:-1] if (units["level"] == level).any() and level != ground.scene.level]
    below = [level for level in below if level not in without]
    for depth, level in enumerate(below):
        made.append(_areas(ground, face, level, _area_size(body_pt, depth, level, below, size)))
    if "village" not in without:
        made.append(_villages(ground, face, size))
    made.append(_beside(ground, face, body_pt))
    return Naming(made, _index(ground, made), without)


def _area_size(body_pt: float, depth: int, level: str, below: list[str], village_pt: float) -> float:
    if level == "township":
        return min(max(village_pt * 1.3, 5.0), body_pt * 1.3)
    return body_pt * {"province": 1.5, "prefecture": 1.35, "county": 0.8}[level]


def _field(ground: Ground, room: int) -> Field:
    _, xy = ground.villages
    radius = ground.symbol * np.where(ground.ringed, 0.86, 0.55)
    points = [np.column_stack([xy, radius])]
    points += [
        np.column_stack([at, np.full(len(at), 0.75 * ground.symbol)])
        for kind, at in ground.sites.items()
        if kind != "branch"
    ]
    lines = [(ground.spans[1], 0.35), *((fiber, 0.6) for fiber in ground.fiber.values())]
    lines += [(border, 0.25) for border in ground.borders.values()]
    return Field(ground.frame.box.inset(0.6), np.vstack(points), lines, room)


def _sizes(texts: list[str], size_pt: float, bold: bool) -> Floats:
    wide = [width_mm(text, size_pt, bold) for text in texts]
    return np.column_stack([wide, np.full(len(texts), HEIGHT * size_pt * POINT_MM)]).reshape(-1, 2)


def _cut(names: list[str], size_pt: float, bold: bool) -> list[str]:
    return [fitted(name, size_pt, LONGEST * size_pt * POINT_MM, bold) for name in names]


def _villages(ground: Ground, face: Field, size_pt: float) -> Names:
    rows, xy = ground.villages
    table, status = ground.scene.shown.plan.villages, ground.scene.shown.status.villages
    full = [plain(name) for name in table["name"].to_numpy(object)[rows]]
    texts = _cut(full, size_pt, False)
    order = _crowded_first(xy)
    gap = ground.symbol * np.where(ground.ringed, 0.9, 0.56) + 0.06 + 0.14 * max(ground.symbol - 1.1, 0.0)
    placed = face.around(xy, _sizes(texts, size_pt, False), gap, order)
    owner = status["township"].to_numpy(object)[rows].tolist()
    return Names("village", texts, full, xy, owner, size_pt, False, placed)


def _crowded_first(xy: Floats) -> NDArray[np.int64]:
    """Return the order of placing: those with many neighbours first, they have the fewest places to choose from."""
    if not len(xy):
        return np.empty(0, np.int64)
    points = shapely.points(xy)
    near = shapely.STRtree(points).query(points, "dwithin", 6.0)
    return np.argsort(-np.bincount(near[0], minlength=len(xy)), kind="stable")


def _areas(ground: Ground, face: Field, level: str, size_pt: float) -> Names:
    scene, bold = ground.scene, level != "township"
    units = scene.units[scene.units["level"] == level]
    codes = units["code"].tolist()
    polygons = dict(zip(scene.outlines["code"], scene.outlines.geometry, strict=True))
    areas, middles = _where(ground, codes, polygons)
    known = np.isfinite(middles[:, 0])
    full = [plain(name) for name, here in zip(units["name"], known, strict=True) if here]
    texts = _cut(full, size_pt, bold)
    size = _sizes(texts, size_pt, bold) * (1.0 + _spacing(level), 1.0)
    placed = face.inside(areas[known], middles[known], size, np.argsort(-shapely.area(areas[known]), kind="stable"))
    owner = units["parent"].to_numpy(object)[known].tolist()
    return Names(level, texts, full, middles[known], owner, size_pt, bold, placed)


def _spacing(level: str) -> float:
    return SPACED if level in ("province", "prefecture", "county", "beside") else 0.0


def _where(ground: Ground, codes: list[str], polygons: dict[str, object]) -> tuple[NDArray[np.object_], Floats]:
    """Return what of each unit lies in the frame, and its middle; of a unit without outline, that of its villages."""
    frame, empty = ground.frame, shapely.Polygon()
    edge = shapely.box(frame.box.x, frame.box.y, frame.box.right, frame.box.top)
    drawn = frame.drawn(np.array([polygons.get(code, empty) for code in codes], object), 0.3)
    areas = shapely.intersection(shapely.make_valid(drawn), edge)
    middle = np.full((len(codes), 2), np.nan)
    for at, area in enumerate(areas):
        if not area.is_empty:
            spot = area.centroid if area.contains(area.centroid) else area.point_on_surface()
            middle[at] = spot.x, spot.y
    lost = np.array([code not in polygons for code in codes])
    if lost.any():
        middle[lost] = _middle_of_villages(ground, codes)[lost]
    return areas, middle


def _middle_of_villages(ground: Ground, codes: list[str]) -> Floats:
    rows, xy = ground.villages
    towns = ground.scene.shown.status.villages["township"].to_numpy(object)[rows]
    parent = dict(zip(ground.scene.units["code"], ground.scene.units["parent"], strict=True))
    middle = pd.DataFrame({"x": xy[:, 0], "y": xy[:, 1]})
    found = np.full((len(codes), 2), np.nan)
    above = pd.Series(towns, dtype=object)
    for _ in LEVELS:
        mean = middle.groupby(above.to_numpy(object)).mean()
        for at, code in enumerate(codes):
            if code in mean.index:
                found[at] = mean.loc[code]
        above = above.map(lambda code: parent.get(code, ""))
    return found


def _beside(ground: Ground, face: Field, body_pt: float) -> Names:
    """Place the names of the units around, where they are seen."""
    table = ground.neighbour_table()
    size_pt = body_pt * 0.95
    if ground.scene.outline is not None and len(table):
        seen = shapely.difference(table.geometry.to_numpy(), ground.scene.outline)
    else:
        seen = table.geometry.to_numpy()
    polygons = dict(zip(table["code"], seen, strict=True))
    areas, middles = _where(ground, table["code"].tolist(), polygons)
    full = [plain(name) for name in table["name"]]
    texts = _cut(full, size_pt, False)
    size = _sizes(texts, size_pt, False) * (1.0 + SPACED, 1.0)
    roomy = shapely.area(areas) > 2.0 * size.prod(axis=1) if len(full) else np.empty(0, bool)
    full = [name for name, keep in zip(full, roomy, strict=True) if keep]
    texts = [text for text, keep in zip(texts, roomy, strict=True) if keep]
    placed = face.inside(areas[roomy], middles[roomy], size[roomy])
    return Names("beside", texts, full, middles[roomy], [""] * len(full), size_pt, False, placed)


def _index(ground: Ground, made: list[Names]) -> list[Entry]:
    """Return every name that is not on the map in full."""
    entries = []
    for names in made:
        if names.kind == "beside":
            continue
        lacking = [
            at for at, done in enumerate(names.placed.set.tolist()) if not done or names.texts[at] != names.full[at]
        ]
        squares = ground.frame.squares(ground.frame.ground_of(names.at[lacking])) if lacking else []
        entries += [Entry(names.full[at], square, names.owner[at]) for at, square in zip(lacking, squares, strict=True)]
    return entries


def unplaced(ground: Ground) -> list[Entry]:
    """Return the villages that have no coordinates.

    Parameters
    ----------
    ground : Ground
        The unit in its frame.

    Returns
    -------
    list of Entry
        With a dash for the square.
    """
    shown = ground.scene.shown
    rows = np.flatnonzero(~ground.scene.placed)
    names = shown.plan.villages["name"].to_numpy(object)[rows]
    towns = shown.status.villages["township"].to_numpy(object)[rows]
    return [Entry(plain(name), "—", town) for name, town in zip(names, towns, strict=True)]


def paint_names(ink: Ink, ground: Ground, naming: Naming, *, areas: bool) -> None:
    """Set the names.

    Parameters
    ----------
    ink : Ink
        The sheet.
    ground : Ground
        The unit in its frame.
    naming : Naming
        The names.
    areas : bool
        Those of units, which lie under the symbols, with the lines that tie villages' names; or those of villages.
    """
    with ink.within(ground.frame.box):
        for names in naming.names:
            if areas and names.kind == "village":
                ink.line(_ties(names), TIE, 0.12)
            elif areas != (names.kind == "village"):
                _set(ink, names)


def _set(ink: Ink, names: Names) -> None:
    done = names.placed.set
    boxes = names.placed.boxes[done]
    texts = [text for text, here in zip(names.texts, done.tolist(), strict=True) if here]
    base = (HEIGHT - ASCENT) * names.size_pt * POINT_MM
    halo = min(0.055 * names.size_pt * POINT_MM + 0.1, 0.5)
    if names.kind == "village":
        ink.texts(boxes[:, :2] + (0.0, base), texts, names.size_pt, TEXT, halo=halo)
        return
    spacing = _spacing(names.kind)
    color = BESIDE if names.kind == "beside" else AREA_COLORS[names.kind]
    if not spacing:
        ink.texts(boxes[:, :2] + (0.0, base), texts, names.size_pt, color, bold=names.bold, halo=halo)
        return
    for text, box in zip(texts, boxes, strict=True):
        middle = (float(box[0] + box[2]) / 2, float(box[1]) + base)
        ink.text(middle, text, names.size_pt, color, bold=names.bold, align="center", halo=halo, spacing=spacing)


def grouped(scene: Scene, entries: list[Entry]) -> list[tuple[str, list[Entry]]]:
    """Return the entries of an index under the names of the units they are looked for in.

    Parameters
    ----------
    scene : Scene
        The unit: under a province or prefecture by county, under a county by township.
    entries : list of Entry
        Of any order.

    Returns
    -------
    list of (str, list of Entry)
        In the order of the codes; the name is "" where there is no such unit.
    """
    level = {"province": "county", "prefecture": "county", "county": "township"}.get(scene.level, "")
    units = scene.units.set_index("code")
    found: dict[str, list[Entry]] = {}
    for entry in entries:
        code = entry.owner
        while code in units.index and units.at[code, "level"] != level:
            code = str(units.at[code, "parent"])
        found.setdefault(code if code in units.index else "", []).append(entry)
    names = {code: plain(str(units.at[code, "name"])) if code else "" for code in found}
    return [(names[code], sorted(found[code], key=lambda entry: entry.name)) for code in sorted(found)]


def _ties(names: Names) -> NDArray[np.object_]:
    """Return lines from names that stand off to their points, as far as the symbol's edge would hide them."""
    far = names.placed.far
    x0, y0, x1, y1 = names.placed.boxes[far].T
    at = names.at[far]
    ends = np.column_stack([np.clip(at[:, 0], x0, x1), np.clip(at[:, 1], y0, y1)])
    lines: NDArray[np.object_] = shapely.linestrings(np.stack([at, ends], axis=1))
    return lines
