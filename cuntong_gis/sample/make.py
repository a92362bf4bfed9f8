"""The door of the room: a made-up region of a scale."""

from __future__ import annotations

from cuntong_gis.model import ScaleName
from cuntong_gis.sample.county import make_county
from cuntong_gis.sample.outlines import real_outlines
from cuntong_gis.sample.province import make_province
from cuntong_gis.sample.scales import SCALES
from cuntong_gis.sample.tables import SampleRegion


def make_region(scale: ScaleName = "county", seed: int = 0) -> SampleRegion:
    """Make up a region in the middle of its campaign.

    Parameters
    ----------
    scale : {"county", "prefecture", "province"}
        How large.
    seed : int
        Chooses terrain, places, names and dates, from 0.

    Returns
    -------
    SampleRegion
        The same for the same arguments. Counties of a prefecture or the province have their real outlines where
        the extra `guizhou` is installed, else made-up ones.
    """
    if scale == "county":
        return make_county(seed, villages=SCALES[scale].villages, townships=SCALES[scale].townships)
    return make_province(SCALES[scale], seed, real_outlines())
