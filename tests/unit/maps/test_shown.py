"""What the maps are drawn from: the ledger's figures on every day, of the whole and of a part."""

from __future__ import annotations

import dataclasses
import datetime as dt

import numpy as np
import pandas as pd
import pytest
from campaigns import county, lived, lived_shown

from cuntong_gis.errors import MapsError
from cuntong_gis.maps import shown_plan
from cuntong_gis.model import Stage
from cuntong_gis.progress import FIGURES, roll_up

RANK = {str(stage): stage.rank for stage in Stage}


def test_every_day_of_the_timeline_is_what_roll_up_says_of_it():
    loaded, course = lived(), lived_shown().timeline
    assert len(course.days) > 30
    for n in np.random.default_rng(3).choice(len(course.days), 6, replace=False):
        status = roll_up(loaded.entries, loaded.plan, loaded.settings, as_of=course.days[n])
        units = status.units[status.units["level"] != "village"].set_index("code")
        for name in FIGURES:
            np.testing.assert_array_equal(
                course.figures[name][n], units[name].reindex(course.units["code"]).to_numpy(float), err_msg=name
            )
        assert course.stage[n].tolist() == status.villages["stage"].map(RANK).tolist()
        assert course.late[n].tolist() == status.villages["late"].tolist()
        np.testing.assert_allclose(course.laid_m[n], status.spans["counted_m"], rtol=1e-6)


def test_the_days_are_ends_of_weeks_and_months_from_the_eve_to_the_cut_off_day():
    days = lived_shown().timeline.days
    start = lived().settings.campaign.start
    assert days[0] == start - dt.timedelta(days=1) and days[-1] == dt.date(2016, 9, 20)
    assert dt.date(2016, 6, 30) in days and dt.date(2016, 7, 3) in days and dt.date(2016, 7, 4) not in days


def test_blockers_and_evidence_are_those_that_the_figures_count():
    shown = lived_shown()
    counted = shown.status.villages.set_index("code")["blockers"]
    assert len(shown.blockers) == counted.sum() > 0
    assert shown.blockers["village"].value_counts().to_dict() == counted[counted > 0].to_dict()
    assert shown.blockers["overdue"].sum() == shown.status.villages["blockers_overdue"].sum()
    closed = (shown.status.villages["stage"] == "closed").to_numpy()
    assert closed.any() and (shown.evidence[closed] > 0).all()


def test_the_parts_of_a_county_add_up_to_it():
    whole = lived_shown()
    towns = whole.status.units.loc[whole.status.units["level"] == "township", "code"]
    parts = [whole.within(code) for code in towns]
    assert sum(len(part.plan.villages) for part in parts) == len(whole.plan.villages)
    assert sum(len(part.blockers) for part in parts) == len(whole.blockers)
    assert sum(part.plan.totals.cost_cny for part in parts) == whole.root["budget_cny"]
    assert sum(part.plan.totals.route_km for part in parts) == pytest.approx(whole.root["planned_m"] / 1000)
    for part in parts:
        assert set(part.plan.villages["code"].str[:9]) == {part.unit}
        assert (
            part.root["lit"] == (part.timeline.stage[-1] >= Stage.LIT.rank).sum() == part.timeline.figures["lit"][-1, 0]
        )
        assert part.timeline.unit_of.max() == 0 and len(part.timeline.unit_of) == len(part.plan.villages)
        ends = {*part.plan.spans["from_site"], *part.plan.spans["to_site"]}
        assert ends <= set(part.plan.sites["site_id"])
        assert part.timeline.laid_m.shape == (len(part.timeline.days), len(part.plan.spans))


def test_a_unit_that_is_none_is_refused_in_one_line():
    with pytest.raises(MapsError, match="999999"):
        lived_shown().within("999999")


def test_without_a_ledger_the_stages_of_the_layer_are_shown_on_one_day():
    plan = county().plan
    stages = [str(list(Stage)[n % 7]) for n in range(len(plan.villages))]
    begun = plan.villages.assign(
        stage=stages, stage_date=pd.Timestamp("2016-05-01"), due_date=pd.Timestamp("2016-04-30")
    )
    shown = shown_plan(dataclasses.replace(plan, villages=begun), county().settings)
    assert not shown.has_ledger and shown.timeline.days == (county().settings.campaign.as_of,)
    assert shown.status.villages["stage"].tolist() == stages
    assert shown.root["late"] == sum(RANK[stage] < Stage.LIT.rank for stage in stages)
