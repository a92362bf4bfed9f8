"""One table of colours, shapes, widths and labels, for screen and paper.

Colours are told apart by people with red-green blindness and, by lightness and shape, in grey; green is kept for what
is lit: a village whose fiber is laid but dark is blue.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from cuntong_gis.model import Deployment, Severity, SpanStage, Stage
from cuntong_gis.words import LANGS, Words


@dataclass(frozen=True)
class PointStyle:
    """How a class of points is drawn.

    Attributes
    ----------
    shape : str
        ``circle``, ``check`` (a ticked circle), ``alert`` (a circle with an exclamation mark), ``triangle``,
        ``diamond``, ``square``, ``house``, ``cross`` or ``ring``.
    fill, line : str
        Colours as #rrggbb.
    label : Words
        Name in the legend.
    """

    shape: str
    fill: str
    line: str
    label: Words


@dataclass(frozen=True)
class LineStyle:
    """How a class of lines is drawn: colour, width in pixels, dashes in pixels (empty: solid), name in the legend."""

    color: str
    width: float
    dash: tuple[int, ...]
    label: Words


VILLAGE: dict[Stage, PointStyle] = {
    Stage.NOT_STARTED: PointStyle("circle", "#ffffff", "#6b7683", Words("未开工", "not started")),
    Stage.SURVEYED: PointStyle("triangle", "#fdf0d3", "#a9812b", Words("勘测", "surveyed")),
    Stage.APPROVED: PointStyle("triangle", "#f0b840", "#8a6410", Words("立项", "approved")),
    Stage.MATERIAL_READY: PointStyle("diamond", "#e0803c", "#8f4513", Words("材料到货", "material ready")),
    Stage.LAID: PointStyle("square", "#4f8fd0", "#1f4e85", Words("敷设（未开通）", "laid, still dark")),
    Stage.LIT: PointStyle("circle", "#63b97f", "#1d6b3c", Words("开通", "lit")),
    Stage.CLOSED: PointStyle("check", "#176b3a", "#0c4023", Words("验收销号", "closed")),
}
UNREACHED = PointStyle("cross", "#1f2328", "#1f2328", Words("规划不可达", "out of reach"))
LATE = PointStyle("ring", "#c2185b", "#c2185b", Words("逾期（未开通）", "late (not lit)"))

SPAN: dict[SpanStage, LineStyle] = {
    SpanStage.PLANNED: LineStyle("#8b95a1", 1.6, (), Words("待敷设", "to be laid")),
    SpanStage.LAID: LineStyle("#2f6fb5", 2.0, (), Words("已敷设", "laid")),
}
SPAN_BEHIND: dict[SpanStage, LineStyle] = {
    SpanStage.PLANNED: LineStyle("#b9c1ca", 1.0, (), SPAN[SpanStage.PLANNED].label),
    SpanStage.LAID: LineStyle("#8fb3da", 1.0, (), SPAN[SpanStage.LAID].label),
}
"""The same spans, drawn quietly behind the villages of the distribution map."""
SPAN_PARTLY = LineStyle("#d19a26", 2.1, (9, 3, 2, 3), Words("部分敷设", "partly laid"))
"""On paper, where nobody can ask for the metres: a span begun and not yet laid."""
SPAN_STATE: tuple[LineStyle, ...] = (
    LineStyle("#97a1ac", 1.8, (), Words("未敷设", "not begun")),
    LineStyle("#d19a26", 2.1, (), Words("部分敷设", "partly laid")),
    LineStyle("#6aa5dc", 2.1, (), Words("敷设完", "laid")),
    LineStyle("#2f6fb5", 2.1, (), Words("敷设完并熔接", "laid and spliced")),
    LineStyle("#123a70", 2.1, (), Words("敷设完并测试", "laid and tested")),
)
"""Spans of the route map by completion; each state is darker than the one before where hues fail, but for the second,
whose hue is alone."""
LATE_SPAN = LineStyle("#f3c6d7", 6.0, (), Words("逾期待敷设", "late, to be laid"))
"""A casing under the span: its width is added to the span's."""
UNSURVEYED_DASH = (6, 5)
UNSURVEYED = Words("多半未勘测（虚线）", "mostly unsurveyed (dashed)")
HOLLOW = Words("多半未勘测（空心线）", "mostly unsurveyed (hollow)")
"""On the route map dashes say how the cable is carried, so an unsurveyed course is a hollow line."""

