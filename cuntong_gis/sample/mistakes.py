"""What goes wrong in a made-up campaign's reports: mistypings and corrections, disagreement, rows to be refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cuntong_gis.sample.pace import LAID, LIT, MATERIAL_READY, Pace
from cuntong_gis.sample.sheets import clerks, named, shares
from cuntong_gis.sample.terrain import Ints

MISTYPED, DISPUTED, SETTLED, SENT_TWICE, WRONG = 0.004, 0.006, 0.6, 0.01, 0.0006
"""Shares: of figures typed too high; of stages that the county tells otherwise; of these that a person decides; of
sheets that are sent once more the day after; of rows of each kind that must be refused."""
WAIT = 6
"""A mistake is put right before the next weekly sheet."""


def with_mistakes(rows: pd.DataFrame, pace: Pace, start: np.datetime64, seed: int) -> pd.DataFrame:
    """Return the rows with mistakes among them.

    Parameters
    ----------
    rows : DataFrame
        Right rows, columns of `sheets.COLUMNS`.
    pace : Pace
        What really happens.
    start : datetime64
        First day of the campaign.
    seed : int
        Source of chance.

    Returns
    -------
    DataFrame
        What a ledger must refuse says why in `wrong`; everything else it must take.
    """
    rng = np.random.default_rng([seed, 9])
    rows = rows.copy()
    planned = pd.Series(pace.span_m, pace.span)
    approver = pd.Series("副县长" + clerks(pace.counties, seed + 2), pace.counties)
    metres = _free(rows, "metres", start)
    stage = _free(rows[rows["level"].isin((MATERIAL_READY, LAID))], "stage", start)
    typed = [metres[shares(rng, len(metres), MISTYPED)], stage[shares(rng, len(stage), MISTYPED)]]
    more = [_corrected(rows, chosen, planned, approver, rng) for chosen in typed]
    left = np.setdiff1d(_free(rows[rows["level"].isin((LAID, LIT))], "stage", start), typed[1])
    more += _disputed(rows, left[shares(rng, len(left), DISPUTED)], pace, approver, seed, rng)
    clean = rows.drop(np.concatenate(typed))
    more += [_refused(clean, pace, planned, rng)]
    receipts = rows[rows["kind"] == "receipt"]
    twice = receipts.iloc[shares(rng, len(receipts), SENT_TWICE)]
    sheet = pd.MultiIndex.from_frame(rows[["unit", "sent"]]).isin(pd.MultiIndex.from_frame(twice[["unit", "sent"]]))
    resent = rows[sheet & (rows["measure"] != "").to_numpy()]
    return pd.concat([rows, *more, resent.assign(sent=resent["sent"] + 1)], ignore_index=True)


def _free(rows: pd.DataFrame, kind: str, start: np.datetime64) -> NDArray[np.int64]:
    """Return rows of weekly sheets, first told in them, that can be put right within their month."""
    mine = rows[rows["kind"] == kind]
    month = (start + mine["happened"].to_numpy()).astype("datetime64[M]")
    soon = (start + mine["sent"].to_numpy() + 2 * WAIT).astype("datetime64[M]") == month
    return np.asarray(mine.index[soon & ~mine["report_id"].str.contains("/r/|again", regex=True)], np.int64)


def _corrected(
    rows: pd.DataFrame, chosen: Ints, planned: pd.Series, approver: pd.Series, rng: np.random.Generator
) -> pd.DataFrame:
    """Type the chosen figures too high, in place, and return their corrections."""
    true = rows.loc[chosen]
    metres = (true["kind"] == "metres").to_numpy()
    limit = np.where(metres, 1.45 * planned.reindex(true["subject"]).to_numpy(), np.inf)
    more = np.where(metres, rng.integers(40, 900, len(true)), 1)
    rows.loc[chosen, "level"] = np.maximum(np.floor(np.minimum(true["level"] + more, limit)), true["level"])
    return _correction(true, true["report_id"], approver, "录入有误", 1, WAIT, rng)


def _correction(
    true: pd.DataFrame, corrects: pd.Series, approver: pd.Series, reason: str, least: int, most: int,
    rng: np.random.Generator,
) -> pd.DataFrame:  # fmt: skip
    """Return rows that say what was true of the day, by the same clerk, approved by the county."""
    sent = true["sent"].to_numpy() + rng.integers(least, most, len(true))
    return true.assign(
        report_id=corrects + "/z",
        sent=sent,
        resets=True,
        reason=reason,
        corrects=corrects,
        approver=approver.reindex(true["unit"].str[:6]).to_numpy(),
        note="",
    )


def _disputed(
    rows: pd.DataFrame, chosen: Ints, pace: Pace, approver: pd.Series, seed: int, rng: np.random.Generator
) -> list[pd.DataFrame]:
    """Return what the county says otherwise of a village and day, and what a person decides of most of them."""
    first = rows.loc[chosen]
    county = first["unit"].str[:6]
    sent = first["sent"].to_numpy() + rng.integers(1, 3, len(first))
    other = first.assign(
        report_id=named("d", first["subject"].to_numpy(object), sent),
        sent=sent,
        unit=county,
        level=first["level"] - 1,
        note="县级核实",
    )
    settled = first.iloc[shares(rng, len(first), SETTLED, least=1)]
    return [other, _correction(settled, settled["report_id"], approver, "经核实以乡镇数据为准", 3, WAIT, rng)]


def _refused(rows: pd.DataFrame, pace: Pace, planned: pd.Series, rng: np.random.Generator) -> pd.DataFrame:
    """Return rows that no ledger may take, each with its reason in `wrong`."""
    told = rows[(rows["kind"] == "stage")]
    laid = rows[(rows["kind"] == "metres") & (rows["level"] >= 60)]
    parts = []

    def wrong(name: str, among: pd.DataFrame, changed: dict[str, Any], delay: int = 0) -> None:
        some = among.iloc[shares(rng, len(among), WRONG)]
        new: dict[str, Any] = {column: value(some) if callable(value) else value for column, value in changed.items()}
        sent = some["sent"] + delay
        ids = named(f"w-{name}", some["subject"].to_numpy(object), sent.to_numpy())
        parts.append(some.assign(report_id=ids, sent=sent, wrong=name, note="").assign(**new))

    wrong("unknown_village", told, {"subject": lambda t: t["subject"].str[:9] + "9" + t["subject"].str[10:]})
    wrong("unknown_span", laid, {"subject": lambda t: t["subject"] + "9"})
    wrong("future_date", told, {"happened": lambda t: t["sent"] + rng.integers(2, 40, len(t))})
    wrong("bad_percent", rows[rows["kind"] == "percent"], {"level": lambda t: 100.0 + rng.integers(1, 90, len(t))})
    wrong("negative_length", laid, {"level": lambda t: -t["level"]})
    wrong(
        "figure_falls",
        laid,
        {"level": lambda t: np.floor(t["level"] * 0.3), "happened": lambda t: t["sent"] + 1},
        delay=1,
    )
    wrong(
        "correction_incomplete",
        laid,
        {
            "level": lambda t: np.floor(t["level"] * 0.5),
            "resets": True,
            "reason": "录入有误",
            "corrects": lambda t: t["report_id"],
        },
        delay=1,
    )
    wrong("over_length", laid, {"level": lambda t: np.ceil(20.0 * planned.reindex(t["subject"]).to_numpy() + 10)})
    if len(pace.townships) > 1:
        other = pd.Series(np.roll(pace.townships, 1), pace.townships)
        wrong("another_unit", told, {"unit": lambda t: other.reindex(t["unit"]).to_numpy()})
    dark = told[(told["level"] < LAID) & (told["level"] > 0)]
    wrong(
        "not_lit",
        dark,
        {
            "kind": "close",
            "level": 6.0,
            "detail": '{"certificate":"销-0"}',
            "unit": lambda t: t["subject"].str[:4] + "00",
        },
        delay=1,
    )
    return pd.concat(parts, ignore_index=True)
