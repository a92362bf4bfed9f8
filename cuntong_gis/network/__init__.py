"""Roads, villages and existing fiber as one priced graph."""

from cuntong_gis.network.build import build_network, to_networkx
from cuntong_gis.network.cost import RoadClass, off_road_cny_per_km, road_classes
from cuntong_gis.network.reach import connected_nodes, with_reach

__all__ = [
    "RoadClass",
    "build_network",
    "connected_nodes",
    "off_road_cny_per_km",
    "road_classes",
    "to_networkx",
    "with_reach",
]
