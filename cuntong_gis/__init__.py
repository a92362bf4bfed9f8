"""Plan, follow and show a village fiber campaign: layers → network → plan → works → progress → maps.

The doors of the rooms are exported here and loaded when first used, so that ``import cuntong_gis`` is quick.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cuntong_gis.campaign import open_campaign
    from cuntong_gis.certificate import load_certificate, save_certificate
    from cuntong_gis.layers import read_layers
    from cuntong_gis.network import build_network
    from cuntong_gis.plan import load_plan, plan_routes, save_plan
    from cuntong_gis.progress import roll_up
    from cuntong_gis.settings import load_settings
    from cuntong_gis.showing import shown_of
    from cuntong_gis.verify import verify_certificate

__version__ = "0.1.0"
__all__ = [
    "build_network",
    "load_certificate",
    "load_plan",
    "load_settings",
    "open_campaign",
    "plan_routes",
    "read_layers",
    "roll_up",
    "save_certificate",
    "save_plan",
    "shown_of",
    "verify_certificate",
]

_DOORS = {
    "load_settings": "settings",
    "read_layers": "layers",
    "build_network": "network",
    "plan_routes": "plan",
    "save_plan": "plan",
    "open_campaign": "campaign",
    "roll_up": "progress",
    "shown_of": "showing",
    "load_plan": "plan",
    "save_certificate": "certificate",
    "load_certificate": "certificate",
    "verify_certificate": "verify",
}


def __getattr__(name: str) -> Any:
    if name in _DOORS:
        return getattr(importlib.import_module(f"{__name__}.{_DOORS[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
