"""How large a made-up region may be."""

from __future__ import annotations

from dataclasses import dataclass

from cuntong_gis.model import ScaleName


@dataclass(frozen=True)
class Scale:
    """Parameters of a made-up region.

    Attributes
    ----------
    unit : str
        Code of the unit: of GB/T 2260, but for the county, which is no real one.
    townships, villages : int
        How many.
    place_m : float
        Distance of places where they are densest, metres; roads join all of them. Not of the county.
    shape_m : float
        Distance of the vertices of roads, metres. Not of the county.
    """

    unit: str
    townships: int
    villages: int
    place_m: float = 1000.0
    shape_m: float = 240.0


SCALES: dict[ScaleName, Scale] = {
    "county": Scale("529901", townships=12, villages=126),
    "prefecture": Scale("520500", townships=200, villages=1700),
    "province": Scale("520000", townships=1300, villages=11_097),
}
"""The province has about a million road vertices."""
