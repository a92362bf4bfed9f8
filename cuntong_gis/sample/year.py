"""A year of raw report rows, as the clerks of townships and counties send them, with their mistakes."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd

from cuntong_gis.sample.fieldwork import blockers, visits
from cuntong_gis.sample.mistakes import with_mistakes
from cuntong_gis.sample.pace import Pace, make_pace
from cuntong_gis.sample.sheets import again, clerks, make_sheets, metres, receipts, stages
from cuntong_gis.sample.signoff import signed_off

AFTER_WEEKS = 8
"""Reports still come so long after the deadline."""
REPEATING = ("unit", "reported_by", "kind", "measure", "note", "reason", "approver", "wrong")
"""Columns with few different values."""


def make_campaign(
    villages: pd.DataFrame,
    spans: pd.DataFrame,
    routes: pd.DataFrame,
    *,
    start: dt.date,
    deadline: dt.date,
    until: dt.date | None = None,
    seed: int = 0,
) -> pd.DataFrame:
    """Return the reports of a made-up campaign up to a day, one fact a row, in the order in which they are sent.

    Parameters
    ----------
    villages, spans, routes : DataFrame
        Tables of a plan; of villages only the code is used, of spans the id and length, of routes village and spans.
    start, deadline : date
        First and last day of the campaign.
    until : date or None
        Last day on which a row is sent; None: some weeks after the deadline. Rows up to a day are the same
        whatever comes later.
    seed : int
        Source of chance: the same tables, days and seed give the same rows.

    Returns
    -------
    DataFrame
        ``report_id`` (made by the sender; the same id is the same fact sent again), ``sent_on``, ``happened_on``
        (datetime64), ``unit`` and ``reported_by``, ``kind``, ``subject`` (village, span or unit), ``measure`` and
        ``level`` (rank of the stage 0-6, sheath metres, percent, 1 for spliced and tested; NaN for none), ``resets``
        (a correction or reopening), ``note``, ``reason``, ``approver``, ``corrects`` (a report_id), ``evidence``
        (SHA-256 of files that exist nowhere), ``detail`` (JSON of what only this kind says) and ``wrong``: the rule by
        which a ledger must refuse the row, empty for those that it must take.

    Raises
    ------
    ValueError
        If the deadline is not at least 30 days after the start.
    """
    if (deadline - start).days < 30:
        raise ValueError("a campaign takes at least 30 days")
    pace = make_pace(villages, spans, routes, start, deadline, seed)
    first = np.datetime64(start, "D")
    weeks = (deadline - start).days // 7 + AFTER_WEEKS
    rows = with_mistakes(_right_rows(pace, first, weeks, seed), pace, first, seed)
    cut = 7 * weeks - 1 if until is None else min((until - start).days, 7 * weeks - 1)
    rows = rows[rows["sent"] <= cut]
    # Within a day, unit by unit, as written: what a sheet says first comes first.
    rows = rows.sort_values(["sent", "unit"], kind="stable", ignore_index=True)
    rows["reported_by"] = _senders(rows["unit"], pace, seed)
    rows["detail"] = _counted(rows)
    rows["level"] = rows["level"].astype(float)
    for column in REPEATING:
        rows[column] = rows[column].astype("category")
    for column, days in (("sent_on", "sent"), ("happened_on", "happened")):
        rows[column] = (first + rows[days].to_numpy(np.int64)).astype("datetime64[s]")
    order = ["report_id", "sent_on", "happened_on", "unit", "reported_by", *rows.columns[5:-2]]
    return rows[order]


def _right_rows(pace: Pace, start: np.datetime64, weeks: int, seed: int) -> pd.DataFrame:
    """Return everything that is sent when nobody makes a mistake."""
    sheets = make_sheets(pace, weeks, seed)
    signed, closed = signed_off(pace, sheets, start, 7 * weeks - 1, seed)
    parts = [
        receipts(pace, sheets),
        stages(pace, sheets),
        again(pace, sheets, closed, seed),
        metres(pace, sheets, seed),
        blockers(pace, start, seed),
        visits(pace, 7 * weeks - 1, seed),
        signed,
    ]
    return pd.concat(parts, ignore_index=True)


def _senders(unit: pd.Series, pace: Pace, seed: int) -> pd.Series:
    """Return the clerk of each unit; counties and above have their own."""
    county = pace.counties.tolist()
    prefectures, provinces = ({c[:n] + "0" * (6 - n) for c in county} for n in (4, 2))
    offices = ["", "县广电局", "市州广电局", "省广电局"]
    levels = [pace.townships.tolist(), county, sorted(prefectures), sorted(provinces)]
    units = np.array([code for codes in levels for code in codes], object)
    office = np.repeat(np.array(offices, object), [len(codes) for codes in levels])
    return unit.map(pd.Series(office + clerks(units, seed), units))


def _counted(rows: pd.DataFrame) -> pd.Series:
    """Return the details, with the number of rows of each sheet in its receipt."""
    sheet = (rows["kind"] == "receipt").to_numpy()
    count = rows.groupby(["unit", "sent"], sort=False)["kind"].transform("size") - 1
    counted = rows["detail"].str[:-1] + ',"rows":' + count.astype(str) + "}"
    return rows["detail"].where(~sheet, counted)
