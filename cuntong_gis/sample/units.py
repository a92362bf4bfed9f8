"""The real units of the province that large samples are laid in: names and codes of GB/T 2260, nothing below a county.

Middles and areas only say where a generated outline lies and how large it is.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib import resources


@dataclass(frozen=True)
class Unit:
    """A province, prefecture or county.

    Attributes
    ----------
    code, name : str
        Six digits and name of GB/T 2260, as of March 2016.
    level : str
        "province", "prefecture" or "county".
    parent : str
        Code of the unit above; "" of the province.
    middle : tuple of float
        Longitude and latitude inside a county, to 0.01°; (0, 0) of other levels.
    area_km2 : float
        Area of a county, to 10 km²; 0 of other levels.
    code_now : str
        Code by which newer data know the county, where it was upgraded since.
    """

    code: str
    name: str
    level: str
    parent: str
    middle: tuple[float, float] = (0.0, 0.0)
    area_km2: float = 0.0
    code_now: str = ""


@cache
def all_units() -> tuple[Unit, ...]:
    """Return the units of the province.

    Returns
    -------
    tuple of Unit
        The province, then each prefecture with its counties after it, by code.
    """
    text = resources.files("cuntong_gis").joinpath("data/guizhou_units.csv").read_text("utf-8")
    return tuple(
        Unit(
            row["code"], row["name"], row["level"], row["parent"],
            (float(row["lon"] or 0), float(row["lat"] or 0)), float(row["area_km2"] or 0),
            row["code_now"] or row["code"],
        )
        for row in csv.DictReader(text.splitlines())
    )  # fmt: skip


def counties() -> tuple[Unit, ...]:
    """Return the counties of the province.

    Returns
    -------
    tuple of Unit
        By code.
    """
    return tuple(unit for unit in all_units() if unit.level == "county")


def units_under(code: str) -> tuple[Unit, ...]:
    """Return a unit and all units of it.

    Parameters
    ----------
    code : str
        Code of a province or a prefecture.

    Returns
    -------
    tuple of Unit
        The unit first, in the order of `all_units`.

    Raises
    ------
    ValueError
        If there is no such unit.
    """
    if not any(unit.code == code for unit in all_units()):
        raise ValueError(f"no unit of GB/T 2260 in this province has the code {code!r}")
    inside = {code}
    for unit in all_units():
        if unit.parent in inside:
            inside.add(unit.code)
    return tuple(unit for unit in all_units() if unit.code in inside)
