"""Inspections: the draw that anybody can recompute and nobody can repeat, the checklist, the results."""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
from pathlib import Path

import numpy as np
import pytest
from ledgers import START, A, B, C, Clock, facts, stage
from ledgers import settings as campaign
from supervised import unit, units, units_of, villages

from cuntong_gis.errors import LedgerError
from cuntong_gis.progress import Ledger, open_ledger
from cuntong_gis.progress.supervision.checklist import CHECKLIST, inspected, province_checks, result_report
from cuntong_gis.progress.supervision.inspection import (
    draw_inspection,
    draw_report,
    recorded_draw,
    sample_size,
    seats_of,
    seed_of,
)
from cuntong_gis.settings import SupervisionSettings

SETTINGS = campaign()
DAY = dt.date(2016, 6, 30)
YES = dict.fromkeys(CHECKLIST, True)


def codes(county: str, *townships: int) -> list[str]:
    """Return villages of a county, so many in each township."""
    return [f"{county}{100 + t}{200 + n}" for t, count in enumerate(townships) for n in range(count)]


def draw(all_codes: list[str], seed: str = "7", **more):
    known = {"period": "2016-H1", "seed": seed, "as_of": DAY, **more}
    return draw_inspection(villages(*all_codes), units_of(*all_codes), SETTINGS, **known)


@pytest.mark.parametrize(
    ("scope", "size"), [(0, 0), (3, 3), (4, 4), (5, 4), (133, 4), (134, 5), (200, 6), (700, 21), (701, 22)]
)
def test_at_least_four_and_at_least_three_per_cent(scope, size):
    assert sample_size(scope, SupervisionSettings()) == size


def test_a_share_is_not_raised_by_the_error_of_its_binary_form():
    assert sample_size(100, SupervisionSettings(sample_share=0.07)) == 7  # 0.07 * 100 > 7 in floats


@pytest.mark.parametrize(
    ("sizes", "wanted", "seats"),
    [
        ([5, 5, 5], 2, [1, 1, 0]),
        ([5, 5, 5], 3, [1, 1, 1]),
        ([1, 9], 4, [1, 3]),
        ([11, 11, 1], 6, [3, 2, 1]),  # one each, 3 more over 10 : 10 : 0; the halves go to the first
        ([30, 20, 10], 12, [6, 4, 2]),  # one each, 9 more over 29 : 19 : 9 = 4.58, 3.00, 1.42
        ([2, 2], 4, [2, 2]),
    ],
)
def test_seats_of_townships_by_largest_remainder(sizes, wanted, seats):
    assert seats_of(np.array(sizes), wanted).tolist() == seats


def test_the_lots_can_be_recomputed_by_hand():
    all_codes = codes("520527", 3, 3, 3)
    table = draw(all_codes).table
    lots = {c: hashlib.sha256(f"村村通工程|2016-H1|7|{c}".encode()).hexdigest() for c in all_codes}
    assert table["lot"].tolist() == [lots[c] for c in table["code"]]
    assert min(lots, key=lots.__getitem__) == table["code"].iloc[0]
    firsts = [min((c for c in all_codes if c[:9] == t), key=lots.__getitem__) for t in {c[:9] for c in all_codes}]
    assert set(firsts) < set(table["code"])
    assert table["number"].tolist() == [1, 2, 3, 4]


def test_every_county_and_only_what_is_in_scope():
    table = villages(*codes("520527", 6, 6), *codes("520521", 2), *codes("520523", 5))
    table.loc[table["code"].str.startswith("520523"), "stage"] = "laid"
    done = draw_inspection(table, units_of(*table["code"]), SETTINGS, period="2016-H1", seed="1", as_of=DAY)
    assert done.table.groupby("county").size().to_dict() == {"520521": 2, "520527": 4}
    assert done.table["county_scope"].unique().tolist() == [2, 12]
    assert [(f.row, "不在检查范围内" in f.message.zh) for f in done.findings] == [("520521", False), ("520523", True)]
    assert done.table["county_name"].iloc[0] == "单位520521"


def test_a_township_that_belongs_to_another_county_is_drawn_there():
    all_codes = codes("520527", 5)
    above = units(unit("520521", 5), unit("520527100", 5, parent="520521"), unit("GA", 5))
    done = draw_inspection(villages(*all_codes), above, SETTINGS, period="2016-H1", seed="1", as_of=DAY)
    assert set(done.table["county"]) == {"520521"}


