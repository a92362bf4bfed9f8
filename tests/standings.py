"""A province on a day, made up: the figures of 9 prefectures, 88 counties and one overlay, in whole sums."""

from __future__ import annotations

import csv
import datetime as dt
from decimal import Decimal
from importlib import resources

import numpy as np
import pandas as pd

from cuntong_gis import schema
from cuntong_gis.settings import Settings, settings_from

AS_OF = dt.date(2016, 6, 30)
START, DEADLINE = dt.date(2016, 3, 10), dt.date(2016, 12, 25)
SUMMED = [
    "villages", "surveyed", "approved", "material_ready", "laid", "lit", "closed", "laid_before", "lit_before",
    "closed_before", "planned_m", "laid_m", "laid_m_before", "target", "period_target", "late", "blockers",
    "blockers_overdue", "conflicts", "adjustments", "budget_fen", "ev_fen",
]  # fmt: skip


def campaign_settings(**more: object) -> Settings:
    """Return the settings of a campaign with a name and days."""
    name = "多彩贵州“广电云”村村通工程"
    return settings_from({"campaign": {"name": name, "start": START, "deadline": DEADLINE, **more}})


def province(seed: int = 0, villages: int = 11_097) -> pd.DataFrame:
    """Return a table of schema ``unit_status``: province, prefectures, counties, and an overlay."""
    raw = resources.files("cuntong_gis").joinpath("data/guizhou_units.csv").read_text("utf-8")
    units = pd.DataFrame(list(csv.DictReader(raw.splitlines())))
    counties = units[units["level"] == "county"].reset_index(drop=True)
    low = _counted(len(counties), villages, np.random.default_rng(seed))
    low["code"], low["parent"] = counties["code"], counties["parent"]
    middle = low.groupby("parent", as_index=False)[SUMMED].sum().rename(columns={"parent": "code"})
    middle["parent"] = "520000"
    whole = low[SUMMED].sum().to_frame().T.assign(code="520000", parent="")
    beside = (low[SUMMED].iloc[:3].sum() // 9).to_frame().T.assign(code="GAXQ", parent="")
    table = pd.concat([whole, middle, low, beside], ignore_index=True)
    known = units.set_index("code")
    table["name"] = table["code"].map(known["name"]).fillna("贵安新区")
    table["level"] = table["code"].map(known["level"]).fillna("prefecture")
    table["overlay"] = table["code"] == "GAXQ"
    table = _rated(table)
    names = ["王建国", "李明", "欧阳德华", "张秀英", ""]
    table["government"] = [f"{names[n % 4]}（常务副县长）" for n in range(len(table))]
    table["company"] = [names[n % 5] for n in range(len(table))]
    table["last_report_on"] = [pd.Timestamp(AS_OF) - pd.Timedelta(days=n % 9) for n in range(len(table))]
    return schema.conform(table, "unit_status")


def _counted(count: int, villages: int, random: np.random.Generator) -> pd.DataFrame:
    weights = random.uniform(0.5, 1.6, count)
    shares = np.floor(weights / weights.sum() * villages).astype(int)
    shares[0] += villages - shares.sum()
    pace = random.uniform(0.15, 1.0, count)
    stages = {
        name: np.floor(shares * np.minimum(pace * factor, 1)).astype(int)
        for name, factor in (
            ("surveyed", 1.6), ("approved", 1.4), ("material_ready", 1.2), ("laid", 0.75), ("lit", 0.5), ("closed", 0.25)
        )
    }  # fmt: skip
    before = {f"{name}_before": (stages[name] * 0.7).astype(int) for name in ("laid", "lit", "closed")}
    planned = np.round(shares * random.uniform(2_500, 5_500, count), 1)
    laid = np.round(planned * pace * 0.7, 1)
    budget = np.rint(planned * 2_870).astype(np.int64)
    return pd.DataFrame({
        "villages": shares, **stages, **before, "planned_m": planned, "laid_m": laid, "laid_m_before": laid * 0.8,
        "target": shares * 113 / 291, "period_target": shares * 30 / 291, "late": random.integers(0, 9, count),
        "blockers": random.integers(0, 6, count), "blockers_overdue": random.integers(0, 2, count),
        "conflicts": random.integers(0, 2, count), "adjustments": random.integers(0, 3, count), "budget_fen": budget,
        "ev_fen": (budget * pace * 0.68).astype(np.int64),
    })  # fmt: skip


def _rated(table: pd.DataFrame) -> pd.DataFrame:
    time = 113 / 291
    planned = np.rint(table["budget_fen"].astype(float) * table["target"].astype(float) / table["villages"])
    money = {"budget_cny": table["budget_fen"], "ev_cny": table["ev_fen"], "pv_cny": planned}
    return table.assign(
        lit_rate=table["lit"] / table["villages"], closed_rate=table["closed"] / table["villages"],
        target_rate=table["target"] / table["villages"], done=table["lit"] / table["target"], time_rate=time,
        lag_points=(table["lit"] / table["villages"] - time) * 100, spi=table["ev_fen"] / planned, elapsed_days=113,
        silent_days=1, stale=False,
        **{name: [Decimal(int(fen)) / 100 for fen in values] for name, values in money.items()},
    )  # fmt: skip


def lights_of(table: pd.DataFrame) -> dict[str, str]:
    """Return the light of each unit by the share of its target alone."""
    colours = np.select([table["done"] >= 1, table["done"] >= 0.8], ["green", "yellow"], "red")
    return dict(zip(table["code"], colours, strict=True))


def register(count: int = 126, seed: int = 0) -> pd.DataFrame:
    """Return a table of schema ``signoff``: villages of two townships, some closed."""
    random = np.random.default_rng(seed)
    state = random.choice(["closed", "checked", "open", "reopened"], count, p=[0.4, 0.2, 0.3, 0.1])
    lit = state != "open"
    day = pd.Series([pd.Timestamp(2016, 5, 1) + pd.Timedelta(days=n % 50) for n in range(count)])
    closed = state == "closed"
    return schema.conform({
        "number": np.arange(1, count + 1), "county": ["务川仡佬族苗族自治县"] * count,
        "township": [f"{'大坪镇' if n < count // 2 else '石朝乡'}" for n in range(count)],
        "name": [f"{'红星' if n % 40 == 0 else '天生桥' + str(n)}村" for n in range(count)],
        "code": [f"520326{100 if n < count // 2 else 201}{n + 1:03d}" for n in range(count)],
        "lit_on": day.where(lit), "power_dbm": np.where(lit, -12.3 - np.arange(count) % 10, np.nan),
        "otdr": np.where(lit, np.where(np.arange(count) % 7 == 0, "out", "both"), ""), "photos": np.where(lit, 3, 0),
        "doubts": (np.arange(count) % 11 == 0).astype(int), "county_on": (day + pd.Timedelta(days=5)).where(lit),
        "county_by": np.where(lit, "田维刚", ""), "prefecture_on": (day + pd.Timedelta(days=9)).where(closed),
        "prefecture_by": np.where(closed, "冉光荣", ""),
        "province_on": (day + pd.Timedelta(days=15)).where(closed & (np.arange(count) % 5 == 0)),
        "province": np.where(closed & (np.arange(count) % 5 == 0), "passed", ""),
        "certificate": [f"XH-520326-2016-{n + 1:04d}" if c else "" for n, c in enumerate(closed)],
        "closed_on": (day + pd.Timedelta(days=10)).where(closed), "state": state,
        "missing": np.where(closed, "", "OTDR 双向测试曲线、机房照片、接头盒照片、村委会签字、监理签字"),
        "missing_en": np.where(closed, "", "OTDR both ways, photo of the room, photo of the closure, committee, supervisor"),
    }, "signoff")  # fmt: skip


def ranking(units: pd.DataFrame) -> pd.DataFrame:
    """Return a table of schema ``ranking`` of the counties: two tied, one without villages, the overlay apart."""
    counties = units[units["level"] == "county"].sort_values(["lag_points", "code"]).reset_index(drop=True)
    table = counties[
        ["code", "name", "level", "parent", "villages", "lit", "lit_rate", "time_rate", "lag_points"]
    ].copy()
    same = ["villages", "lit", "lit_rate", "lag_points"]
    table.loc[3, same] = table.loc[2, same]
    table["lit_new"] = counties["lit"] - counties["lit_before"]
    table["blockers_overdue"] = counties["blockers_overdue"]
    table["place"], table["tied"], table["listed"] = np.arange(1, len(table) + 1), 1, "ranked"
    table.loc[[2, 3], "tied"], table.loc[3, "place"] = 2, 3
    table["place_from_top"] = len(table) + 2 - table["place"] - table["tied"]
    table["place_before"] = table["place"].to_numpy()[::-1]
    table["moved"] = table["place"] - table["place_before"]
    apart = units[units["overlay"]][["code", "name", "level", "villages", "lit", "lit_rate", "time_rate"]].assign(
        listed="overlay"
    )
    return schema.conform(pd.concat([apart, table], ignore_index=True), "ranking")


def lights(units: pd.DataFrame) -> pd.DataFrame:
    """Return a table of schema ``lights`` of a month."""
    table = units[units["level"] != "county"].copy()
    told = lights_of(table)
    table["light"] = table["own_light"] = table["code"].map(told)
    table["card"], table["period"], table["as_of"] = table["done"] < 0.6, "2016-06", pd.Timestamp(AS_OF)
    table["rule"] = [
        f"已开通 {n} ÷ 应开通 {t:.1f}，低于 100%" for n, t in zip(table["lit"], table["target"], strict=True)
    ]
    table["rule_en"] = [f"{n} lit of {t:.1f} due" for n, t in zip(table["lit"], table["target"], strict=True)]
    return schema.conform(table, "lights")


def proposals(units: pd.DataFrame) -> pd.DataFrame:
    """Return a table of schema ``proposals``: one of each rung."""
    table = units[units["level"] == "county"].head(3).copy()
    table["proposal"] = [f"2016-06-{code}" for code in table["code"]]
    table["kind"], table["title"] = ["warning", "talk", "accountability"], ["预警通知", "约谈提醒", "追责建议"]
    table["basis"], table["months"], table["state"] = "months", "2016-05 2016-06", "open"
    table["lacking"] = [12, 30, 55]
    table["facts"] = (
        "2016年5月、6月连续两个月红灯：5月完成目标 41.2%（已开通 12 ÷ 应开通 29.1），6月完成目标 52.8%（已开通 38 ÷ 应开通 71.8）"
    )
    table["facts_en"] = "Red in May and June 2016: 12 lit of 29.1 due, 38 lit of 71.8 due"
    table["enough"], table["enough_en"] = "6月底前再开通 20 个村", "20 more villages lit by the end of June"
    table["withdraws"], table["withdraws_en"] = (
        "补足所欠 12 个村并无新的红灯",
        "12 villages made good and no new red light",
    )
    table["notice"], table["notice_en"] = "由上级机关决定", "a higher office decides"
    return schema.conform(table, "proposals")


def inspection() -> pd.DataFrame:
    """Return a table of schema ``inspection``: eight villages of two counties, nothing filled in yet."""
    return schema.conform({
        "number": [1, 2, 3, 4] * 2, "county": ["520326"] * 4 + ["520327"] * 4,
        "county_name": ["务川仡佬族苗族自治县"] * 4 + ["凤冈县"] * 4, "township": ["520326100"] * 4 + ["520327200"] * 4,
        "township_name": ["大坪镇"] * 4 + ["石径乡"] * 4, "code": [f"52032{6 + n // 4}100{n:03d}" for n in range(8)],
        "name": [f"龙潭{n}村" for n in range(8)], "stage": ["lit", "closed"] * 4, "county_scope": [60] * 8,
        "county_sample": [4] * 8, "lot": ["0f" * 32] * 8,
    }, "inspection")  # fmt: skip


def score(units: pd.DataFrame) -> pd.DataFrame:
    """Return a table of schema ``score`` of the prefectures; the overlay is listed apart."""
    table = units[(units["level"] == "prefecture")].sort_values("code").reset_index(drop=True)
    table["listed"] = np.where(table["overlay"], "overlay", "ranked")
    table["place"] = pd.Series(np.arange(1, len(table) + 1), dtype="Int64").where(~table["overlay"])
    table["tied"], table["passed"], table["inspected"], table["on_time"], table["looked_at"] = 1, 9, 10, 90, 100
    table["completion"], table["quality"], table["reporting"], table["archive"] = (
        table["closed_rate"] * 60,
        18.0,
        9.0,
        7.5,
    )
    table["complete"], table["archived"], table["out_of"] = table["closed"], table["closed"], 100.0
    table["total"] = table["of_hundred"] = table["completion"] + 34.5
    table["rule"], table["rule_en"] = (
        "完成 60 分 × 已销号 ÷ 应完成，质量 20 分 × 9 ÷ 10",
        "60 × closed ÷ due, 20 × 9 ÷ 10",
    )
    return schema.conform(table, "score")
