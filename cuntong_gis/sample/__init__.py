"""Made-up mountain regions for the demo, the tests and the benchmarks: the same seed, the same bytes."""

from cuntong_gis.sample.county import make_county
from cuntong_gis.sample.lists import LIST_FILES, at_start, write_lists
from cuntong_gis.sample.make import make_region
from cuntong_gis.sample.province import make_faulty, make_province
from cuntong_gis.sample.scales import SCALES, Scale
from cuntong_gis.sample.tables import SampleRegion
from cuntong_gis.sample.write import LAYER_FILES, write_region
from cuntong_gis.sample.year import make_campaign

__all__ = [
    "LAYER_FILES",
    "LIST_FILES",
    "SCALES",
    "SampleRegion",
    "Scale",
    "at_start",
    "make_campaign",
    "make_county",
    "make_faulty",
    "make_province",
    "make_region",
    "write_lists",
    "write_region",
]
