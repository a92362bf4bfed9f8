"""The shapes of `style.PointStyle` as paths one unit across, and dashes in mm."""

from __future__ import annotations

import functools

import numpy as np
from matplotlib.path import Path

from cuntong_gis.maps.style import LineStyle

PIXEL_MM = 0.2
"""What one pixel of a screen's line is on paper of size A3."""


@functools.cache
def outline(shape: str) -> Path:
    """Return the outline of a shape, to be filled and stroked.

    Parameters
    ----------
    shape : str
        As of `style.PointStyle`.

    Returns
    -------
    Path
        About the origin, one unit across.
    """
    polygons = {
        "triangle": [(-0.52, -0.4), (0.52, -0.4), (0.0, 0.52)],
        "diamond": [(0.0, -0.56), (0.56, 0.0), (0.0, 0.56), (-0.56, 0.0)],
        "square": [(-0.43, -0.43), (0.43, -0.43), (0.43, 0.43), (-0.43, 0.43)],
        "house": [(-0.42, -0.45), (0.42, -0.45), (0.42, 0.1), (0.0, 0.52), (-0.42, 0.1)],
    }
    if shape == "cross":
        return Path(
            [(-0.4, -0.4), (0.4, 0.4), (-0.4, 0.4), (0.4, -0.4)],
            [Path.MOVETO, Path.LINETO, Path.MOVETO, Path.LINETO],
        )
    if shape not in polygons:  # circle, check, ring
        return Path.circle((0.0, 0.0), 0.5)
    corners = polygons[shape]
    return Path([*corners, corners[0]], closed=True)


@functools.cache
def detail(shape: str) -> Path | None:
    """Return what is drawn in white inside a shape.

    Parameters
    ----------
    shape : str
        As of `style.PointStyle`.

    Returns
    -------
    Path or None
        The tick of a ``check``.
    """
    return Path(np.array([(-0.24, 0.0), (-0.06, -0.19), (0.26, 0.2)])) if shape == "check" else None


def line_mm(line: LineStyle, scale: float) -> float:
    """Return the width of a line on paper.

    Parameters
    ----------
    line : LineStyle
        Width in pixels of a screen.
    scale : float
        Of the paper, 1 for A3.

    Returns
    -------
    float
        Millimetres.
    """
    return line.width * PIXEL_MM * scale


def dash_mm(line: LineStyle, scale: float) -> tuple[float, ...]:
    """Return the dashes of a line on paper.

    Parameters
    ----------
    line : LineStyle
        Dashes in pixels of a screen.
    scale : float
        Of the paper, 1 for A3.

    Returns
    -------
    tuple of float
        Millimetres; empty: solid.
    """
    return tuple(length * PIXEL_MM * scale for length in line.dash)
