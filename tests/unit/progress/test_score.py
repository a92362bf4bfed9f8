"""The score of the year, worked by hand: parts, traces, what is not scored, places."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction

import pandas as pd
import pytest
from supervised import unit, units, villages

from cuntong_gis import schema
from cuntong_gis.progress.supervision.checklist import CHECKLIST
from cuntong_gis.progress.supervision.score import parts_of, rounded, score_year
from cuntong_gis.settings import SupervisionSettings

ONE, TWO, THREE = "520521", "520522", "520523"
YEAR = {"first": dt.date(2016, 3, 1), "as_of": dt.date(2016, 12, 31)}
RULES = SupervisionSettings()
CODES = [f"{county}100{200 + n}" for county in (ONE, TWO, THREE) for n in range(4)]


def checks(*said: tuple[str, str, bool]) -> pd.DataFrame:
    """Return entries of checks by the province: village, day, passed."""
    word = {True: "true", False: "false"}
    return schema.conform(
        {
            "entry_id": [str(n) for n in range(len(said))], "kind": ["check"] * len(said),
            "subject": [code for code, _, _ in said], "happened_on": [day for _, day, _ in said],
            "reported_by": ["王五"] * len(said), "resets": [False] * len(said),
            "detail": [f'{{"findings":[],"level":"province","passed":{word[ok]}}}' for _, _, ok in said],
        },
        "entries",
    )  # fmt: skip


def register(**missing: str) -> pd.DataFrame:
    """Return closed villages, by code, and what is missing of each."""
    return pd.DataFrame(
        {
            "code": [c.removeprefix("v") for c in missing],
            "state": ["closed"] * len(missing),
            "missing": missing.values(),
        }
    )


def day(**stale: bool) -> pd.DataFrame:
    return units(*(unit(code.removeprefix("u"), 4, stale=is_stale) for code, is_stale in stale.items()))


def score(*rows: dict, level: str = "county", **more) -> pd.DataFrame:
    above = [unit("520000", 12), unit("520500", 12), *(unit(f"{c}100", 4) for c in (ONE, TWO, THREE))]
    known = {"looked_at": [], "register": register(), "entries": checks(), **YEAR, **more}
    return score_year(units(*above, *rows), villages(*CODES), RULES, level, **known)


def test_a_score_worked_by_hand():
    table = score(
        unit(ONE, 4, closed=3, target=4.0),
        looked_at=[day(u520521=False), day(u520521=False), day(u520521=True)],
        register=register(v520521100200="", v520521100201="", v520521100202="收光功率"),
        entries=checks((CODES[0], "2016-07-01", True), (CODES[1], "2016-07-01", False)),
    )
    row = table.iloc[0]
    assert row[["completion", "quality", "reporting", "archive"]].tolist() == [45.0, 10.0, 6.67, 6.67]
    assert (row["total"], row["out_of"], row["of_hundred"]) == (68.34, 100.0, 68.34)
    assert row["rule"] == (
        "完成 3 / 4 = 75.0 % × 60 = 45.00；质量 1 / 2 = 50.0 % × 20 = 10.00；上报 2 / 3 = 66.7 % × 10 = 6.67；"
        "档案 2 / 3 = 66.7 % × 10 = 6.67；合计 68.34 / 100"
    )


def test_what_cannot_be_scored_is_left_out_of_both():
    row = score(unit(ONE, 4, closed=0, target=4.0), looked_at=[day(u520521=False)]).iloc[0]
    assert (row["completion"], row["reporting"], row["total"], row["out_of"]) == (0.0, 10.0, 10.0, 70.0)
    assert row[["quality", "archive"]].isna().all()
    assert row["of_hundred"] == 14.29
    assert row["rule"] == (
        "完成 0 / 4 = 0.0 % × 60 = 0.00；质量：未抽查，不评；上报 1 / 1 = 100.0 % × 10 = 10.00；"
        "档案：没有已销号村，不评；合计 10.00 / 70，折百分 14.29"
    )


def test_more_than_due_is_full_points_and_is_told_unclipped():
    row = score(unit(ONE, 4, closed=4, target=3.7)).iloc[0]
    assert row["completion"] == 60.0
    assert row["rule"].startswith("完成 4 / 3.7 = 108.1 %，按满分 60.00")


def test_ties_are_told_and_the_worst_comes_first():
    rows = [
        unit(ONE, 4, closed=2, target=4.0),
        unit(TWO, 8, closed=4, target=8.0),
        unit(THREE, 4, closed=1, target=4.0),
    ]
    table = score(*rows, unit("GA", 4, closed=0, target=4.0), unit("520524", 0), unit("520525", 4, target=0.0))
    assert table["code"].tolist() == [THREE, ONE, TWO, "GA", "520524", "520525"]
    assert table["place"].tolist()[:3] == [1, 2, 2]
    assert table["tied"].tolist()[:3] == [1, 2, 2]
    assert table["place_from_top"].tolist()[:3] == [3, 1, 1]
    assert table["listed"].tolist()[3:] == ["overlay", "no_villages", "not_scored"]
    assert table["place"].isna().tolist() == [False] * 3 + [True] * 3
    assert table["rule"].iloc[5].endswith("无可评项")


def test_the_first_inspection_of_the_year_counts():
    said = checks(
        (CODES[0], "2016-08-01", True), (CODES[0], "2016-07-01", False), (CODES[1], "2016-02-01", False),
        (CODES[1], "2016-09-01", True), (CODES[4], "2016-09-01", True), (CODES[5], "2017-01-01", False),
    )  # fmt: skip
    table = score(unit(ONE, 4, target=4.0), unit(TWO, 4, target=4.0), entries=said).set_index("code")
    assert table[["passed", "inspected"]].to_numpy().tolist() == [[1, 2], [1, 1]]


def test_levels_above_and_overlays_count_their_villages():
    table = score(
        *(unit(c, 4) for c in (ONE, TWO, THREE)), unit("GA", 2, target=2.0, level="prefecture"), level="prefecture",
        entries=checks((CODES[0], "2016-07-01", True), (CODES[4], "2016-07-01", False)),
        above={CODES[4]: frozenset({"GA"}), CODES[5]: frozenset({"GA"})},
    ).set_index("code")  # fmt: skip
    assert table.loc["520500", ["passed", "inspected"]].tolist() == [1, 2]
    assert table.loc["GA", ["passed", "inspected"]].tolist() == [0, 1]


def test_days_are_counted_only_when_the_unit_was_there():
    looked_at = [day(u520599=False, u520522=True), day(u520521=True, u520522=False)]
    rows = [unit(ONE, 4, target=4.0), unit(TWO, 4, target=4.0)]
    table = score(*rows, looked_at=looked_at, became={"520599": ONE}).set_index("code")
    assert table[["on_time", "looked_at"]].to_numpy().tolist() == [[1, 2], [1, 2]]
    table = score(*rows, looked_at=looked_at).set_index("code")
    assert table.loc[ONE, ["on_time", "looked_at"]].tolist() == [0, 1]


@pytest.mark.parametrize(
    ("value", "text"), [("1/8", "0.13"), ("1/200", "0.01"), ("1/201", "0.00"), ("200/3", "66.67"), ("60", "60.00")]
)
def test_points_are_rounded_half_up(value, text):
    assert str(rounded(Fraction(value))) == text


def test_other_points():
    rules = SupervisionSettings(score_completion=55.5)
    known = dict.fromkeys(("passed", "inspected", "on_time", "looked_at", "complete", "archived"), 0)
    assert str(parts_of({"closed": 1, "target": 3.0, **known}, rules)["completion"].points) == "18.50"
    assert len(CHECKLIST) == 8
