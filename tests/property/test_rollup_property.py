"""Random ledgers on a small plan: figures are a plain fold of the entries, and add up."""

from __future__ import annotations

import datetime as dt

import pandas as pd
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from plans import Book, a_plan, campaign, targets, units

from cuntong_gis.progress.rollup.closed import closed_figures, read_closed
from cuntong_gis.progress.rollup.status import Status, roll_up

CODES = [f"{town}20{n}" for town in ("520321100", "520321101", "520302100") for n in range(1, 4)] + ["osm:7"]
SPANS = {f"S{n}": (100.0 * n + 0.5, f"{1000 * n}.{n}{n}") for n in range(1, 13)}
ROUTES = {code: [f"S{n + 1}", *(["S11"] if n % 2 else []), "S12"] for n, code in enumerate(CODES)}
PLAN = a_plan(CODES, SPANS, ROUTES)
FIRST, DAYS = dt.date(2016, 5, 20), 40
ADDED = (
    "villages", "surveyed", "approved", "material_ready", "laid", "lit", "closed", "laid_before", "lit_before",
    "closed_before", "planned_m", "laid_m", "laid_m_before", "late", "blockers", "blockers_overdue", "conflicts",
    "adjustments", "budget_cny", "ev_cny",
)  # fmt: skip
MOVED = units(
    {"code": "520321", "name": "", "parent": "520304", "valid_from": "2016-06-05"},
    {"code": "520304", "name": "播州区", "valid_from": "2016-06-05"},
    {"code": "520321101", "name": "", "parent": "520302", "valid_from": "2016-06-10", "valid_to": "2016-06-20"},
    {"code": "GA", "name": "新区", "overlay": True},
    {"code": "520321100", "name": "", "parent": "GA", "overlay": True},
    {"code": CODES[7], "name": "", "parent": "GA", "overlay": True},
)
AIMS = targets(("520321100", "2016-06", 2), ("520302", "2016-W24", 3), (CODES[0], "2016-06-03", 1))

facts = st.lists(
    st.tuples(
        st.sampled_from(["stage", "stage", "stage", "metres", "blocker", "unblock", "visit", "receipt"]),
        st.integers(0, 11), st.integers(0, DAYS - 1), st.sampled_from([0, 0, 0, 5]), st.integers(0, 6),
        st.sampled_from([False, False, False, True]), st.sampled_from(["", "", "", "", "conflict"]),
    ),
    max_size=40,
)  # fmt: skip
on_days = st.integers(0, DAYS + 5).map(lambda n: FIRST + dt.timedelta(days=n))
quick = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def a_book(said) -> Book:
    book = Book()
    for kind, place, day, late, level, resets, against in said:
        when = (FIRST + dt.timedelta(days=day)).isoformat()
        more = {"counts": (FIRST + dt.timedelta(days=day + late)).isoformat()}
        if against and book.rows:
            more["conflicts_with"] = book.rows[place % len(book.rows)]["entry_id"]
        code = CODES[place % len(CODES)]
        if kind == "stage":
            book.add("stage", code, when, measure="stage", level=level, resets=resets, **more)
        elif kind == "metres":
            book.add("metres", f"S{place + 1}", when, measure="laid_m", level=level * 77.7, resets=resets, **more)
        elif kind == "blocker":
            book.add("blocker", code, when, detail={"due": f"2016-06-{level + 1:02d}"}, **more)
        elif kind == "unblock":
            book.add("unblock", code, when, corrects=f"E{place + 1}", **more)
        elif kind == "receipt":
            book.add("receipt", code[:9], when, **more)
        else:
            book.add("visit", code, when, **more)
    return book


def status(book: Book, day: dt.date, **tables) -> Status:
    return roll_up(book.entries, PLAN, campaign(), as_of=day, units=MOVED, targets=AIMS, **tables)


