"""How villages of a made-up campaign are signed off: evidence, two checks, the closing, and some reopenings."""

from __future__ import annotations

import hashlib

import numpy as np
import pandas as pd

from cuntong_gis.sample.pace import LAID, LIT, Pace
from cuntong_gis.sample.sheets import Sheets, clerks, named, shares, table
from cuntong_gis.sample.terrain import Ints

ITEMS = ("power", "otdr", "photo_room", "photo_closure", "committee", "supervisor")
"""What is shown for a village that is lit; a file each but for the power."""
SIGNED = ("committee", "supervisor")
REFUSED, SAMPLED, FAILED = 0.06, 0.05, 0.25
"""Share of first checks that find something; of closed villages that the province looks at; of these that fail."""
FINDINGS = ("余长未盘留", "接头盒未固定", "机房无接地", "标识牌缺失", "收光功率偏低")


def signed_off(pace: Pace, sheets: Sheets, start: np.datetime64, last: int, seed: int) -> tuple[pd.DataFrame, Ints]:
    """Return the rows of sign-offs, and when each village is closed.

    Parameters
    ----------
    pace : Pace
        What really happens.
    sheets : Sheets
        When stages are told; a village is closed only after it was told to be lit.
    start : datetime64
        First day of the campaign.
    last : int
        Last day on which anything is sent.
    seed : int
        Source of chance.

    Returns
    -------
    rows : DataFrame
        Columns of `sheets.COLUMNS`.
    closed : ndarray of int64, shape (n,)
        Day of the first closing; beyond `last` if there is none.
    """
    rng = np.random.default_rng([seed, 6])
    n = len(pace.village)
    told = np.where(sheets.week[:, LIT] < sheets.weeks, sheets.day(pace.township, sheets.week[:, LIT]), last + 1)
    shown = told + rng.integers(4, 25, n)  # whatever was typed wrong of it is put right by then
    checked = shown + rng.integers(1, 12, n)
    closed = checked + rng.integers(2, 15, n)
    who = np.flatnonzero(closed <= last)
    rows = [_evidence(pace, who, shown[who], "e", rng)]
    bad = who[shares(rng, len(who), REFUSED)]
    findings = np.array(FINDINGS, object)[rng.integers(len(FINDINGS), size=len(bad))]
    rows += [
        _check(pace, bad, shown[bad], "county", findings),
        _check(pace, who, checked[who], "county"),
        _check(pace, who, closed[who], "prefecture"),
        _close(pace, who, closed[who], "x"),
        *_inspected(pace, who[closed[who] <= last - 40], closed, rng),
    ]
    return _numbered(pd.concat(rows, ignore_index=True), start), closed


def _evidence(pace: Pace, who: Ints, day: Ints, tag: str, rng: np.random.Generator) -> pd.DataFrame:
    """Return what is shown for villages; the files' hashes are those of no file."""
    village, town, parts = pace.village[who], pace.townships[pace.township[who]], []
    power = (-np.round(rng.uniform(14, 26.5, len(who)), 1)).astype(str).astype(object)
    for item in ITEMS:
        file = np.array([hashlib.sha256(f"{tag} {item} {code}".encode()).hexdigest() for code in village], object)
        more = np.full(len(who), ',"direction":"both"' if item == "otdr" else "", object)
        if item in SIGNED:
            more = ',"name":"' + clerks(village, int(rng.integers(1000))) + '"'
        elif item == "power":
            more = ',"value":' + power
        parts.append(
            table(
                len(who),
                report_id=named(f"{tag}-{item}", village, day),
                sent=day,
                happened=day,
                unit=town,
                kind="signature" if item in SIGNED else "evidence",
                subject=village,
                evidence="" if item == "power" else file,
                detail=f'{{"item":"{item}"' + more + "}",
            )
        )
    return pd.concat(parts, ignore_index=True)


