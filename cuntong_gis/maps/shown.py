"""What every map, wall sheet and dashboard is drawn from: the plan, its figures on a day, and their course in time."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from cuntong_gis import schema
from cuntong_gis.errors import MapsError
from cuntong_gis.files import safe_name
from cuntong_gis.model import Plan, PlanTotals, Stage
from cuntong_gis.plan import cut_off_date
from cuntong_gis.progress import Kind, Status, Timeline, below, roll_up, timeline
from cuntong_gis.words import Words

if TYPE_CHECKING:
    import geopandas as gpd

    from cuntong_gis.settings import Settings

Rows = NDArray[np.int64]
AROUND = 0.02
"""Degrees around a unit in which existing fiber and neighbouring outlines are shown too: about 2 km."""


@dataclass(frozen=True)
class Shown:
    """A campaign, or one unit of it, on a day.

    Attributes
    ----------
    settings : Settings
        `campaign.as_of` is the day.
    plan : Plan
        Its villages and spans carry the stages, their days and the lateness of the day.
    status : Status
        Every figure of the day.
    timeline : Timeline
        The same figures on the days before; the last is the day.
    officials : DataFrame
        Schema ``officials``.
    blockers : DataFrame
        Schema ``open_blockers``.
    evidence : ndarray of int64, shape (n,)
        Pieces of evidence shown for each village, in the order of the plan.
    as_built : GeoDataFrame
        Schema ``as_built``.
    lights : DataFrame
        Schema ``lights``: the months up to the day.
    has_ledger : bool
        Whether progress is from a ledger; else it is what the villages layer said, and the timeline is the day alone.
    unit : str
        Code of the unit that is shown; "" for the whole campaign.
    public : bool
        Whether it is the public edition, which holds nothing but what may be told: see `public.public_of`.
    """

    settings: Settings
    plan: Plan
    status: Status
    timeline: Timeline
    officials: pd.DataFrame
    blockers: pd.DataFrame
    evidence: Rows
    as_built: gpd.GeoDataFrame
    lights: pd.DataFrame
    has_ledger: bool
    unit: str = ""
    public: bool = False

    def file_name(self, stem: str, ending: str) -> str:
        """Return what a file of it is called, so that the public edition never lies over the internal one.

        Parameters
        ----------
        stem, ending : str
            As ``dashboard`` and ``html``; `ending` may be "".

        Returns
        -------
        str
            ``dashboard.html``, ``dashboard_public.html``.
        """
        return f"{stem}{'_public' if self.public else ''}{f'.{ending}' if ending else ''}"

    def folder(self, top: Path) -> Path:
        """Return where the papers of what is shown lie.

        Parameters
        ----------
        top : Path
            ``maps_out``.

        Returns
        -------
        Path
            `top` for the whole campaign, ``<code>_<name>`` in it for a unit.
        """
        if self.unit in ("", self.settings.campaign.unit_code) or self.root is None:
            return top
        return top / safe_name(f"{self.unit}_{self.root['name']}")

    @property
    def root(self) -> pd.Series | None:
        """Return the figures of the unit that is shown.

        Returns
        -------
        Series or None
            Row of ``unit_status``; of the whole campaign its only top unit, None where there are several or none.
        """
        units = self.status.units
        here = units["code"] == self.unit if self.unit else (units["parent"] == "") & ~units["overlay"]
        found = units[here]
        return found.iloc[0] if len(found) == 1 else None

    def within(self, unit: str) -> Shown:
        """Return one unit of the campaign.

        Parameters
        ----------
        unit : str
            Its code.

        Returns
        -------
        Shown
            Its villages, the spans of their routes, the units below it. Of `plan.totals` cost and length are those of
            the spans that are counted with the unit; there is no bound for a part of a plan.

        Raises
        ------
        MapsError
            If there is no such unit, or it has no village.
        """
        at = self.timeline.units.index[self.timeline.units["code"] == unit]
        rows = np.sort(self.timeline.village_of[np.isin(self.timeline.unit_of, at)])
        if not len(rows):
            raise MapsError(
                Words(f"没有单位 {unit}，或该单位没有行政村", f"there is no unit {unit}, or it has no village"),
                where="--unit",
                hint=Words("用区划代码，如 520500、520527", "use a code such as 520500 or 520527"),
            )
        units = self.status.units
        codes = {unit, *units.loc[below(units, unit), "code"]}
        plan, spans = _part(self.plan, rows)
        status = replace(
            self.status, units=_inside(units, "code", codes), villages=_rows(self.status.villages, rows),
            spans=_rows(self.status.spans, spans),
        )  # fmt: skip
        named = set(plan.villages["code"])
        home = status.spans["township"].isin(codes).to_numpy(bool)
        return replace(
            self, plan=replace(plan, totals=_totals(plan, status, unit, home)), status=status,
            timeline=_cut(self.timeline, codes, rows, spans), officials=_inside(self.officials, "unit", codes),
            blockers=_inside(self.blockers, "village", named), evidence=self.evidence[rows],
            as_built=_built(self.as_built, plan), lights=_inside(self.lights, "code", codes), unit=unit,
        )  # fmt: skip


def shown_plan(plan: Plan, settings: Settings) -> Shown:
    """Return a plan without a ledger: with the stages that the villages layer gave.

    Parameters
    ----------
    plan : Plan
        A draft or an issued revision.
    settings : Settings
        Of the workspace.

    Returns
    -------
    Shown
        On the cut-off day: ``[campaign] as_of``, else the latest day of a stage, else the campaign's first.
    """
    latest = cut_off_date(plan.villages, settings)
    day = latest.date() if latest is not None else settings.campaign.start or dt.date(1970, 1, 1)
    entries = stages_as_entries(plan, day)
    status = roll_up(entries, plan, settings, as_of=day)
    return Shown(
        settings, plan, status, timeline(entries, plan, settings, [day]), schema.empty("officials"),
        schema.empty("open_blockers"), np.zeros(len(plan.villages), np.int64), schema.empty("as_built"),
        schema.empty("lights"), has_ledger=False,
    )  # fmt: skip


def stages_as_entries(plan: Plan, day: dt.date) -> gpd.GeoDataFrame:
    """Return what a ledger would begin with: the stages that the villages layer gave.

    Parameters
    ----------
    plan : Plan
        Its villages.
    day : date
        Day of the stages without one, and the latest possible.

    Returns
    -------
    GeoDataFrame
        Schema ``entries``: one of kind opening for each village whose work has begun.
    """
    begun = plan.villages[plan.villages["stage"] != Stage.NOT_STARTED]
    since = begun["stage_date"].fillna(pd.Timestamp(day)).clip(upper=pd.Timestamp(day))
    count = len(begun)
    return schema.conform(
        {
            "entry_id": "opening-" + begun["code"], "chain": begun["code"].str[:6], "number": np.arange(1, count + 1),
            "kind": [str(Kind.OPENING)] * count, "subject": begun["code"], "unit": [""] * count,
            "measure": ["stage"] * count, "level": [float(Stage(stage).rank) for stage in begun["stage"]],
            "happened_on": since, "counts_on": since, "reported_at": [""] * count, "reported_by": [""] * count,
            "revision": [plan.revision] * count, "hash": [""] * count,
        },
        "entries",
    )  # fmt: skip


def _rows(table: gpd.GeoDataFrame, rows: Rows) -> gpd.GeoDataFrame:
    return table.iloc[rows].reset_index(drop=True)


def _inside(table: pd.DataFrame, column: str, wanted: set[str]) -> pd.DataFrame:
    return table[table[column].isin(wanted)].reset_index(drop=True)


def _part(plan: Plan, rows: Rows) -> tuple[Plan, Rows]:
    """Return the plan of some villages, and which spans it keeps: those of their routes."""
    villages = _rows(plan.villages, rows)
    routes = _inside(plan.routes, "village_code", set(villages["code"]))
    used = {span for spans in routes["span_ids"] for span in spans.split()}
    spans = np.flatnonzero(plan.spans["span_id"].isin(used))
    kept = _rows(plan.spans, spans)
    sites = _inside(plan.sites, "site_id", {*kept["from_site"], *kept["to_site"], *routes["source_id"]})
    area = _area(villages, kept)
    part = replace(
        plan, villages=villages, routes=routes, spans=kept, sites=sites, boundaries=_near(plan.boundaries, area),
        fiber=_near(plan.fiber, area), access_points=_near(plan.access_points, area),
        steering=_near(plan.steering, area),
    )  # fmt: skip
    return part, spans


def _area(villages: gpd.GeoDataFrame, spans: gpd.GeoDataFrame) -> shapely.Geometry:
    boxes = [table.total_bounds for table in (villages, spans) if len(table) and table.geometry.notna().any()]
    if not boxes:
        return shapely.Polygon()
    west, south = np.min(boxes, axis=0)[:2]
    east, north = np.max(boxes, axis=0)[2:]
    return shapely.box(west - AROUND, south - AROUND, east + AROUND, north + AROUND)


def _near(table: gpd.GeoDataFrame, area: shapely.Geometry) -> gpd.GeoDataFrame:
    return table[table.geometry.intersects(area)].reset_index(drop=True) if len(table) else table


def _totals(plan: Plan, status: Status, unit: str, home: NDArray[np.bool_]) -> PlanTotals:
    figures = status.units[status.units["code"] == unit].iloc[0]
    reached = int(plan.villages["reached"].sum())
    return PlanTotals(
        int(figures["villages"]), reached, int(figures["villages"]) - reached, float(figures["planned_m"]) / 1000,
        float(plan.spans.loc[home, "unsurveyed_m"].sum()) / 1000, figures["budget_cny"], Decimal(0), None,
        plan.totals.surveyed,
    )  # fmt: skip


def _cut(whole: Timeline, codes: set[str], villages: Rows, spans: Rows) -> Timeline:
    kept = np.flatnonzero(whole.units["code"].isin(codes))
    unit, village = np.full(len(whole.units), -1), np.full(whole.stage.shape[1], -1)
    unit[kept], village[villages] = np.arange(len(kept)), np.arange(len(villages))
    pairs = (unit[whole.unit_of] >= 0) & (village[whole.village_of] >= 0)
    return replace(
        whole, units=whole.units.iloc[kept].reset_index(drop=True),
        figures={name: values[:, kept] for name, values in whole.figures.items()}, stage=whole.stage[:, villages],
        late=whole.late[:, villages], laid_m=whole.laid_m[:, spans],
        unit_of=unit[whole.unit_of][pairs], village_of=village[whole.village_of][pairs],
    )  # fmt: skip


def _built(table: gpd.GeoDataFrame, plan: Plan) -> gpd.GeoDataFrame:
    here = table["span_id"].isin(plan.spans["span_id"]) | table["village_code"].isin(plan.villages["code"])
    return table[here].reset_index(drop=True)
