"""What a re-plan changed: spans, kilometres, money, and the villages that it touches."""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from cuntong_gis.plan.store import cross
from cuntong_gis.words import Words

if TYPE_CHECKING:
    import geopandas as gpd

    from cuntong_gis.model import Plan

VillageKind = Literal["rerouted", "reached", "unreachable", "new", "gone"]
SpanKind = Literal["added", "removed", "recut"]

SAME_M = 1.0
"""Routes of the same spans whose lengths differ by less run the same way."""

VILLAGE_CHANGES: dict[VillageKind, Words] = {
    "rerouted": Words("改道", "rerouted"),
    "reached": Words("由不可达变为可达", "reached now"),
    "unreachable": Words("由可达变为不可达", "unreachable now"),
    "new": Words("新列入", "new in the layer"),
    "gone": Words("不再列入", "no longer in the layer"),
}
"""What may happen to a village, in the order of telling, with its label."""

SPAN_CHANGES: dict[SpanKind, Words] = {
    "added": Words("新增", "added"),
    "removed": Words("取消", "removed"),
    "recut": Words("原线重新分段", "cut anew along its course"),
}
"""What may happen to a span, in the order of telling, with its label."""


@dataclass(frozen=True)
class SpanChange:
    """A span that only one of two plans holds.

    Attributes
    ----------
    span_id : str
        Its name in that plan.
    change : {"added", "removed", "recut"}
        Recut spans are old ones whose course goes on under other names.
    length_m : float
        Geodesic metres.
    cost_cny : Decimal
        Price.
    """

    span_id: str
    change: SpanKind
    length_m: float
    cost_cny: Decimal


@dataclass(frozen=True)
class VillageChange:
    """A village whose route is another one than before.

    Attributes
    ----------
    code, name : str
        The village.
    change : {"rerouted", "reached", "unreachable", "new", "gone"}
        What happened to it.
    before_m, after_m : float or None
        Length of its route; None without one.
    reason : Words
        Why it is not reached now, else empty.
    """

    code: str
    name: str
    change: VillageKind
    before_m: float | None
    after_m: float | None
    reason: Words


@dataclass(frozen=True)
class PlanChange:
    """The difference of two plans.

    Attributes
    ----------
    kept : int
        Spans with the same course in both.
    spans : tuple of SpanChange
        The others, by kind and name.
    villages : tuple of VillageChange
        By kind and code.
    before_km, after_km : float
        Route length of the plans.
    before_cny, after_cny : Decimal
        Their prices.
    """

    kept: int
    spans: tuple[SpanChange, ...]
    villages: tuple[VillageChange, ...]
    before_km: float
    after_km: float
    before_cny: Decimal
    after_cny: Decimal

    @property
    def changed(self) -> bool:
        """Tell whether the plans differ.

        Returns
        -------
        bool
            False where every span, route, length and price is as before.
        """
        figures = self.before_km != self.after_km or self.before_cny != self.after_cny
        return bool(self.spans or self.villages or figures)

    @property
    def delta_km(self) -> float:
        """Return by how much the route grew.

        Returns
        -------
        float
            Kilometres, to the metre.
        """
        return round(self.after_km - self.before_km, 3)

    @property
    def delta_cny(self) -> Decimal:
        """Return by how much the price grew.

        Returns
        -------
        Decimal
            CNY.
        """
        return self.after_cny - self.before_cny

    def spans_that(self, change: str) -> tuple[SpanChange, ...]:
        """Return the spans with one kind of change.

        Parameters
        ----------
        change : str
            One of `SPAN_CHANGES`.

        Returns
        -------
        tuple of SpanChange
            By name.
        """
        return tuple(span for span in self.spans if span.change == change)

    def villages_that(self, change: str) -> tuple[VillageChange, ...]:
        """Return the villages with one kind of change.

        Parameters
        ----------
        change : str
            One of `VILLAGE_CHANGES`.

        Returns
        -------
        tuple of VillageChange
            By code.
        """
        return tuple(village for village in self.villages if village.change == change)


