"""Units of the product: metres, kilometres, fen and yuan, and how they are written."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

FEN_PER_CNY = 100
CENT = Decimal("0.01")

NOTHING = "—"
"""What is shown where a figure does not exist; an empty cell would look forgotten."""

FULL = (1.0,)
"""The limit that every share is held against."""

SLACK, MOST_DIGITS = 1e-9, 7
"""A share this little below a limit has reached it; no percentage has more decimals."""


def cny_from_fen(fen: int) -> Decimal:
    """Return an amount in yuan, exact to the fen.

    Parameters
    ----------
    fen : int
        Amount in fen (1/100 CNY), >= 0.

    Returns
    -------
    Decimal
        CNY with two decimals.
    """
    return (Decimal(int(fen)) / FEN_PER_CNY).quantize(CENT)


def fen_from_cny(cny: Decimal | float | int) -> int:
    """Return an amount in fen, rounded half up.

    Parameters
    ----------
    cny : Decimal, float or int
        Amount in CNY.

    Returns
    -------
    int
        Amount in fen.
    """
    return int((Decimal(str(cny)) * FEN_PER_CNY).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def km(metres: float) -> float:
    """Return kilometres rounded to the metre.

    Parameters
    ----------
    metres : float
        Length in metres.

    Returns
    -------
    float
        Length in km, three decimals.
    """
    return round(float(metres) / 1000.0, 3)


def rounded(value: float | Decimal, digits: int) -> Decimal:
    """Return a number rounded half away from zero on its decimal writing, as spreadsheets round what they show.

    Parameters
    ----------
    value : float or Decimal
        The number; of a float twelve digits are looked at, so that 1.005 is 1.005.
    digits : int
        Decimals kept.

    Returns
    -------
    Decimal
        With exactly that many decimals.
    """
    exact = value if isinstance(value, Decimal) else Decimal(f"{value:.12g}")
    return exact.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)


def percent(share: float | None, digits: int = 2) -> str:
    """Write a share of one as a percentage.

    Parameters
    ----------
    share : float or None
        A ratio, e.g. 0.0042.
    digits : int
        Decimals shown.

    Returns
    -------
    str
        ``0.42 %``; an em dash for None.
    """
    return "—" if share is None else f"{share * 100:.{digits}f} %"


def wan_cny(cny: Decimal) -> str:
    """Write an amount in 10⁴ CNY (万元), two decimals, with separators.

    Parameters
    ----------
    cny : Decimal
        Amount in CNY.

    Returns
    -------
    str
        E.g. ``1,234.50``.
    """
    return f"{(cny / 10_000).quantize(CENT, rounding=ROUND_HALF_UP):,}"


def percent_digits(share: float, limits: tuple[float, ...] = FULL) -> int:
    """Return the decimals of a percentage: one, or as many as it takes to read on its own side of every limit.

    Parameters
    ----------
    share : float
        A ratio.
    limits : tuple of float
        Ratios that it is held against: 11,096 of 11,097 must not read 100 %.

    Returns
    -------
    int
        1 to 7.
    """
    digits = 1
    while digits < MOST_DIGITS and any(
        (rounded(share * 100, digits) >= rounded(limit * 100, 7)) != (share >= limit - SLACK) for limit in limits
    ):
        digits += 1
    return digits


def percent_text(share: float, limits: tuple[float, ...] = FULL) -> str:
    """Write a share as papers do.

    Parameters
    ----------
    share : float
        A ratio.
    limits : tuple of float
        Ratios that it is held against.

    Returns
    -------
    str
        ``43.1%``, with as many decimals as `percent_digits` says; an em dash when it is missing.
    """
    if share != share:
        return NOTHING
    digits = percent_digits(share, limits)
    return f"{rounded(share * 100, digits):.{digits}f}%"


def points_text(points: float) -> str:
    """Write a difference of two rates as papers do.

    Parameters
    ----------
    points : float
        Percentage points.

    Returns
    -------
    str
        ``+12.9``, ``-3.0``; an em dash when it is missing.
    """
    if points != points:
        return NOTHING
    return f"{'+' if points > 0 else '-' if points < 0 else ''}{rounded(abs(points), 1):.1f}"


def decimal_text(value: float, digits: int = 1) -> str:
    """Write a number that may be a fraction as papers do.

    Parameters
    ----------
    value : float
        The number.
    digits : int
        Decimals.

    Returns
    -------
    str
        ``1,058.3``; an em dash when it is missing.
    """
    return NOTHING if value != value else f"{rounded(value, digits):,.{digits}f}"
