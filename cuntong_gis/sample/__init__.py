"""A made-up mountain county for the demo, the tests and the benchmarks: the same seed, the same bytes."""

from cuntong_gis.sample.county import make_county
from cuntong_gis.sample.tables import SampleRegion
from cuntong_gis.sample.write import write_region

__all__ = ["SampleRegion", "make_county", "write_region"]
