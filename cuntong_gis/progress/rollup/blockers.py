"""What stands in the way of villages on a day."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cuntong_gis import schema
from cuntong_gis.progress.entries import Kind

if TYPE_CHECKING:
    import geopandas as gpd

    from cuntong_gis.model import Plan


def open_blockers(entries: pd.DataFrame, plan: Plan, as_of: dt.date) -> gpd.GeoDataFrame:
    """Return what stands in the way of villages and has not been said to be gone.

    Parameters
    ----------
    entries : DataFrame
        Schema ``entries``, in any order.
    plan : Plan
        Its villages.
    as_of : date
        The day.

    Returns
    -------
    GeoDataFrame
        Schema ``open_blockers``: the most overdue first, those without a due day last. For each village as many rows
        as ``village_status`` counts.
    """
    day = pd.Timestamp(as_of)
    told = entries[(entries["conflicts_with"] == "") & (entries["counts_on"] <= day)]
    gone = told.loc[(told["kind"] == Kind.UNBLOCK) & (told["corrects"] != ""), "corrects"]
    here = (told["kind"] == Kind.BLOCKER) & told["subject"].isin(plan.villages["code"])
    found = told[here & ~told["entry_id"].isin(gone)].sort_values(["counts_on", "reported_at", "chain", "number"])
    said = [json.loads(text) if text else {} for text in found["detail"]]
    due = pd.to_datetime(
        pd.Series([str(detail.get("due") or "") for detail in said], dtype=object), format="%Y-%m-%d", errors="coerce"
    )
    table = schema.conform(
        {
            "village": found["subject"], "note": found["note"], "since": found["counts_on"], "due": due,
            "category": [str(detail.get("category") or "") for detail in said],
            "owner": [str(detail.get("owner") or "") for detail in said], "overdue": (due < day).to_numpy(),
        },
        "open_blockers",
    )  # fmt: skip
    order = np.argsort(table["due"].fillna(pd.Timestamp.max.floor("s")), kind="stable")
    return table.iloc[order].reset_index(drop=True)
