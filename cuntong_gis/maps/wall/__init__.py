"""Wall maps 作战图: any unit on A4 to A0 or a slide, as PDF, PNG and SVG."""

from cuntong_gis.maps.wall.door import wall_map

__all__ = ["wall_map"]
