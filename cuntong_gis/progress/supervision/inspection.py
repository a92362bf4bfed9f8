"""Inspections 半年督查 by lot: seeded samples, county by county, spread over townships, that anybody can recompute.

The lot of a village is the SHA-256 of ``campaign|period|seed|code``, written as text in UTF-8; within a county the
least lots are drawn. Nobody can choose a lot, the order of rows plays no part, and one line recomputes it::

    printf '%s' '村村通工程|2016-H1|7|520527100200' | sha256sum

A county's sample has at least `sample_villages` villages and `sample_share` of those in scope, or all there are. Each
township gets one, those first whose lots are the least (so that a larger township is the likelier); what is left goes
to the townships in proportion to their other villages, by largest remainder.

A draw is recorded in the ledger under a name made of campaign, period and unit: another seed cannot replace it. To
leave nobody the choice of the seed either, take `seed_of`: what closed the period.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from cuntong_gis import schema
from cuntong_gis.errors import LedgerError
from cuntong_gis.model import Finding, Severity
from cuntong_gis.progress.entries import Kind, Report, canonical, made_id
from cuntong_gis.settings import Settings, SupervisionSettings
from cuntong_gis.words import Words

if TYPE_CHECKING:
    import pandas as pd

SCOPE = ("lit", "closed")
"""Stages of the villages that are inspected."""


@dataclass(frozen=True)
class Draw:
    """A sample of villages to be inspected.

    Attributes
    ----------
    campaign, period, seed : str
        What the lots are made of.
    as_of : date
        Day of the villages' stages.
    scope : tuple of str
        Stages that were in scope.
    table : DataFrame
        Schema ``inspection``: by county, in each by lot.
    findings : tuple of Finding
        Counties with nothing, or too little, to inspect.
    """

    campaign: str
    period: str
    seed: str
    as_of: dt.date
    scope: tuple[str, ...]
    table: pd.DataFrame
    findings: tuple[Finding, ...] = ()


def draw_inspection(
    villages: pd.DataFrame, units: pd.DataFrame, settings: Settings, *, period: str, seed: str, as_of: dt.date,
    scope: Sequence[str] = SCOPE,
) -> Draw:  # fmt: skip
    """Draw the villages to be inspected in every county.

    Parameters
    ----------
    villages : DataFrame
        Schema ``village_status``.
    units : DataFrame
        Schema ``unit_status`` of the same day: which township lies in which county, and names.
    settings : Settings
        The campaign's name; the least number and share.
    period : str
        Period that is inspected, e.g. ``2016-H1``.
    seed : str
        Anything that nobody could choose to their liking.
    as_of : date
        Day of the tables.
    scope : sequence of str
        Stages of the villages that may be drawn.

    Returns
    -------
    Draw
        The same for the same arguments, whatever the order of the rows.
    """
    import pandas as pd

    campaign = settings.campaign.name
    plain = units[~units["overlay"]]
    names = dict(zip(plain["code"], plain["name"], strict=True))
    above = dict(zip(plain["code"], plain["parent"], strict=True))
    table = villages[["code", "name", "township", "stage"]].copy()
    table["county"] = [above.get(t, t[:6]) for t in table["township"]]
    table = table[table["stage"].isin(scope)]
    table["lot"] = [lot(campaign, period, seed, code) for code in table["code"]]
    table = table.sort_values(["county", "lot", "code"], kind="stable").reset_index(drop=True)
    drawn = [_drawn(group, settings.supervision) for _, group in table.groupby("county", sort=True)]
    sample = pd.concat(drawn, ignore_index=True) if drawn else table.assign(number=0, county_scope=0, county_sample=0)
    for place in ("county", "township"):
        sample[f"{place}_name"] = [names.get(code, "") for code in sample[place]]
    counties = plain[(plain["level"] == "county") & (plain["villages"] > 0)]
    return Draw(
        campaign, period, seed, as_of, tuple(scope), schema.conform(sample, "inspection"),
        _short(counties, sample, settings.supervision),
    )  # fmt: skip


def lot(campaign: str, period: str, seed: str, code: str) -> str:
    """Return the lot of a village.

    Parameters
    ----------
    campaign, period, seed, code : str
        As of the draw, and of the village.

    Returns
    -------
    str
        64 hexadecimal digits.
    """
    return hashlib.sha256(f"{campaign}|{period}|{seed}|{code}".encode()).hexdigest()


def sample_size(scope: int, rules: SupervisionSettings) -> int:
    """Return how many villages of a county are inspected.

    Parameters
    ----------
    scope : int
        Villages of the county in scope.
    rules : SupervisionSettings
        The least number and share.

    Returns
    -------
    int
        At most all of them.
    """
    share = Fraction(str(rules.sample_share)) * scope
    return min(scope, max(rules.sample_villages, -(-share.numerator // share.denominator)))


def _drawn(county: pd.DataFrame, rules: SupervisionSettings) -> pd.DataFrame:
    """Return the sample of a county, given its villages in scope by lot."""
    import pandas as pd

    size = sample_size(len(county), rules)
    township, _ = pd.factorize(county["township"])  # townships in the order of their first lots
    seats = seats_of(np.bincount(township), size)
    within = county.groupby(township).cumcount().to_numpy()
    found = county[within < seats[township]].assign(county_scope=len(county), county_sample=size)
    return found.assign(number=np.arange(1, len(found) + 1))


def seats_of(sizes: NDArray[np.int64], wanted: int) -> NDArray[np.int64]:
    """Share out a number of villages among townships.

    Parameters
    ----------
    sizes : ndarray of int64, shape (t,)
        Villages in scope of each township, at least 1; in the order in which townships come first.
    wanted : int
        How many in all; at most the sum.

    Returns
    -------
    ndarray of int64, shape (t,)
        Sums to `wanted`; none above its size; as many townships as possible have one.
    """
    count = len(sizes)
    if wanted <= count:
        return (np.arange(count) < wanted).astype(np.int64)
    more, others = wanted - count, int(sizes.sum()) - count
    whole, rest = np.divmod(more * (sizes - 1), others)
    largest = np.argsort(-rest, kind="stable")[: more - int(whole.sum())]
    seats = 1 + whole
    seats[largest] += 1
    return seats.astype(np.int64)


def _short(counties: pd.DataFrame, sample: pd.DataFrame, rules: SupervisionSettings) -> tuple[Finding, ...]:
    scope = sample.groupby("county")["code"].size()
    found = []
    for code, name, villages in zip(counties["code"], counties["name"], counties["villages"], strict=True):
        drawn = int(scope.get(code, 0))
        if drawn >= rules.sample_villages:
            continue
        words = Words(
            f"{code} {name}：范围内只有 {drawn} 个村（全县 {villages} 个），全部检查，少于 {rules.sample_villages} 个",
            f"{code} {name}: only {drawn} of its {villages} villages are in scope, fewer than {rules.sample_villages}",
        ) if drawn else Words(
            f"{code} {name}：{villages} 个村都不在检查范围内，没有抽取",
            f"{code} {name}: none of its {villages} villages is in scope, none was drawn",
        )  # fmt: skip
        found.append(Finding(
            Severity.WARNING, "inspection_short", words,
            Words("单独安排检查", "have it inspected otherwise"), layer="village_status", row=code, field="stage",
        ))  # fmt: skip
    return tuple(found)


def seed_of(entries: pd.DataFrame, period: str) -> str:
    """Return the seed that a closed period gives: the hash of the entry that closed it.

    Parameters
    ----------
    entries : DataFrame
        Schema ``entries``.
    period : str
        Of which one the last month, or any other, is closed.

    Returns
    -------
    str
        64 hexadecimal digits, which rest on all that was reported until then: known to nobody before, and the same
        for everybody after.

    Raises
    ------
    LedgerError
        If the period is not closed.
    """
    closing = entries[(entries["kind"] == Kind.FREEZE) & (entries["subject"] == period)]
    if len(closing):
        return str(closing["hash"].iloc[0])
    raise LedgerError(
        Words(f"{period} 尚未封账，没有随机种子", f"{period} is not closed: there is no seed"),
        hint=Words(f"先 cuntong progress freeze {period}，或用 --seed 给出公开抽取的种子",
                   f"'cuntong progress freeze {period}' first, or give one drawn in public with --seed"),
    )  # fmt: skip


def draw_report(draw: Draw, *, unit: str, by: str, on: dt.date) -> Report:
    """Return the report by which a draw is recorded: the ledger refuses another one of the same name.

    Parameters
    ----------
    draw : Draw
        The sample.
    unit : str
        Code of the office that inspects.
    by : str
        Who draws.
    on : date
        Day of the draw.

    Returns
    -------
    Report
        To be posted.
    """
    table = draw.table
    drawn = {county: group["code"].tolist() for county, group in table.groupby("county", sort=True)}
    scope = {county: int(group["county_scope"].iloc[0]) for county, group in table.groupby("county", sort=True)}
    return Report(
        _draw_id(draw.campaign, draw.period, unit), Kind.SIGNATURE, unit, unit, on, by,
        detail={
            "inspection": draw.period, "campaign": draw.campaign, "seed": draw.seed, "as_of": draw.as_of.isoformat(),
            "scope": list(draw.scope), "villages": drawn, "in_scope": scope,
            "sha256": hashlib.sha256(canonical(drawn).encode()).hexdigest(),
        },
    )  # fmt: skip


def _draw_id(campaign: str, period: str, unit: str) -> str:
    return made_id("inspection", campaign, period, unit)


def recorded_draw(
    entries: pd.DataFrame, villages: pd.DataFrame, units: pd.DataFrame, settings: Settings, *, period: str, unit: str
) -> Draw | None:
    """Return the draw that was recorded for a period, to be printed again.

    Parameters
    ----------
    entries : DataFrame
        Schema ``entries``.
    villages, units : DataFrame
        Schemas ``village_status`` and ``unit_status``, for names and stages; of the day of the draw.
    settings : Settings
        The campaign's name.
    period : str
        Period that is inspected.
    unit : str
        Code of the office that inspects.

    Returns
    -------
    Draw or None
        None if there was none. The villages are those of the record, whatever has happened since.
    """
    import pandas as pd

    name = _draw_id(settings.campaign.name, period, unit)
    found = entries[entries["entry_id"] == name]
    if not len(found):
        return None
    said = json.loads(found["detail"].iloc[0])
    rows = pd.DataFrame(
        [(county, number, code, said["in_scope"][county], len(codes))
         for county, codes in said["villages"].items() for number, code in enumerate(codes, 1)],
        columns=["county", "number", "code", "county_scope", "county_sample"],
    )  # fmt: skip
    state = villages.drop_duplicates("code").set_index("code")[["name", "township", "stage"]]
    table = rows.join(state, on="code")
    table["stage"] = table["stage"].fillna("not_started")
    names = dict(zip(units["code"], units["name"], strict=True))
    for place in ("county", "township"):
        table[f"{place}_name"] = [names.get(code, "") for code in table[place]]
    table["lot"] = [lot(said["campaign"], period, said["seed"], code) for code in table["code"]]
    day = dt.date.fromisoformat(said["as_of"])
    return Draw(said["campaign"], period, said["seed"], day, tuple(said["scope"]), schema.conform(table, "inspection"))
