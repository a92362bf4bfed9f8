"""Read any vector file or table into typed layers, with every fault found, named and located."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cuntong_gis.datum import from_wgs84, to_wgs84
    from cuntong_gis.layers.built import read_as_built
    from cuntong_gis.layers.forms import Fault, Form, read_forms, read_table
    from cuntong_gis.layers.offset import Offset, detect_offset
    from cuntong_gis.layers.read import read_layers
    from cuntong_gis.layers.sources import input_files
    from cuntong_gis.layers.templates import write_templates
    from cuntong_gis.layers.values import first_words, road_table, stage_word

__all__ = [
    "Fault",
    "Form",
    "Offset",
    "detect_offset",
    "first_words",
    "from_wgs84",
    "input_files",
    "read_as_built",
    "read_forms",
    "read_layers",
    "read_table",
    "road_table",
    "stage_word",
    "to_wgs84",
    "write_templates",
]

_DOORS = {
    "read_layers": ".read",
    "read_as_built": ".built",
    "read_forms": ".forms",
    "read_table": ".forms",
    "Form": ".forms",
    "Fault": ".forms",
    "input_files": ".sources",
    "to_wgs84": "..datum",
    "from_wgs84": "..datum",
    "detect_offset": ".offset",
    "Offset": ".offset",
    "write_templates": ".templates",
    "road_table": ".values",
    "stage_word": ".values",
    "first_words": ".values",
}


def __getattr__(name: str) -> Any:
    if name in _DOORS:
        return getattr(importlib.import_module(_DOORS[name], __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
