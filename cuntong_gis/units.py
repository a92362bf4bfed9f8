"""Units of the product: metres, kilometres, fen and yuan, and how they are written."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

FEN_PER_CNY = 100
CENT = Decimal("0.01")


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
