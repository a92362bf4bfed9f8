"""The difference of two plans: exact on plans made by hand, told in lines, CSV and JSON."""

from __future__ import annotations

import csv
import dataclasses
import io
import json
from decimal import Decimal

import numpy as np
import shapely
from conftest import line, point, world

from cuntong_gis import schema
from cuntong_gis.model import Plan, PlanTotals
from cuntong_gis.network import build_network
from cuntong_gis.plan import (
    SpanChange,
    VillageChange,
    change_csv,
    change_json,
    change_lines,
    compare_plans,
    plan_routes,
)
from cuntong_gis.settings import Settings
from cuntong_gis.words import Words

A, B, C, D = (0, 0), (1000, 0), (2000, 0), (2000, 1000)
NOWHERE = Words("", "")


def plan(spans: dict[str, tuple], villages: dict[str, tuple[list[str], str] | str]) -> Plan:
    """Return a plan by hand: span → course; village → (spans of its route, source), or why it is not reached."""
    length = {name: 1000.0 * (len(course) - 1) for name, course in spans.items()}
    table = schema.conform(
        {
            "span_id": list(spans),
            "length_m": list(length.values()),
            "cost_cny": [Decimal("35.00") * int(metres) for metres in length.values()],
            "geometry": [line(*course) for course in spans.values()],
        },
        "spans",
    )
    reached = [not isinstance(v, str) for v in villages.values()]
    routes = {code: v for code, v in villages.items() if not isinstance(v, str)}
    metres = {code: sum(length[s] for s in chain) for code, (chain, _) in routes.items()}
    return Plan(
        villages=schema.conform(
            {
                "code": list(villages),
                "name": [f"村{code}" for code in villages],
                "reached": reached,
                "reason": [v if isinstance(v, str) else "" for v in villages.values()],
                "route_m": [metres.get(code, np.nan) for code in villages],
                "geometry": [point(0, 0)] * len(villages),
            },
            "plan_villages",
        ),
        spans=table,
        routes=schema.conform(
            {
                "route_id": [f"R-{code}" for code in routes],
                "village_code": list(routes),
                "source_id": [source for _, source in routes.values()],
                "span_ids": [" ".join(chain) for chain, _ in routes.values()],
                "length_m": list(metres.values()),
                "geometry": [shapely.LineString([(0, 0), (1, 1)])] * len(routes),
            },
            "routes",
        ),
        **{name: schema.empty(name) for name in ("sites", "fiber", "access_points", "boundaries", "steering")},
        totals=PlanTotals(
            len(villages), sum(reached), len(villages) - sum(reached), sum(length.values()) / 1000, 0.0,
            sum(table["cost_cny"], Decimal(0)), Decimal(0), None, True,
        ),
        findings=(),
    )  # fmt: skip


BEFORE = plan(
    {"S1": (A, B), "S2": (B, C), "S3": (C, D)},
    {"1": (["S1"], "A1"), "2": (["S2", "S1"], "A1"), "3": (["S3", "S2", "S1"], "A1"), "4": "远", "5": (["S1"], "A1")},
)


def test_nothing_changed():
    change = compare_plans(BEFORE, BEFORE)
    assert not change.changed and (change.kept, change.spans, change.villages) == (3, (), ())
    assert [words.zh for words in change_lines(change)] == ["与上一草案相同"]


def test_the_difference_is_exactly_right():
    after = plan(
        {"S1": (A, B), "S4": (B, (1000, 1000), D), "S5": (D, C)},  # S5 is S3 walked the other way
        {
            "1": (["S1"], "A1"),
            "2": (["S5", "S4", "S1"], "A1"),
            "3": (["S4", "S1"], "A1"),
            "4": (["S1"], "A1"),
            "6": "断",
        },
    )
    change = compare_plans(BEFORE, after)
    assert change.kept == 1
    assert change.spans == (
        SpanChange("S4", "added", 2000.0, Decimal(70000)),
        SpanChange("S2", "removed", 1000.0, Decimal(35000)),
        SpanChange("S3", "recut", 1000.0, Decimal(35000)),
    )
    assert change.villages == (
        VillageChange("2", "村2", "rerouted", 2000.0, 4000.0, NOWHERE),
        VillageChange("3", "村3", "rerouted", 3000.0, 3000.0, NOWHERE),
        VillageChange("4", "村4", "reached", None, 1000.0, NOWHERE),
        VillageChange("6", "村6", "new", None, None, Words("断", "")),
        VillageChange("5", "村5", "gone", 1000.0, None, NOWHERE),
    )
    assert (change.before_km, change.after_km, change.delta_km) == (3.0, 4.0, 1.0)
    assert (change.before_cny, change.delta_cny) == (Decimal(105000), Decimal(35000))


def test_another_source_or_a_longer_way_is_a_change_of_route_and_a_second_of_a_code_is_its_own():
    villages = BEFORE.villages.assign(code=["1", "1", "3", "4", "5"])
    twins = dataclasses.replace(BEFORE, villages=villages)
    other = dataclasses.replace(twins, routes=twins.routes.assign(source_id=["A1", "A2", "A1", "A1"]))
    assert [(v.code, v.name, v.change) for v in compare_plans(twins, other).villages] == [("1", "村2", "rerouted")]
    longer = villages.assign(route_m=villages["route_m"] + [0.0, 0.0, 1.5, 0.0, 0.5])
    assert [v.code for v in compare_plans(twins, dataclasses.replace(twins, villages=longer)).villages] == ["3"]


def test_a_village_that_only_joins_on_the_way_leaves_the_others_as_they_were():
    road = line((0, 0), (1000, 0), (3000, 0))
    plans = [
        plan_routes(build_network(world([road], villages, [(0, 0)]), Settings()), Settings())
        for villages in ([(3000, 0)], [(3000, 0), (1500, 0)])
    ]
    change = compare_plans(*plans)
    assert [v.change for v in change.villages] == ["new"]
    assert [s.change for s in change.spans] == ["recut"] and (change.delta_km, change.delta_cny) == (0.0, Decimal(0))


def test_it_is_told_in_lines_a_table_and_json():
    after = plan({"S1": (A, B)}, {**dict.fromkeys(("2", "3", "4"), "=断"), "1": (["S1"], "A1"), "5": (["S1"], "A1")})
    change = compare_plans(BEFORE, after)
    zh = "\n".join(words.zh for words in change_lines(change))
    assert "新增 0，取消 2，原线重新分段 0，不变 1" in zh
    assert "路由 3.000 → 1.000 公里（-2.000），造价 10.50 → 3.50 万元（-7.00）" in zh
    assert "由可达变为不可达 2：村2（2：=断）、村3（3：=断）" in zh
    en = "\n".join(words.en for words in change_lines(change))
    assert "cost 105,000.00 → 35,000.00 CNY (-70,000.00)" in en
    text = change_csv(change, "zh")
    rows = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"))))
    assert text.startswith("\ufeff") and len(rows) == 1 + 2 + 2 and all(len(row) == len(rows[0]) for row in rows)
    assert rows[1][:4] == ["村", "由可达变为不可达", "2", "村2"] and rows[1][-1] == "'=断"
    assert rows[-1][2] == "S3" and rows[-1][6] == "-35000.00"
    data = json.loads(json.dumps(change_json(change, "zh")))
    assert data["spans"] == {"kept": 1, "added": [], "removed": ["S2", "S3"], "recut": []}
    assert data["cost_cny"]["delta"] == "-70000.00" and [v["code"] for v in data["villages"]] == ["2", "3"]
