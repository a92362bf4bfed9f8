"""The cheapest forest from existing fiber to every village, drafted, steered, compared and issued.

The doors are loaded when first used: who only reads or draws a plan needs none of what planning needs.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cuntong_gis.plan.certified import verify_plan
    from cuntong_gis.plan.compare import PlanChange, SpanChange, VillageChange, compare_plans
    from cuntong_gis.plan.lateness import cut_off_date, late_villages
    from cuntong_gis.plan.report import change_csv, change_json, change_lines
    from cuntong_gis.plan.routes import plan_routes
    from cuntong_gis.plan.store import (
        FIGURES,
        LAYERS,
        cross,
        issue_plan,
        keep_steered,
        load_crosswalk,
        load_plan,
        revisions,
        save_plan,
        totals_table,
    )

__all__ = [
    "FIGURES",
    "LAYERS",
    "PlanChange",
    "SpanChange",
    "VillageChange",
    "change_csv",
    "change_json",
    "change_lines",
    "compare_plans",
    "cross",
    "cut_off_date",
    "issue_plan",
    "keep_steered",
    "late_villages",
    "load_crosswalk",
    "load_plan",
    "plan_routes",
    "revisions",
    "save_plan",
    "totals_table",
    "verify_plan",
]

_DOORS = {
    "verify_plan": "certified",
    "PlanChange": "compare",
    "SpanChange": "compare",
    "VillageChange": "compare",
    "compare_plans": "compare",
    "cut_off_date": "lateness",
    "late_villages": "lateness",
    "change_csv": "report",
    "change_json": "report",
    "change_lines": "report",
    "plan_routes": "routes",
    "FIGURES": "store",
    "LAYERS": "store",
    "cross": "store",
    "issue_plan": "store",
    "keep_steered": "store",
    "load_crosswalk": "store",
    "load_plan": "store",
    "revisions": "store",
    "save_plan": "store",
    "totals_table": "store",
}


def __getattr__(name: str) -> Any:
    if name in _DOORS:
        return getattr(importlib.import_module(f"{__name__}.{_DOORS[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
