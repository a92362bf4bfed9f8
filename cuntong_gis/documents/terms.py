"""Words for the values that stand in papers: lights by word and shape, levels, states, results."""

from __future__ import annotations

from cuntong_gis.documents.paper import Term, plain
from cuntong_gis.model import Stage
from cuntong_gis.words import Words

LIGHTS = {
    "green": Words("● 绿", "● green"),
    "yellow": Words("▲ 黄", "▲ yellow"),
    "red": Words("■ 红", "■ red"),
    "": Words("○ 无", "○ none"),
}
"""A shape and a word for each light: read without colour, and by ear."""

LEVELS = {
    "province": Words("省", "province"),
    "prefecture": Words("市（州）", "prefecture"),
    "county": Words("县（市、区）", "county"),
    "township": Words("乡镇", "township"),
    "village": Words("行政村", "village"),
}

STAGES = {
    Stage.NOT_STARTED: Words("未开工", "not started"),
    Stage.SURVEYED: Words("勘测", "surveyed"),
    Stage.APPROVED: Words("立项", "approved"),
    Stage.MATERIAL_READY: Words("材料到货", "material ready"),
    Stage.LAID: Words("敷设（未开通）", "laid, dark"),
    Stage.LIT: Words("开通", "lit"),
    Stage.CLOSED: Words("验收销号", "closed"),
}

STATES = {
    "open": Words("未销号", "open"),
    "checked": Words("已初验", "checked"),
    "closed": Words("已销号", "closed"),
    "reopened": Words("已重开", "reopened"),
}

WAYS = {"both": Words("双向", "both ways"), "out": Words("仅去向", "out only"), "back": Words("仅回向", "back only")}

RESULTS = {"passed": Words("合格", "passed"), "failed": Words("不合格", "failed")}

ANSWERS = {"true": Words("是", "yes"), "false": Words("否", "no")}

TERMS: dict[str, dict[str, Words]] = {
    "light": LIGHTS,
    "level": LEVELS,
    "stage": {str(stage): words for stage, words in STAGES.items()},
    "state": STATES,
    "otdr": WAYS,
    "province": RESULTS,
    "result": RESULTS,
}
"""Words by the name of the column."""


def term(column: str, value: str) -> Term | None:
    """Return a value of a column with its words.

    Parameters
    ----------
    column : str
        Name of the column.
    value : str
        The value; "" is none, but for a light, of which no light is one.

    Returns
    -------
    Term or None
        A value without words of its own reads as it is written.
    """
    words = TERMS.get(column, {}).get(value)
    if words is None:
        if not value:
            return None
        line = plain(value)
        words = Words(line, line)
    return Term(plain(value), words)