FIBER: dict[str, LineStyle] = {
    "trunk": LineStyle("#7b3f98", 3.2, (), Words("现有干线光缆", "existing trunk fiber")),
    "branch": LineStyle("#a985bd", 2.0, (), Words("现有支线光缆", "existing branch fiber")),
}
SITE: dict[str, PointStyle] = {
    "access_point": PointStyle("house", "#7b3f98", "#ffffff", Words("接入点（机房、光交箱）", "access point")),
    "tap": PointStyle("diamond", "#7b3f98", "#ffffff", Words("光缆开口点", "tap on existing fiber")),
    "branch": PointStyle("circle", "#48525e", "#ffffff", Words("分歧点", "branch point")),
}
FIBER_CORE = "#ffffff"
"""On paper existing fiber has a light core, so that it is told from new fiber in grey too."""
BOUNDARY: dict[str, LineStyle] = {
    "province": LineStyle("#4a5560", 2.2, (), Words("省界", "province")),
    "prefecture": LineStyle("#4a5560", 1.8, (), Words("市（州）界", "prefecture")),
    "county": LineStyle("#4a5560", 1.6, (), Words("县界", "county")),
    "township": LineStyle("#c3cad2", 1.0, (), Words("乡镇界", "township")),
    "village": LineStyle("#dde2e7", 0.7, (), Words("村界", "village")),
}
FINDING: dict[Severity, PointStyle] = {
    Severity.ERROR: PointStyle("alert", "#c2185b", "#ffffff", Words("错误", "error")),
    Severity.WARNING: PointStyle("alert", "#b26a00", "#ffffff", Words("警告", "warning")),
    Severity.NOTICE: PointStyle("alert", "#6b7683", "#ffffff", Words("提示", "notice")),
}
PATH = LineStyle("#ff8a00", 7.0, (), Words("选中村的路由", "route of the chosen village"))
"""A casing under the spans, so that their states stay in sight: its width is added to theirs."""
HELD_UP = LineStyle("#c2185b", 7.0, (), Words("首个未完光缆段（卡点）", "first unfinished span: what holds it up"))
AS_BUILT = LineStyle("#00806a", 6.0, (), Words("竣工线", "as built"))

LAND, OUTSIDE, NEIGHBOUR = "#fcfaf3", "#eef1f2", "#f5f5f1"
"""Paper under the unit, under what is not known, and under its neighbours."""
GRATICULE, EDGE_BAND = "#7f9bad", "#b08a57"
"""Meridians and parallels; the soft band along the unit's outline."""
PAPER_BOUNDARY: dict[str, LineStyle] = {
    "province": LineStyle("#3d4650", 3.4, (14, 3, 2, 3, 2, 3), BOUNDARY["province"].label),
    "prefecture": LineStyle("#4a5560", 2.4, (12, 3, 2, 3), BOUNDARY["prefecture"].label),
    "county": LineStyle("#66707b", 1.5, (8, 3, 2, 3), BOUNDARY["county"].label),
    "township": LineStyle("#8f99a3", 1.0, (2, 2), BOUNDARY["township"].label),
}
"""Outlines on paper, each level with dashes of its own, as on topographic maps."""
COMPLETION: tuple[tuple[float, str], ...] = (
    (0.0, "#f5f1e3"), (0.2, "#dcead0"), (0.4, "#b2d6b5"), (0.6, "#7dbb97"), (0.8, "#45967a"), (1.0, "#14593c"),
)  # fmt: skip
"""Areas of units by the share of their villages that are lit: from which share on, and the colour. Ever darker, so that
the order is seen in grey and by people who see no green."""
NO_RATE = "#e3e7eb"
"""Colour of a unit without villages."""
LIGHT: dict[str, PointStyle] = {
    "green": PointStyle("circle", "#3f9c63", "#1d6b3c", Words("绿灯", "green light")),
    "yellow": PointStyle("triangle", "#f0b840", "#8a6410", Words("黄灯", "yellow light")),
    "red": PointStyle("square", "#c2185b", "#7d0f3a", Words("红灯", "red light")),
    "grey": PointStyle("circle", "#ffffff", "#8b95a1", Words("未评", "not judged")),
}

DEPLOYMENT: dict[Deployment, Words] = {
    Deployment.AERIAL_NEW: Words("架空新立杆", "aerial, own poles"),
    Deployment.AERIAL_REUSED: Words("借杆", "aerial, reused poles"),
    Deployment.BURIED: Words("直埋", "direct buried"),
    Deployment.DUCT_NEW: Words("管道", "new duct"),
    Deployment.DUCT_EXISTING: Words("既有管道", "existing duct"),
    Deployment.WALL: Words("墙挂", "wall-mounted"),
}


DEPLOYMENT_DASH: dict[Deployment, tuple[int, ...]] = {
    Deployment.AERIAL_NEW: (),
    Deployment.AERIAL_REUSED: (14, 4),
    Deployment.BURIED: (9, 3, 2, 3),
    Deployment.DUCT_NEW: (6, 3),
    Deployment.DUCT_EXISTING: (2, 3),
    Deployment.WALL: (9, 3, 2, 3, 2, 3),
}


def point_json(style: PointStyle) -> dict[str, Any]:
    """Return a point style for the page.

    Parameters
    ----------
    style : PointStyle
        The style.

    Returns
    -------
    dict
        `shape`, `fill`, `line`, `labels`: in Chinese and in English.
    """
    return {"shape": style.shape, "fill": style.fill, "line": style.line, "labels": both(style.label)}


def line_json(style: LineStyle) -> dict[str, Any]:
    """Return a line style for the page.

    Parameters
    ----------
    style : LineStyle
        The style.

    Returns
    -------
    dict
        `color`, `width`, `dash`, `labels`: in Chinese and in English.
    """
    return {"color": style.color, "width": style.width, "dash": list(style.dash), "labels": both(style.label)}


def both(text: Words) -> list[str]:
    """Return a text in the two languages of a page.

    Parameters
    ----------
    text : Words
        The text.

    Returns
    -------
    list of str
        In the order of `words.LANGS`.
    """
    return [text.into(lang) for lang in LANGS]
