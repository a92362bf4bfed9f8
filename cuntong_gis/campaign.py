"""The campaign of a workspace: its ledger on the plan in force, what is reported to it and what it adds up to."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from cuntong_gis import schema
from cuntong_gis.errors import LayersError, LedgerError
from cuntong_gis.files import locked, sha256_of
from cuntong_gis.model import Finding, Severity, Stage
from cuntong_gis.words import Words

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

    from cuntong_gis.model import Plan
    from cuntong_gis.progress import (
        ChainReport,
        Check,
        Claim,
        Closed,
        Encoded,
        Entry,
        Imported,
        Ledger,
        PlanFacts,
        Posted,
        Sender,
        Status,
        UnitBook,
    )
    from cuntong_gis.settings import Settings

STAGES = tuple(Stage)
METRE = 1.0
"""A span reported to within this of its planned length is laid."""


@dataclass(frozen=True)
class VillageState:
    """What stands of a village.

    Attributes
    ----------
    code, name, township, county : str
        Which one.
    stage : Stage
        Its stage now.
    reported_at : str
        When it was last reported of; UTC.
    blockers : tuple of Entry
        Open ones.
    missing : mapping of str to Words
        What it lacks for its closing.
    """

    code: str
    name: str
    township: str
    county: str
    stage: Stage
    reported_at: str
    blockers: tuple[Entry, ...]
    missing: Mapping[str, Words]


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


def safe_name(text: str) -> str:
    """Return a text as part of a file name.

    Parameters
    ----------
    text : str
        Any.

    Returns
    -------
    str
        Letters, digits, ``-`` and ``_``; the rest as ``_``.
    """
    return re.sub(r"[^\w-]", "_", text)[:80] or "_"


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
    today = (clock() + dt.timedelta(hours=settings.ledger.utc_offset_hours)).date()
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


def history(settings: Settings, subject: str) -> list[Entry]:
    """Return all entries about a village, a span, a unit or a period.

    Parameters
    ----------
    settings : Settings
        Of the workspace.
    subject : str
        Its code.

    Returns
    -------
    list of Entry
        In the order taken.
    """
    with open_campaign(settings) as ledger:
        return ledger.about(subject)


def correct(settings: Settings, entry_id: str, to: str, *, reason: str, approver: str, by: str) -> Posted:
    """Correct a cumulative figure; the entry stays, and the figure is another from its day on.

    Parameters
    ----------
    settings : Settings
        Of the workspace.
    entry_id : str
        Of the entry.
    to : str
        The right figure: a stage (``lit`` or 开通), metres or per cent.
    reason, approver, by : str
        Why, who approved it, who says so.

    Returns
    -------
    Posted
        The correction, or a refusal.

    Raises
    ------
    LedgerError
        If there is no such entry, or `to` is no figure of its kind.
    """
    from cuntong_gis.progress import KIND_OF, Measure, Report

    with open_campaign(settings) as ledger:
        found = ledger.entry(entry_id)
        if found is None or not found.measure:
            raise LedgerError(
                Words(f"没有可更正的条目 {entry_id}", f"there is no entry {entry_id} to be corrected"),
                hint=Words("用 cuntong progress history 查看编号", "see 'cuntong progress history' for its id"),
            )
        level = _level(to, found.measure)
        kind = KIND_OF[Measure(found.measure)]  # never the entry's own: an opening or a closing is not said again
        report = Report(
            _correction_id(ledger, found, level, (reason, approver, by)), kind, found.subject, found.unit,
            found.happened_on, by, Measure(found.measure), level, resets=True, reason=reason, approver=approver,
            corrects=entry_id,
        )  # fmt: skip
        return ledger.post([report])


def _correction_id(ledger: Ledger, found: Entry, level: float, said: tuple[str, str, str]) -> str:
    """Return the id of a correction: the same when it is said again, another when others came in between."""
    from cuntong_gis.progress import made_id

    before = [e for e in ledger.about(found.subject) if e.corrects == found.entry_id and e.resets]
    if before and (before[-1].level, before[-1].reason, before[-1].approver, before[-1].reported_by) == (level, *said):
        return before[-1].entry_id
    return made_id("correct", found.entry_id, level, *said, *[e.entry_id for e in before[-1:]])


def _level(text: str, measure: str) -> float:
    from cuntong_gis.layers import stage_word

    if measure == "stage":
        stage = stage_word(text)
        if stage is not None:
            return float(stage.rank)
    else:
        try:
            return float(text)
        except ValueError:
            pass
    raise LedgerError(
        Words(f"看不懂的数值 {text!r}", f"not a figure of this kind: {text!r}"),
        where="--to",
        hint=Words(
            "阶段写 勘测、立项、材料到货、敷设、开通；米数、百分数写数字",
            "a stage: surveyed, approved, material_ready, laid, lit; else a number",
        ),
    )


def verify(settings: Settings) -> ChainReport:
    """Verify the ledger and the evidence that it refers to.

    Parameters
    ----------
    settings : Settings
        Of the workspace.

    Returns
    -------
    ChainReport
        Without faults if all holds.
    """
    from cuntong_gis.progress import missing_files, verify_ledger

    with open_campaign(settings) as ledger:
        report = verify_ledger(ledger.store)
        return replace(report, faults=(*report.faults, *missing_files(ledger)))


def import_sheets(settings: Settings, files: Sequence[Path], sender: Sender) -> list[Imported]:
    """Read report sheets into the ledger, one transaction a file.

    Parameters
    ----------
    settings : Settings
        Of the workspace.
    files : sequence of Path
        Workbooks and CSV files.
    sender : Sender
        Who sends them; without a unit the campaign's own.

    Returns
    -------
    list of Imported
        What became of every row of every file; a file that cannot be read at all is told as one refused line.
    """
    from cuntong_gis.progress import import_sheet, unreadable

    sender = replace(sender, unit=sender.unit or settings.campaign.unit_code)
    found = []
    with open_campaign(settings) as ledger:
        for path in files:
            try:
                found.append(import_sheet(path, ledger, sender))
            except LayersError as error:
                found.append(unreadable(path, ledger, sender, error))
    return found


def write_form(settings: Settings, unit: str, path: Path | None) -> Path:
    """Write the Excel form in which a unit reports, with what the ledger knows.

    Parameters
    ----------
    settings : Settings
        Of the workspace.
    unit : str
        Code of the unit; empty: the campaign's own.
    path : Path or None
        The ``.xlsx``; default: ``maps_out/forms/<unit>.xlsx``.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    LedgerError
        If the unit has no village in the plan.
    """
    from cuntong_gis.progress import template_of

    unit = unit or settings.campaign.unit_code
    target = path or settings.folder / "maps_out" / "forms" / f"{safe_name(unit)}.xlsx"
    with open_campaign(settings) as ledger:
        template_of(ledger, unit, target)
    return target


def show_evidence(settings: Settings, claim: Claim, file: Path | None) -> Posted:
    """Show evidence for a village's sign-off.

    Parameters
    ----------
    settings : Settings
        Of the workspace.
    claim : Claim
        What is shown.
    file : Path or None
        The photo, paper or trace.

    Returns
    -------
    Posted
        As `attach_evidence`.
    """
    from cuntong_gis.progress import attach_evidence, item_named

    claim = replace(claim, item=item_named(claim.item))
    with locked(settings.folder), open_campaign(settings) as ledger:
        return attach_evidence(ledger, claim, file)


def sign_off(settings: Settings, check: Check) -> Posted:
    """Record a check of a village, which may close it.

    Parameters
    ----------
    settings : Settings
        Of the workspace.
    check : Check
        What somebody states.

    Returns
    -------
    Posted
        As `check_village`.
    """
    from cuntong_gis.progress import check_village, level_named

    check = replace(check, level=level_named(check.level))
    with open_campaign(settings) as ledger:
        return check_village(ledger, check)


def reopen(
    settings: Settings, village: str, *, reason: str, approver: str, by: str, to: str, on: dt.date | None
) -> Posted:
    """Open a closed village again; its certificate is void.

    Parameters
    ----------
    settings : Settings
        Of the workspace.
    village : str
        Its code.
    reason, approver, by : str
        Why, who approved it, who says so.
    to : str
        Stage it falls back to.
    on : date or None
        When; default: today.

    Returns
    -------
    Posted
        The reopening, or a refusal.
    """
    from cuntong_gis import progress

    stage = STAGES[int(_level(to, "stage"))]
    with open_campaign(settings) as ledger:
        return progress.reopen(ledger, village, reason=reason, approver=approver, by=by, to=stage, on=on)


def withdraw(settings: Settings, entry_id: str, *, reason: str, approver: str, by: str) -> Posted:
    """Take evidence back that does not show what it claims.

    Parameters
    ----------
    settings : Settings
        Of the workspace.
    entry_id : str
        Of the evidence.
    reason, approver, by : str
        Why, who approved it, who says so.

    Returns
    -------
    Posted
        As `withdraw_evidence`.
    """
    from cuntong_gis.progress import withdraw_evidence

    with open_campaign(settings) as ledger:
        return withdraw_evidence(ledger, entry_id, reason=reason, approver=approver, by=by)


def village_state(settings: Settings, village: str) -> VillageState:
    """Return what stands of a village, and what it lacks for its closing.

    Parameters
    ----------
    settings : Settings
        Of the workspace.
    village : str
        Its code.

    Returns
    -------
    VillageState
        As of now.

    Raises
    ------
    LedgerError
        If there is no such village.
    """
    from cuntong_gis.progress import Kind, nearest, stage_rank, what_is_missing

    with open_campaign(settings) as ledger:
        if village not in ledger.facts.villages:
            near = "、".join(nearest(village, ledger.facts.villages))
            raise LedgerError(
                Words(f"没有行政村 {village}", f"there is no village {village}"),
                hint=Words(f"相近的：{near}", f"the nearest: {near}") if near else "",
            )
        fact, about = ledger.facts.villages[village], ledger.about(village)
        gone = {e.corrects for e in about if e.kind == Kind.UNBLOCK}
        return VillageState(
            village, fact.name, fact.township, fact.county, STAGES[stage_rank(about)],
            max((e.reported_at for e in about), default=""),
            tuple(e for e in about if e.kind == Kind.BLOCKER and e.entry_id not in gone),
            what_is_missing(ledger, village),
        )  # fmt: skip


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

    return (utc_now() + dt.timedelta(hours=settings.ledger.utc_offset_hours)).date()


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
        plan = _plan_on(ledger, settings, day, known_at)
        frozen = {entry.subject for entry in _known(ledger.of_kind(Kind.FREEZE), known_at)}
        closed = {c.period: c for c in ledger.closed_periods() if c.period in frozen}
    return _loaded(settings, plan, entries, closed)


def _loaded(settings: Settings, plan: Plan, entries: pd.DataFrame, closed: Mapping[str, Closed]) -> Loaded:
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


def _plan_on(ledger: Ledger, settings: Settings, day: dt.date, known_at: dt.datetime | None = None) -> Plan:
    """Return the plan in force on a day, as far as it was known; before the first, the first."""
    from cuntong_gis.plan import load_plan
    from cuntong_gis.progress import Kind, in_force

    issued = ledger.of_kind(Kind.REVISION)
    revision = in_force(_known(issued, known_at) or issued[:1], day)
    return load_plan(settings.issued / f"{revision}.gpkg")


def freeze(settings: Settings, period: str, by: str) -> Posted:
    """Close a period: its figures stay, and what comes later counts in the next.

    Parameters
    ----------
    settings : Settings
        Of the workspace.
    period : str
        E.g. ``2016-06``, ``2016-W23``, ``2016-Q2``.
    by : str
        Who closes it.

    Returns
    -------
    Posted
        The entry; ``same`` when it was closed already.

    Raises
    ------
    LedgerError
        If there is no such period.
    """
    from cuntong_gis.progress import closed_figures, parse_period

    when = parse_period(period)
    with open_campaign(settings) as ledger:
        plan = _plan_on(ledger, settings, when.last)
        return ledger.freeze(
            when.code, when.last,
            lambda entries: closed_figures(_loaded(settings, plan, entries, {}).roll_up(when.last, when.kind)),
            by, settings.campaign.unit_code,
        )  # fmt: skip


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
    from cuntong_gis.plan import revisions

    if not (has_ledger(settings) and revisions(settings.issued)):
        return plan, settings
    day = cut_off(settings)
    found = load(settings, day).status(day, "month").status
    stages = {code: str(stage) for code, stage in zip(plan.villages["code"], plan.villages["stage"], strict=True)}
    villages = _with_stages(plan, found)
    told = _differing(stages, dict(zip(villages["code"], villages["stage"], strict=True)))
    changed = replace(
        plan, villages=villages, spans=_with_metres(plan, villages, found), findings=(*plan.findings, *told)
    )
    return changed, replace(settings, campaign=replace(settings.campaign, as_of=day))


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
    whole = reported["laid_m"] >= reported["planned_m"] - METRE
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
