"""What the route map says of its spans: metres laid on each day, how the cable is carried, as-built lines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from cuntong_gis.maps import columns, style
from cuntong_gis.maps.built import compare_built
from cuntong_gis.maps.compact import decimals, texts, words
from cuntong_gis.maps.units import never_below
from cuntong_gis.model import WHOLE_M, Deployment
from cuntong_gis.schema import iso
from cuntong_gis.words import Words

if TYPE_CHECKING:
    from cuntong_gis.maps.shown import Shown

MORE: dict[str, tuple[Words, int]] = {
    "loss_db": (Words("光衰（dB）", "loss (dB)"), 2),
    "margin_db": (Words("余量（dB）", "margin (dB)"), 2),
    "cable_fibers": (Words("光缆芯数", "cable size (fibers)"), 0),
    "due_date": (Words("时限", "due"), 0),
}
"""Columns of spans that a plan may bring, with their decimals; what it does not bring is not shown."""

TEXTS = {
    "state": Words("光缆段（按完成情况）", "spans by completion"),
    "ways": Words("敷设方式（线型）", "deployment (dashes)"),
    "critical": Words("关键光缆段", "most critical spans"),
    "critical_note": Words("未完成光缆段，按等待开通的村数排列", "unfinished spans, most villages waiting first"),
    "none_left": Words("没有未完成的光缆段", "no span is unfinished"),
    "more_spans": Words("另有 {n} 段", "{n} more"),
    "path": Words("路由", "route"),
    "path_of": Words("{name} 的路由", "route of {name}"),
    "from_source": Words("自接入点起", "from the source"),
    "held_up": Words("卡点", "held up by"),
    "held_at": Words("第 {n} 段 {id}，距接入点 {m} 米，尚欠 {left} 米", "no. {n}, {id}, {m} m down, {left} m left"),
    "path_done": Words("全程已敷设", "laid all the way"),
    "waiting": Words("等待开通", "waiting"),
    "waiting_villages": Words("等待开通村数", "villages not lit"),
    "left": Words("尚欠", "left"),
    "laid_of": Words("已敷设 / 计划", "laid / planned"),
    "spliced": Words("熔接", "spliced"),
    "tested": Words("测试", "tested"),
    "yes": Words("是", "yes"),
    "no_report": Words("未报", "no report"),
    "behind_of": Words("{id} 承载的村", "villages behind {id}"),
    "behind_sum": Words("{n} 村，{h} 户，{w} 村未开通", "{n} villages, {h} households, {w} not lit"),
    "back": Words("返回关键光缆段", "back to the critical spans"),
    "built": Words("竣工长度", "as-built length"),
    "longer": Words("比计划", "against plan"),
    "apart": Words("最大偏离", "farthest apart"),
    "too_far": Words("超过 {m} 米", "more than {m} m"),
    "built_line": Words("竣工线", "as-built line"),
    "built_unknown": Words("未对应到规划光缆段", "of no span of the plan"),
    "laid_on": Words("敷设日期", "laid on"),
    "note": Words("备注", "note"),
    "span_no": Words("光缆段", "span"),
    "households_short": Words("户", "households"),
    "villages_short": Words("村", "villages"),
}  # fmt: skip


def course(shown: Shown) -> dict[str, Any]:
    """Return when spans were laid, for a page that does not tell how much of each.

    Parameters
    ----------
    shown : Shown
        The campaign, or a unit of it.

    Returns
    -------
    dict
        `laid`: the first day (row of the timeline) from which on a span is laid, the number of days where there is
        none; `odd`: cells of the timeline that are otherwise.
    """
    laid = shown.timeline.laid_m >= shown.status.spans["planned_m"].to_numpy() - WHOLE_M
    first = never_below(laid.astype(np.int64), 1)
    day, span = np.nonzero(laid != (np.arange(len(laid))[:, None] >= first))
    return {"laid": first, "odd": {"day": day, "span": span}}


def route_data(shown: Shown) -> dict[str, Any]:
    """Return what the route map needs beside what every map has.

    Parameters
    ----------
    shown : Shown
        The campaign, or a unit of it.

    Returns
    -------
    dict
        For `compact.pack`; columns in the order of the plan's spans. `planned` is None where it is the spans' length.
    """
    spans = shown.status.spans
    carried = [str(way) for way in Deployment]
    way = pd.Index(carried).get_indexer(shown.plan.spans["deployment"])
    planned, length = (
        np.round(column.to_numpy(float), 1) for column in (spans["planned_m"], shown.plan.spans["length_m"])
    )
    return {
        "texts": {name: style.both(text) for name, text in TEXTS.items()},
        "styles": {
            "state": [style.line_json(look) for look in style.SPAN_STATE],
            "dash": [list(style.DEPLOYMENT_DASH[of]) for of in Deployment],
            "ways": [{"labels": style.both(style.DEPLOYMENT[of])} for of in Deployment],
            "hollow": {"labels": style.both(style.HOLLOW)},
            "heldUp": style.line_json(style.HELD_UP),
            "built": style.line_json(style.AS_BUILT),
        },
        "whole": WHOLE_M,
        "planned": None if np.array_equal(planned, length) else decimals(planned, 1),
        "laid": np.rint(shown.timeline.laid_m * 10).astype(np.int64),
        "spliced": spans["spliced"].to_numpy(bool),
        "tested": spans["tested"].to_numpy(bool),
        "way": np.asarray(way, np.int64),
        "more": _more(shown.plan.spans),
        "built": _built(shown),
    }


def _more(spans: pd.DataFrame) -> list[dict[str, Any]]:
    """Return those columns of `MORE` that the plan has, as texts ready to be read."""
    found = []
    for name, (label, digits) in MORE.items():
        if name in spans:
            values = spans[name]
            if name.endswith("_date"):
                told = [iso(day) for day in values]
            else:
                told = ["" if pd.isna(value) else f"{float(value):,.{digits}f}" for value in values]
            found.append({"labels": style.both(label), "values": words(told)})
    return found


def _built(shown: Shown) -> dict[str, Any]:
    """Return as-built lines, and for each span that has some how they compare; `of` names the line's span or -1."""
    table, spans = shown.as_built, shown.plan.spans
    compared = compare_built(spans, table)
    limit = shown.settings.maps.built_apart_m
    return {
        **columns.lines(table.geometry.values),
        "on": np.asarray(pd.Index(spans["span_id"]).get_indexer(table["span_id"]), np.int64),
        "laidOn": words(table["laid_on"].map(iso)),
        "note": texts(table["note"]),
        "limit": limit,
        "span": compared["span"].to_numpy(np.int64),
        "length": decimals(compared["built_m"], 1),
        "longer": decimals(compared["longer_m"], 1),
        "share": decimals(100 * compared["longer"], 1),
        "apart": decimals(compared["apart_m"], 1),
        "far": (compared["apart_m"] > limit).to_numpy(bool),
    }
