"""The still map of a dashboard: units below by completion, or the villages of a township by stage, as one SVG."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

import numpy as np
import shapely
from numpy.typing import NDArray

from cuntong_gis.maps import standings, style
from cuntong_gis.maps.columns import placed
from cuntong_gis.maps.preview import Place
from cuntong_gis.maps.svg import INK, mark, text, width_of
from cuntong_gis.model import SpanStage, Stage
from cuntong_gis.words import Lang, Words, plain

if TYPE_CHECKING:
    from cuntong_gis.maps.shown import Shown

WIDTH, HEIGHT, MARGIN = 372.0, 238.0, 4.0
NAME_SIZE, FIGURE_SIZE = 11.0, 10.0
NEAR = (
    (0.0, 0.0),
    (0.0, -9.0),
    (0.0, 9.0),
    (-0.4, 0.0),
    (0.4, 0.0),
    (-0.4, -9.0),
    (0.4, -9.0),
    (-0.4, 9.0),
    (0.4, 9.0),
)
"""Where a name may stand off the middle of its unit: in halves of its width, and down."""
MOST_DOTS = 4000
"""Dots of villages without outlines around them: a picture this small shows no more."""


@dataclass(frozen=True)
class Area:
    """A unit on the map.

    Attributes
    ----------
    code, name, figure : str
        Its code, its name and its share lit as they are written.
    share : float
        Villages lit of its villages; nan without villages.
    told : str
        What is said when it is pointed at.
    href : str
        Page of the unit; "" if there is none.
    """

    code: str
    name: str
    figure: str
    share: float
    told: str
    href: str = ""


def color_of(share: float) -> str:
    """Return the colour of a share of villages lit.

    Parameters
    ----------
    share : float
        From 0; nan where there are no villages.

    Returns
    -------
    str
        As #rrggbb; the darkest only where every village is lit.
    """
    if share != share:
        return style.NO_RATE
    return next(color for least, color in reversed(style.COMPLETION) if share >= least or least == 0.0)


def units_map(shown: Shown, areas: Sequence[Area], lang: Lang) -> str:
    """Draw the units below a unit, coloured by the share of their villages that is lit.

    Parameters
    ----------
    shown : Shown
        The unit.
    areas : sequence of Area
        The units below it, those to be named first first.
    lang : {"zh", "en"}
        Language of what is said of the picture.

    Returns
    -------
    str
        An ``<svg>`` element; "" where nothing has a place. A unit without outline is drawn as dots of its villages.
    """
    plan = placed(shown.plan)
    outlines = _outlines(shown, [area.code for area in areas])
    own = plan.boundaries[plan.boundaries["code"] == shown.unit]
    boxes = [shape.bounds for shape in (*outlines.values(), *own.geometry)]
    boxes += [plan.villages.total_bounds] if len(plan.villages) else []
    if not boxes:
        return ""
    place = Place(np.array(boxes), WIDTH, HEIGHT, MARGIN)
    anchors = []
    under = [
        f'<path d="{_rings(shape, place)}" fill="#f6f8fa" fill-rule="evenodd" stroke="#8b95a1"/>'
        for shape in own.geometry
        if len(outlines) < len(areas)
    ]
    members = _members(shown)
    for area in areas:
        here = plan.villages["code"].isin(members.get(area.code, ())).to_numpy(bool)
        color = color_of(area.share)
        if area.code in outlines:
            shape = outlines[area.code]
            drawn = f'<path d="{_rings(shape, place)}" fill="{color}" fill-rule="evenodd"/>'
            at = _inside(shape, place)
        elif here.any():
            points = plan.villages.geometry[here].to_numpy()[:MOST_DOTS]
            spots = place.dots(points)
            rim = style.VILLAGE[Stage.LIT].line
            drawn = "".join(
                f'<path d="{spots}" stroke="{pen}" stroke-width="{wide}" stroke-linecap="round"/>'
                for pen, wide in ((rim, 6.4), (color, 5))
            )
            at = place(shapely.get_coordinates(points)).mean(axis=0)
        else:
            continue
        said = f"<title>{escape(area.told)}</title>{drawn}"
        under.append(f'<a href="{escape(area.href)}">{said}</a>' if area.href else f"<g>{said}</g>")
        anchors.append((area, at))
    edge = "".join(
        f'<path d="{_rings(shape, place)}" fill="none" stroke="#fff" stroke-width="1.1"/>'
        for shape in outlines.values()
    )
    for shape in own.geometry:
        edge += f'<path d="{_rings(shape, place)}" fill="none" stroke="#4a5560" stroke-width="1.3"/>'
    over = _names([(a.name, a.figure, at) for a, at in anchors])
    return _picture(
        "".join([*under, edge, *over]), Words("各单位开通率分布", "share of villages lit by unit").into(lang)
    )


def villages_map(shown: Shown, lang: Lang) -> str:
    """Draw the villages of a unit by stage, late ones ringed, with the spans that they hang on.

    Parameters
    ----------
    shown : Shown
        The unit.
    lang : {"zh", "en"}
        Language of what is said of the picture.

    Returns
    -------
    str
        An ``<svg>`` element; "" where nothing has a place.
    """
    plan = placed(shown.plan)
    if not len(plan.villages):
        return ""
    ours = plan.boundaries[plan.boundaries["code"] == shown.unit]
    tables = [plan.villages, plan.spans, ours]
    place = Place(np.array([t.total_bounds for t in tables if len(t)]), WIDTH, HEIGHT, 14.0)
    parts = []
    for shape in ours.geometry:
        parts.append(f'<path d="{_rings(shape, place)}" fill="#fff" fill-rule="evenodd" stroke="#c3cad2"/>')
    for stage in SpanStage:
        line = style.SPAN_BEHIND[stage]
        lines = place.lines(plan.spans.geometry[plan.spans["stage"] == stage].to_numpy())
        parts.append(f'<path d="{lines}" fill="none" stroke="{line.color}" stroke-width="{line.width}"/>')
    marks, names = [], []
    for village in standings.rows_of(plan.villages):
        x, y = place(shapely.get_coordinates(village.geometry))[0]
        look = style.VILLAGE[Stage(village.stage)]
        ring = f'<circle r="8.6" fill="none" stroke="{style.LATE.line}" stroke-width="1.8"/>' if village.late else ""
        told = f"{plain(village.name)} {look.label.into(lang)}"
        marks.append(
            f'<g transform="translate({x:.1f} {y:.1f})"><title>{escape(told)}</title>{ring}'
            f'<g transform="translate(-6 -6)">{mark(look.shape, look.fill, look.line)}</g></g>'
        )
        names.append((plain(village.name), "", np.array([x, y])))
    written = _names(names, beside=True)
    return _picture("".join([*parts, *marks, *written]), Words("各村阶段分布", "villages by stage").into(lang))


def _picture(content: str, label: str) -> str:
    return (
        f'<svg class="map" viewBox="0 0 {WIDTH:g} {HEIGHT:g}" role="img" aria-label="{escape(label)}" '
        f'stroke-linejoin="round">{content}</svg>'
    )


def _members(shown: Shown) -> dict[str, set[str]]:
    """Return the villages of each unit, by code."""
    course, codes = shown.timeline, shown.plan.villages["code"].to_numpy(object)
    units = course.units["code"].to_numpy(object)
    found: dict[str, set[str]] = {}
    order = np.argsort(course.unit_of, kind="stable")
    edges = np.flatnonzero(np.diff(course.unit_of[order], prepend=-1, append=-1))
    for first, last in itertools.pairwise(edges):
        rows = order[first:last]
        found[str(units[course.unit_of[rows[0]]])] = set(codes[course.village_of[rows]])
    return found


def _outlines(shown: Shown, codes: Sequence[str]) -> dict[str, shapely.Geometry]:
    """Return the outlines of units: their own, else those of the units inside them as one."""
    table = shown.plan.boundaries
    own: dict[str, shapely.Geometry] = dict(zip(table["code"], table.geometry, strict=True))
    units = shown.timeline.units
    children: dict[str, list[str]] = {}
    for code, parent in zip(units["code"], units["parent"], strict=True):
        children.setdefault(parent, []).append(code)

    def outline(code: str) -> shapely.Geometry | None:
        if code in own:
            return own[code]
        parts = [shape for child in children.get(code, ()) if (shape := outline(child)) is not None]
        if not parts or len(parts) < len(children[code]):
            return None  # what is not whole would be a wrong outline
        return shapely.union_all(shapely.set_precision(np.array(parts, object), 1e-5))

    return {code: shape for code in codes if (shape := outline(code)) is not None and not shape.is_empty}


def _rings(shape: shapely.Geometry, place: Place) -> str:
    return place.lines(shapely.get_parts(shapely.boundary(np.array([shape], object))))


def _inside(shape: shapely.Geometry, place: Place) -> NDArray[np.float64]:
    """Return a point of the picture well inside an outline."""
    flat = shapely.transform(shape, place)
    largest = max(shapely.get_parts(flat), key=lambda part: part.area)
    circle = shapely.maximum_inscribed_circle(shapely.simplify(largest, 0.5), tolerance=1.0)
    return np.asarray(shapely.get_coordinates(circle)[0], np.float64)


def _names(labels: Sequence[tuple[str, str, NDArray[np.float64]]], *, beside: bool = False) -> list[str]:
    """Set names, and figures below them, where they cover no other; what finds no place is left out.

    Parameters: name, figure and place of each, the most important first; `beside`: next to a mark, not on it.
    """
    taken: list[tuple[float, float, float, float]] = []
    if beside:
        taken = [(at[0] - 6.5, at[1] - 6.5, at[0] + 6.5, at[1] + 6.5) for _, _, at in labels]
    drawn = []
    for name, figure, at in labels:
        for written, box in _choices(name, figure, float(at[0]), float(at[1]), beside):
            if _free(box, taken):
                taken.append(box)
                drawn.append(written)
                break
    return drawn


def _choices(
    name: str, figure: str, x: float, y: float, beside: bool
) -> list[tuple[str, tuple[float, float, float, float]]]:
    wide = width_of(name, NAME_SIZE)
    found = []
    if beside:
        for anchor, left, line in (
            ("start", x + 9, y + 4), ("end", x - 9, y + 4), ("middle", x, y - 10), ("middle", x, y + 18),
        ):  # fmt: skip
            west = left - {"start": 0.0, "end": wide, "middle": wide / 2}[anchor]
            box = (west, line - NAME_SIZE, west + wide, line + 3)
            found.append((text(left, line, name, anchor=anchor, color=INK, size=NAME_SIZE, halo=True), box))
        return found
    half = max(wide, width_of(figure, FIGURE_SIZE)) / 2 + 1
    for aside, up in NEAR:
        at, line = x + aside * half, y + up
        written = text(at, line - 1, name, anchor="middle", color=INK, size=NAME_SIZE, bold=True, halo=True)
        written += text(at, line + 12, figure, anchor="middle", color=INK, size=FIGURE_SIZE, halo=True)
        found.append((written, (at - half, line - 12, at + half, line + 15)))
    for aside, up in NEAR:
        at, line = x + aside * half, y + up + 4
        written = text(at, line, name, anchor="middle", color=INK, size=NAME_SIZE, halo=True)
        found.append((written, (at - wide / 2, line - 11, at + wide / 2, line + 3)))
    return found


def _free(box: tuple[float, float, float, float], taken: Sequence[tuple[float, float, float, float]]) -> bool:
    west, north, east, south = box
    if west < 1 or north < 1 or east > WIDTH - 1 or south > HEIGHT - 1:
        return False
    return all(east <= w or west >= e or south <= n or north >= s for w, n, e, s in taken)
