"""The two interactive maps: 工程分布图 (villages by stage) and 工程线路图 (spans by stage)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from cuntong_gis.errors import MapsError
from cuntong_gis.maps import columns, style, units
from cuntong_gis.maps.basemap import TileBlock, service_of
from cuntong_gis.maps.compact import DataBlock
from cuntong_gis.maps.offline import OfflineMap, Verbatim
from cuntong_gis.maps.public import NO_PUBLIC_ROUTES
from cuntong_gis.maps.spans import course, route_data
from cuntong_gis.maps.texts import TEXTS, TITLES, banners, figures, totals_text
from cuntong_gis.model import SpanStage, Stage
from cuntong_gis.plan import cut_off_date
from cuntong_gis.schema import iso
from cuntong_gis.words import LANGS, Words, same

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
    """Draw the spans by completion, width by villages behind, dashes by deployment; a chosen village's path is lit up.

    Parameters
    ----------
    shown : Shown
        The campaign, or a unit of it.

    Returns
    -------
    OfflineMap
        A `folium.Map` that opens with no network.

    Raises
    ------
    MapsError
        If it is the public edition, which has no routes.
    """
    if shown.public:
        raise MapsError(NO_PUBLIC_ROUTES)
    return _draw("route", shown)


def _draw(kind: str, shown: Shown) -> OfflineMap:
    lang = shown.settings.campaign.lang
    data = page_data(kind, shown)
    west, south, east, north = data["bounds"]
    block, service = DataBlock(data, lang), service_of(shown.settings.maps)
    page = OfflineMap(
        block.text,
        lang,
        tile_hosts=service.hosts if service else (),
        location=[(south + north) / 2, (west + east) / 2],
        zoom_start=10,
        max_zoom=19,
        zoom_snap=0.25,
    )
    title = f"<title>{_plain(data['title'])} {TITLES[kind].into(lang)}</title>"
    page.get_root().header.add_child(Verbatim(title), name="title")
    page.add_child(block)
    if service:
        page.add_child(TileBlock(service, shown.settings.maps.tianditu_key))
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
        Columns, styles, labels and totals; every text in both languages, in the order of `words.LANGS`.
    """
    plan, order = columns.placed_first(shown.plan)
    settings, campaign = shown.settings, shown.settings.campaign
    due = shown.status.villages["due_date"].iloc[order]
    data = {
        "kind": kind,
        "langs": list(LANGS),
        "lang": campaign.lang,
        "scale": columns.SCALE,
        "title": settings.maps.title or campaign.name,
        "texts": {name: style.both(text) for name, text in _texts(kind, shown).items()},
        "banners": [style.both(text) for text in banners(shown)],
        "labelZoom": settings.maps.label_zoom,
        "totals": {} if shown.public else totals_text(plan.totals),
        "figures": [] if shown.public else [[style.both(told), text, look] for told, text, look in figures(plan)],
        "bounds": _bounds(plan),
        "styles": _styles(),
        "days": [iso(day) for day in shown.timeline.days],
        "start": iso(campaign.start) if campaign.start else "",
        "deadline": iso(campaign.deadline) if campaign.deadline else "",
        "hasLedger": shown.has_ledger and not shown.public,
        "first": _first_unit(shown),
        "units": units.units(shown, order),
        "history": units.history(shown, order),
        "facts": units.facts(shown, order),
        "sounds": units.sounds([*plan.villages["name"], *shown.timeline.units["name"]]),
        "villages": columns.villages(plan, due),
        "spans": columns.spans(plan) if kind == "route" else {**columns.spans(plan), **course(shown)},
        "fiber": columns.fiber(plan.fiber),
        "sites": columns.sites(plan.sites, kind),
        "boundaries": columns.boundaries(plan.boundaries),
        "findings": columns.findings(plan),
    }
    if shown.public:
        data["public"] = True
    return {**data, "route": route_data(shown)} if kind == "route" else data


def _texts(kind: str, shown: Shown) -> dict[str, Words]:
    """Return the words of the page, and what it is called."""
    plan, settings = shown.plan, shown.settings
    day = cut_off_date(plan.villages, settings)
    return {
        **TEXTS,
        "subtitle": TITLES[kind],
        "revision": Words(f"规划版本 {plan.revision}", f"plan {plan.revision}")
        if plan.revision
        else Words("草案", "draft"),
        "as_of": Words("数据截止", "as of") if day is not None else same(""),
    }


def _first_unit(shown: Shown) -> str:
    """Return the code of the unit that a page opens with: the campaign's own, else the lowest that holds everything."""
    table = shown.timeline.units
    codes = set(table["code"])
    for code in (shown.unit, shown.settings.campaign.unit_code):
        if code in codes:
            return code
    plain = table[~table["overlay"]]
    code, below = "", plain[~plain["parent"].isin(codes)]
    while len(below) == 1:
        code = str(below["code"].iloc[0])
        below = plain[plain["parent"] == code]
    return code


def _bounds(plan: Plan) -> list[float]:
    tables = [plan.villages, plan.spans, plan.boundaries, plan.fiber, plan.access_points]
    boxes = np.array([t.total_bounds for t in tables if len(t)])
    return [round(float(x), 5) for x in (*np.nanmin(boxes[:, :2], axis=0), *np.nanmax(boxes[:, 2:], axis=0))]


def _styles() -> dict[str, Any]:
    def lines_of(table: dict[Any, style.LineStyle]) -> dict[str, Any]:
        return {str(name): style.line_json(of) for name, of in table.items()}

    def points_of(table: dict[Any, style.PointStyle]) -> dict[str, Any]:
        return {str(name): style.point_json(of) for name, of in table.items()}

    return {
        "village": [style.point_json(style.VILLAGE[stage]) for stage in Stage],
        "late": style.point_json(style.LATE),
        "unreached": style.point_json(style.UNREACHED),
        "span": [style.line_json(style.SPAN_BEHIND[stage]) for stage in SpanStage],
        "lateSpan": style.line_json(style.LATE_SPAN),
        "unsurveyed": {"dash": list(style.UNSURVEYED_DASH), "labels": style.both(style.UNSURVEYED)},
        "deployment": {str(way): {"labels": style.both(label)} for way, label in style.DEPLOYMENT.items()},
        "fiber": lines_of(style.FIBER),
        "site": points_of(style.SITE),
        "boundary": lines_of(style.BOUNDARY),
        "path": style.line_json(style.PATH),
        "finding": points_of(style.FINDING),
        "light": points_of(style.LIGHT),
        "completion": [{"from": share, "fill": color} for share, color in style.COMPLETION],
        "noRate": style.NO_RATE,
    }
