"""The codec of the pages' data: what it refuses, what it makes visible, what it costs, and that it gives the same bytes."""

from __future__ import annotations

import json
import zlib
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from cuntong_gis.maps import compact


def cost(column) -> int:
    return len(zlib.compress(compact.pack({"c": column}).content, 9))


@pytest.mark.parametrize(
    ("leaf", "error"),
    [
        (np.array([1.5]), TypeError),
        (np.array([1, None], object), TypeError),
        (np.zeros((2, 2, 2), int), TypeError),
        (np.array(["a"]), TypeError),
        (np.array([2**46]), ValueError),
        (np.array([2**63], np.uint64), ValueError),
        (pd.Timestamp("2016-03-01"), TypeError),
        ({1: "a"}, TypeError),
    ],
)
def test_what_a_page_cannot_hold_is_refused_by_its_place(leaf, error):
    with pytest.raises(error, match=r"villages\.bad"):
        compact.pack({"villages": {"bad": leaf}})


def test_numbers_that_are_not_finite_are_refused():
    for value in (np.inf, -np.inf, 1e300):
        with pytest.raises(ValueError, match="c"):
            compact.pack({"c": compact.decimals([1.0, value], 2)})
    with pytest.raises(ValueError, match="Out of range float"):
        compact.inert_json(compact.pack({"c": float("nan")}).plain)


def test_a_missing_text_is_refused_and_half_a_character_is_seen():
    for missing in (None, float("nan"), 5):
        with pytest.raises(TypeError, match="text column"):
            compact.texts(["a", missing])
    assert compact.texts(["\ud83d", "村\udc00名"]).values == ("\ufffd", "村\ufffd名")
    assert compact.pack({"title": "\ud83d"}).plain == {"title": "\ufffd"}


def test_missing_numbers_of_every_kind_are_missing():
    for column in (
        [1.25, None, np.nan],
        pd.array([1, pd.NA, None], "Int64"),
        pd.Series([Decimal("1.25"), None, None], dtype=object),
    ):
        assert np.isnan(compact.decimals(column, 2).values).tolist() == [False, True, True]


def test_plain_values_stay_and_columns_leave_their_place():
    data = {"a": [1, np.int64(2), np.array([3, 4]), {"b": compact.texts(["x"]), "c": None}], "d": "§"}
    packed = compact.pack(data)
    assert packed.plain == {"a": [1, 2, None, {"c": None}], "d": "§"}
    assert [column["path"] for column in packed.columns] == [["a", 2], ["a", 3, "b"]]
    json.dumps(packed.columns)


def test_the_same_data_gives_the_same_bytes():
    rng = np.random.default_rng(3)
    data = {"x": rng.integers(0, 10**7, 5000), "name": compact.texts([f"村{n}" for n in range(50)])}
    assert compact.DataBlock(data).text == compact.DataBlock(data).text


def test_a_matrix_that_changes_little_along_an_axis_is_cheap():
    rng = np.random.default_rng(4)
    start, grows = rng.integers(0, 5000, 2000), rng.integers(0, 3, (60, 2000))
    days = start + np.cumsum(grows, axis=0)
    assert cost(days) < 60 * 2000 / 3, "less than three bits a cell where a plain byte plane would take sixteen"
    assert cost(days.T.copy()) < 60 * 2000 / 3, "whichever axis it is"
    stage = np.minimum(np.arange(60)[:, None] // rng.integers(5, 30, 2000), 6)
    assert cost(stage) < 60 * 2000 / 12


def test_codes_and_flags_are_cheap():
    codes = [f"52{n // 400:04d}{100 + n // 20 % 20:03d}{200 + n % 20:03d}" for n in range(11_097)]
    assert cost(compact.texts(codes)) < 2 * 11_097
    late = np.zeros(11_097, bool)
    late[::40] = True
    assert cost(late) < 11_097 / 8
