"""The campaign of a workspace: its ledger on the plan in force, what is reported to it and what it adds up to."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from cuntong_gis.errors import LedgerError
from cuntong_gis.files import sha256_of
from cuntong_gis.words import Words

if TYPE_CHECKING:
    import pandas as pd

    from cuntong_gis.progress import ChainReport, Entry, Ledger, PlanFacts, Posted
    from cuntong_gis.settings import Settings


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


def facts_of(path: Path) -> PlanFacts:
    """Return what the ledger must know of an issued revision.

    Parameters
    ----------
    path : Path
        ``campaign/issued/R….gpkg``.

    Returns
    -------
    PlanFacts
        Of its villages and spans.
    """
    from cuntong_gis.plan import load_plan
    from cuntong_gis.progress import plan_facts

    return plan_facts(load_plan(path))


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
    ledger = open_ledger(settings.ledger_url, facts_of(issued[-1]), settings, now=clock)
    try:
        known = {entry.subject for entry in ledger.of_kind(Kind.REVISION)}
        for path in issued:
            if path.stem in known:
                continue
            facts = ledger.facts if path == issued[-1] else facts_of(path)
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
    from cuntong_gis.progress import Kind, Measure, Report, made_id

    with open_campaign(settings) as ledger:
        found = ledger.entry(entry_id)
        if found is None or not found.measure:
            raise LedgerError(
                Words(f"没有可更正的条目 {entry_id}", f"there is no entry {entry_id} to be corrected"),
                hint=Words("用 cuntong progress history 查看编号", "see 'cuntong progress history' for its id"),
            )
        level = _level(to, found.measure)
        report = Report(
            made_id("correct", entry_id, level, reason, approver, by), Kind(found.kind), found.subject, found.unit,
            found.happened_on, by, Measure(found.measure), level, resets=True, reason=reason, approver=approver,
            corrects=entry_id,
        )  # fmt: skip
        return ledger.post([report])


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
    from cuntong_gis.progress import verify_ledger

    with open_campaign(settings) as ledger:
        return verify_ledger(ledger.store)
