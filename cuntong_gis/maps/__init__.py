"""Maps that open with no network, and the pages around them."""

from cuntong_gis.maps.offline import OfflineMap
from cuntong_gis.maps.pages import write_findings, write_index
from cuntong_gis.maps.shown import Shown, shown_plan
from cuntong_gis.maps.wall import wall_map
from cuntong_gis.maps.web import distribution_map, route_map

__all__ = [
    "OfflineMap",
    "Shown",
    "distribution_map",
    "route_map",
    "shown_plan",
    "wall_map",
    "write_findings",
    "write_index",
]
