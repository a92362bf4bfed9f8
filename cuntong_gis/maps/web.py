"""The two interactive maps: 工程分布图 (villages by stage) and 工程线路图 (spans by stage)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from cuntong_gis.maps import columns, style
from cuntong_gis.maps.compact import DataBlock
from cuntong_gis.maps.offline import OfflineMap, Verbatim
from cuntong_gis.maps.texts import TEXTS, TITLES, banners, figures, totals_text
from cuntong_gis.model import SpanStage, Stage
from cuntong_gis.plan import cut_off_date
from cuntong_gis.schema import iso
from cuntong_gis.words import Lang, Words

if TYPE_CHECKING:
    from cuntong_gis.maps.shown import Shown
    from cuntong_gis.model import Plan


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
    block = DataBlock(data, lang)
    page = OfflineMap(
        block.text,
        lang,
        location=[(south + north) / 2, (west + east) / 2],
        zoom_start=10,
        max_zoom=19,
        zoom_snap=0.25,
    )
    title = f"<title>{_plain(data['title'])} {TITLES[kind].into(lang)}</title>"
    page.get_root().header.add_child(Verbatim(title), name="title")
    page.add_child(block)
    return page


def _plain(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def page_data(kind: str, shown: Shown) -> dict[str, Any]:
    """Return everything that a page shows, for `compact.pack`.

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
    every, plan = plan, columns.placed(plan)
    return {
        "kind": kind,
        "lang": lang,
        "scale": columns.SCALE,
        "title": settings.maps.title or campaign.name,
        "subtitle": TITLES[kind].into(lang),
        "asOf": (Words("数据截止 ", "as of ").into(lang) + iso(day)) if day is not None else "",
        "revision": plan.revision or Words("草案", "draft").into(lang),
        "banners": banners(plan, settings),
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
        "villages": columns.villages(plan, lang),
        "spans": columns.spans(plan, lang),
        "fiber": columns.fiber(plan.fiber),
        "sites": columns.sites(plan.sites, kind),
        "boundaries": columns.boundaries(plan.boundaries),
        "findings": columns.findings(plan, lang),
    }


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