def _check(pace: Pace, who: Ints, day: Ints, level: str, findings: np.ndarray | None = None) -> pd.DataFrame:
    """Return checks of one level: passed, or with what was found."""
    village, county = pace.village[who], pace.counties[pace.county[who]]
    unit = {"county": county, "prefecture": _cut(county, 4), "province": _cut(county, 2)}[level]
    found = '[],"level":"' if findings is None else '["' + findings + '"],"level":"'
    passed = "true" if findings is None else "false"
    tag = f"k-{level}" + ("" if findings is None else "-no")
    return table(
        len(who),
        report_id=named(tag, village, day),
        sent=day,
        happened=day,
        unit=unit,
        kind="check",
        subject=village,
        detail='{"findings":' + found + f'{level}","passed":{passed}}}',
    )


def _close(pace: Pace, who: Ints, day: Ints, tag: str) -> pd.DataFrame:
    """Return closings by the prefecture on its check of that day; their certificates are numbered by `_numbered`."""
    village = pace.village[who]
    return table(
        len(who),
        report_id=named(tag, village, day),
        sent=day,
        happened=day,
        unit=_cut(pace.counties[pace.county[who]], 4),
        kind="close",
        subject=village,
        measure="stage",
        level=6.0,
        detail='{"check":"' + named("k-prefecture", village, day) + '","certificate":"',
    )


def _inspected(pace: Pace, who: Ints, closed: Ints, rng: np.random.Generator) -> list[pd.DataFrame]:
    """Return the province's sample: most pass; the others are reopened, put right and closed again."""
    who = who[shares(rng, len(who), SAMPLED)]
    day = closed[who] + rng.integers(8, 20, len(who))
    failed = np.zeros(len(who), bool)
    failed[shares(rng, len(who), FAILED, least=1)] = True
    bad, when = who[failed], day[failed]
    findings = np.array(FINDINGS, object)[rng.integers(len(FINDINGS), size=len(bad))]
    village, dark = pace.village[bad], rng.random(len(bad)) < 0.3
    reopened = table(
        len(bad),
        report_id=named("o", village, when),
        sent=when,
        happened=when,
        unit=_cut(pace.counties[pace.county[bad]], 2),
        kind="reopen",
        subject=village,
        measure="stage",
        level=np.where(dark, LAID, LIT).astype(float),
        resets=True,
        reason="省级抽查不合格:" + findings,
        approver="省级抽查组",
    )
    lit = when[dark] + rng.integers(2, 6, dark.sum())
    mended = table(
        len(lit),
        report_id=named("s5-again", village[dark], lit),
        sent=lit,
        happened=lit,
        unit=pace.townships[pace.township[bad[dark]]],
        kind="stage",
        subject=village[dark],
        measure="stage",
        level=float(LIT),
    )
    checked = when + rng.integers(7, 12, len(bad))
    shut = checked + rng.integers(1, 8, len(bad))
    return [
        _check(pace, who[~failed], day[~failed], "province"),
        _check(pace, bad, when, "province", findings),
        reopened,
        mended,
        _evidence(pace, bad, when + 6, "e-again", rng),
        _check(pace, bad, checked, "county"),
        _check(pace, bad, shut, "prefecture"),
        _close(pace, bad, shut, "x-again"),
    ]


def _numbered(rows: pd.DataFrame, start: np.datetime64) -> pd.DataFrame:
    """Give closings their certificates: county, year, and a number that counts on within both."""
    closings = rows[rows["kind"] == "close"].sort_values("sent", kind="stable")
    year = (start + closings["sent"].to_numpy(np.int64)).astype("datetime64[Y]").astype(str).astype(object)
    row = closings["subject"].str[:6] + "-" + year + "-"
    serial = (closings.groupby(row).cumcount() + 1).astype(str).str.zfill(4)
    rows.loc[closings.index, "detail"] = closings["detail"] + row + serial + '"}'
    return rows


def _cut(county: np.ndarray, digits: int) -> np.ndarray:
    """Return the codes of the prefectures (4 digits) or provinces (2) of counties."""
    return np.array([c[:digits] + "0" * (6 - digits) for c in county], object)
