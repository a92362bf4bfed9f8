from __future__ import annotations

import gzip
from decimal import Decimal

import pandas as pd
import pytest
from plans import Book, a_plan, campaign

from cuntong_gis.errors import LedgerError
from cuntong_gis.progress.rollup.closed import closed_figures, difference, read_closed
from cuntong_gis.progress.rollup.encode import as_happened
from cuntong_gis.progress.rollup.status import roll_up

A, B = "520321100201", "520321100202"
PLAN = a_plan(
    {A: {"name": '怪"名,\n村'}, B: {}}, {"S1": (1 / 3, "0.10"), "S2": (1e9 / 7, "12345678.90")}, {A: ["S1"], B: ["S2"]}
)


def status(book: Book, happened: bool = False):
    entries = as_happened(book.entries) if happened else book.entries
    return roll_up(entries, PLAN, campaign(), as_of="2016-06-30")


def a_book() -> Book:
    book = Book()
    book.stage(A, "lit", "2016-06-01")
    book.metres("S2", 0.1 + 0.2, "2016-06-02")
    return book


def test_every_value_comes_back_exactly():
    found = status(a_book())
    again = read_closed(closed_figures(found))
    pd.testing.assert_frame_equal(pd.DataFrame(again), pd.DataFrame(found.units), check_exact=True)
    assert again.attrs == {"as_of": "2016-06-30", "period": "2016-06"}
    assert closed_figures(found) == closed_figures(status(a_book()))
    assert all(isinstance(v, Decimal) for v in again["ev_cny"])


@pytest.mark.parametrize(
    "damage", [lambda d: d[:-9], lambda d: b"no", lambda d: d[:40] + b"?" + d[41:], lambda d: gzip.compress(b"{}")]
)
def test_damaged_figures_are_not_believed(damage):
    with pytest.raises(LedgerError, match="damaged"):
        read_closed(damage(closed_figures(status(a_book()))))


def test_a_late_report_leaves_the_closed_figure_and_shows_in_the_difference():
    book = a_book()
    kept = closed_figures(status(book))
    assert difference(read_closed(kept), status(book, happened=True).units).empty
    book.stage(B, "lit", "2016-06-20", counts="2016-07-01")  # June was frozen before it came
    assert closed_figures(status(book)) == kept
    changed = difference(read_closed(kept), status(book, happened=True).units)
    assert changed.loc[changed["code"] == "520321", ["figure", "closed", "now", "change"]].to_numpy().tolist() == [
        [name, 1.0, 2.0, 1.0] for name in ("surveyed", "approved", "material_ready", "laid", "lit")
    ]
    assert set(changed["code"]) == {"520000", "520300", "520321", "520321100", B}
    assert changed["code"].tolist()[0] == "520000"


def test_money_differs_to_the_fen_and_a_new_unit_has_no_closed_figure():
    book = a_book()
    then = status(book).units
    book.metres("S1", 0.1, "2016-06-03", resets=True)
    now = status(book).units
    changed = difference(then, now).set_index(["code", "figure"])
    # 0.10 CNY over 1/3 m: at 0.1 m 0.03 CNY are earned instead of 0.10.
    assert changed.loc[(A, "ev_cny"), "change"] == Decimal("-0.07")
    gone = difference(then[then["code"] != A], then)
    assert set(gone["code"]) == {A} and gone["closed"].isna().all() and gone["change"].isna().all()
