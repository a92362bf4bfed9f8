"""Small charts as SVG text, drawn from plain numbers: pages and documents need nothing else to show them.

Every chart is one ``<svg>`` element with presentation attributes only. Axes begin at 0, curves are named where they
end, and what is told by colour is told by shape, dash or a word too. Texts are escaped; numbers come as texts.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape

from cuntong_gis.maps.svg import FONT, INK, SOFT, Scale, rule, text, width_of

LINE_APART = 13.0
"""Least distance of two lines of text."""
Box = tuple[float, float, float, float]
"""Left, top, right, bottom."""


@dataclass(frozen=True)
class Curve:
    """A line of a chart.

    Attributes
    ----------
    name, value : str
        Written where it ends; the value is set in bold.
    x, y : sequence of float
        Points; what is not finite is a gap.
    color : str
        As #rrggbb.
    width : float
        Of the pen.
    dash : str
        As of ``stroke-dasharray``; "" is solid.
    under : bool
        Of a guide: its name stands below its middle, at the right end; else above, to the left.
    """

    name: str
    value: str
    x: Sequence[float]
    y: Sequence[float]
    color: str
    width: float = 2.0
    dash: str = ""
    under: bool = False


@dataclass(frozen=True)
class Frame:
    """What the curves are drawn in.

    Attributes
    ----------
    width, height : float
        Of the picture.
    x_low, x_high : float
        Values at the ends of the axis.
    x_ticks : sequence of (float, str)
        Values and what is written at them.
    y_high : float
        Least value at the top; the axis begins at 0.
    level : (float, str) or None
        A value that is wanted, with its name.
    uprights : sequence of (float, str)
        Values of x at which a line stands, with its name.
    label : str
        What the picture shows, for those who cannot see it.
    ground : str
        Colour behind it; "" for none.
    """

    width: float
    height: float
    x_low: float
    x_high: float
    x_ticks: Sequence[tuple[float, str]]
    y_high: float
    level: tuple[float, str] | None
    uprights: Sequence[tuple[float, str]]
    label: str
    ground: str = ""


def nice_step(high: float, most: int = 5) -> float:
    """Return a round step for an axis of counts.

    Parameters
    ----------
    high : float
        Largest value, at least 0.
    most : int
        Most steps wanted.

    Returns
    -------
    float
        1, 2 or 5 times a power of ten; at least 1.
    """
    if not high > most:
        return 1.0
    power = 10.0 ** math.floor(math.log10(high / most))
    return next(step * power for step in (1, 2, 5, 10) if high / (step * power) <= most)


def spread(wanted: Sequence[float], apart: float, low: float, high: float) -> list[float]:
    """Move places along a line as little as it takes to keep them apart.

    Parameters
    ----------
    wanted : sequence of float
        Where each would be.
    apart : float
        Least distance.
    low, high : float
        Ends of the line.

    Returns
    -------
    list of float
        In the same order, as far as there is room between the ends.
    """
    order = sorted(range(len(wanted)), key=lambda n: wanted[n])
    found = [0.0] * len(wanted)
    at = -math.inf
    for n in order:
        at = found[n] = max(wanted[n], at + apart, low)
    at = math.inf
    for n in reversed(order):
        at = found[n] = min(found[n], at - apart, high)
    return found


def course(curve: Curve, x: Scale, y: Scale) -> str:
    """Return a curve as a path, broken where a value is missing.

    Parameters
    ----------
    curve : Curve
        The curve.
    x, y : Scale
        Of the axes.

    Returns
    -------
    str
        Markup; "" without points.
    """
    steps, joined = [], False
    for value_x, value_y in zip(curve.x, curve.y, strict=True):
        if math.isfinite(value_x) and math.isfinite(value_y):
            steps.append(f"{'L' if joined else 'M'}{x(value_x):.1f} {y(value_y):.1f}")
            joined = True
        else:
            joined = False
    if not steps:
        return ""
    if len(steps) == 1:
        steps.append("h0")
    dashes = f' stroke-dasharray="{curve.dash}"' if curve.dash else ""
    return (
        f'<path d="{"".join(steps)}" fill="none" stroke="{curve.color}" stroke-width="{curve.width:g}"'
        f' stroke-linecap="round" stroke-linejoin="round"{dashes}/>'
    )


def scales(frame: Frame, curves: Sequence[Curve]) -> tuple[Scale, Scale]:
    """Return the scales of a chart: the upright one begins at 0 and holds every value.

    Parameters
    ----------
    frame : Frame
        What the curves are drawn in.
    curves : sequence of Curve
        The curves.

    Returns
    -------
    x, y : Scale
        Values → places in the picture.
    """
    values = [v for curve in curves for v in curve.y if math.isfinite(v)]
    top = max([frame.y_high, *values, 1.0])
    right = frame.x_high if frame.x_high > frame.x_low else frame.x_low + 1
    room = 12.0 + width_of(f"{top:,.0f}", FONT)
    x = Scale(frame.x_low, right, room, frame.width - 10.0)
    lines = max([line for *_, line in _upright_names(frame, x)], default=0)
    return x, Scale(0.0, top * 1.04, frame.height - 22.0, 20.0 + LINE_APART * lines)


def _upright_names(frame: Frame, x: Scale) -> list[tuple[float, str, str, int]]:
    """Return where the names of uprights stand: place, anchor and line of each; no two cover one another."""
    found: list[tuple[float, str, str, int]] = []
    taken: list[tuple[float, float, int]] = []
    for value, words in frame.uprights:
        at, wide = x(value), width_of(words, FONT) + 4
        anchor = "end" if at > (x.start + x.end) / 2 else "start"
        left = at - wide - 4 if anchor == "end" else at
        covered = {line for west, east, line in taken if left < east and west < left + wide + 4}
        line = next(n for n in range(len(frame.uprights)) if n not in covered)
        taken.append((left, left + wide + 4, line))
        found.append((at + (-4 if anchor == "end" else 4), words, anchor, line))
    return found


def curves_chart(frame: Frame, curves: Sequence[Curve], *, guides: Sequence[Curve] = ()) -> str:
    """Draw curves over time, each named at its end.

    Parameters
    ----------
    frame : Frame
        What they are drawn in.
    curves : sequence of Curve
        The curves, the most important last.
    guides : sequence of Curve
        Lines that they are held against; drawn below, and named beside them where there is room.

    Returns
    -------
    str
        An ``<svg>`` element.
    """
    x, y = scales(frame, [*curves, *guides])
    parts = [f'<rect width="{frame.width:g}" height="{frame.height:g}" fill="{frame.ground}"/>'] if frame.ground else []
    parts += _grid(frame, x, y)
    parts += [course(curve, x, y) for curve in (*guides, *curves)]
    taken: list[Box] = []
    if frame.level is not None:
        taken.append(_box(x.start + 5, y(frame.level[0]) + 13, "start", frame.level[1]))
    named = _end_names(frame, curves, x, y, taken)
    parts += _guide_names(guides, x, y, taken) + named
    return (
        f'<svg viewBox="0 0 {frame.width:g} {frame.height:g}" role="img" aria-label="{escape(frame.label)}">'
        f"{''.join(parts)}</svg>"
    )


def _grid(frame: Frame, x: Scale, y: Scale) -> list[str]:
    step = nice_step(y.high)
    parts = []
    for n in range(int(y.high / step) + 1):
        at = y(n * step)
        parts.append(rule(x.start, at, x.end, at, color="#b9c1ca" if n == 0 else "#eceff2"))
        parts.append(text(x.start - 6, at + 4, f"{n * step:,.0f}", anchor="end"))
    for value, words in frame.x_ticks:
        parts.append(rule(x(value), y.start, x(value), y.start + 4, color="#b9c1ca"))
        parts.append(text(x(value), frame.height - 5, words, anchor="middle"))
    for (value, _), (at, words, anchor, line) in zip(frame.uprights, _upright_names(frame, x), strict=True):
        top = 11.0 + LINE_APART * line
        parts.append(rule(x(value), y.start, x(value), top - 9, color="#8b95a1", dash="2 3"))
        parts.append(text(at, top, words, anchor=anchor, halo=True))
    if frame.level is not None:
        value, words = frame.level
        parts.append(rule(x.start, y(value), x.end, y(value), color=INK, width=1.2))
        parts.append(text(x.start + 5, y(value) + 13, words, color=INK))
    return parts


def _guide_names(guides: Sequence[Curve], x: Scale, y: Scale, taken: list[Box]) -> list[str]:
    """Name each guide beside it where its name covers no other; one that finds no such place has no name."""
    parts = []
    for guide in guides:
        points = [(x(a), y(b)) for a, b in zip(guide.x, guide.y, strict=True) if math.isfinite(a) and math.isfinite(b)]
        if len(points) < 2 or not guide.name:
            continue
        for left, up, anchor in _beside(points, guide.under):
            box = _box(left, up, anchor, guide.name)
            if x.start <= box[0] and box[2] <= x.end + 4 and all(_apart(box, other) for other in taken):
                taken.append(box)
                parts.append(
                    text(left, up, guide.name, anchor=anchor, color=guide.color if guide.under else SOFT, halo=True)
                )
                break
    return parts


def _beside(points: Sequence[tuple[float, float]], under: bool) -> list[tuple[float, float, str]]:
    """Return places for the name of a line: at its right end below its middle, or above it from the left on."""
    found = []
    for share in (0.5, 0.4, 0.3) if under else (0.34, 0.44, 0.54, 0.64, 0.24):
        at = share * (len(points) - 1)
        n = min(int(at), len(points) - 2)
        (a, b), (c, d) = points[n], points[n + 1]
        left, up = a + (at - n) * (c - a), b + (at - n) * (d - b)
        found.append((points[-1][0] - 2, up + 15, "end") if under else (left - 7, up - 5, "end"))
    return found


def _end_names(frame: Frame, curves: Sequence[Curve], x: Scale, y: Scale, taken: list[Box]) -> list[str]:
    """Name each curve beside its last point, on the side that has room."""
    ends = []
    for curve in curves:
        points = [(a, b) for a, b in zip(curve.x, curve.y, strict=True) if math.isfinite(a) and math.isfinite(b)]
        if points and curve.name:
            ends.append((curve, x(points[-1][0]), y(points[-1][1])))
    places = spread([up + 4 for _, _, up in ends], LINE_APART, y.end + 4, y.start - 4)
    parts = []
    for (curve, left, up), line in zip(ends, places, strict=True):
        name = f"{curve.name} {curve.value}".strip()
        inside = left + width_of(name, FONT) + 12 > frame.width
        parts.append(f'<circle cx="{left:.1f}" cy="{up:.1f}" r="2.8" fill="{curve.color}"/>')
        at, anchor = (left - 8, "end") if inside else (left + 8, "start")
        taken.append(_box(at, line, anchor, name))
        parts.append(text(at, line, name, anchor=anchor, color=curve.color, bold=True, halo=True))
    return parts


def _box(at: float, line: float, anchor: str, words: str) -> Box:
    """Return what a text covers."""
    wide = width_of(words, FONT)
    left = at - wide if anchor == "end" else at
    return left, line - 0.9 * FONT, left + wide, line + 0.2 * FONT


def _apart(one: Box, other: Box) -> bool:
    return one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1]


def month_ticks(first: int, last: int, month: Callable[[int], str], most: int = 12) -> list[tuple[int, str]]:
    """Return the first days of months as ticks: of every month, or of every so many from January on.

    Parameters
    ----------
    first, last : int
        Ends of the axis as ordinals of dates.
    month : callable of int
        Gives the name of a month by the ordinal of its first day.
    most : int
        Ticks that there is room for.

    Returns
    -------
    list of (int, str)
        Ordinals and names.
    """
    day, found = dt.date.fromordinal(first).replace(day=1), []
    while day.toordinal() <= last:
        if day.toordinal() >= first:
            found.append(day)
        day = (day + dt.timedelta(days=32)).replace(day=1)
    steps = (1, 2, 3, 4, 6, *(12 * years for years in range(1, len(found) + 1)))
    chosen = next(few for step in steps if len(few := [d for d in found if _months(d) % step == 0]) <= most)
    return [(d.toordinal(), month(d.toordinal())) for d in chosen]


def _months(day: dt.date) -> int:
    return day.year * 12 + day.month - 1
