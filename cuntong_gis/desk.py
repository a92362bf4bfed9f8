"""What people do at the ledger's desk: bring sheets, show evidence, check, correct, reopen, close periods, look up."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from cuntong_gis.campaign import STAGES, loaded_of, open_campaign, plan_on, today
from cuntong_gis.errors import LayersError, LedgerError
from cuntong_gis.files import locked, safe_name
from cuntong_gis.model import Stage
from cuntong_gis.words import Words

if TYPE_CHECKING:
    from cuntong_gis.progress import ChainReport, Check, Claim, Entry, Imported, Ledger, Posted, Sender
    from cuntong_gis.settings import Settings


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
        plan = plan_on(ledger, settings, when.last)
        return ledger.freeze(
            when.code, when.last,
            lambda entries: closed_figures(loaded_of(settings, plan, entries, {}).roll_up(when.last, when.kind)),
            by, settings.campaign.unit_code,
        )  # fmt: skip


def sign(
    settings: Settings, unit: str, *, role: str, name: str, paper: str, by: str, on: dt.date | None
) -> Posted:  # fmt: skip
    """Record that an official of a unit has signed a paper, such as the letter of responsibility.

    Parameters
    ----------
    settings : Settings
        Of the workspace.
    unit : str
        Code of the unit; empty: the campaign's own.
    role, name : str
        Who signed.
    paper : str
        What was signed.
    by : str
        Who records it.
    on : date or None
        When; default: today.

    Returns
    -------
    Posted
        The entry; ``same`` when it was recorded already.
    """
    from cuntong_gis.progress import Kind, Report, made_id

    unit, day = unit or settings.campaign.unit_code, on or today(settings)
    report = Report(
        made_id("signature", unit, role, name, paper, day), Kind.SIGNATURE, unit, unit, day, by,
        detail={"role": role, "name": name, "paper": paper},
    )  # fmt: skip
    with open_campaign(settings) as ledger:
        return ledger.post([report])
