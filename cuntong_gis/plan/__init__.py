"""The cheapest forest from existing fiber to every village, drafted, steered, compared and issued."""

from cuntong_gis.plan.certified import verify_plan
from cuntong_gis.plan.compare import PlanChange, SpanChange, VillageChange, compare_plans
from cuntong_gis.plan.report import change_csv, change_json, change_lines
from cuntong_gis.plan.routes import cut_off_date, late_villages, plan_routes
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
