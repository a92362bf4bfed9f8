"""Moments of truth of the product that figures decide: 4, 5, 6, 7, 8 and 11."""

from __future__ import annotations

from plans import Book, a_plan, campaign, row, units

from cuntong_gis.progress.rollup.status import roll_up

ZUNYI = [f"520321100{n}" for n in range(201, 205)]
OTHER = [f"520302100{n}" for n in range(201, 203)]
RENAMED = units(
    {"code": "520321", "name": "遵义县", "parent": "520304", "valid_from": "2016-04-01"},
    {"code": "520304", "name": "播州区", "parent": "520300", "valid_from": "2016-04-01"},
)


def figures(status, columns=("code", "name", "villages", "lit", "lit_rate", "target", "budget_cny")):
    here = status.units["level"] == "county"
    return status.units.loc[here, list(columns)].to_numpy().tolist()


def test_4_a_rename_in_april_leaves_the_figures_of_march_alone():
    book = Book()
    book.stage(ZUNYI[0], "lit", "2016-03-10")
    book.stage(ZUNYI[1], "lit", "2016-04-10")
    plan = a_plan(ZUNYI + OTHER)
    march, again = (
        roll_up(book.entries, plan, campaign(), as_of="2016-03-31", units=table) for table in (None, RENAMED)
    )
    assert figures(march) == figures(again)
    assert [f[:4] for f in figures(again)] == [["520302", "红花岗区", 2, 0], ["520321", "遵义县", 4, 1]]
    april = roll_up(book.entries, plan, campaign(), as_of="2016-04-30", units=RENAMED)
    assert [f[:4] for f in figures(april)] == [["520302", "红花岗区", 2, 0], ["520304", "播州区", 4, 2]]
    assert row(april.units, "520304")["lit_before"] == 1


def test_5_an_overlay_out_of_three_counties_is_counted_once_and_in_no_total():
    codes = [f"520{county}100201" for county in (111, 181, 402)] + ["520111101201"]
    over = units(
        {"code": "520199", "name": "贵安新区", "level": "prefecture", "overlay": True},
        *({"code": code, "name": "", "parent": "520199", "overlay": True} for code in ("520111100", "520181100", "520402100")),
    )  # fmt: skip
    book = Book()
    for code in codes[:2]:
        book.stage(code, "lit", "2016-06-01")
    plan = a_plan(codes)
    without, beside = (roll_up(book.entries, plan, campaign(), as_of="2016-06-30", units=u) for u in (None, over))
    found = row(beside.units, "520199")
    assert [found[c] for c in ("villages", "lit", "overlay", "parent")] == [3, 2, True, ""]
    assert str(found["budget_cny"]) == "30000.00"
    plain = beside.units[~beside.units["overlay"]]
    assert plain.to_csv() == without.units.to_csv()
    for level in ("province", "prefecture", "county", "township", "village"):
        assert plain.loc[plain["level"] == level, ["villages", "lit"]].sum().tolist() == [4, 2]


def test_6_more_than_planned_is_neither_a_success_nor_hidden():
    book = Book()
    book.metres(f"S{ZUNYI[0]}", 1080, "2016-06-01")
    status = roll_up(book.entries, a_plan(ZUNYI), campaign(), as_of="2016-06-30")
    assert status.spans["laid_m"].tolist() == [1080, 0, 0, 0]  # shown as said
    found = row(status.units, "520321")
    assert (found["laid_m"], found["planned_m"]) == (1000, 4000)  # 25 %, not 27
    assert str(found["ev_cny"]) == "10000.00"
    # 108 % of a target is told as it is.
    for code in ZUNYI:
        book.stage(code, "lit", "2016-03-05")
    ahead = row(roll_up(book.entries, a_plan(ZUNYI), campaign(), as_of="2016-12-01").units, "520321")
    assert ahead["done"] > 1 and ahead["lit_rate"] == 1


def test_7_approved_projects_are_no_lit_villages():
    codes = [f"520321100{n}" for n in range(201, 259)]
    book = Book()
    for code in codes[:25]:
        book.stage(code, "approved", "2016-06-01")
    found = row(roll_up(book.entries, a_plan(codes), campaign(), as_of="2016-06-30").units, "520321")
    assert [found[c] for c in ("villages", "approved", "lit", "closed", "lit_rate")] == [58, 25, 0, 0, 0.0]


def test_8_a_trunk_shared_by_villages_is_counted_once():
    # source —trunk (5 km, 50,000)— then a drop (1 km, 10,000) to each of four villages in two counties.
    codes = [*ZUNYI[:2], *OTHER]
    spans = {"T": (5000, "50000"), **{f"D{code}": (1000, "10000") for code in codes}}
    plan = a_plan(codes, spans, {code: [f"D{code}", "T"] for code in codes})
    book = Book()
    book.stage(codes[0], "laid", "2016-06-01")
    status = roll_up(book.entries, plan, campaign(), as_of="2016-06-30")
    for level in ("province", "prefecture", "county", "township", "village"):
        of = status.units[status.units["level"] == level]
        assert of["planned_m"].sum() == 9000 and of["laid_m"].sum() == 6000
        assert str(of["budget_cny"].sum()) == "90000.00" and str(of["ev_cny"].sum()) == "60000.00"


def test_11_fiber_laid_without_signal_is_not_connected_and_lit_is_not_closed():
    book = Book()
    book.stage(ZUNYI[0], "laid", "2016-06-01")
    book.stage(ZUNYI[1], "lit", "2016-06-01")
    book.stage(ZUNYI[2], "closed", "2016-06-01")
    status = roll_up(book.entries, a_plan(ZUNYI), campaign(deadline="2016-06-15"), as_of="2016-06-30")
    found = row(status.units, "520321")
    assert [found[c] for c in ("laid", "lit", "closed", "late")] == [3, 2, 1, 2]
    assert status.villages["late"].tolist() == [True, False, False, True]
    assert (found["lit_rate"], found["closed_rate"]) == (0.5, 0.25)
