"""Figures inside sentences: a share never reads as if it were on the other side of the limit it is held against."""

from __future__ import annotations

import math
from collections.abc import Iterable

from cuntong_gis.units import rounded

SLACK = 1e-9
"""Targets are rounded to nine decimals: a share this little below a limit has reached it."""
MOST_DIGITS = 7


def reaches(share: float, limit: float) -> bool:
    """Tell whether a share has reached a limit.

    Parameters
    ----------
    share, limit : float
        Ratios.

    Returns
    -------
    bool
        False when either is missing.
    """
    return share >= limit - SLACK


def share_text(share: float, limits: Iterable[float] = ()) -> str:
    """Write a share as a percentage, never clipped, with as many decimals as tell it from the limits.

    Parameters
    ----------
    share : float
        A ratio.
    limits : iterable of float
        Ratios that it is held against.

    Returns
    -------
    str
        ``43.1 %``; ``79.96 %`` where 80 % is a limit; an em dash when it is missing.
    """
    if share != share:
        return "—"
    held = tuple(limits)
    for digits in range(1, MOST_DIGITS):
        shown = rounded(share * 100, digits)
        if all((float(shown) >= limit * 100) == reaches(share, limit) for limit in held):
            return f"{shown} %"
    return f"{rounded(share * 100, MOST_DIGITS)} %"


def limit_text(limit: float) -> str:
    """Write a limit as a percentage.

    Parameters
    ----------
    limit : float
        A ratio.

    Returns
    -------
    str
        ``80 %``.
    """
    return f"{limit * 100:.10g} %"


def count_text(count: float) -> str:
    """Write a count that may be a fraction, such as a target by linear time progress.

    Parameters
    ----------
    count : float
        At least 0.

    Returns
    -------
    str
        ``58``, ``58.3``, ``0.0033``; an em dash when it is missing.
    """
    if count != count:
        return "—"
    if count == int(count):
        return str(int(count))
    return f"{count:.1f}" if count >= 1 else f"{count:.2g}"


def whole_above(count: float) -> int:
    """Return the least whole number that reaches a count.

    Parameters
    ----------
    count : float
        At least 0.

    Returns
    -------
    int
        Rounded up, but for the slack of a rounded target.
    """
    return math.ceil(count - SLACK)


def points_text(points: float) -> str:
    """Write a difference of two rates.

    Parameters
    ----------
    points : float
        Percentage points.

    Returns
    -------
    str
        ``+12.9``, ``-3.0``; an em dash when it is missing.
    """
    return "—" if points != points else f"{points:+.1f}"
