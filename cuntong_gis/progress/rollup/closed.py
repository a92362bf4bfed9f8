"""Figures of a closed period: kept as bytes when it is frozen, read again exactly, compared with what is known now."""

from __future__ import annotations

import gzip
import json
import zlib
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from cuntong_gis import schema
from cuntong_gis.errors import LedgerError
from cuntong_gis.progress.entries import canonical
from cuntong_gis.progress.rollup.status import Status
from cuntong_gis.words import Words

if TYPE_CHECKING:
    import geopandas as gpd

FORM = "cuntong unit_status 1"
COMPARED = (
    "villages", "surveyed", "approved", "material_ready", "laid", "lit", "closed", "laid_before", "lit_before",
    "closed_before", "planned_m", "laid_m", "laid_m_before", "target", "period_target", "late", "blockers",
    "blockers_overdue", "conflicts", "adjustments", "budget_cny", "ev_cny", "pv_cny",
)  # fmt: skip
"""Figures that `difference` tells: all that are counted or added up, not the rates made of them."""


def closed_figures(status: Status) -> bytes:
    """Return the units of a day as bytes that are the same for the same figures.

    Parameters
    ----------
    status : Status
        The figures on the last day of the period.

    Returns
    -------
    bytes
        Gzip of canonical JSON, without time stamp; every value comes back exactly.
    """
    columns = {c.name: _plain(status.units[c.name], c.type) for c in schema.load("unit_status").columns}
    said = {"form": FORM, "as_of": status.as_of.isoformat(), "period": status.period.code, "units": columns}
    packed = gzip.compress(canonical(said).encode(), mtime=0)
    return packed[:9] + b"\xff" + packed[10:]  # the operating system is no part of the figures


def read_closed(data: bytes) -> gpd.GeoDataFrame:
    """Return the units that `closed_figures` kept.

    Parameters
    ----------
    data : bytes
        What it returned.

    Returns
    -------
    GeoDataFrame
        Schema ``unit_status``; `attrs` holds `as_of` and `period` as texts.

    Raises
    ------
    LedgerError
        If the bytes are something else, or damaged.
    """
    try:
        said = json.loads(gzip.decompress(data))
        if said["form"] != FORM:
            raise ValueError(said["form"])
        columns = {name: pd.Series(values, dtype=object) for name, values in _typed(said["units"]).items()}
        table = schema.conform(columns, "unit_status")
    except (OSError, EOFError, zlib.error, ValueError, KeyError, TypeError, UnicodeDecodeError, ArithmeticError):
        raise LedgerError(
            Words("已结账的数字读不出来：数据损坏", "the closed figures cannot be read: the data are damaged"),
            hint=Words("运行 cuntong progress verify", "run 'cuntong progress verify'"),
        ) from None
    table.attrs = {"as_of": said["as_of"], "period": said["period"]}
    return table


def difference(closed: pd.DataFrame, now: pd.DataFrame) -> pd.DataFrame:
    """Return what late reports have changed since a period was closed.

    Parameters
    ----------
    closed : DataFrame
        Schema ``unit_status``, as `read_closed` gives it.
    now : DataFrame
        The same day rolled up from what is known now, each entry counted when it happened (`as_happened`).

    Returns
    -------
    DataFrame
        One row a figure that differs, of those that are counted or added up (`COMPARED`), not of the rates and days
        made of them: code, name, level, figure, closed, now, change; floats, except Decimal for
        money; missing where a unit is in one table only. In the order of the closed table, then of `now`.
    """
    both = closed[["code", "name", "level"]].astype(object)
    extra = now.loc[~now["code"].isin(closed["code"]), ["code", "name", "level"]].astype(object)
    units = pd.concat([both, extra], ignore_index=True)
    rows = [pd.Index(t["code"].astype(object)).get_indexer(units["code"]) for t in (closed, now)]
    parts = []
    for place, name in enumerate(COMPARED):
        then, later = (_taken(t[name], at) for t, at in zip((closed, now), rows, strict=True))
        here = np.flatnonzero([not _same(a, b) for a, b in zip(then, later, strict=True)])
        parts.append(units.iloc[here].assign(
            figure=name, closed=then[here], now=later[here],
            change=np.array([_less(b, a) for a, b in zip(then[here], later[here], strict=True)], object),
            _unit=here, _figure=place,
        ))  # fmt: skip
    found = pd.concat(parts, ignore_index=True).sort_values(["_unit", "_figure"], kind="stable", ignore_index=True)
    return found.drop(columns=["_unit", "_figure"])


def _plain(values: pd.Series, kind: str) -> list[Any]:
    """Return a column as plain JSON values; None where it is missing."""
    if kind == "date":
        return [schema.iso(day) or None for day in values]
    if kind == "money":
        return [None if amount is None else str(amount) for amount in values]
    return [None if missing else value for value, missing in zip(values.tolist(), values.isna(), strict=True)]


def _typed(columns: dict[str, list[Any]]) -> dict[str, list[Any]]:
    for column in schema.load("unit_status").columns:
        if column.type == "money" and column.name in columns:
            columns[column.name] = [None if text is None else Decimal(text) for text in columns[column.name]]
    return columns


def _taken(values: pd.Series, at: np.ndarray) -> np.ndarray:
    """Return figures by row: floats, Decimal for money, None where there is none."""
    plain = [None if missing else value for value, missing in zip(values.tolist(), values.isna(), strict=True)]
    plain = [value if value is None or isinstance(value, Decimal) else float(value) for value in plain]
    found = np.full(len(at), None, object)
    found[at >= 0] = np.array([*plain, None], object)[:-1][at[at >= 0]]
    return found


def _less(one: Any, other: Any) -> Any:
    return None if one is None or other is None else one - other


def _same(one: Any, other: Any) -> bool:
    """Tell whether two figures are one; sums of metres may differ in their last bits."""
    if isinstance(one, float) and isinstance(other, float):
        return abs(one - other) <= 1e-9 * max(abs(one), abs(other))
    return bool(one == other)
