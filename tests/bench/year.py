"""A year of a province's ledger, as arrays: 11,097 villages, 1,300 townships, half a million entries and more."""

from __future__ import annotations

import numpy as np
import pandas as pd
import shapely
from plans import plan_of

from cuntong_gis import schema
from cuntong_gis.model import Plan

FIRST, DAYS = np.datetime64("2016-03-01", "D"), 306


def counties() -> list[str]:
    """Return 88 county codes in 9 prefectures."""
    sizes = {"520100": 10, "520200": 4, "520300": 14, "520400": 6, "520500": 8, "520600": 10, "522300": 8,
             "522600": 16, "522700": 12}  # fmt: skip
    return [f"{int(code) + 20 + n:06d}" for code, size in sizes.items() for n in range(1, size + 1)]


def a_province(villages: int = 11_097, townships: int = 1_300, seed: int = 1) -> Plan:
    """Return a plan: in each township a tree of spans in which a village hangs on an earlier one or on the source."""
    rng = np.random.default_rng(seed)
    of_county = np.sort(np.r_[np.arange(88), rng.integers(0, 88, townships - 88)])
    number = np.arange(townships) - np.searchsorted(of_county, of_county)
    town = np.array([f"{counties()[c]}{100 + n:03d}" for c, n in zip(of_county, number, strict=True)], object)
    of_town = np.sort(np.r_[np.arange(townships), rng.integers(0, townships, villages - townships)])
    place = np.arange(villages) - np.searchsorted(of_town, of_town)
    codes = [f"{town[t]}{200 + n:03d}" for t, n in zip(of_town, place, strict=True)]
    up = np.where(place > 0, np.arange(villages) - 1 - (rng.random(villages) * np.minimum(place, 3)).astype(int), -1)
    courses: list[str] = []
    for n, before in enumerate(up.tolist()):
        courses.append(f"S{codes[n]}" + (f" {courses[before]}" if before >= 0 else ""))
    length = rng.gamma(3, 900, villages)
    return plan_of(
        {
            "code": codes, "name": [f"村{n}" for n in range(villages)], "township": [f"乡{t}" for t in of_town],
            "county": [f"县{of_county[t]}" for t in of_town], "geometry": shapely.points(np.zeros((villages, 2))),
            "due_date": FIRST + rng.integers(200, DAYS, villages),
        },
        {
            "span_id": [f"S{c}" for c in codes], "to_site": codes,
            "from_site": [codes[b] if b >= 0 else "source" for b in up.tolist()], "deployment": ["aerial_new"] * villages,
            "length_m": length, "cost_cny": np.round(length * 35, 2), "geometry": shapely.linestrings(np.zeros((villages, 2, 2))),
        },
        dict(zip(codes, courses, strict=True)), "R001",
    )  # fmt: skip


def a_year(plan: Plan, count: int = 500_000, seed: int = 2) -> pd.DataFrame:
    """Return a ledger of that many entries: a tenth stages, the rest metres, percents, visits, blockers, receipts."""
    rng = np.random.default_rng(seed)
    kinds = np.array(["stage", "metres", "percent", "visit", "blocker", "unblock", "receipt", "check", "close"], object)
    kind = kinds[rng.choice(9, count, p=[0.15, 0.37, 0.3, 0.05, 0.02, 0.01, 0.05, 0.03, 0.02])]
    village = rng.integers(0, len(plan.villages), count)
    codes = plan.villages["code"].to_numpy(object)
    day = rng.integers(0, DAYS, count)
    speed = rng.uniform(0.6, 1.4, len(plan.villages))
    done = np.minimum(day / DAYS * speed[village], 1.0)
    level = np.select(
        [kind == "stage", kind == "metres", kind == "percent", kind == "close"],
        [
            np.minimum(np.floor(done * 7), 5),
            done * plan.spans["length_m"].to_numpy()[village],
            np.round(done * 100),
            6.0,
        ],
        np.nan,
    )
    measure = pd.Series(kind).map({"stage": "stage", "metres": "laid_m", "percent": "percent", "close": "stage"})
    late = rng.random(count) < 0.01
    seconds = rng.integers(0, 86_400 * 10**6, count)
    reported = (FIRST + day + 1 + 20 * late).astype("datetime64[us]") + seconds
    subject = np.where(kind == "metres", plan.spans["span_id"].to_numpy(object)[village], codes[village])
    subject = np.where(kind == "receipt", np.array([c[:9] for c in codes], object)[village], subject)
    ids = np.array([f"{n:032x}" for n in range(count)], object)
    blockers = np.flatnonzero(kind == "blocker")
    corrects = np.where(kind == "unblock", ids[rng.choice(blockers, count)], "")
    detail = pd.Series(kind).map({
        "blocker": '{"category":"青苗","due":"2016-08-01","owner":"某人"}', "check": '{"level":"county","passed":true}',
        "close": '{"certificate":"证001"}', "receipt": '{"file":"日报.xlsx","rows":12}',
    }).fillna("")  # fmt: skip
    conflicts = np.where(rng.random(count) < 0.002, ids[rng.integers(0, count, count)], "")
    order = np.argsort(reported, kind="stable")
    table = pd.DataFrame({
        "entry_id": ids, "chain": [s[:6] for s in codes[village]], "kind": kind, "subject": subject,
        "unit": [s[:9] for s in codes[village]], "measure": measure.fillna(""), "level": level,
        "resets": (kind == "stage") & (rng.random(count) < 0.02), "happened_on": FIRST + day,
        "counts_on": FIRST + day + np.where(late, 20, 0), "reported_at": np.datetime_as_string(reported, unit="us") + "+00:00",
        "reported_by": "报送人", "corrects": corrects, "conflicts_with": conflicts, "revision": "R001", "detail": detail,
        "hash": [f"{n:064x}" for n in range(count)],
    }).iloc[order]  # fmt: skip
    table["number"] = table.groupby("chain").cumcount() + 1
    table["reported_at"] = table["reported_at"].astype(object)
    return schema.conform(table.reset_index(drop=True), "entries")
