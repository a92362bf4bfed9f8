"""The sign-off register 销号台账: one row a village, as of any day.

The same rules as in `standing`, over whole columns; a test holds the two together village by village.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from cuntong_gis import schema
from cuntong_gis.model import Stage
from cuntong_gis.progress.entries import Kind, Measure
from cuntong_gis.progress.signoff.standing import (
    ITEMS,
    LEVELS,
    WITHDRAWABLE,
    otdr_lack,
    power_fits,
    power_lack,
    ways_of,
)
from cuntong_gis.settings import EvidenceSettings
from cuntong_gis.words import Words

if TYPE_CHECKING:
    import pandas as pd

    from cuntong_gis.model import Plan

NOTHING = Words("", "")
PHOTOS = [item for item in ITEMS if item.startswith("photo_")]


def sign_off_register(
    entries: pd.DataFrame, plan: Plan, rules: EvidenceSettings, as_of: dt.date | None = None
) -> pd.DataFrame:
    """Return the sign-off register of a plan's villages.

    Parameters
    ----------
    entries : DataFrame
        Schema ``entries``, in any order.
    plan : Plan
        The issued plan: every village of it has a row.
    rules : EvidenceSettings
        What is required.
    as_of : date, optional
        Only what counts by that day; default: everything.

    Returns
    -------
    DataFrame
        Schema ``signoff``, in the order of the codes, numbered anew in each county.
    """
    import pandas as pd

    told = _told(entries, plan, as_of)
    villages = plan.villages.sort_values("code", kind="stable").set_index("code")
    rank, lit_on, closed_on = _stages(told)
    recent, reopened = _since_reopened(told, (Kind.CHECK, Kind.CLOSE))
    shown, checks = _shown(told), _checks(recent)
    table = pd.DataFrame(
        {
            "code": villages.index,
            "number": villages.groupby(villages.index.str[:6]).cumcount().to_numpy() + 1,
            **{name: villages[name].to_numpy() for name in ("county", "township", "name")},
        },
        index=villages.index,
    )
    table["lit_on"], table["closed_on"] = lit_on, closed_on
    table = table.join(_evidence(shown)).join(checks).join(_certificates(recent))
    closed = rank.reindex(table.index).eq(Stage.CLOSED.rank)
    table["certificate"] = table["certificate"].where(closed)
    state = np.select(
        [closed, table["county_on"].notna(), table.index.isin(reopened)], ["closed", "checked", "reopened"], "open"
    )
    table["state"] = state
    table["missing"], table["missing_en"] = _missing(table, shown, rules)
    done: pd.DataFrame = schema.conform(table.reset_index(drop=True), "signoff")
    return done


def evidence_shown(entries: pd.DataFrame, plan: Plan, as_of: dt.date) -> np.ndarray:
    """Return how many pieces of evidence are shown for each village since it was last reopened.

    Parameters
    ----------
    entries : DataFrame
        Schema ``entries``, in any order.
    plan : Plan
        Its villages.
    as_of : date
        Only what counts by that day.

    Returns
    -------
    ndarray of int64, shape (n,)
        In the order of the plan.
    """
    shown = _shown(_told(entries, plan, as_of))
    found: np.ndarray = plan.villages["code"].map(shown["subject"].value_counts()).fillna(0).to_numpy(np.int64)
    return found


def _told(entries: pd.DataFrame, plan: Plan, as_of: dt.date | None) -> pd.DataFrame:
    """Return what counts of the villages by a day, in the order in which it counts."""
    import pandas as pd

    counts = entries["conflicts_with"] == ""
    if as_of is not None:
        counts &= entries["counts_on"] <= pd.Timestamp(as_of)
    told = entries[counts & entries["subject"].isin(plan.villages["code"])]
    return told.sort_values(["counts_on", "reported_at", "chain", "number"], ignore_index=True)


def _stages(told: pd.DataFrame) -> tuple[pd.Series, pd.Series, pd.Series]:
    """Return rank, day of lighting and day of closing by village: the last reset, then the maximum."""
    said = told[(told["measure"] == Measure.STAGE) & told["level"].notna()]
    said = said.sort_values(["subject", "counts_on"], kind="stable").reset_index(drop=True)
    level = said.groupby(["subject", said["resets"].astype(int).cumsum()])["level"].cummax()
    rank = level.groupby(said["subject"]).last()
    return rank, _stayed_from(said, level >= Stage.LIT.rank), _stayed_from(said, level >= Stage.CLOSED.rank)


def _stayed_from(said: pd.DataFrame, there: pd.Series) -> pd.Series:
    """Return the day of the first row of each village after which the figure has stayed where it is wanted."""
    place = said.index.to_series()
    last_below = place.where(~there).groupby(said["subject"]).transform("max").fillna(-1)
    stayed = said[place > last_below]
    days: pd.Series = stayed.groupby("subject")["counts_on"].first()
    return days


def _since_reopened(told: pd.DataFrame, kinds: Collection[Kind]) -> tuple[pd.DataFrame, pd.Index]:
    """Return the entries of some kinds after the last reopening of their village, and the villages reopened."""
    place = told.index.to_series()
    again = place[told["kind"] == Kind.REOPEN].groupby(told["subject"]).max()
    wanted = told["kind"].isin([str(k) for k in kinds])
    recent = told[wanted & (place > told["subject"].map(again).fillna(-1))].copy()
    taken_back = told.loc[told["kind"].isin([str(k) for k in WITHDRAWABLE]) & (told["corrects"] != ""), "corrects"]
    recent = recent[~recent["entry_id"].isin(taken_back) & (recent["corrects"] == "")]
    recent["said"] = [json.loads(text) if text else {} for text in recent["detail"]]
    return recent, again.index


def _of(said: pd.Series, key: str) -> list[Any]:
    return [detail.get(key) for detail in said]


def _shown(told: pd.DataFrame) -> pd.DataFrame:
    """Return the evidence and signatures in force, in the order in which the ledger took them."""
    taken = told.sort_values(["reported_at", "chain", "number"], ignore_index=True)
    shown, _ = _since_reopened(taken, WITHDRAWABLE)
    shown["item"] = [
        item or role or "" for item, role in zip(_of(shown["said"], "item"), _of(shown["said"], "role"), strict=True)
    ]
    return shown[shown["item"].isin(list(ITEMS))]


def _evidence(shown: pd.DataFrame) -> pd.DataFrame:
    import pandas as pd

    power = shown[shown["item"] == "power"]
    dbm = pd.Series(_of(power["said"], "value"), index=power["subject"], dtype=object)
    otdr = shown[shown["item"] == "otdr"]
    sound = ["wavelength" not in (doubts or ()) for doubts in _of(otdr["said"], "doubts")]
    ways = [ways_of(detail) for detail in otdr["said"]]
    out, back = (
        set(otdr["subject"][[fine and way in seen for fine, seen in zip(sound, ways, strict=True)]])
        for way in ("out", "back")
    )  # fmt: skip
    doubted = pd.Series([bool(d) for d in _of(shown["said"], "doubts")], index=shown.index, dtype=bool)
    found = pd.DataFrame(index=pd.Index(sorted(set(shown["subject"])), dtype=object, name="code"))
    found["power_dbm"] = pd.to_numeric(dbm.groupby(level=0).last(), errors="coerce")
    names = {(True, True): "both", (True, False): "out", (False, True): "back"}
    found["otdr"] = [names.get((code in out, code in back), "") for code in found.index]
    found["photos"] = shown["subject"][shown["item"].isin(PHOTOS)].value_counts()
    found["doubts"] = shown["subject"][doubted].value_counts()
    return found


def _checks(recent: pd.DataFrame) -> pd.DataFrame:
    import pandas as pd

    checks = recent[recent["kind"] == Kind.CHECK].copy()
    checks["level"], checks["passed"] = _of(checks["said"], "level"), _of(checks["said"], "passed")
    last = checks.groupby(["subject", "level"], sort=True).tail(1).set_index("subject")
    columns: dict[str, pd.Series] = {}
    for level in LEVELS:
        of_level = last[last["level"] == level]
        passed = of_level if level == "province" else of_level[of_level["passed"].astype(bool)]
        columns[f"{level}_on"], columns[f"{level}_by"] = passed["happened_on"], passed["reported_by"]
        if level == "province":
            columns[level] = of_level["passed"].map({True: "passed", False: "failed"})
    return pd.DataFrame(columns, index=pd.Index(sorted(set(last.index)), dtype=object))


def _certificates(recent: pd.DataFrame) -> pd.Series:
    import pandas as pd

    closes = recent[recent["kind"] == Kind.CLOSE]
    numbers = pd.Series(_of(closes["said"], "certificate"), index=closes["subject"], dtype=object)
    return numbers.groupby(level=0).last().rename("certificate")


def _missing(table: pd.DataFrame, shown: pd.DataFrame, rules: EvidenceSettings) -> tuple[Any, Any]:
    """Return the texts of what is missing, in Chinese and in English: item by item over all villages."""
    zh, en = (np.full(len(table), "", object) for _ in range(2))
    pairs = set(zip(shown["subject"], shown["item"], strict=True))
    for item in rules.required:
        lacks = _lacks(item, table, {code for code, of in pairs if of == item}, rules)
        for texts, told, joint in ((zh, "zh", "、"), (en, "en", ", ")):
            part = np.array([getattr(words, told) for words in lacks], object)
            texts += np.where((texts != "") & (part != ""), joint, "").astype(object) + part
    return zh, en


def _lacks(item: str, table: pd.DataFrame, there: set[str], rules: EvidenceSettings) -> list[Words]:
    if item == "lit_date":
        fine = table["lit_on"].notna().to_numpy()
    elif item == "power":
        return [_power(dbm, rules) for dbm in table["power_dbm"]]
    elif item == "otdr":
        texts: Mapping[Any, Words] = {
            "both": NOTHING, "out": otdr_lack(True, False) or NOTHING, "back": otdr_lack(False, True) or NOTHING
        }  # fmt: skip
        return [texts.get(way, ITEMS[item].name) for way in table["otdr"]]
    else:
        fine = table.index.isin(there)
    return [NOTHING if good else ITEMS[item].name for good in fine]


def _power(dbm: float, rules: EvidenceSettings) -> Words:
    if dbm != dbm:
        return ITEMS["power"].name
    return NOTHING if power_fits(dbm, rules) else power_lack(dbm, rules)
