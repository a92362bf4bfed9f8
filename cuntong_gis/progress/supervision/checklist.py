"""What an inspector answers on the spot, how it comes back as a check by the province, and what has come in."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from cuntong_gis import schema
from cuntong_gis.errors import LedgerError
from cuntong_gis.progress.entries import Kind, Report, made_id
from cuntong_gis.progress.supervision.inspection import Draw
from cuntong_gis.words import Words

if TYPE_CHECKING:
    import pandas as pd

CHECKLIST = {
    "lit": Words("现场不能正常收看", "there is no proper TV picture"),
    "power": Words("收光功率不合格", "the received power is out of its limits"),
    "otdr": Words("OTDR 双向复测不合格", "the OTDR test does not agree"),
    "photos": Words("照片与现场不符", "the photos show another place"),
    "signatures": Words("签字不属实", "the signatures are not confirmed"),
    "pole_line": Words("杆路与竣工图不符", "pole line and cable are not as the as-built line says"),
    "lasting": Words("没有备用纤芯或未明确维护人", "no spare fibers, or no maintainer named"),
    "safety": Words("安全距离不足或有隐患", "clearance is short, or there is a hazard"),
}
"""Items of the checklist, and what is found where one is answered no (ENGINEERING: Evidence, the four 通)."""


def result_report(
    village: str, period: str, answers: Mapping[str, bool], *, unit: str, by: str, on: dt.date,
    findings: Sequence[str] = (), note: str = "",
) -> Report:  # fmt: skip
    """Return the report of an inspection on the spot: a check by the province.

    Parameters
    ----------
    village : str
        Its code.
    period : str
        Period that is inspected.
    answers : mapping of str to bool
        By item of `CHECKLIST`, all of them: whether it is as it should be.
    unit : str
        Code of the office that inspects.
    by : str
        Who inspected.
    on : date
        When.
    findings : sequence of str
        What else was found, in the inspector's words.
    note : str
        Remark.

    Returns
    -------
    Report
        Kind ``check``, level ``province``: passed if every answer is yes.

    Raises
    ------
    LedgerError
        If an item is not answered, or there is no such item.
    """
    lacking = [item for item in CHECKLIST if item not in answers]
    unknown = [item for item in answers if item not in CHECKLIST]
    if lacking or unknown:
        named = "、".join(lacking or unknown)
        raise LedgerError(
            Words(f"{village} 检查表缺项：{named}", f"{village}: the checklist lacks {named}") if lacking else
            Words(f"{village} 检查表没有这一项：{named}", f"{village}: the checklist has no {named}"),
            hint=Words(f"逐项填写：{'、'.join(CHECKLIST)}", f"answer each of {', '.join(CHECKLIST)}"),
        )  # fmt: skip
    faults = [CHECKLIST[item].zh for item in CHECKLIST if not answers[item]]
    return Report(
        made_id("inspected", village, period, on, by), Kind.CHECK, village, unit, on, by, note=note,
        detail={
            "level": "province", "passed": not faults, "findings": [*faults, *findings], "inspection": period,
            "items": {item: "yes" if answers[item] else "no" for item in CHECKLIST},
        },
    )  # fmt: skip


def inspected(draw: Draw, entries: pd.DataFrame) -> pd.DataFrame:
    """Return a draw with the results that have come in.

    Parameters
    ----------
    draw : Draw
        As drawn, or as recorded.
    entries : DataFrame
        Schema ``entries``, in the order taken.

    Returns
    -------
    DataFrame
        Schema ``inspection``: of each village the last result of this inspection; blank where there is none yet.
    """
    checks = province_checks(entries)
    checks = checks[checks["inspection"] == draw.period].drop_duplicates("code", keep="last").set_index("code")
    table = draw.table.drop(columns=["inspected_on", "inspected_by", "result", "findings", *CHECKLIST])
    joined = table.join(checks.drop(columns=["inspection", "passed"]), on="code")
    found: pd.DataFrame = schema.conform(joined, "inspection")
    return found


def province_checks(entries: pd.DataFrame) -> pd.DataFrame:
    """Return all checks by the province.

    Parameters
    ----------
    entries : DataFrame
        Schema ``entries``, in the order taken.

    Returns
    -------
    DataFrame
        code, inspected_on, inspected_by, passed, result, findings, inspection (period; "" outside a draw), and the
        items of the checklist; by day, then in the order taken.
    """
    import pandas as pd

    here = (entries["kind"] == Kind.CHECK) & entries["detail"].str.contains('"level":"province"', regex=False)
    some = entries[here].sort_values("happened_on", kind="stable")
    said = [json.loads(text) for text in some["detail"]]
    found = pd.DataFrame({
        "code": some["subject"].to_numpy(object), "inspected_on": some["happened_on"].to_numpy(),
        "inspected_by": some["reported_by"].to_numpy(object),
        "passed": np.array([bool(d["passed"]) for d in said], bool),
        "findings": ["；".join(d.get("findings", ())) for d in said],
        "inspection": [d.get("inspection", "") for d in said],
        **{item: [d.get("items", {}).get(item, "") for d in said] for item in CHECKLIST},
    })  # fmt: skip
    return found.assign(result=np.where(found["passed"], "passed", "failed"))
