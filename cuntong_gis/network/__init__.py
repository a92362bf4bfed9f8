"""Roads, villages and existing fiber as one priced graph."""

from cuntong_gis.network.build import build_network, to_networkx
from cuntong_gis.network.cost import RoadClass, off_road_cny_per_km, road_classes

__all__ = ["RoadClass", "build_network", "off_road_cny_per_km", "road_classes", "to_networkx"]
