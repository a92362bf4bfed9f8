"""A made-up year of reports: plausible, the same every time, and a ledger takes and refuses what it should."""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter

import numpy as np
import pandas as pd
import pytest
from campaigns import World, county, live
from pandas.testing import assert_frame_equal

from cuntong_gis.progress import open_ledger
from cuntong_gis.progress.chain import verify_ledger
from cuntong_gis.progress.signoff.standing import missing_items, standing
from cuntong_gis.sample import make_campaign
from cuntong_gis.sample.pace import LAID, make_pace

START, DEADLINE = dt.date(2016, 3, 1), dt.date(2016, 12, 31)


@pytest.fixture(scope="module")
def world() -> World:
    return county()


def remade(world: World, **more: object) -> pd.DataFrame:
    asked = {"start": START, "deadline": DEADLINE, "seed": 0} | more
    return make_campaign(world.plan.villages, world.plan.spans, world.plan.routes, **asked)


def first_told(rows: pd.DataFrame, rank: int) -> pd.Series:
    told = rows[(rows["kind"] == "stage") & (rows["level"] >= rank) & (rows["wrong"] == "") & ~rows["resets"]]
    return told.groupby("subject")["happened_on"].min()


def test_the_same_seed_gives_the_same_rows_and_another_seed_others(world):
    assert_frame_equal(remade(world), world.rows)
    assert not remade(world, seed=1)["report_id"].equals(world.rows["report_id"])


@pytest.mark.parametrize("until", [dt.date(2016, 3, 20), dt.date(2016, 7, 31), DEADLINE])
def test_what_comes_later_does_not_change_what_was_sent(world, until):
    before = world.rows[world.rows["sent_on"] <= pd.Timestamp(until)]
    assert 0 < len(before) < len(world.rows)
    assert_frame_equal(
        remade(world, until=until).astype({"wrong": str}), before.astype({"wrong": str}), check_categorical=False
    )


def test_an_id_is_one_fact_and_some_are_sent_twice(world):
    said = world.rows.drop(columns="sent_on").astype(str).drop_duplicates()
    assert said["report_id"].is_unique
    assert world.rows["report_id"].duplicated().sum() > 10


def test_all_that_happens_in_a_campaign_happens(world):
    rows = world.rows[world.rows["wrong"] == ""]
    kinds = Counter(rows["kind"])
    for kind in ("stage", "metres", "percent", "test", "blocker", "unblock", "visit", "signature", "evidence", "check",
                 "close", "reopen", "receipt"):  # fmt: skip
        assert kinds[kind] > 0, kind
    assert set(rows["measure"]) == {"", "stage", "laid_m", "percent", "spliced", "tested"}
    assert kinds["blocker"] > kinds["unblock"]
    assert rows["evidence"].str.fullmatch("|[0-9a-f]{64}").all()
    late = rows["sent_on"].dt.to_period("M") != rows["happened_on"].dt.to_period("M")
    assert 0.002 < late.mean() < 0.2
    assert (rows["sent_on"] >= rows["happened_on"]).all()
    assert set(world.rows["subject"]) >= set(world.plan.villages["code"])


def test_the_pace_is_an_s_curve(world):
    laid = first_told(world.rows, 4).sort_values()
    days = (laid - pd.Timestamp(START)).dt.days.to_numpy()
    tenth, quarter, middle, rest, last = np.quantile(days, [0.1, 0.25, 0.5, 0.75, 0.9])
    assert (quarter - tenth) / 0.15 > (middle - quarter) / 0.25
    assert (last - rest) / 0.15 > (rest - middle) / 0.25
    assert days.min() > 20


def test_work_goes_from_the_source_outwards(world):
    """Along every route each span is laid no earlier than the one before it, and the village with the last of them."""
    pace = make_pace(world.plan.villages, world.plan.spans, world.plan.routes, START, DEADLINE, 0)
    end = dict(zip(pace.span, pace.span_end, strict=True))
    laid = dict(zip(pace.village, pace.stage_day[:, LAID], strict=True))
    longest = 0
    for code, spans in zip(world.plan.routes["village_code"], world.plan.routes["span_ids"], strict=True):
        days = [end[span] for span in reversed(spans.split())]
        assert days == sorted(days) and laid[code] == days[-1]
        longest = max(longest, len(days))
    assert longest > 4 and len(set(end.values())) > 0.9 * len(end)
    assert (np.diff(pace.stage_day[:, 1:], axis=1) >= 0).all()