def compare_plans(before: Plan, after: Plan) -> PlanChange:
    """Compare two plans of a workspace.

    Parameters
    ----------
    before, after : Plan
        The plans; neither is changed.

    Returns
    -------
    PlanChange
        A span is removed when less than half of its course goes on in the other plan, added when less than half of it
        was there; see `cross`. A village is rerouted when its route uses a span that was added, or did use one that was
        removed, starts at another source, or has another length.
    """
    ahead, back = cross(before.spans, after.spans), cross(after.spans, before.spans)
    kept = {*before.spans["span_id"]} & {*after.spans["span_id"]}
    removed = {*ahead["old_span"][ahead["method"] == "none"]}
    added = {*back["old_span"][back["method"] == "none"]}
    recut = {*before.spans["span_id"]} - kept - removed
    return PlanChange(
        len(kept),
        (
            *_spans(after.spans, added, "added"),
            *_spans(before.spans, removed, "removed"),
            *_spans(before.spans, recut, "recut"),
        ),
        _villages(before, after, removed, added),
        before.totals.route_km,
        after.totals.route_km,
        before.totals.cost_cny,
        after.totals.cost_cny,
    )


def _spans(table: gpd.GeoDataFrame, ids: set[str], change: SpanKind) -> list[SpanChange]:
    rows = table[table["span_id"].isin(ids)].sort_values("span_id")
    columns = (rows[name].tolist() for name in ("span_id", "length_m", "cost_cny"))
    return [SpanChange(span, change, length, cost) for span, length, cost in zip(*columns, strict=True)]


def _villages(before: Plan, after: Plan, removed: set[str], added: set[str]) -> tuple[VillageChange, ...]:
    """Join the villages of both plans by code, the second of a code to the second, and name what differs."""
    both = _routed(before, removed).add_suffix("_old").join(_routed(after, added).add_suffix("_new"), how="outer")
    here, there = both["reached_old"].notna(), both["reached_new"].notna()
    was, is_ = (both[f"reached_{side}"].eq(True) for side in ("old", "new"))
    other = (both["route_m_old"] - both["route_m_new"]).abs() > SAME_M
    other |= both["touched_old"].eq(True) | both["touched_new"].eq(True)
    other |= both["source_id_old"] != both["source_id_new"]
    cases: dict[VillageKind, pd.Series[bool]] = {
        "rerouted": was & is_ & other,
        "reached": here & there & ~was & is_,
        "unreachable": here & there & was & ~is_,
        "new": ~here,
        "gone": ~there,
    }
    found = []
    for change, which in cases.items():
        side = "old" if change == "gone" else "new"
        rows = both[which].fillna({"reason_new": "", "reason_en_new": ""})
        columns = [rows[name].tolist() for name in (f"name_{side}", "route_m_old", "route_m_new")]
        reasons = map(Words, rows["reason_new"].tolist(), rows["reason_en_new"].tolist())
        for (code, _), name, old_m, new_m, reason in zip(rows.index, *columns, reasons, strict=True):
            found.append(VillageChange(code, name, change, _metres(old_m), _metres(new_m), reason))
    return tuple(found)


def _metres(length_m: float) -> float | None:
    return None if math.isnan(length_m) else length_m


def _routed(plan: Plan, spans: set[str]) -> pd.DataFrame:
    """Return each village with its source, and whether its route uses one of the spans."""
    names = ("name", "reached", "route_m", "reason", "reason_en")
    villages = pd.DataFrame({name: plan.villages[name].to_numpy() for name in names})
    reached = villages["reached"].to_numpy(bool)  # the routes are theirs, in the same order
    uses = plan.routes["span_ids"].str.split().explode().isin(spans).groupby(level=0).any()
    source, touched = np.full(len(villages), "", object), np.zeros(len(villages), bool)
    source[reached], touched[reached] = plan.routes["source_id"].to_numpy(object), uses.to_numpy(bool)
    code = plan.villages["code"].to_numpy(object)
    twin = plan.villages.groupby("code").cumcount().to_numpy()
    return villages.assign(source_id=source, touched=touched).set_axis(pd.MultiIndex.from_arrays([code, twin]), axis=0)