def folded(book: Book, subject: str, measure: str, day: dt.date) -> list[tuple[str, float]]:
    """Return counting day and figure after each entry, by plain loops."""
    figure, steps = 0.0, []
    rows = sorted(book.rows, key=lambda r: (r["counts_on"], r["reported_at"], r["chain"], r["number"]))
    for entry in rows:
        if (entry["subject"], entry["measure"]) != (subject, measure) or entry.get("conflicts_with"):
            continue
        if entry["counts_on"] <= day.isoformat():
            figure = entry["level"] if entry["resets"] else max(figure, entry["level"])
            steps.append((entry["counts_on"], figure))
    return steps


def since(steps: list[tuple[str, float]], least: float) -> str:
    """Return the day from which the figure has been at least that, by plain loops."""
    found = ""
    for day, figure in steps:
        found = "" if figure < least else found or day
    return found


@quick
@given(facts, on_days)
def test_every_village_and_span_is_a_plain_fold_of_its_entries(said, day):
    book = a_book(said)
    found = status(book, day)
    ranks = {}
    names = ("not_started", "surveyed", "approved", "material_ready", "laid", "lit", "closed")
    for line in found.villages.itertuples():
        steps = folded(book, line.code, "stage", day)
        ranks[line.code] = rank = steps[-1][1] if steps else 0
        assert line.stage == names[int(rank)]
        days = [since(steps, least) if least else "" for least in (rank, 4, 5, 6)]
        shown = [line.stage_on, line.laid_on, line.lit_on, line.closed_on]
        assert ["" if pd.isna(d) else d.date().isoformat() for d in shown] == days
    for line in found.spans.itertuples():
        steps = folded(book, line.span_id, "laid_m", day)
        behind = any(ranks[code] >= 4 for code, course in ROUTES.items() if line.span_id in course)
        assert line.laid_m == (steps[-1][1] if steps else line.planned_m if behind else 0.0)
        assert line.reported == bool(steps)


@quick
@given(facts, on_days)
def test_units_below_add_up_to_the_unit_and_overlays_are_beside(said, day):
    book = a_book(said)
    table = status(book, day).units
    plain = table[~table["overlay"]]
    for line in plain[plain["level"] != "village"].itertuples(index=False):
        below = plain[plain["parent"] == line.code]
        for name in ADDED:
            assert (
                abs(below[name].sum() - getattr(line, name)) <= 1e-6
                if name.endswith("_m") or "_m_" in name
                else (below[name].sum() == getattr(line, name))
            ), (line.code, name)
    assert len(plain[plain["level"] == "village"]) == len(CODES)
    over = table[table["overlay"]].iloc[0]
    members = table[table["code"].isin(["520321100", CODES[7]])]
    assert [over[name] for name in ADDED if "_m" not in name] == [
        members[name].sum() for name in ADDED if "_m" not in name
    ]
    without = roll_up(book.entries, PLAN, campaign(), as_of=day, units=MOVED[~MOVED["overlay"]], targets=AIMS).units
    assert plain.to_csv() == without.to_csv()


@quick
@given(facts, on_days, st.randoms(use_true_random=False))
def test_the_order_of_the_rows_changes_nothing(said, day, random):
    book = a_book(said)
    found = status(book, day)
    random.shuffle(book.rows)
    again = status(book, day)
    assert closed_figures(found) == closed_figures(again)
    assert (found.villages.to_csv(), found.spans.to_csv()) == (again.villages.to_csv(), again.spans.to_csv())


@quick
@given(facts, facts, on_days)
def test_what_counts_later_leaves_a_closed_day_alone(said, later, day):
    book = a_book(said)
    kept = closed_figures(status(book, day))
    before = len(book.rows)
    book.rows += [
        {**entry, "entry_id": f"late{n}", "number": before + n + 1, "counts_on": (day + dt.timedelta(days=1)).isoformat()}
        for n, entry in enumerate(a_book(later).rows)
    ]  # fmt: skip
    found = status(book, day)
    assert closed_figures(found) == kept
    pd.testing.assert_frame_equal(pd.DataFrame(read_closed(kept)), pd.DataFrame(found.units), check_exact=True)
