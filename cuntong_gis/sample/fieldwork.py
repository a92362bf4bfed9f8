"""What stands in the way of villages of a made-up campaign, and who came to see them."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cuntong_gis.sample.pace import APPROVED, LAID, NEVER, Pace
from cuntong_gis.sample.sheets import clerks, named, shares, table

CATEGORIES = ("青苗", "公路", "电力杆路", "物资", "林地", "资金")
OWNERS = ("乡镇政府", "县交通局", "县供电局", "广电网络分公司", "县林业局", "县财政局")
"""Who has to remove each."""
BLOCKED, LEFT = 0.18, 0.05
"""Share of villages where something is in the way; of these where nobody says that it is gone."""


def blockers(pace: Pace, start: np.datetime64, seed: int) -> pd.DataFrame:
    """Return what stands in the way, with owner and due date, and its end.

    Parameters
    ----------
    pace : Pace
        What really happens: a village waits before it is laid, or for ever.
    start : datetime64
        First day of the campaign.
    seed : int
        Source of chance.

    Returns
    -------
    DataFrame
        Columns of `sheets.COLUMNS`.
    """
    rng = np.random.default_rng([seed, 7])
    who = shares(rng, len(pace.village), BLOCKED)
    laid, begun = pace.stage_day[who, LAID], np.minimum(pace.stage_day[who, APPROVED], pace.stage_day[who, 1] + 20)
    room = np.minimum(laid, begun + 90) - begun
    opened = (begun + rng.uniform(0.05, 0.4, len(who)) * room).astype(np.int64)
    due = opened + rng.integers(7, 25, len(who))
    kind = rng.integers(len(CATEGORIES), size=len(who))
    village, town = pace.village[who], pace.townships[pace.township[who]]
    says = (
        '{"category":"'
        + np.array(CATEGORIES, object)[kind]
        + '","due":"'
        + (start + due).astype(str).astype(object)
        + '","owner":"'
        + np.array(OWNERS, object)[kind]
        + '"}'
    )
    ids = named("b", village, opened)
    begin = table(
        len(who),
        report_id=ids,
        sent=opened,
        happened=np.maximum(opened - rng.integers(0, 3, len(who)), 0),
        unit=town,
        kind="blocker",
        subject=village,
        detail=says,
        note=np.array(CATEGORIES, object)[kind] + "问题待协调",
    )
    gone = (rng.random(len(who)) >= LEFT) & (laid < NEVER)
    ended = (opened + np.maximum(1, rng.uniform(0.3, 0.95, len(who)) * (laid - opened))).astype(np.int64)[gone]
    end = table(
        len(ended),
        report_id=named("u", village[gone], ended),
        sent=ended,
        happened=ended,
        unit=town[gone],
        kind="unblock",
        subject=village[gone],
        corrects=ids[gone],
        note="已解决",
    )
    return pd.concat([begin, end], ignore_index=True)


def visits(pace: Pace, last: int, seed: int) -> pd.DataFrame:
    """Return officials' visits, and their signatures under the year's commitments.

    Parameters
    ----------
    pace : Pace
        Whose villages.
    last : int
        Last day on which anything is sent.
    seed : int
        Source of chance.

    Returns
    -------
    DataFrame
        Columns of `sheets.COLUMNS`.
    """
    rng = np.random.default_rng([seed, 8])
    officials = clerks(pace.counties, seed + 1)
    parts = []
    for number, share in enumerate((0.9, 0.5, 0.2)):
        who = shares(rng, len(pace.village), share)
        seen = rng.integers(5, max(6, last - 5), len(who))
        sent = seen + rng.integers(0, 5, len(who))
        county = pace.county[who]
        purpose = np.array(("现场督导", "进村走访", "质量检查"), object)[rng.integers(3, size=len(who))]
        says = '{"official":"' + officials[county] + '","purpose":"' + purpose + '"}'
        parts.append(
            table(
                len(who),
                report_id=named(f"v{number}", pace.village[who], sent),
                sent=sent,
                happened=seen,
                unit=pace.counties[county],
                kind="visit",
                subject=pace.village[who],
                detail=says,
            )
        )
    signed = rng.integers(3, 30, len(pace.village))
    parts.append(
        table(
            len(signed),
            report_id=named("g", pace.village, signed),
            sent=signed,
            happened=signed,
            unit=pace.townships[pace.township],
            kind="signature",
            subject=pace.village,
            detail='{"role":"乡镇长"}',
        )
    )
    return pd.concat(parts, ignore_index=True)
