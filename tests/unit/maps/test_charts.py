"""Charts: every point where its value says, axes from 0, texts that are no markup."""

from __future__ import annotations

import datetime as dt
import itertools
import re
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cuntong_gis.maps import charts, svg

VALUES = st.lists(st.floats(0, 1e6, allow_nan=False), min_size=2, max_size=30)


def frame(**more: object) -> charts.Frame:
    plain = {
        "width": 500.0, "height": 300.0, "x_low": 0.0, "x_high": 100.0, "x_ticks": [], "y_high": 10.0, "level": None,
        "uprights": [], "label": "x",
    }  # fmt: skip
    return charts.Frame(**{**plain, **more})


def points(drawn: str, color: str) -> list[tuple[float, float]]:
    path = re.search(rf'<path d="([^"]*)"[^>]*stroke="{color}"', drawn).group(1)
    return [(float(x), float(y)) for x, y in re.findall(r"[ML]([-\d.]+) ([-\d.]+)", path)]


@given(VALUES)
@settings(max_examples=60, deadline=None)
def test_points_lie_on_a_straight_scale_that_begins_at_0_and_holds_all(values):
    days = list(range(0, len(values) * 3, 3))
    curve = charts.Curve("开通", "1", days, values, "#123456")
    drawn = charts.curves_chart(frame(x_high=max(days)), [curve])
    ElementTree.fromstring(drawn)
    found = points(drawn, "#123456")
    x, y = charts.scales(frame(x_high=max(days)), [curve])
    assert y.low == 0 and y.high >= max(values)
    top, bottom = y.end, y.start
    for (left, up), day, value in zip(found, days, values, strict=True):
        assert left == pytest.approx(x.start + day / max(days) * (x.end - x.start), abs=0.06)
        assert up == pytest.approx(bottom - value / y.high * (bottom - top), abs=0.06)
        assert top - 0.06 <= up <= bottom + 0.06


def test_a_curve_that_passes_the_goal_is_shown_above_it():
    drawn = charts.curves_chart(
        frame(level=(10.0, "任务 10")), [charts.Curve("开通", "12", [0, 50], [0, 12], "#123456")]
    )
    goal = float(re.search(r'y1="([\d.]+)"[^>]*stroke="#1f2328"', drawn).group(1))
    assert points(drawn, "#123456")[-1][1] < goal


def test_missing_values_are_gaps_and_one_point_is_a_dot():
    nan = float("nan")
    drawn = charts.curves_chart(frame(), [charts.Curve("a", "", [0, 1, 2, 3, 4], [1, 2, nan, 3, 4], "#123456")])
    assert re.search(r'd="M[^L]*L[^M]*M[^L]*L[^"]*"', drawn)
    alone = charts.curves_chart(frame(), [charts.Curve("a", "", [5], [1], "#123456")])
    assert 'h0"' in alone and "nan" not in alone
    assert "nan" not in charts.curves_chart(frame(), [charts.Curve("a", "", [5], [nan], "#123456")])


@given(st.floats(0, 3), st.floats(0, 3), st.floats(1, 3))
@settings(max_examples=60, deadline=None)
def test_bars_are_as_long_as_their_shares_and_none_is_cut(share, due, top):
    top = max(top, share, due)
    drawn = svg.share_bar([(share, "#123456")], due, top=top)
    found = re.search(r'width="([\d.]+)" height="8" fill="#123456"', drawn)
    assert (found is None) == (share == 0)
    if found:
        assert float(found.group(1)) == pytest.approx(100 * share / top, abs=0.006)
    at = float(re.search(r'<rect x="([-\d.]+)" y="0" width="1.2"', drawn).group(1)) + 0.6
    assert at == pytest.approx(100 * due / top, abs=0.006)


@given(st.lists(st.floats(0, 300), min_size=1, max_size=8))
def test_names_of_curves_keep_apart_in_their_order(wanted):
    found = charts.spread(wanted, 13.0, 0.0, 300.0)
    order = sorted(range(len(wanted)), key=lambda n: (wanted[n], n))
    placed = [found[n] for n in order]
    assert all(b - a >= 13.0 - 1e-6 for a, b in itertools.pairwise(placed))
    assert placed[-1] <= 300.0


