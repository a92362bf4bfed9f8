"""Supervision held against plain loops: lights and their memory, places, the ladder, the lots, the score."""

from __future__ import annotations

import datetime as dt
import math
from fractions import Fraction

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ledgers import settings as campaign
from supervised import months, unit, units, units_of, villages

from cuntong_gis.progress.supervision.inspection import draw_inspection, lot, seats_of
from cuntong_gis.progress.supervision.ladder import red_runs, rungs
from cuntong_gis.progress.supervision.lights import judge_lights
from cuntong_gis.progress.supervision.phrases import share_text
from cuntong_gis.progress.supervision.proposals import propose_measures
from cuntong_gis.progress.supervision.ranking import places, rank_units
from cuntong_gis.progress.supervision.score import Part, parts_of
from cuntong_gis.settings import SupervisionSettings
from cuntong_gis.words import Words

CALM = settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
MANY = settings(CALM, max_examples=300)
RULES = SupervisionSettings()
DAY = dt.date(2016, 6, 30)
SETTINGS = campaign()
FIGURES = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), min_size=1, max_size=7)


def plain_lights(figures, size):
    """Return the shown lights, month by month: the words of the definition, one after the other."""
    found = []
    for place, (lit, target) in enumerate(figures):
        if target == 0 or lit > size:
            found.append("grey")
            continue
        share = Fraction(lit, target)
        own = "green" if share >= 1 else "yellow" if share >= Fraction(8, 10) else "red"
        later = [other for other, _ in figures[place + 1 :]]
        found.append("yellow" if own == "red" and later and later[-1] >= target else own)
    return found


@given(FIGURES)
@CALM
def test_lights_are_those_of_the_definition(figures):
    table = judge_lights(months(*figures, villages=30), RULES).table
    assert table["light"].tolist() == plain_lights(figures, 30)
    assert not (table["own_light"].eq("red") & table["light"].eq("green")).any()
    assert (table["caught_up_in"] != "").tolist() == (table["own_light"] != table["light"]).tolist()


@given(FIGURES)
@CALM
def test_the_month_of_catching_up_is_the_first_from_which_it_lasts(figures):
    table = judge_lights(months(*figures, villages=40), RULES).table
    for place, (_, target) in enumerate(figures):
        told = table["caught_up_in"].iloc[place]
        if told:
            first = table["period"].tolist().index(told)
            assert all(lit >= target for lit, _ in figures[first:])
            assert first == place + 1 or figures[first - 1][0] < target


@given(st.lists(st.tuples(st.integers(-3, 3), st.integers(0, 2), st.integers(0, 2)), min_size=1, max_size=12))
@MANY
def test_places_are_one_more_than_the_units_that_are_worse(rows):
    worst, tied, best = places([np.array(column) for column in zip(*rows, strict=True)])
    for row, place, count, top in zip(rows, worst, tied, best, strict=True):
        assert place == 1 + sum(other < row for other in rows)
        assert count == rows.count(row)
        assert top == 1 + sum(other > row for other in rows)


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6), st.integers(0, 1)), max_size=8), st.randoms())
@CALM
def test_the_ranking_does_not_depend_on_the_order_of_rows(rows, random):
    made = [
        unit(f"5205{n:02d}", size, min(lit, size), blockers_overdue=late) for n, (size, lit, late) in enumerate(rows, 1)
    ]
    once = rank_units(units(*made, unit("520000", 1)), "county")
    random.shuffle(made)
    assert rank_units(units(*made, unit("520000", 1)), "county").equals(once)
    ranked = once[once["listed"] == "ranked"]
    assert len(ranked) == sum(size > 0 for size, _, _ in rows)
    assert ranked["place"].is_monotonic_increasing
    assert ranked["lit_rate"].is_monotonic_increasing


@given(st.lists(st.sampled_from(["red", "yellow", "green", "grey", ""]), max_size=12))
@MANY
def test_runs_hold_every_red_month_once_and_in_order(own):
    runs = list(red_runs(own))
    assert [m for run, _ in runs for m in run] == [n for n, light in enumerate(own) if light == "red"]
    for run, ended in runs:
        assert all(own[m] not in ("yellow", "green") for m in range(run[0], run[-1]))
        assert ended == -1 or own[ended] in ("yellow", "green")


@given(st.integers(0, 8), st.integers(0, 5), st.integers(0, 5), st.integers(0, 5))
@MANY
def test_the_ladder_is_monotone(length, warn, talk, account):
    rules = SupervisionSettings(warn_after=warn, talk_after=talk, account_after=account)
    assert set(rungs(length, rules)) <= set(rungs(length + 1, rules))
    assert rungs(0, rules) == []


