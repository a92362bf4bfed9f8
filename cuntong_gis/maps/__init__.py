"""Maps that open with no network, and the pages around them."""

from cuntong_gis.maps.dashboard import Links, dashboard, dashboard_picture, whole_unit
from cuntong_gis.maps.offline import OfflineMap
from cuntong_gis.maps.pages import write_findings, write_index
from cuntong_gis.maps.public import NO_PUBLIC_ROUTES, public_of
from cuntong_gis.maps.shown import Shown, shown_plan
from cuntong_gis.maps.wall import wall_map
from cuntong_gis.maps.web import distribution_map, route_map

__all__ = [
    "Links",
    "NO_PUBLIC_ROUTES",
    "OfflineMap",
    "Shown",
    "dashboard",
    "dashboard_picture",
    "distribution_map",
    "public_of",
    "route_map",
    "shown_plan",
    "wall_map",
    "write_findings",
    "whole_unit",
    "write_index",
]
