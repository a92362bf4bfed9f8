"""Plans on disk: drafted, issued as numbered revisions, and the crosswalk from one revision to the next."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyogrio
import shapely

from cuntong_gis import schema
from cuntong_gis.crs import project, working_crs
from cuntong_gis.errors import PlanError
from cuntong_gis.model import Plan, PlanTotals
from cuntong_gis.tables import findings_of, findings_table, read_gpkg, write_gpkg
from cuntong_gis.words import Words

if TYPE_CHECKING:
    import geopandas as gpd

LAYERS = {
    "villages": "plan_villages", "spans": "spans", "routes": "routes", "sites": "sites", "fiber": "fiber",
    "access_points": "access_points", "boundaries": "boundaries", "steering": "steering", "findings": "findings",
    "totals": "totals",
}  # fmt: skip
"""Layers of a plan file and their schemas."""

FIGURES: dict[str, tuple[Words, str]] = {
    "villages": (Words("行政村", "villages"), ""),
    "reached": (Words("可达", "reached"), ""),
    "unreachable": (Words("不可达", "unreachable"), ""),
    "route_km": (Words("路由公里", "route length"), "km"),
    "unsurveyed_km": (Words("其中未勘测", "of it unsurveyed"), "km"),
    "cost_cny": (Words("造价", "cost"), "CNY"),
    "lower_bound_cny": (Words("造价下界（已证明）", "proven lower bound"), "CNY"),
    "gap": (Words("最多高出最优", "at most above the cheapest"), ""),
    "surveyed": (Words("有道路图层", "has a roads layer"), ""),
}
"""Every figure of `PlanTotals` with its label and unit, in the order shown."""

REVISION = re.compile(r"R\d{3,}")
NEAR_M = 1.0
"""An old span follows a new one where it runs within this distance of it."""
GIVEN_UP = "none"
"""What a person maps an old span to whose work was given up."""
FOLLOWS = 0.5
"""… over at least this share of its length."""


def save_plan(plan: Plan, path: Path | str) -> None:
    """Write a plan as one GeoPackage, atomically; the same plan gives the same bytes.

    Parameters
    ----------
    plan : Plan
        The plan.
    path : Path or str
        The file to replace.
    """
    write_gpkg(Path(path), _tables(plan))


def _tables(plan: Plan) -> dict[str, tuple[str, gpd.GeoDataFrame]]:
    tables = {name: getattr(plan, name) for name in LAYERS if name not in ("findings", "totals")}
    tables["findings"] = findings_table(plan.findings)
    tables["totals"] = totals_table(plan)
    return {layer: (LAYERS[layer], table) for layer, table in tables.items()}


def totals_table(plan: Plan) -> gpd.GeoDataFrame:
    """Return the figures of a plan as a table of name, value, label and unit.

    Parameters
    ----------
    plan : Plan
        The plan.

    Returns
    -------
    GeoDataFrame
        Schema ``totals``; values as text, exact; the revision is the last row.
    """
    values = {name: getattr(plan.totals, name) for name in FIGURES}
    return schema.conform(
        {
            "name": [*FIGURES, "revision"],
            "value": ["" if v is None else repr(v) if isinstance(v, float) else str(v) for v in values.values()]
            + [plan.revision],
            "zh": [words.zh for words, _ in FIGURES.values()] + ["版本"],
            "unit": [unit for _, unit in FIGURES.values()] + [""],
        },
        "totals",
    )


def load_plan(path: Path | str) -> Plan:
    """Read a plan that `save_plan` wrote.

    Parameters
    ----------
    path : Path or str
        The file.

    Returns
    -------
    Plan
        Equal to the plan written, up to the resolution of the file format.

    Raises
    ------
    PlanError
        If there is no such file, or it is no plan.
    """
    path = Path(path)
    if not path.exists():
        raise PlanError(
            Words("还没有规划结果", "there is no plan yet"),
            where=str(path),
            hint=Words("先运行 cuntong plan", "run 'cuntong plan' first"),
        )
    try:
        held = {str(layer) for layer, _ in pyogrio.list_layers(path)} | (LAYERS.keys() - {"steering"})
        tables = read_gpkg(path, {layer: name for layer, name in LAYERS.items() if layer in held})
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, ValueError, KeyError) as error:
        raise PlanError(
            Words("不是有效的规划文件", "not a plan file"),
            where=str(path),
            hint=Words("重新运行 cuntong plan", "run 'cuntong plan' again"),
        ) from error
    value = dict(zip(tables["totals"]["name"], tables["totals"]["value"], strict=True))
    totals = PlanTotals(
        villages=int(value["villages"]), reached=int(value["reached"]), unreachable=int(value["unreachable"]),
        route_km=float(value["route_km"]), unsurveyed_km=float(value["unsurveyed_km"]),
        cost_cny=Decimal(value["cost_cny"]), lower_bound_cny=Decimal(value["lower_bound_cny"]),
        gap=float(value["gap"]) if value["gap"] else None, surveyed=value["surveyed"] == "True",
    )  # fmt: skip
    tables.setdefault("steering", schema.empty("steering"))  # revisions issued before there was any
    rest = {name: tables[name] for name in LAYERS if name not in ("findings", "totals")}
    return Plan(**rest, totals=totals, findings=findings_of(tables["findings"]), revision=value.get("revision", ""))


def keep_steered(plan: Plan, path: Path) -> None:
    """Remember the courses of the spans that steer a plan, so that they can be named again, whatever is drafted next.

    Parameters
    ----------
    plan : Plan
        The plan.
    path : Path
        ``campaign/steering.gpkg``; what it holds stays.

    Raises
    ------
    PlanError
        If the file is there and cannot be read.
    """
    known = schema.empty("steering")
    if path.exists():
        try:
            known = read_gpkg(path, {"steering": "steering"})["steering"]
        except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError) as error:
            raise PlanError(
                Words("文件已损坏", "the file is damaged"),
                where=str(path),
                hint=Words("恢复备份，或移走它", "bring it back from a copy, or move it away"),
            ) from error
    named = plan.steering[plan.steering["span_id"] != ""]
    fresh = named[~named["span_id"].isin(known["span_id"])]
    if len(fresh):
        both = pd.concat([pd.DataFrame(part) for part in (known, fresh) if len(part)], ignore_index=True)
        write_gpkg(path, {"steering": ("steering", schema.conform(both, "steering"))})


def revisions(folder: Path) -> list[Path]:
    """Return the issued plans of a workspace, oldest first.

    Parameters
    ----------
    folder : Path
        ``campaign/issued``.

    Returns
    -------
    list of Path
        ``R001.gpkg``, ``R002.gpkg``, …
    """
    return sorted((p for p in folder.glob("R*.gpkg") if REVISION.fullmatch(p.stem)), key=lambda p: int(p.stem[1:]))


def issue_plan(
    draft: Path,
    folder: Path,
    *,
    mapped: Mapping[str, str] | None = None,
    check: Callable[[gpd.GeoDataFrame], None] | None = None,
) -> tuple[Path, gpd.GeoDataFrame]:
    """Freeze a drafted plan as the next revision, with the crosswalk from the one before.

    Parameters
    ----------
    draft : Path
        ``campaign/plan.gpkg``.
    folder : Path
        ``campaign/issued``.
    mapped : mapping of str to str, optional
        Old span → new span, or ``none`` where it was given up: what a person decided for spans without successor.
    check : callable, optional
        Told the crosswalk before anything is written; what it raises stops the issue.

    Returns
    -------
    path : Path
        The new revision; issued files are never changed.
    crosswalk : GeoDataFrame
        Schema ``crosswalk``, also a table of the file; empty for the first revision.

    Raises
    ------
    PlanError
        If there is no draft, it plans the same spans as the last revision, or `mapped` names a span that is not there
        or needs no mapping.
    """
    plan = load_plan(draft)
    past = revisions(folder)
    crosswalk = schema.empty("crosswalk")
    if past:
        before = load_plan(past[-1])
        if _same(before, plan):
            raise PlanError(
                Words(
                    f"草案与 {past[-1].stem} 相同，无需再次发布", f"the draft equals {past[-1].stem}: nothing to issue"
                ),
                where=str(draft),
            )
        crosswalk = _with_mapped(cross(before.spans, plan.spans), mapped or {}, set(plan.spans["span_id"]))
        if check is not None:
            check(crosswalk)
    number = int(past[-1].stem[1:]) + 1 if past else 1
    path = folder / f"R{number:03d}.gpkg"
    tables = _tables(replace(plan, revision=path.stem))
    write_gpkg(path, {**tables, "crosswalk": ("crosswalk", crosswalk)})
    return path, crosswalk


def _with_mapped(crosswalk: gpd.GeoDataFrame, mapped: Mapping[str, str], new: set[str]) -> gpd.GeoDataFrame:
    """Put what a person decided in place of the rows without a successor."""
    lost = set(crosswalk.loc[crosswalk["method"] == "none", "old_span"])
    for old, to in mapped.items():
        if old not in lost or (to != GIVEN_UP and to not in new):
            wrong = old if old not in lost else to
            shown = sorted(lost)[:9]
            raise PlanError(
                Words(f"--map {old}={to}：{wrong} 不是需要指明去向的旧光缆段，或不在新方案里",
                      f"--map {old}={to}: {wrong} is no old span that needs mapping, or not in the new plan"),
                hint=Words(f"需要指明的：{'、'.join(shown)}", f"to be mapped: {', '.join(shown)}"),
            )  # fmt: skip
    rows = crosswalk.copy()
    which = (rows["method"] == "none") & rows["old_span"].isin(list(mapped))
    target = rows.loc[which, "old_span"].map(dict(mapped))
    rows.loc[which, "new_span"] = target.where(target != GIVEN_UP, "")
    rows.loc[which, "method"] = "mapped"
    return schema.conform(rows, "crosswalk")


def load_crosswalk(path: Path) -> gpd.GeoDataFrame:
    """Read the crosswalk of an issued revision.

    Parameters
    ----------
    path : Path
        ``campaign/issued/R….gpkg``.

    Returns
    -------
    GeoDataFrame
        Schema ``crosswalk``; empty for the first revision.
    """
    return read_gpkg(path, {"crosswalk": "crosswalk"})["crosswalk"]


def _same(before: Plan, plan: Plan) -> bool:
    """Tell whether two plans say the same of every village, span, route and site, at the same price."""
    tables = ("villages", "spans", "routes", "sites")
    return before.totals == plan.totals and all(getattr(before, name).equals(getattr(plan, name)) for name in tables)


def cross(old: gpd.GeoDataFrame, new: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Find for each span of one revision the spans of the next that follow its course.

    Parameters
    ----------
    old, new : GeoDataFrame
        Schema ``spans``.

    Returns
    -------
    GeoDataFrame
        Schema ``crosswalk``: the same identifier, else every new span along which at least half of the old one,
        or of the new one, runs. Where less than half of an old span finds successors, a row with method ``none``
        holds the share that is left for a person to map.
    """
    kept = old["span_id"].isin(new["span_id"]).to_numpy(bool)
    ids = old["span_id"].to_numpy(object)
    rows = [(span, span, 1.0, "same") for span in ids[kept]]
    if (~kept).any() and len(new):
        rows += _overlaps(old[~kept], new)
    covered: dict[str, float] = {}
    for span, _, share, _ in rows:
        covered[span] = covered.get(span, 0.0) + share
    rows += [(s, "", round(1.0 - covered.get(s, 0.0), 4), "none") for s in ids if covered.get(s, 0.0) < FOLLOWS]
    rows.sort()
    names = ("old_span", "new_span", "share", "method")
    return schema.conform({name: [row[i] for row in rows] for i, name in enumerate(names)}, "crosswalk")


def _overlaps(old: gpd.GeoDataFrame, new: gpd.GeoDataFrame) -> list[tuple[str, str, float, str]]:
    crs = working_crs(tuple(float(x) for x in old.total_bounds))  # type: ignore[arg-type]
    past, next_ = (
        shapely.transform(np.asarray(t.geometry.values, object), lambda p: project(p, crs)) for t in (old, new)
    )
    zones = shapely.buffer(next_, NEAR_M, cap_style="flat")
    which, who = shapely.STRtree(zones).query(past, predicate="intersects")
    along = shapely.length(shapely.intersection(past[which], zones[who]))
    share = along / np.maximum(shapely.length(past[which]), 1e-9)
    of_new = along / np.maximum(shapely.length(next_[who]), 1e-9)
    good = (share >= FOLLOWS) | ((of_new >= FOLLOWS) & (along > 2 * NEAR_M))
    old_id, new_id = old["span_id"].to_numpy(object), new["span_id"].to_numpy(object)
    return [
        (str(old_id[i]), str(new_id[j]), round(min(float(s), 1.0), 4), "overlap")
        for i, j, s in zip(which[good], who[good], share[good], strict=True)
    ]
