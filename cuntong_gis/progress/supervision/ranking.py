"""Units in order, worst first, with ties that are told: 1, 2, 2, 4.

What counts: the lag behind linear time progress in percentage points, then the rate of villages lit, then open overdue
blockers. Units equal in all three share a place; their codes only order the rows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from cuntong_gis import schema
from cuntong_gis.progress.rollup.units import LEVELS
from cuntong_gis.progress.supervision.lights import current_code
from cuntong_gis.progress.supervision.phrases import points_text, share_text
from cuntong_gis.words import Words

if TYPE_CHECKING:
    import pandas as pd

Ints = NDArray[np.int64]
Places = NDArray[np.intp]
KEY_DIGITS = 12
"""Rates are compared at so many decimals: what comes of rounding is no difference."""


def places(keys: Sequence[NDArray[Any]]) -> tuple[Ints, Ints, Ints]:
    """Return the places of rows, and how many share each.

    Parameters
    ----------
    keys : sequence of ndarray, each of shape (n,)
        The first counts most; a smaller value is worse. None is missing.

    Returns
    -------
    from_worst, tied, from_best : ndarray of int64, shape (n,)
        1 is the worst, and the best; equal keys share a place, and the places after it are left out.
    """
    rows = np.column_stack([np.asarray(k, float) for k in keys])
    _, group, tied = np.unique(rows, axis=0, return_inverse=True, return_counts=True)
    group = group.reshape(-1)
    ahead = np.cumsum(tied) - tied
    behind = len(rows) - ahead - tied
    return (ahead + 1)[group], tied[group], (behind + 1)[group]


def rank_units(
    units: pd.DataFrame, level: str, *, within: str = "", before: pd.DataFrame | None = None,
    became: Mapping[str, str] | None = None,
) -> pd.DataFrame:  # fmt: skip
    """Return the units of a level in order, worst first.

    Parameters
    ----------
    units : DataFrame
        Schema ``unit_status``.
    level : str
        ``prefecture``, ``county``, ``township``, ….
    within : str
        Code of a unit: only what lies in it; default: all, and overlays apart.
    before : DataFrame, optional
        Schema ``unit_status`` at the end of the period before: the closed figures, if it is closed.
    became : mapping of str to str, optional
        Code of a unit that has become another one since → that one's.

    Returns
    -------
    DataFrame
        Schema ``ranking``: ranked units, then overlays, then units without villages.
    """
    import pandas as pd

    table = _standing(units, level, within)
    earlier = _earlier(before, level, within, became or {})
    was = table["code"].astype(object).map(earlier).to_numpy(np.float64, na_value=np.nan)
    was = np.where(table["listed"] == "ranked", was, np.nan)
    said = [
        told(*row) for row in zip(
            *(table[c].tolist() for c in
              ("villages", "lit", "lit_rate", "time_rate", "lag_points", "blockers_overdue")), strict=True,
        )
    ]  # fmt: skip
    columns: dict[str, Any] = {
        **{str(name): table[name] for name in table},
        "lit_new": table["lit"] - table["lit_before"],
        "place_before": pd.Series(was).astype("Int64"), "moved": (table["place"] - pd.Series(was)).astype("Int64"),
        "rule": [words.zh for words in said], "rule_en": [words.en for words in said],
    }  # fmt: skip
    ranked: pd.DataFrame = schema.conform(columns, "ranking")
    return ranked


def below(units: pd.DataFrame, code: str) -> NDArray[np.bool_]:
    """Tell which units lie in a unit.

    Parameters
    ----------
    units : DataFrame
        With columns code and parent.
    code : str
        The unit.

    Returns
    -------
    ndarray of bool
        The unit itself is not in it.
    """
    up = units["parent"].to_numpy(object)
    above = dict(zip(units["code"].to_numpy(object).tolist(), up.tolist(), strict=True))
    found = np.zeros(len(units), bool)
    for _ in range(5):  # levels
        found |= up == code
        up = np.array([above.get(c, "") for c in up], object)
    return found


def level_below(units: pd.DataFrame, code: str) -> str:
    """Return the level of the units just below a unit.

    Parameters
    ----------
    units : DataFrame
        Schema ``unit_status``.
    code : str
        The unit.

    Returns
    -------
    str
        One of `LEVELS`; of a village its own.
    """
    level = str(units.loc[units["code"] == code, "level"].iloc[0])
    return LEVELS[min(LEVELS.index(level) + 1, len(LEVELS) - 1)]


def _standing(units: pd.DataFrame, level: str, within: str) -> pd.DataFrame:
    """Return the units of a level in the order of the ranking, with their places."""
    import pandas as pd

    here = (units["level"] == level).to_numpy(bool) & (below(units, within) if within else True)
    table = units[here].reset_index(drop=True)
    table["listed"] = np.select([table["villages"] == 0, table["overlay"]], ["no_villages", "overlay"], "ranked")
    rated = [np.round(table[c].fillna(0.0).to_numpy(np.float64), KEY_DIGITS) for c in ("lag_points", "lit_rate")]
    keys = [*rated, -table["blockers_overdue"].to_numpy(np.float64)]
    ranked = (table["listed"] == "ranked").to_numpy(bool)
    group = table["listed"].map({"ranked": 0, "overlay": 1, "no_villages": 2}).to_numpy(np.int64)
    for name, values in zip(("place", "tied", "place_from_top"), places([k[ranked] for k in keys]), strict=True):
        table[name] = pd.Series(values, index=table.index[ranked]).reindex(table.index).astype("Int64")
    order = np.lexsort((table["code"].to_numpy(str), *reversed(keys), group))
    return table.iloc[order].reset_index(drop=True)


def _earlier(before: pd.DataFrame | None, level: str, within: str, became: Mapping[str, str]) -> dict[str, int]:
    """Return the place before of every unit, by its code of today; of several that became one, that of none."""
    import pandas as pd

    if before is None:
        return {}
    table = _standing(before, level, within)
    table = table[table["listed"] == "ranked"]
    codes = [current_code(c, became) for c in table["code"]]
    single = ~pd.Series(codes).duplicated(keep=False).to_numpy(bool)
    return {
        c: int(p) for c, p, alone in zip(codes, table["place"], single, strict=True) if alone
    }  # fmt: skip


def told(villages: int, lit: int, lit_rate: float, time_rate: float, lag_points: float, blockers_overdue: int) -> Words:
    """Return the figures that a place rests on.

    Parameters
    ----------
    villages, lit : int
        Counts.
    lit_rate, time_rate : float
        Ratios.
    lag_points : float
        Percentage points.
    blockers_overdue : int
        Count.

    Returns
    -------
    Words
        ``开通 25 / 58 = 43.1 %，序时 30.2 %，相差 +12.9 个百分点；逾期阻碍 2 项``.
    """
    if villages == 0:
        return Words("没有任务村，不排名", "no villages: not ranked")
    rate, time, lag = share_text(lit_rate), share_text(time_rate), points_text(lag_points)
    return Words(
        f"开通 {lit} / {villages} = {rate}，序时 {time}，相差 {lag} 个百分点；逾期阻碍 {blockers_overdue} 项",
        f"{lit} lit / {villages} = {rate}, linear time {time}, {lag} points apart; {blockers_overdue} overdue blockers",
    )