@given(FIGURES)
@CALM
def test_proposals_are_those_of_the_runs_and_one_of_them_is_open_at_most(figures):
    own = judge_lights(months(*figures, villages=40), RULES).table["own_light"].tolist()
    table = propose_measures(months(*figures, villages=40), SETTINGS)
    said = {(row.kind, row.months) for row in table.itertuples()}
    periods = [f"2016-{n:02d}" for n in range(3, 10)]
    wanted = {
        (kind, " ".join(periods[m] for m in run))
        for run, _ in red_runs(own)
        for kind in ("warning", "talk", "accountability")[: len(run)]
    }
    assert said == wanted
    assert (table["state"] == "open").sum() <= 1
    assert table["proposal"].is_unique


COUNTIES = st.dictionaries(
    st.sampled_from(["520521", "520522", "520523"]), st.lists(st.integers(1, 60), min_size=1, max_size=6), min_size=1
)


def codes_of(counties):
    return [
        f"{county}{100 + t}{200 + n}"
        for county, townships in counties.items()
        for t, count in enumerate(townships)
        for n in range(count)
    ]


def draw(codes, seed, share=0.03):
    known = campaign(supervision={"sample_share": share})
    return draw_inspection(villages(*codes), units_of(*codes), known, period="2016-H1", seed=seed, as_of=DAY).table


@given(COUNTIES, st.integers(0, 9), st.sampled_from([0.0, 0.03, 0.1, 0.5, 1.0]), st.randoms())
@CALM
def test_samples_are_large_enough_spread_and_the_same_in_any_order(counties, seed, share, random):
    codes = codes_of(counties)
    table = draw(codes, str(seed), share)
    assert table["code"].is_unique
    assert set(table["code"]) <= set(codes)
    for county, townships in counties.items():
        mine, size = table[table["county"] == county], sum(townships)
        assert len(mine) == min(size, max(4, math.ceil(Fraction(str(share)) * size)))
        assert mine["township"].nunique() == min(len(townships), len(mine))
    random.shuffle(codes)
    assert draw(codes, str(seed), share).equals(table)


@given(COUNTIES)
@CALM
def test_a_county_draws_the_same_whatever_the_others_are(counties):
    table = draw(codes_of(counties), "7")
    for county, townships in counties.items():
        alone = draw(codes_of({county: townships}), "7")
        assert alone["code"].tolist() == table.loc[table["county"] == county, "code"].tolist()


def test_another_seed_draws_another_sample():
    codes = codes_of({"520521": [20, 30], "520522": [50]})
    samples = {tuple(draw(codes, str(seed))["code"]) for seed in range(5)}
    assert len(samples) == 5


def test_every_village_has_about_the_same_chance():
    """The 4 least lots of 20 in 600 draws: each village is expected 120 times, with a deviation of 9.8."""
    codes = codes_of({"520521": [20]})
    least = [sorted(codes, key=lambda code: lot("村村通工程", "2016-H1", str(s), code))[:4] for s in range(600)]
    counts = [sum(code in drawn for drawn in least) for code in codes]
    assert sum(counts) == 2400
    assert all(70 < count < 170 for count in counts)


@given(st.lists(st.integers(1, 50), min_size=1, max_size=12), st.data())
@MANY
def test_seats_are_a_fair_share(sizes, data):
    wanted = data.draw(st.integers(0, sum(sizes)))
    seats = seats_of(np.array(sizes), wanted)
    assert seats.sum() == wanted
    assert all(0 <= got <= size for got, size in zip(seats, sizes, strict=True))
    assert (seats > 0).sum() == min(len(sizes), wanted)
    if wanted > len(sizes):
        rest = sum(sizes) - len(sizes)
        for got, size in zip(seats, sizes, strict=True):
            assert abs(Fraction(int(got) - 1) - Fraction((wanted - len(sizes)) * (size - 1), rest)) < 1


COUNT = st.integers(0, 60)


@given(COUNT, st.integers(0, 60), COUNT, COUNT, COUNT)
@MANY
def test_a_score_lies_between_nothing_and_full(closed, target, passed, on_time, complete):
    row = {
        "closed": closed, "target": float(target), "passed": passed, "inspected": passed + closed, "on_time": on_time,
        "looked_at": on_time + target, "complete": complete, "archived": complete + passed,
    }  # fmt: skip
    for part in parts_of(row, RULES).values():
        if part.points is None:
            assert part.denominator == 0
            assert "不评" in part.trace.zh
        else:
            exact = min(part.numerator / part.denominator, 1) * part.full
            assert 0 <= part.points <= part.full
            assert abs(float(part.points) - exact) <= 0.005 + 1e-9
            assert str(part.points) in part.trace.zh


@given(st.integers(0, 40), st.integers(1, 40))
@MANY
def test_more_closed_is_never_fewer_points(closed, target):
    one, more = (Part(Words("", ""), Words("", ""), 60.0, closed + n, target).points for n in (0, 1))
    assert one <= more


@given(st.integers(0, 3000), st.integers(1, 3000))
@MANY
def test_a_percentage_reads_on_the_right_side_of_its_limit(part, whole):
    shown = float(share_text(part / whole, (0.6, 0.8, 1.0)).removesuffix(" %"))
    for limit in (60, 80, 100):
        assert (shown >= limit) == (Fraction(part, whole) * 100 >= limit)