def test_nothing_in_scope_is_an_empty_draw():
    done = draw(codes("520527", 5), scope=("closed",))
    assert done.table.empty
    assert [f.code for f in done.findings] == ["inspection_short"]


@pytest.fixture
def ledger(tmp_path: Path):
    clock = Clock()
    clock.to("2016-07-10")
    with open_ledger(f"sqlite:///{tmp_path / 'ledger.sqlite'}", facts(), SETTINGS, now=clock) as opened:
        yield opened


def test_a_draw_is_recorded_and_cannot_be_redrawn(ledger: Ledger):
    all_codes = codes("520527", 6, 6)
    first, other = draw(all_codes, seed="7"), draw(all_codes, seed="8")
    assert first.table["code"].tolist() != other.table["code"].tolist()
    who = {"unit": "520000", "by": "王五", "on": dt.date(2016, 7, 1)}
    assert ledger.post([draw_report(first, **who)]).taken
    assert ledger.post([draw_report(first, **who)]).outcomes[0].word == "same"
    refused = ledger.post([draw_report(other, **who)])
    assert not refused.taken
    assert refused.outcomes[0].judgement.refusal.code == "id_conflict"
    later = villages(*all_codes, stage="closed")
    found = recorded_draw(
        ledger.entries(), later, units_of(*all_codes), SETTINGS, period="2016-H1", unit="520000"
    )  # fmt: skip
    assert found.table.drop(columns="stage").equals(first.table.drop(columns="stage"))
    assert (found.seed, found.scope, found.as_of) == ("7", ("lit", "closed"), DAY)
    nothing = recorded_draw(ledger.entries(), later, units_of(*all_codes), SETTINGS, period="2016-H2", unit="520000")
    assert nothing is None


def test_the_seed_that_nobody_chose(ledger: Ledger):
    with pytest.raises(LedgerError, match="not closed"):
        seed_of(ledger.entries(), "2016-06")
    ledger.freeze("2016-06", DAY, lambda _: b"figures", "王五", "520000")
    entries = ledger.entries()
    assert seed_of(entries, "2016-06") == entries.loc[entries["kind"] == "freeze", "hash"].item()


def test_results_come_back_as_checks_by_the_province(ledger: Ledger):
    assert ledger.post([stage(c, 5, "2016-05-01") for c in (A, B, C)]).taken
    done = draw([A, B, C])
    who = {"unit": "520000", "by": "王五", "on": dt.date(2016, 7, 5)}
    bad = result_report(B, "2016-H1", {**YES, "power": False, "safety": False}, findings=["杆倾斜"], **who)
    assert ledger.post([result_report(A, "2016-H1", YES, **who), bad]).taken
    table = inspected(done, ledger.entries()).set_index("code")
    assert table["result"].to_dict() == {A: "passed", B: "failed", C: ""}
    assert table.loc[B, "findings"] == "收光功率不合格；安全距离不足或有隐患；杆倾斜"
    assert table.loc[B, ["lit", "power", "safety", "inspected_by"]].tolist() == ["yes", "no", "no", "王五"]
    again = result_report(B, "2016-H1", YES, **{**who, "on": dt.date(2016, 7, 9)})
    assert ledger.post([again]).taken
    assert inspected(done, ledger.entries()).set_index("code")["result"][B] == "passed"
    assert len(province_checks(ledger.entries())) == 3
    other = dataclasses.replace(done, period="2016-H2")
    assert set(inspected(other, ledger.entries())["result"]) == {""}


def test_a_checklist_with_a_gap_is_no_result():
    who = {"unit": "520000", "by": "王五", "on": DAY}
    with pytest.raises(LedgerError, match="lacks power"):
        result_report(A, "2016-H1", {i: True for i in CHECKLIST if i != "power"}, **who)
    with pytest.raises(LedgerError, match="has no colour"):
        result_report(A, "2016-H1", {**YES, "colour": True}, **who)


def test_checks_of_the_county_are_no_inspection(ledger: Ledger):
    report = result_report(A, "2016-H1", YES, unit="520527", by="王五", on=START)
    county = dataclasses.replace(report, detail={**report.detail, "level": "county"})
    assert ledger.post([stage(A, 5, "2016-03-01"), county]).taken
    assert province_checks(ledger.entries()).empty
