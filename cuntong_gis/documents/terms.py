"""Words for the values that stand in papers: lights by word and shape, levels, states, results."""

from __future__ import annotations

from cuntong_gis.documents.paper import Term
from cuntong_gis.model import Stage
from cuntong_gis.words import Words, plain

LIGHTS = {
    "green": Words("● 绿", "● green"),
    "yellow": Words("▲ 黄", "▲ yellow"),
    "red": Words("■ 红", "■ red"),
    "grey": Words("○ 未评", "○ not judged"),
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

YES, NO = Words("是", "yes"), Words("否", "no")
ANSWERS = {"true": YES, "yes": YES, "false": NO, "no": NO}

LISTED = {
    "ranked": Words("参加", "ranked"),
    "overlay": Words("叠加单位", "overlay"),
    "no_villages": Words("无任务村", "no villages"),
    "not_scored": Words("未计分", "not scored"),
}

RUNGS = {
    "warning": Words("预警通知", "warning notice"),
    "talk": Words("约谈提醒", "reminder talk"),
    "accountability": Words("追责建议", "accountability"),
}

TERMS: dict[str, dict[str, Words]] = {
    "light": LIGHTS,
    "own_light": LIGHTS,
    "level": LEVELS,
    "stage": {str(stage): words for stage, words in STAGES.items()},
    "listed": LISTED,
    "province": RESULTS,
    "result": RESULTS,
    "signoff.state": STATES,
    "signoff.otdr": WAYS,
    "proposals.kind": RUNGS,
    "proposals.basis": {
        "months": Words("连续红灯", "red months"), "deadline": Words("到期未完成", "deadline missed")
    },
    "proposals.state": {
        "open": Words("待定", "open"), "superseded": Words("已升档", "superseded"),
        "withdrawn": Words("已撤销", "withdrawn"), "issued": Words("已采纳", "issued"),
        "dropped": Words("不采纳", "dropped"),
    },
}  # fmt: skip
"""Words by the name of the column, or of table and column where tables differ."""


def term(column: str, value: str, table: str = "") -> Term | None:
    """Return a value of a column with its words.

    Parameters
    ----------
    column : str
        Name of the column.
    value : str
        The value; "" is none.
    table : str
        Name of the schema.

    Returns
    -------
    Term or None
        A value without words of its own reads as it is written.
    """
    if not value:
        return None
    known = TERMS.get(f"{table}.{column}") or TERMS.get(column) or ANSWERS
    line = plain(value)
    return Term(line, known.get(value) or Words(line, line))