@given(st.floats(0, 1e7))
def test_steps_are_round_and_few(high):
    step = charts.nice_step(high)
    assert step >= 1 and high / step <= 5 + 1e-9
    assert f"{step:g}".strip("0").rstrip(".").split("e")[0].rstrip("0") in ("1", "2", "5")


def test_texts_are_no_markup():
    hostile = '</text><script>alert(1)</script>"'
    drawn = charts.curves_chart(
        frame(label=hostile, level=(5.0, hostile), x_ticks=[(1.0, hostile)], uprights=[(3.0, hostile)]),
        [charts.Curve(hostile, hostile, [0, 1], [1, 2], "#123456")],
        guides=[charts.Curve(hostile, "", [0, 1], [1, 2], "#654321")],
    )
    ElementTree.fromstring(drawn)
    assert "<script" not in drawn
    ElementTree.fromstring(svg.share_bar([(0.5, "#123456")], 0.2, label=hostile))


@pytest.mark.parametrize(("first", "last", "told"), [
    ((2016, 3, 1), (2016, 12, 31), "3 4 5 6 7 8 9 10 11 12"),
    ((2016, 3, 2), (2017, 1, 1), "4 5 6 7 8 9 10 11 12 1"),
    ((2016, 3, 1), (2017, 12, 31), "3 5 7 9 11 1 3 5 7 9 11"),
    ((2016, 3, 1), (2021, 12, 31), "7 1 7 1 7 1 7 1 7 1 7"),
    ((2016, 3, 1), (2055, 12, 31), "1 1 1 1 1 1 1 1 1"),
    ((2016, 3, 5), (2016, 3, 6), ""),
])  # fmt: skip
def test_months_are_few_enough_to_read_and_count_from_january(first, last, told):
    ends = [dt.date(*day).toordinal() for day in (first, last)]
    ticks = charts.month_ticks(*ends, lambda day: str(dt.date.fromordinal(day).month))
    assert " ".join(name for _, name in ticks) == told
    assert all(dt.date.fromordinal(day).day == 1 and ends[0] <= day <= ends[1] for day, _ in ticks)


@given(st.floats(0, 100), st.floats(0, 100))
def test_names_of_uprights_cover_neither_one_another_nor_the_curves(one, two):
    names = ("截止 2016年9月30日", "时限 2016年12月31日")
    drawn = charts.curves_chart(frame(uprights=list(zip((one, two), names, strict=True))), [])
    found = re.findall(r'<text x="([-\d.]+)" y="([\d.]+)" text-anchor="(\w+)"[^>]*>([^<]*2016[^<]*)<', drawn)
    assert [name for *_, name in found] == list(names)
    boxes = []
    for x, y, anchor, name in found:
        wide = svg.width_of(name, svg.FONT)
        left = float(x) - (wide if anchor == "end" else 0)
        assert left >= 0 and left + wide <= 500
        boxes.append((left, left + wide, float(y)))
    (left, right, line), (left2, right2, line2) = boxes
    assert right <= left2 or right2 <= left or abs(line - line2) >= 12
    x, y = charts.scales(frame(uprights=[(one, names[0]), (two, names[1])]), [])
    assert y(10.0) > max(line, line2), "the plot begins below them"


def test_a_guide_that_has_no_room_for_its_name_has_none():
    wide = charts.Curve("需每周 4.1", "", [50, 100], [2, 10], "#123456", under=True)
    narrow = charts.Curve("需每周 4.1", "", [97, 100], [9, 10], "#123456", under=True)
    other = charts.Curve("开通", "9", [0, 97], [0, 9], "#654321")
    assert "需每周 4.1" in charts.curves_chart(frame(), [], guides=[wide])
    assert "需每周 4.1" not in charts.curves_chart(frame(), [other], guides=[narrow])


def test_symbols_are_told_apart_by_shape():
    from cuntong_gis.maps import style

    symbols = {name: svg.mark(look.shape, "#000000", "#000000") for name, look in style.LIGHT.items() if name != "grey"}
    assert len(set(symbols.values())) == len(symbols)
