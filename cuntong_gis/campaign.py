"""The campaign of a workspace: its ledger on the plan in force, what is reported to it and what it adds up to."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from cuntong_gis import schema
from cuntong_gis.errors import LedgerError
from cuntong_gis.files import sha256_of
from cuntong_gis.model import WHOLE_M, Finding, Severity, Stage
from cuntong_gis.words import Words

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

    from cuntong_gis.model import Plan
    from cuntong_gis.progress import (
        Closed,
        Encoded,
        Entry,
        Ledger,
        Month,
        PlanFacts,
        Status,
        UnitBook,
    )
    from cuntong_gis.settings import Settings

STAGES = tuple(Stage)


@dataclass(frozen=True)
class CampaignStatus:
    """The campaign on a day, with what it was worked out of.

    Attributes
    ----------
    plan : Plan
        The revision in force on the day.
    entries : DataFrame
        Schema ``entries``: what the ledger knew.
    status : Status
        Every figure shown.
    changed : DataFrame or None
        Of a closed period: how what is known now differs from what was closed.
    """

    plan: Plan
    entries: pd.DataFrame
    status: Status
    changed: pd.DataFrame | None


def has_ledger(settings: Settings) -> bool:
    """Tell whether the workspace keeps a ledger already.

    Parameters
    ----------
    settings : Settings
        Of the workspace.

    Returns
    -------
    bool
        True when a URL is set or the file is there.
    """
    return bool(settings.ledger.url) or (settings.folder / "campaign" / "ledger.sqlite").exists()


def follows_ledger(settings: Settings) -> bool:
    """Tell whether a workspace's progress is kept in a ledger, on an issued plan.

    Parameters
    ----------
    settings : Settings
        Of the workspace.

    Returns
    -------
    bool
        There are both.
    """
    from cuntong_gis.plan import revisions

    return has_ledger(settings) and bool(revisions(settings.issued))


def facts_of(path: Path, settings: Settings, day: dt.date) -> PlanFacts:
    """Return what the ledger must know of an issued revision.

    Parameters
    ----------
    path : Path
        ``campaign/issued/R….gpkg``.
    settings : Settings
        Of the workspace.
    day : date
        Units are those of this day, where ``layers/units.xlsx`` says more than the codes.

    Returns
    -------
    PlanFacts
        Of its villages and spans.
    """
    from cuntong_gis.layers import read_table
    from cuntong_gis.plan import load_plan
    from cuntong_gis.progress import plan_facts, tree_on, unit_book

    plan = load_plan(path)
    units, _ = read_table(settings, "units")
    if not len(units):
        return plan_facts(plan)
    tree = tree_on(unit_book(plan, settings, units), day)
    above: dict[str, set[str]] = {code: set() for code in plan.villages["code"]}
    villages = plan.villages["code"].to_list()
    for unit, village in zip(tree.codes[tree.unit_of], tree.village_of.tolist(), strict=True):
        above[villages[village]].add(str(unit))
    return plan_facts(plan, {code: frozenset(codes) for code, codes in above.items()})


def open_campaign(settings: Settings, *, now: Callable[[], dt.datetime] | None = None) -> Ledger:
    """Open the ledger on the latest issued revision; begin it when there is none.

    Parameters
    ----------
    settings : Settings
        Of the workspace.
    now : callable, optional
        The clock that counts, UTC; default: the machine's.

    Returns
    -------
    Ledger
        Every issued revision is registered in it, reported work is carried over, and an empty one holds the stages
        of the villages layer.

    Raises
    ------
    LedgerError
        If no plan has been issued, or the ledger cannot be opened.
    """
    from cuntong_gis.plan import load_crosswalk, revisions
    from cuntong_gis.progress import Kind, open_ledger, opening, register_revision, utc_now

    clock = now or utc_now
    issued = revisions(settings.issued)
    if not issued:
        raise LedgerError(
            Words("还没有发布规划，进度无从对应", "no plan has been issued, so there is nothing to report of"),
            where=str(settings.issued),
            hint=Words("先运行 cuntong plan issue", "run 'cuntong plan issue' first"),
        )
    today = settings.ledger.local(clock()).date()
    unit = settings.campaign.unit_code
    ledger = open_ledger(settings.ledger_url, facts_of(issued[-1], settings, today), settings, now=clock)
    try:
        known = {entry.subject for entry in ledger.of_kind(Kind.REVISION)}
        for path in issued:
            if path.stem in known:
                continue
            facts = ledger.facts if path == issued[-1] else facts_of(path, settings, today)
            also = opening(facts, unit, today) if not known else []
            one = ledger if path == issued[-1] else open_ledger(settings.ledger_url, facts, settings, now=clock)
            register_revision(one, load_crosswalk(path), sha256_of(path), unit, today, also)
            known.add(path.stem)
            if one is not ledger:
                one.close()
    except BaseException:
        ledger.close()
        raise
    return ledger


def lost_work(settings: Settings) -> Callable[[pd.DataFrame], None] | None:
    """Return what checks that a crosswalk leaves no reported work behind.

    Parameters
    ----------
    settings : Settings
        Of the workspace.

    Returns
    -------
    callable of DataFrame, or None
        As `issue_plan` wants it; None where nothing was ever reported.
    """
    from cuntong_gis.plan import revisions
    from cuntong_gis.progress import laid_metres, refuse_lost_work

    if not (has_ledger(settings) and revisions(settings.issued)):
        return None
    with open_campaign(settings) as ledger:
        laid = laid_metres(ledger)
    return lambda crosswalk: refuse_lost_work(laid, crosswalk)


def carry_over(settings: Settings) -> None:
    """Register the latest revision in the ledger, if there is one.

    Parameters
    ----------
    settings : Settings
        Of the workspace.
    """
    if has_ledger(settings):
        open_campaign(settings).close()


def today(settings: Settings) -> dt.date:
    """Return today by the campaign's clock.

    Parameters
    ----------
    settings : Settings
        Of the workspace.

    Returns
    -------
    date
        UTC and the offset of the settings.
    """
    from cuntong_gis.progress import utc_now

    return settings.ledger.local(utc_now()).date()


def cut_off(settings: Settings) -> dt.date:
    """Return the day of which figures speak (数据截止日) when none is asked for.

    Parameters
    ----------
    settings : Settings
        Of the workspace.

    Returns
    -------
    date
        ``[campaign] as_of``, else today by the campaign's clock.
    """
    return settings.campaign.as_of or today(settings)


@dataclass(frozen=True)
class Loaded:
    """A ledger read once, to be rolled up on any day.

    Attributes
    ----------
    settings : Settings
        Of the workspace.
    plan : Plan
        The revision in force on the day that it was loaded for.
    entries : DataFrame
        Schema ``entries``: what the ledger knew.
    closed : mapping of str to Closed
        Closed periods by code; where the ledger is looked at as it was known before, those closed by then.
    lists : mapping of str to DataFrame or None
        ``targets`` and ``officials``, where the workspace has them.
    book : UnitBook
        Units on all days.
    encoded : Encoded
        The entries, ready to be added up.
    findings : tuple of Finding
        What is wrong with the lists.
    """

    settings: Settings
    plan: Plan
    entries: pd.DataFrame
    closed: Mapping[str, Closed]
    lists: Mapping[str, pd.DataFrame | None]
    book: UnitBook
    encoded: Encoded
    findings: tuple[Finding, ...]

    def roll_up(self, day: dt.date, period: str, encoded: Encoded | None = None) -> Status:
        """Return every unit on a day.

        Parameters
        ----------
        day : date
            The day.
        period : str
            Kind of the period.
        encoded : Encoded, optional
            Default: by the days on which entries count.

        Returns
        -------
        Status
            With the findings of the lists.
        """
        from cuntong_gis.progress import roll_up

        found = roll_up(
            encoded or self.encoded, self.plan, self.settings, as_of=day, period=period, units=self.book, **self.lists
        )
        return replace(found, findings=(*self.findings, *found.findings))

    def status(self, day: dt.date, period: str) -> CampaignStatus:
        """Return the campaign on a day.

        Parameters
        ----------
        day : date
            The day.
        period : str
            Kind of the period.

        Returns
        -------
        CampaignStatus
            On the last day of a closed period with the figures that were closed, and what has changed since.
        """
        from cuntong_gis.progress import as_happened, difference, encode, read_closed

        found = self.roll_up(day, period)
        kept = self.closed.get(found.period.code)
        if kept is None or kept.last_day != day:
            return CampaignStatus(self.plan, self.entries, found, None)
        held = read_closed(kept.figures)
        now = self.roll_up(day, period, encode(as_happened(self.entries), self.plan))
        return CampaignStatus(self.plan, self.entries, replace(found, units=held), difference(held, now.units))

    def months(self, day: dt.date) -> list[Month]:
        """Return the months of the campaign up to a day, each with its figures.

        Parameters
        ----------
        day : date
            The day.

        Returns
        -------
        list of Month
            Closed ones as they were closed.
        """
        from cuntong_gis.progress import Month, period_of

        month = period_of(min(self.settings.campaign.start or day, day), "month")
        found = []
        while month.first <= day:
            told = self.status(min(month.last, day), "month")
            found.append(Month.of(told.status, told.status.units if told.changed is not None else None))
            month = month.after
        return found

    def became(self, day: dt.date) -> dict[str, str]:
        """Return which units have become other ones by a day.

        Parameters
        ----------
        day : date
            The day.

        Returns
        -------
        dict of str to str
            Old code → new code.
        """
        from cuntong_gis.progress import tree_on

        return dict(tree_on(self.book, day).became)


def load(settings: Settings, day: dt.date, known_at: dt.datetime | None = None) -> Loaded:
    """Read the ledger and all that its figures need.

    Parameters
    ----------
    settings : Settings
        Of the workspace.
    day : date
        The plan revision in force on it counts.
    known_at : datetime, optional
        UTC: only what the ledger knew then.

    Returns
    -------
    Loaded
        To be rolled up.
    """
    from cuntong_gis.progress import Kind

    with open_campaign(settings) as ledger:
        entries = ledger.entries(known_at)
        plan = plan_on(ledger, settings, day, known_at)
        frozen = {entry.subject for entry in _known(ledger.of_kind(Kind.FREEZE), known_at)}
        closed = {c.period: c for c in ledger.closed_periods() if c.period in frozen}
    return loaded_of(settings, plan, entries, closed)


def loaded_of(settings: Settings, plan: Plan, entries: pd.DataFrame, closed: Mapping[str, Closed]) -> Loaded:
    """Return entries with all that their figures need.

    Parameters
    ----------
    settings : Settings
        Of the workspace.
    plan : Plan
        In force.
    entries : DataFrame
        Schema ``entries``.
    closed : mapping of str to Closed
        Closed periods by code.

    Returns
    -------
    Loaded
        To be rolled up.
    """
    from cuntong_gis.layers import read_table
    from cuntong_gis.progress import encode, unit_book

    lists = {name: read_table(settings, name) for name in ("units", "targets", "officials")}
    told = tuple(finding for _, findings in lists.values() for finding in findings)
    book = unit_book(plan, settings, lists["units"][0])
    tables = {name: lists[name][0] if len(lists[name][0]) else None for name in ("targets", "officials")}
    return Loaded(settings, plan, entries, closed, tables, book, encode(entries, plan), told)


def _known(entries: Sequence[Entry], known_at: dt.datetime | None) -> list[Entry]:
    """Return the entries that were taken by then."""
    until = "9999" if known_at is None else known_at.isoformat(timespec="microseconds") + "Z"
    return [entry for entry in entries if entry.reported_at <= until]


def plan_on(ledger: Ledger, settings: Settings, day: dt.date, known_at: dt.datetime | None = None) -> Plan:
    """Return the plan in force on a day, as far as it was known; before the first, the first.

    Parameters
    ----------
    ledger : Ledger
        Open.
    settings : Settings
        Of the workspace.
    day : date
        The day.
    known_at : datetime, optional
        UTC: by what the ledger knew then.

    Returns
    -------
    Plan
        An issued revision.
    """
    from cuntong_gis.plan import load_plan
    from cuntong_gis.progress import Kind, in_force

    issued = ledger.of_kind(Kind.REVISION)
    revision = in_force(_known(issued, known_at) or issued[:1], day)
    return load_plan(settings.issued / f"{revision}.gpkg")


def with_progress(plan: Plan, settings: Settings) -> tuple[Plan, Settings]:
    """Return a plan with what the ledger says of its villages and spans, and the day of which it speaks.

    Parameters
    ----------
    plan : Plan
        A draft or an issued revision.
    settings : Settings
        Of the workspace.

    Returns
    -------
    plan : Plan
        Stages, their days and lateness as of the cut-off day; as it was where there is no ledger.
    settings : Settings
        With that day.
    """
    if not follows_ledger(settings):
        return plan, settings
    day = cut_off(settings)
    changed = marked(plan, load(settings, day).status(day, "month").status)
    return changed, replace(settings, campaign=replace(settings.campaign, as_of=day))


def marked(plan: Plan, found: Status) -> Plan:
    """Return a plan with the stages, their days and the lateness of a day.

    Parameters
    ----------
    plan : Plan
        A draft or an issued revision.
    found : Status
        The day.

    Returns
    -------
    Plan
        A village or span that the status does not know keeps its own.
    """
    stages = {code: str(stage) for code, stage in zip(plan.villages["code"], plan.villages["stage"], strict=True)}
    villages = _with_stages(plan, found)
    told = _differing(stages, dict(zip(villages["code"], villages["stage"], strict=True)))
    return replace(plan, villages=villages, spans=_with_metres(plan, villages, found), findings=(*plan.findings, *told))


def _with_stages(plan: Plan, found: Status) -> gpd.GeoDataFrame:
    """Take stage, day and lateness from the ledger; a village of the draft that it does not know keeps its own."""
    known = found.villages.set_index("code")
    table = plan.villages.copy()
    here = table["code"].isin(known.index)
    rows = known.reindex(table.loc[here, "code"])
    for name, source in (("stage", "stage"), ("stage_date", "stage_on"), ("late", "late")):
        table.loc[here, name] = rows[source].to_numpy()
    return schema.conform(table, "plan_villages")


def _with_metres(plan: Plan, villages: gpd.GeoDataFrame, found: Status) -> gpd.GeoDataFrame:
    """Mark a span laid as reported; without a report when a village behind it is; late when one behind is."""
    behind = plan.routes[["village_code", "span_ids"]].assign(span=plan.routes["span_ids"].str.split()).explode("span")
    of = villages.set_index("code")
    laid = behind["village_code"].map(of["stage"].map({str(s): s.rank for s in STAGES})) >= Stage.LAID.rank
    late = behind["village_code"].map(of["late"])
    ids = plan.spans["span_id"]
    is_laid = ids.isin(behind.loc[laid, "span"])
    reported = found.spans[found.spans["reported"]].set_index("span_id")
    whole = reported["laid_m"] >= reported["planned_m"] - WHOLE_M
    is_laid = ids.map(whole).astype("boolean").fillna(is_laid).astype(bool)
    is_late = ids.isin(behind.loc[late.astype(bool), "span"]) & ~is_laid
    return schema.conform(
        plan.spans.assign(stage=np.where(is_laid, "laid", "planned"), late=is_late.to_numpy()), "spans"
    )


def _differing(layer: Mapping[str, str], ledger: Mapping[str, str]) -> tuple[Finding, ...]:
    """Tell that the villages layer says other stages than the ledger, which counts."""
    codes = [c for c, stage in layer.items() if stage != Stage.NOT_STARTED and ledger.get(c, stage) != stage]
    if not codes:
        return ()
    some = "、".join(codes[:5]) + (" …" if len(codes) > 5 else "")
    return (
        Finding(
            Severity.NOTICE, "stage_differs_from_ledger",
            Words(f"{len(codes)} 个村的“阶段”列与台账不同，以台账为准：{some}",
                  f"the stage column of {len(codes)} villages differs from the ledger, which counts: {some}"),
            Words("进度改由 cuntong progress import 上报", "report progress with 'cuntong progress import'"),
            layer="villages", field="stage",
        ),
    )  # fmt: skip
