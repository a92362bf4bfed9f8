"""A province in the ninth month of its campaign, for the comparison of maps: plan, a year's entries, officials."""

from __future__ import annotations

import dataclasses
import datetime as dt
from pathlib import Path

import numpy as np
import pandas as pd

from bench.provinces import AS_OF, FIRST
from cuntong_gis import schema
from cuntong_gis.campaign import loaded_of
from cuntong_gis.maps import Shown
from cuntong_gis.model import Plan
from cuntong_gis.sample import make_campaign
from cuntong_gis.settings import settings_from
from cuntong_gis.showing import shown_on

CROWD = 20_000
"""Of more villages than these the reports are made a county at a time, to stay within memory."""
DEADLINE = dt.date(2016, 12, 31)


def shown_province(plan: Plan, folder: Path) -> Shown:
    """Return a plan with the made-up campaign that was lived on it until the cut-off day, and with officials.

    Parameters
    ----------
    plan
        Of `provinces.a_province_to_draw`, or a part of it.
    folder
        A workspace without tables of its own.
    """
    start, day = FIRST.astype(object), AS_OF.astype(object)
    settings = settings_from(
        {"campaign": {"name": "省级对比图", "start": start, "deadline": DEADLINE, "as_of": day}}, folder=folder
    )
    counties = plan.villages["code"].str[:6]
    many = len(plan.villages) > CROWD
    parts = [counties == county for county in sorted(set(counties))] if many else [counties != ""]
    reports = [_reports(plan, part.to_numpy(bool), start, day, thin=many) for part in parts]
    entries = entries_of(pd.concat(reports, ignore_index=True), plan.revision)
    shown = shown_on(loaded_of(settings, plan, entries, {}), day)
    return dataclasses.replace(shown, officials=officials_of(plan))


def _reports(plan: Plan, part: np.ndarray, start: dt.date, day: dt.date, *, thin: bool) -> pd.DataFrame:
    """Return the reports of some villages; when thin, what only says again what was said is left out."""
    villages = plan.villages[part]
    routes = plan.routes[plan.routes["village_code"].isin(villages["code"])]
    spans = plan.spans[plan.spans["span_id"].isin({span for spans in routes["span_ids"] for span in spans.split()})]
    rows = make_campaign(villages, spans, routes, start=start, deadline=DEADLINE, until=day)
    rows = rows[rows["wrong"] == ""].drop_duplicates("report_id")
    if not thin:
        return rows
    said = rows[rows["kind"].isin(["stage", "metres", "close", "blocker", "unblock"])]
    return said.drop_duplicates(["kind", "subject", "level", "corrects"])


def entries_of(rows: pd.DataFrame, revision: str) -> pd.DataFrame:
    """Return rows of `make_campaign` as a ledger would hold them, but for the hashes."""
    table = rows.sort_values("sent_on", kind="stable").reset_index(drop=True)
    sent = table["sent_on"].to_numpy("datetime64[us]") + np.arange(len(table)) + np.timedelta64(4, "h")
    unit = table["unit"].str[:6].where(table["unit"].str.len() >= 6, "000000")
    return schema.conform(
        {
            **{name: table[name] for name in ("kind", "subject", "unit", "measure", "level", "resets", "happened_on",
                                              "reported_by", "note", "reason", "approver", "corrects", "evidence", "detail")},
            "entry_id": table["report_id"], "chain": unit, "number": table.groupby(unit).cumcount() + 1,
            "counts_on": table["happened_on"], "reported_at": pd.Series(np.datetime_as_string(sent)) + "+00:00",
            "revision": [revision] * len(table), "hash": [""] * len(table),
        },
        "entries",
    )  # fmt: skip


def officials_of(plan: Plan) -> pd.DataFrame:
    """Return a leading official of the government and one of the company for every county and township."""
    codes = plan.villages["code"]
    units = sorted({*codes.str[:6], *codes.str[:9]})
    family, given = "赵钱孙李周吴郑王冯陈", "建国志强秀英海燕明华"
    rows = [
        (unit, chain, role, family[n % 10] + given[n // 7 % 10], f"1380000{(2 * n + k) % 10_000:04d}")
        for n, unit in enumerate(units)
        for k, (chain, role) in enumerate((("government", "第一责任人"), ("company", "经理")))
    ]
    names = ("unit", "chain", "role", "name", "phone")
    return schema.conform(dict(zip(names, map(list, zip(*rows, strict=True)), strict=True)), "officials")
