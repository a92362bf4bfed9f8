"""The two interactive maps: 工程分布图 (villages by stage) and 工程线路图 (spans by stage)."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

from cuntong_gis.maps import style
from cuntong_gis.maps.compact import SCALE, DataBlock, inert_json, lines, numbers, points, words
from cuntong_gis.maps.offline import OfflineMap, Verbatim
from cuntong_gis.model import SpanStage, Stage
from cuntong_gis.plan import cut_off_date
from cuntong_gis.schema import iso
from cuntong_gis.units import percent, wan_cny
from cuntong_gis.words import Lang, Words

if TYPE_CHECKING:
    import geopandas as gpd

    from cuntong_gis.maps.shown import Shown
    from cuntong_gis.model import Plan, PlanTotals
    from cuntong_gis.settings import Settings

TITLES = {"distribution": Words("工程分布图", "distribution map"), "route": Words("工程线路图", "route map")}
FOOTER = Words("内部工作用图，未经审核不得公开", "Internal working map; not to be published without review")

TEXTS = {
    "search": Words("搜索村名或代码", "search by name or code"),
    "nothing": Words("没有找到", "nothing found"),
    "more": Words("另有 {n} 个，请多输几个字", "{n} more: type more letters"),
    "layers": Words("图层", "layers"),
    "by_stage": Words("行政村（按阶段）", "villages by stage"),
    "only": Words("只看", "show only"),
    "shown": Words("显示", "shown"),
    "totals": Words("合计", "totals"),
    "villages": Words("行政村", "villages"),
    "names": Words("村名", "names"),
    "spans": Words("规划光缆段", "planned spans"),
    "width": Words("线宽：承载村数", "width: villages behind"),
    "fiber": Words("现有光缆", "existing fiber"),
    "access_points": Words("接入点", "access points"),
    "sites": Words("接入点与分歧点", "access points, taps"),
    "boundaries": Words("行政区划", "boundaries"),
    "findings": Words("检查发现", "findings"),
    "remedy": Words("处理办法", "remedy"),
    "print": Words("打印", "print"),
    "fit": Words("全图", "whole map"),
    "north": Words("北", "N"),
    "panel": Words("图例与图层", "legend and layers"),
    "code": Words("区划代码", "code"),
    "number": Words("编号", "number"),
    "stage": Words("阶段", "stage"),
    "due": Words("完成时限", "due"),
    "late": Words("已逾期", "late"),
    "households": Words("户数", "households"),
    "route": Words("路由长度", "route length"),
    "spans_of_route": Words("经过光缆段", "spans on the way"),
    "source": Words("接入点", "source"),
    "why": Words("原因", "why"),
    "bridge": Words("补通长度", "bridge to it"),
    "bridge_cost": Words("补通造价", "price of the bridge"),
    "span": Words("光缆段", "span"),
    "from_to": Words("起止", "from – to"),
    "length": Words("路由长度", "route length"),
    "unsurveyed": Words("其中未勘测", "of it unsurveyed"),
    "deployment": Words("敷设方式", "deployment"),
    "cost": Words("造价", "cost"),
    "behind": Words("承载村数", "villages behind"),
    "metres": Words("米", "m"),
    "wan": Words("万元", "×10⁴ CNY"),
    "footer": FOOTER,
    "close": Words("关闭", "close"),
    "zoom_in": Words("放大", "zoom in"),
    "zoom_out": Words("缩小", "zoom out"),
}


def distribution_map(shown: Shown) -> OfflineMap:
    """Draw the villages by stage, late ones ringed, unreached ones crossed.

    Parameters
    ----------
    shown : Shown
        The campaign, or a unit of it.

    Returns
    -------
    OfflineMap
        A `folium.Map` that opens with no network.
    """
    return _draw("distribution", shown)


def route_map(shown: Shown) -> OfflineMap:
    """Draw the spans by stage and width by villages behind; a chosen village's path is lit up.

    Parameters
    ----------
    shown : Shown
        The campaign, or a unit of it.

    Returns
    -------
    OfflineMap
        A `folium.Map` that opens with no network.
    """
    return _draw("route", shown)


def _draw(kind: str, shown: Shown) -> OfflineMap:
    lang = shown.settings.campaign.lang
    data = page_data(kind, shown)
    west, south, east, north = data["bounds"]
    page = OfflineMap(
        inert_json(data),
        lang,
        location=[(south + north) / 2, (west + east) / 2],
        zoom_start=10,
        max_zoom=19,
        zoom_snap=0.25,
    )
    title = f"<title>{_plain(data['title'])} {TITLES[kind].into(lang)}</title>"
    page.get_root().header.add_child(Verbatim(title), name="title")
    page.add_child(DataBlock(data))
    return page


def _plain(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def page_data(kind: str, shown: Shown) -> dict[str, Any]:
    """Return everything that a page shows, as plain JSON values.

    Parameters
    ----------
    kind : {"distribution", "route"}
        Which map.
    shown : Shown
        The campaign, or a unit of it.

    Returns
    -------
    dict
        Columns, styles, labels and totals.
    """
    plan, settings = shown.plan, shown.settings
    campaign = settings.campaign
    lang = campaign.lang
    day = cut_off_date(plan.villages, settings)
    unplaced = plan.villages[plan.villages.geometry.isna()]
    every, plan = plan, placed(plan)
    return {
        "kind": kind,
        "lang": lang,
        "scale": SCALE,
        "title": settings.maps.title or campaign.name,
        "subtitle": TITLES[kind].into(lang),
        "asOf": (Words("数据截止 ", "as of ").into(lang) + iso(day)) if day is not None else "",
        "revision": plan.revision or Words("草案", "draft").into(lang),
        "banners": _banners(plan, settings),
        "labelZoom": settings.maps.label_zoom,
        "totals": totals_text(plan.totals),
        "figures": figures(every, lang),
        "unplaced": {
            "stage": [int((unplaced["stage"] == stage).sum()) for stage in Stage],
            "late": int(unplaced["late"].sum()),
        },
        "text": {name: text.into(lang) for name, text in TEXTS.items()},
        "bounds": _bounds(plan),
        "styles": _styles(kind, lang),
        "villages": _villages(plan, lang),
        "routes": _routes(plan) if kind == "route" else None,
        "spans": _spans(plan.spans, lang),
        "fiber": _fiber(plan.fiber),
        "sites": _sites(plan.sites, kind),
        "boundaries": _boundaries(plan.boundaries),
        "findings": _findings(plan, lang),
    }


def placed(plan: Plan) -> Plan:
    """Return a plan with only the villages that have a place: those that can be drawn.

    Parameters
    ----------
    plan : Plan
        The plan.

    Returns
    -------
    Plan
        Its totals still count every village.
    """
    return dataclasses.replace(plan, villages=plan.villages[plan.villages.geometry.notna()].reset_index(drop=True))


def totals_text(totals: PlanTotals) -> dict[str, str]:
    """Return the figures of a plan as exact texts, for programs that read the page.

    Parameters
    ----------
    totals : PlanTotals
        The figures.

    Returns
    -------
    dict of str to str
        Names of `PlanTotals` → values; "" for a gap that has no value.
    """
    values = dataclasses.asdict(totals)
    return {name: "" if value is None else str(value) for name, value in values.items()}


def figures(plan: Plan, lang: Lang) -> list[list[str]]:
    """Return the figures as label and text, for people.

    Parameters
    ----------
    plan : Plan
        Its totals, and the stages of its villages.
    lang : {"zh", "en"}
        Language.

    Returns
    -------
    list of [label, text, emphasis]
        In the order shown, the first three the most asked for; emphasis is "", "lit" or "warn".
    """
    totals = plan.totals
    connected = int(plan.villages["stage"].isin([Stage.LIT, Stage.CLOSED]).sum())
    share = percent(connected / totals.villages if totals.villages else None, 1)
    shown = [
        (Words("行政村", "villages"), f"{totals.villages:,}", ""),
        (Words("可达", "reached"), f"{totals.reached:,}", ""),
        (Words(f"已开通 {share}", f"lit {share}"), f"{connected:,}", "lit"),
        (Words("不可达", "unreachable"), f"{totals.unreachable:,}", "warn" if totals.unreachable else ""),
        (Words("路由公里", "route km"), f"{totals.route_km:,.3f}", ""),
        (Words("造价（万元）", "cost (10⁴ CNY)"), wan_cny(totals.cost_cny), ""),
        (Words("造价下界（万元）", "proven bound (10⁴ CNY)"), wan_cny(totals.lower_bound_cny), ""),
        (Words("最多比最低造价高", "at most above cheapest"), percent(totals.gap), ""),
    ]
    nowhere = int(plan.villages.geometry.isna().sum())
    if nowhere:
        shown.insert(4, (Words("其中无可用坐标", "of them without place"), f"{nowhere:,}", "warn"))
    if totals.unsurveyed_km > 0:
        shown.insert(
            5 + bool(nowhere), (Words("其中未勘测公里", "of it unsurveyed km"), f"{totals.unsurveyed_km:,.3f}", "warn")
        )
    return [[label.into(lang), text, emphasis] for label, text, emphasis in shown]


def _banners(plan: Plan, settings: Settings) -> list[str]:
    lang = settings.campaign.lang
    found = []
    if settings.campaign.synthetic:
        found.append(Words("合成示例数据", "synthetic sample data").into(lang))
    if not plan.totals.surveyed:
        found.append(
            Words("无道路图层：线路为直线示意，全部未勘测", "no roads: straight lines, all unsurveyed").into(lang)
        )
    return found


def _bounds(plan: Plan) -> list[float]:
    tables = [plan.villages, plan.spans, plan.boundaries, plan.fiber, plan.access_points]
    boxes = np.array([t.total_bounds for t in tables if len(t)])
    return [round(float(x), 5) for x in (*np.nanmin(boxes[:, :2], axis=0), *np.nanmax(boxes[:, 2:], axis=0))]


def _styles(kind: str, lang: Lang) -> dict[str, Any]:
    def lines_of(table: dict[Any, style.LineStyle]) -> dict[str, Any]:
        return {str(name): style.line_json(of, lang) for name, of in table.items()}

    spans = style.SPAN if kind == "route" else style.SPAN_BEHIND
    return {
        "village": [style.point_json(style.VILLAGE[stage], lang) for stage in Stage],
        "late": style.point_json(style.LATE, lang),
        "unreached": style.point_json(style.UNREACHED, lang),
        "span": [style.line_json(spans[stage], lang) for stage in SpanStage],
        "lateSpan": style.line_json(style.LATE_SPAN, lang),
        "unsurveyed": {"dash": list(style.UNSURVEYED_DASH), "label": style.UNSURVEYED.into(lang)},
        "fiber": lines_of(style.FIBER),
        "site": {name: style.point_json(of, lang) for name, of in style.SITE.items()},
        "boundary": lines_of(style.BOUNDARY),
        "path": style.line_json(style.PATH, lang),
        "finding": {str(severity): style.point_json(of, lang) for severity, of in style.FINDING.items()},
    }


def _villages(plan: Plan, lang: Lang) -> dict[str, Any]:
    table = plan.villages
    order = {str(stage): number for number, stage in enumerate(Stage)}
    place = table["county"].where(table["township"] == "", table["county"] + " " + table["township"]).str.strip()
    reason = table["reason"] if lang == "zh" else table["reason_en"]
    return {
        **points(table.geometry.values),
        "code": table["code"].tolist(),
        "name": table["name"].tolist(),
        "place": words(place),
        "stage": [order[stage] for stage in table["stage"]],
        "date": words(table["stage_date"].map(iso).astype(object)),
        "due": words(table["due_date"].map(iso).astype(object)),
        "late": [int(late) for late in table["late"]],
        "reached": [int(reached) for reached in table["reached"]],
        "households": numbers(table["households"], 0),
        "route": numbers(table["route_m"], 1),
        "source": words(_sources(plan)),
        "reason": words(reason),
        "bridge": numbers(table["bridge_m"], 1),
        "bridgeCost": [None if pd.isna(cost) else str(cost) for cost in table["bridge_cny"]],
    }


def _sources(plan: Plan) -> pd.Series:
    """Return for each village the name of the place where its route leaves existing fiber."""
    named = dict(zip(plan.sites["site_id"], plan.sites["name"], strict=True))
    source = dict(zip(plan.routes["village_code"], plan.routes["source_id"], strict=True))
    ids = [source.get(code, "") for code in plan.villages["code"]]
    return pd.Series([named.get(site) or site for site in ids], dtype=object)


def _routes(plan: Plan) -> list[list[int]]:
    """Return for each village the rows of its spans, from the village to the source."""
    row = {span: number for number, span in enumerate(plan.spans["span_id"])}
    by_village = dict(zip(plan.routes["village_code"], plan.routes["span_ids"], strict=True))
    return [[row[span] for span in by_village.get(code, "").split()] for code in plan.villages["code"]]


def _spans(table: gpd.GeoDataFrame, lang: Lang) -> dict[str, Any]:
    order = {str(stage): number for number, stage in enumerate(SpanStage)}
    names = {str(way): label.into(lang) for way, label in style.DEPLOYMENT.items()}
    return {
        **lines(table.geometry.values),
        "id": table["span_id"].tolist(),
        "from": words(table["from_site"]),
        "to": words(table["to_site"]),
        "stage": [order[stage] for stage in table["stage"]],
        "late": [int(late) for late in table["late"]],
        "dashed": (table["unsurveyed_m"] > 0.5 * table["length_m"]).astype(int).tolist(),
        "deployment": words(table["deployment"].map(names).fillna(table["deployment"])),
        "length": numbers(table["length_m"], 1),
        "unsurveyed": numbers(table["unsurveyed_m"], 1),
        "cost": [str(cost) for cost in table["cost_cny"]],
        "behind": table["villages"].tolist(),
    }


def _fiber(table: gpd.GeoDataFrame) -> dict[str, Any]:
    return {**lines(table.geometry.values), "kind": words(table["kind"]), "name": words(table["name"])}


def _sites(table: gpd.GeoDataFrame, kind: str) -> dict[str, Any]:
    hidden = ["village"] if kind == "route" else ["village", "branch"]
    shown = table[~table["kind"].isin(hidden)]
    return {
        **points(shown.geometry.values), "id": shown["site_id"].tolist(), "kind": words(shown["kind"]),
        "name": words(shown["name"]),
    }  # fmt: skip


def _findings(plan: Plan, lang: Lang) -> dict[str, Any]:
    """Return the findings that have a place."""
    placed = [f for f in plan.findings if f.lon is not None and f.lat is not None]
    return {
        **points([shapely.Point(f.lon, f.lat) for f in placed]),
        "severity": words(pd.Series([str(f.severity) for f in placed], dtype=object)),
        "message": [f.message.into(lang) for f in placed],
        "hint": [f.hint.into(lang) for f in placed],
    }


def _boundaries(table: gpd.GeoDataFrame) -> dict[str, Any]:
    inside = table.geometry.representative_point() if len(table) else table.geometry
    level = table["level"].where(table["level"] != "", "county")
    return {
        **lines(table.geometry.values), "name": table["name"].tolist(), "level": words(level),
        "label": points(pd.Series(inside).array),
    }  # fmt: skip