def test_metres_of_a_span_rise_to_its_cable_length(world):
    rows = world.rows[(world.rows["kind"] == "metres") & (world.rows["wrong"] == "")]
    planned = world.plan.spans.set_index("span_id")["length_m"].astype(float)
    final = rows.groupby("subject")["level"].last()
    assert final.between(planned.reindex(final.index) - 1, 1.13 * planned.reindex(final.index) + 1).all()
    assert len(final) > 0.5 * len(planned)


def test_a_ledger_takes_every_right_row_and_refuses_every_wrong_one_by_its_rule(world, ledger_url):
    words: Counter[str] = Counter()
    rules: Counter[str] = Counter()

    def check(ledger, day, posted):
        assert posted.taken, [(o.report, o.judgement.refusal) for o in posted.outcomes if o.word == "refused"]
        words.update(o.word for o in posted.outcomes)
        words["adjusted"] += sum(o.adjusted for o in posted.outcomes)
        for report, rule in day.wrong:
            (outcome,) = ledger.post([report]).outcomes
            refusal = outcome.judgement.refusal
            assert refusal is not None and refusal.code == rule, (report, rule, refusal)
            rules[rule] += 1

    live(ledger_url, world, posted=check)
    assert set(rules) == {
        "unknown_village", "unknown_span", "future_date", "bad_percent", "negative_length", "figure_falls",
        "correction_incomplete", "over_length", "another_unit", "not_lit",
    }  # fmt: skip
    assert words["conflict"] >= 2 and words["adjusted"] > 10 and words["same"] > 10
    with open_ledger(ledger_url, world.facts, world.settings) as ledger:
        report = verify_ledger(ledger.store)
        assert not report.faults and report.periods >= 9
        entries = ledger.entries()
        about = {code: standing(ledger.about(code)) for code in world.facts.villages}
    lacks = [missing_items(now, world.settings.evidence) for now in about.values() if now.close]
    assert len(lacks) > 100 and not any(lacks)
    assert all(now.passed("county") and now.passed("prefecture") for now in about.values() if now.close)
    numbers = [json.loads(detail)["certificate"] for detail in entries.loc[entries["kind"] == "close", "detail"]]
    assert len(set(numbers)) == len(numbers) and f"{world.settings.campaign.unit_code}-2016-0001" in numbers
    right = world.rows[world.rows["wrong"] == ""]
    assert set(entries.loc[entries["kind"] != "freeze", "entry_id"]) == set(right["report_id"])


def test_a_plan_without_spans_and_villages_out_of_reach_are_lived_through(world):
    alone = world.plan.routes.iloc[:0]
    rows = make_campaign(world.plan.villages, world.plan.spans.iloc[:0], alone, start=START, deadline=DEADLINE, seed=3)
    assert (rows.loc[(rows["kind"] == "stage") & (rows["wrong"] == ""), "level"] <= 1).all()
    nobody = make_campaign(
        world.plan.villages.iloc[:0], world.plan.spans.iloc[:0], alone, start=START, deadline=DEADLINE
    )
    assert len(nobody) == 0


def test_a_campaign_of_a_week_is_refused(world):
    with pytest.raises(ValueError, match="30 days"):
        remade(world, deadline=START + dt.timedelta(7))


def test_a_route_through_a_slower_county_waits_for_it():
    rng = np.random.default_rng(2)
    codes = [f"5201{county:02d}100{village:03d}" for county in range(1, 21) for village in range(200, 210)]
    before = [int(rng.integers(-1, n)) for n in range(len(codes))]
    paths: list[list[str]] = []
    for n, parent in enumerate(before):
        paths.append([f"S{n}", *(paths[parent] if parent >= 0 else [])])
    villages = pd.DataFrame({"code": codes})
    spans = pd.DataFrame(
        {"span_id": [f"S{n}" for n in range(len(codes))], "length_m": rng.uniform(100, 5000, len(codes))}
    )
    routes = pd.DataFrame({"village_code": codes, "span_ids": [" ".join(path) for path in paths]})
    pace = make_pace(villages, spans, routes, START, DEADLINE, 1)
    assert pace.slow.max() > 1.1 > 1.0 > pace.slow.min()
    own, upstream = pace.span_end, np.array([pace.span_end[p] if p >= 0 else 0.0 for p in before])
    assert (own >= upstream).all() and (own == upstream).sum() < len(codes) / 2
