"""The score of the year 年终考核: completion, quality, reporting on time and archive, every point with its trace.

What cannot be scored is left out of the total and of what the total is given out of, and says so: a county that nobody
inspected is neither good nor bad. Points are rounded to two decimals each, half up, so that a printed total is the sum
of what is printed; places go by the total out of a hundred, as printed.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from cuntong_gis import schema
from cuntong_gis.progress.supervision.checklist import province_checks
from cuntong_gis.progress.supervision.lights import current_code
from cuntong_gis.progress.supervision.phrases import count_text, share_text
from cuntong_gis.progress.supervision.ranking import below, places
from cuntong_gis.settings import SupervisionSettings
from cuntong_gis.words import Words

if TYPE_CHECKING:
    import pandas as pd

POINT = Decimal("0.01")


@dataclass(frozen=True)
class Part:
    """A part of the score.

    Attributes
    ----------
    name, unscored : Words
        What it is called, and why it is not scored where there is nothing to divide by.
    full : float
        Its points.
    numerator, denominator : float
        The share of the points.
    """

    name: Words
    unscored: Words
    full: float
    numerator: float
    denominator: float

    @property
    def points(self) -> Decimal | None:
        """Return the points.

        Returns
        -------
        Decimal or None
            Two decimals, at most full; None where it is not scored.
        """
        if not self.denominator > 0:
            return None
        share = min(Fraction(self.numerator) / Fraction(self.denominator), Fraction(1))
        return rounded(Fraction(str(self.full)) * share)

    @property
    def trace(self) -> Words:
        """Return how the points come about.

        Returns
        -------
        Words
            ``完成 40 / 58 = 69.0 % × 60 = 41.38``.
        """
        points = self.points
        if points is None:
            return Words(f"{self.name.zh}：{self.unscored.zh}，不评", f"{self.name.en}: {self.unscored.en}, not scored")
        share = self.numerator / self.denominator
        text = f"{count_text(self.numerator)} / {count_text(self.denominator)} = {share_text(share, (1.0,))}"
        if share > 1:
            return Words(f"{self.name.zh} {text}，按满分 {points}", f"{self.name.en} {text}, full points {points}")
        return Words(*(f"{name} {text} × {self.full:g} = {points}" for name in (self.name.zh, self.name.en)))


def rounded(value: Fraction) -> Decimal:
    """Return a number of two decimals.

    Parameters
    ----------
    value : Fraction
        At least 0.

    Returns
    -------
    Decimal
        Rounded half up, exactly.
    """
    hundredths = (value * 200 + 1) // 2
    return (Decimal(int(hundredths)) / 100).quantize(POINT, ROUND_HALF_UP)


def score_year(
    units: pd.DataFrame, villages: pd.DataFrame, rules: SupervisionSettings, level: str, *,
    looked_at: Sequence[pd.DataFrame], register: pd.DataFrame, entries: pd.DataFrame, first: dt.date, as_of: dt.date,
    within: str = "", above: Mapping[str, frozenset[str]] | None = None, became: Mapping[str, str] | None = None,
) -> pd.DataFrame:  # fmt: skip
    """Return the score of the units of a level, worst first.

    Parameters
    ----------
    units, villages : DataFrame
        Schemas ``unit_status`` and ``village_status`` on the last day.
    rules : SupervisionSettings
        Points.
    level : str
        ``prefecture``, ``county`` or ``township``.
    looked_at : sequence of DataFrame
        Schema ``unit_status`` on the days on which it is asked whether the last report is fresh: the end of every week,
        say.
    register : DataFrame
        Schema ``signoff``: which closed villages lack evidence.
    entries : DataFrame
        Schema ``entries``: checks by the province are read from it.
    first, as_of : date
        Days of the year.
    within : str
        Code of a unit: only what lies in it; default: all, and overlays apart.
    above : mapping of str to frozenset of str, optional
        By village: the overlays that it is counted in too.
    became : mapping of str to str, optional
        Code of a unit that has become another one since → that one's.

    Returns
    -------
    DataFrame
        Schema ``score``: ranked units, then overlays, then units without villages, then those with nothing to score.
    """
    here = (units["level"] == level).to_numpy(bool) & (below(units, within) if within else True)
    table = units.loc[here, ["code", "name", "level", "parent", "overlay", "villages", "closed", "target"]]
    table = table.reset_index(drop=True)
    pairs = _pairs(villages, units, level, above or {})
    counts = {
        **_shares(pairs, _first_checks(entries, first, as_of), "inspected", "passed"),
        **_shares(pairs, _archive(register), "archived", "complete"),
        **_fresh(looked_at, became or {}),
    }
    for name, found in counts.items():
        table[name] = table["code"].map(found).fillna(0).astype(np.int64)
    return _scored(table, rules)


def parts_of(row: Mapping[str, float], rules: SupervisionSettings) -> dict[str, Part]:
    """Return the parts of a unit's score.

    Parameters
    ----------
    row : mapping of str to float
        closed, target, passed, inspected, on_time, looked_at, complete, archived.
    rules : SupervisionSettings
        Points.

    Returns
    -------
    dict of str to Part
        By column of ``score``.
    """
    return {
        "completion": Part(Words("完成", "completion"), Words("没有应完成数", "nothing is due"),
                           rules.score_completion, row["closed"], row["target"]),
        "quality": Part(Words("质量", "quality"), Words("未抽查", "no village was inspected"),
                        rules.score_quality, row["passed"], row["inspected"]),
        "reporting": Part(Words("上报", "reporting"), Words("没有应报期", "no days were looked at"),
                          rules.score_reporting, row["on_time"], row["looked_at"]),
        "archive": Part(Words("档案", "archive"), Words("没有已销号村", "no village is closed"),
                        rules.score_archive, row["complete"], row["archived"]),
    }  # fmt: skip


def _pairs(
    villages: pd.DataFrame, units: pd.DataFrame, level: str, above: Mapping[str, frozenset[str]]
) -> pd.DataFrame:  # fmt: skip
    """Return which village is in which unit of a level, and in which overlays."""
    import pandas as pd

    plain = units[~units["overlay"]]
    up = dict(zip(plain["code"], plain["parent"], strict=True))
    levels = dict(zip(plain["code"], plain["level"], strict=True))

    def _at_level(code: str) -> str:
        while code and levels.get(code) != level:
            code = up.get(code, "")
        return code

    found = {township: _at_level(township) for township in villages["township"].unique()}
    own = pd.DataFrame(
        {"unit": villages["township"].astype(object).map(found), "code": villages["code"].astype(object)}
    )
    over = [(unit, code) for code, overlays in above.items() for unit in overlays]
    both = pd.concat([own, pd.DataFrame(over, columns=["unit", "code"], dtype=object)], ignore_index=True)
    return both.drop_duplicates()


def _first_checks(entries: pd.DataFrame, first: dt.date, as_of: dt.date) -> pd.Series:
    """Return by village inspected whether it passed the first time: what is mended later was bad when it was found."""
    import pandas as pd

    checks = province_checks(entries)
    here = (checks["inspected_on"] >= pd.Timestamp(first)) & (checks["inspected_on"] <= pd.Timestamp(as_of))
    return checks[here].drop_duplicates("code", keep="first").set_index("code")["passed"]


def _archive(register: pd.DataFrame) -> pd.Series:
    """Return by closed village whether nothing that is required is missing."""
    import pandas as pd

    closed = register[register["state"] == "closed"]
    return pd.Series(closed["missing"].to_numpy() == "", index=closed["code"].astype(object))


def _shares(pairs: pd.DataFrame, good: pd.Series, whole: str, part: str) -> dict[str, pd.Series]:
    found = pairs[pairs["code"].isin(good.index)]
    yes = found["code"].map(good).astype(bool)
    return {whole: found["unit"].value_counts(), part: found["unit"][yes].value_counts()}


def _fresh(looked_at: Sequence[pd.DataFrame], became: Mapping[str, str]) -> dict[str, pd.Series]:
    """Return on how many of the days each unit existed and was fresh; what is one unit now is as stale as its worst."""
    import pandas as pd

    days = [
        pd.Series(~t["stale"].to_numpy(bool), index=[current_code(c, became) for c in t["code"]]).groupby(level=0).min()
        for t in looked_at
    ]
    joined = pd.concat(days) if days else pd.Series([], dtype=bool)
    return {"looked_at": joined.groupby(level=0).size(), "on_time": joined[joined].groupby(level=0).size()}


def _scored(table: pd.DataFrame, rules: SupervisionSettings) -> pd.DataFrame:
    import pandas as pd

    scores = [parts_of({str(k): v for k, v in row.items()}, rules) for row in table.to_dict("records")]
    totals, full = [], []
    for parts in scores:
        given = {name: part.points for name, part in parts.items()}
        totals.append(sum((p for p in given.values() if p is not None), Decimal(0)))
        full.append(sum((Fraction(str(parts[n].full)) for n, p in given.items() if p is not None), Fraction(0)))
    hundred = [float(rounded(Fraction(t) * 100 / f)) if f else np.nan for t, f in zip(totals, full, strict=True)]
    said = [_told(*row) for row in zip(scores, totals, full, hundred, strict=True)]
    columns: dict[str, Any] = {
        **{str(name): table[name] for name in table},
        **{n: [np.nan if s[n].points is None else float(s[n].points or 0) for s in scores]
           for n in ("completion", "quality", "reporting", "archive")},
        "total": [float(t) if f else np.nan for t, f in zip(totals, full, strict=True)],
        "out_of": [float(f) for f in full], "of_hundred": hundred,
        "listed": np.select([table["villages"] == 0, table["overlay"], np.isnan(hundred)],
                            ["no_villages", "overlay", "not_scored"], "ranked"),
        "rule": [w.zh for w in said], "rule_en": [w.en for w in said],
    }  # fmt: skip
    return _in_order(pd.DataFrame(columns))


def _in_order(table: pd.DataFrame) -> pd.DataFrame:
    import pandas as pd

    ranked = (table["listed"] == "ranked").to_numpy(bool)
    key = table["of_hundred"].fillna(np.inf).to_numpy(np.float64)
    for name, values in zip(("place", "tied", "place_from_top"), places([key[ranked]]), strict=True):
        table[name] = pd.Series(values, index=table.index[ranked]).reindex(table.index).astype("Int64")
    apart = table["listed"].map({"ranked": 0, "overlay": 1, "no_villages": 2, "not_scored": 3}).to_numpy(np.int64)
    order = np.lexsort((table["code"].to_numpy(str), key, apart))
    found: pd.DataFrame = schema.conform(table.iloc[order].reset_index(drop=True), "score")
    return found


def _told(parts: Mapping[str, Part], total: Decimal, full: Fraction, hundred: float) -> Words:
    traces = [part.trace for part in parts.values()]
    zh, en = "；".join(t.zh for t in traces), "; ".join(t.en for t in traces)
    if not full:
        return Words(f"{zh}；无可评项", f"{en}; nothing to score")
    out_of = f"{float(full):g}"
    more = Words(f"，折百分 {hundred:.2f}", f", {hundred:.2f} of 100") if full != 100 else Words("", "")
    return Words(f"{zh}；合计 {total} / {out_of}{more.zh}", f"{en}; total {total} / {out_of}{more.en}")
