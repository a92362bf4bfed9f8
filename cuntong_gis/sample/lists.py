"""The lists beside the layers of a made-up campaign: units, targets by month, and officials who are made up too."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from cuntong_gis.model import Stage
from cuntong_gis.sample.sheets import clerks
from cuntong_gis.sample.tables import SampleRegion
from cuntong_gis.sample.write import write_sheet

if TYPE_CHECKING:
    import geopandas as gpd

LIST_FILES = ("units.xlsx", "targets.xlsx", "officials.xlsx")
MONTHLY = {
    "2016-05": 4, "2016-06": 10, "2016-07": 12, "2016-08": 14, "2016-09": 16, "2016-10": 16, "2016-11": 16,
    "2016-12": 12,
}  # fmt: skip
"""Villages to be lit in each month, per cent."""
MADE_UP = "（虚构）"
"""Said of every official: nobody is meant."""
ROLES = {
    "province": (("政府", "省级联系人"), ("公司", "广电网络省公司联系人")),
    "prefecture": (("政府", "市级联系人"), ("公司", "广电网络市分公司经理")),
    "county": (("政府", "县长"), ("政府", "分管副县长"), ("公司", "广电网络县分公司经理")),
    "township": (("政府", "乡镇长"), ("公司", "广电网络片区负责人")),
}
LEVELS = {"prefecture": "市州", "county": "县级", "township": "乡镇"}


def at_start(region: SampleRegion) -> SampleRegion:
    """Return a region on the first day of its campaign.

    Parameters
    ----------
    region : SampleRegion
        In the middle of it.

    Returns
    -------
    SampleRegion
        Nothing has begun: what is done since is told by a ledger.
    """
    nothing = {"stage": str(Stage.NOT_STARTED), "stage_date": pd.NaT}
    return replace(region, villages=region.villages.assign(**nothing))


def write_lists(region: SampleRegion, folder: Path) -> list[Path]:
    """Write the lists of a county's campaign into its ``layers/``.

    Parameters
    ----------
    region : SampleRegion
        A county of several townships.
    folder : Path
        The workspace; files of the same names are replaced.

    Returns
    -------
    list of Path
        The files of `LIST_FILES`: the same for the same region.
    """
    townships = _townships(region.villages)
    units = [{"区划代码": region.code, "名称": region.name, "级别": LEVELS["county"], "上级": f"{region.code[:4]}00"}]
    units.insert(
        0, {"区划代码": f"{region.code[:4]}00", "名称": "示范市(合成)", "级别": LEVELS["prefecture"], "上级": ""}
    )
    units += [
        {"区划代码": code, "名称": name, "级别": LEVELS["township"], "上级": region.code}
        for code, name in zip(townships["code"], townships["name"], strict=True)
    ]
    tables: dict[str, tuple[str, Sequence[dict[str, Any]]]] = {
        "units.xlsx": ("行政区划名录", units),
        "targets.xlsx": ("月度开通目标", _targets(region.code, townships)),
        "officials.xlsx": ("责任人名单（全部虚构）", _officials(region.code, townships)),
    }
    return [
        write_sheet(folder / "layers" / file, f"{region.name}{title}", "合成数据,仅供演示", rows)
        for file, (title, rows) in tables.items()
    ]


def _townships(villages: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return code, name and villages of each township, by code."""
    found = villages.assign(unit=villages["code"].str[:9]).groupby("unit", sort=True)["township"].agg(["first", "size"])
    return pd.DataFrame({"code": found.index.astype(str), "name": found["first"].to_numpy(), "villages": found["size"]})


def _targets(county: str, townships: pd.DataFrame) -> list[dict[str, Any]]:
    """Return villages to be lit each month, of each township, and of the county what they add up to."""
    share = np.cumsum(list(MONTHLY.values())) / 100.0
    size = townships["villages"].to_numpy(np.int64)
    due = np.rint(size[:, None] * share).astype(np.int64)
    monthly = np.diff(due, axis=1, prepend=0)
    rows = [(county, monthly.sum(axis=0)), *zip(townships["code"], monthly, strict=True)]
    return [
        {"单位代码": code, "期间": month, "开通村数": int(count)}
        for code, counts in rows
        for month, count in zip(MONTHLY, counts.tolist(), strict=True)
    ]


def _officials(county: str, townships: pd.DataFrame) -> list[dict[str, Any]]:
    rows = []
    above = {"province": [f"{county[:2]}0000"], "prefecture": [f"{county[:4]}00"], "county": [county]}
    for level, codes in (*above.items(), ("township", townships["code"].tolist())):
        for number, (chain, role) in enumerate(ROLES[level]):
            names = clerks(np.array(codes, object), 20 + number)
            rows += [
                {"单位代码": code, "责任链": chain, "职务": role, "姓名": f"{name}{MADE_UP}"}
                for code, name in zip(codes, names, strict=True)
            ]
    return sorted(rows, key=lambda row: (len(row["单位代码"]), row["单位代码"]))
