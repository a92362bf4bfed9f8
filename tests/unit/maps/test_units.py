"""Units and days as a page carries them: what it counts from them is what the roll-up says."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
from campaigns import lived_shown

from cuntong_gis.maps import units
from cuntong_gis.maps.shown import Shown
from cuntong_gis.model import Stage


def rows(shown: Shown) -> np.ndarray:
    return np.arange(len(shown.plan.villages))


def course(shown: Shown, order: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return stages and lateness as a page makes them from the histories."""
    told, line = units.history(shown, order), shown.timeline
    days = np.array([(pd.Timestamp(day) - pd.Timestamp(told["base"])).days for day in line.days])
    stage = np.zeros((len(days), len(order)), int)
    for rank, first in zip(range(1, 7), told["reach"], strict=True):
        if first is None:
            on = told[str(list(Stage)[rank])]
            stage += (on > 0) & (on <= days[:, None])
        else:
            stage += np.arange(len(days))[:, None] >= first
    stage[told["odd"]["day"], told["odd"]["village"]] = told["odd"]["stage"]
    due = shown.status.villages["due_date"].to_numpy()[order]
    late = (stage < Stage.LIT.rank) & (due < np.array(line.days, "datetime64[s]")[:, None])
    late[told["oddLate"]["day"], told["oddLate"]["village"]] ^= True
    return stage, late


def figures(shown: Shown, order: np.ndarray) -> np.ndarray:
    """Return the figures of the units as a page counts and mends them."""
    told = units.units(shown, order)
    stage, late = course(shown, order)
    found = np.zeros((len(units.COUNTED), len(stage), len(told["parent"])), int)

    def count(unit: int, village: int) -> None:
        for day in range(len(stage)):
            found[: stage[day, village] + 1, day, unit] += 1
            found[-1, day, unit] += late[day, village]

    for village, unit in enumerate(told["home"]):
        while unit >= 0:
            count(unit, village)
            unit = told["parent"][unit]
    for unit, village in zip(told["more"]["unit"], told["more"]["village"], strict=True):
        count(unit, village)
    fix = told["fix"]
    found[fix["figure"], fix["day"], fix["unit"]] = fix["value"]
    return found


def whole(values: np.ndarray) -> np.ndarray:
    return np.where(np.isnan(values), -1, np.nan_to_num(values)).astype(int)


def test_what_a_page_counts_is_what_the_roll_up_says():
    shown = lived_shown()
    order = np.random.default_rng(0).permutation(rows(shown))
    stage, late = course(shown, order)
    assert (stage == shown.timeline.stage[:, order]).all() and (late == shown.timeline.late[:, order]).all()
    found = figures(shown, order)
    for n, name in enumerate(units.COUNTED):
        np.testing.assert_array_equal(found[n], whole(shown.timeline.figures[name]), err_msg=name)


def test_reopened_villages_moved_villages_and_overlays_come_through():
    shown = lived_shown()
    line = shown.timeline
    stage, late = line.stage.copy(), line.late.copy()
    stage[10, 4], stage[11:, 4], late[7, 9] = 6, 2, ~late[7, 9]
    above = pd.DataFrame({"code": ["X"], "name": ["新区"], "level": ["county"], "parent": [""], "overlay": [True]})
    table = pd.concat([line.units, above], ignore_index=True)
    lost = line.village_of == 3  # a village that is its township's and nobody's above it
    keep = ~(lost & (line.unit_of < 2))
    unit_of = np.r_[line.unit_of[keep], [len(table) - 1] * 2]
    village_of = np.r_[line.village_of[keep], [5, 6]]
    told = {name: np.c_[values, np.full(len(values), 2.0)] for name, values in line.figures.items()}
    told["lit"] = told["lit"].copy()
    told["lit"][3, 4], told["villages"][:5, 6] = 17, np.nan
    moved = dataclasses.replace(
        line, units=table, stage=stage, late=late, unit_of=unit_of, village_of=village_of, figures=told
    )
    shown = dataclasses.replace(shown, timeline=moved)
    made, lateness = course(shown, rows(shown))
    assert (made == stage).all() and (lateness == late).all()
    found = figures(shown, rows(shown))
    for n, name in enumerate(units.COUNTED):
        np.testing.assert_array_equal(found[n], whole(told[name]), err_msg=name)


def test_without_a_ledger_no_day_is_made_up():
    shown = dataclasses.replace(lived_shown(), has_ledger=False)
    told = units.history(shown, rows(shown))
    assert not {"laid", "lit", "closed"} & set(told)
    assert all(first is not None for first in told["reach"])
    assert not units.facts(shown, rows(shown))["stale"].any()


def test_every_reading_of_a_character_is_told_once():
    told = units.sounds(["重庆村", "绿水村", "A<b>村"])
    reads = [told["reads"]["of"].values[n] for n in told["reads"]["at"]]
    found = dict(zip(told["chars"], reads, strict=True))
    assert set(found) == set("重庆村绿水")
    assert {"chong", "zhong"} <= set(found["重"].split(",")) and found["村"] == "cun" and "lv" in found["绿"].split(",")
