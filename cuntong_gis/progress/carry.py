"""From one plan revision to the next: reported metres go with the crosswalk, and what finds no span stops it."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from cuntong_gis.errors import LedgerError
from cuntong_gis.model import Stage
from cuntong_gis.progress import store
from cuntong_gis.progress.entries import CAMPAIGN, Entry, Kind, Measure, Report, made_id
from cuntong_gis.progress.rules import figure
from cuntong_gis.progress.view import Posted, View
from cuntong_gis.words import Words

if TYPE_CHECKING:
    import pandas as pd

    from cuntong_gis.progress.facts import PlanFacts
    from cuntong_gis.progress.ledger import Ledger

TOOL = "cuntong"
"""Who says what the tool writes of its own accord."""
OF_METRES = (Kind.METRES, Kind.CARRY)
NAMED = 5
"""So many are named in a message."""


def laid_metres(ledger: Ledger) -> dict[str, float]:
    """Return the metres reported of every span, of whatever revision.

    Parameters
    ----------
    ledger : Ledger
        Open.

    Returns
    -------
    dict of str to float
        Span → sheath metres, those above 0.
    """
    return _laid(ledger.of_kind(*OF_METRES))


def _laid(entries: Iterable[Entry]) -> dict[str, float]:
    about: dict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        about[entry.subject].append(entry)
    figures = {span: figure(history, Measure.LAID_M) or 0.0 for span, history in about.items()}
    return {span: metres for span, metres in figures.items() if metres > 0}


def refuse_lost_work(laid: Mapping[str, float], crosswalk: pd.DataFrame) -> None:
    """Refuse a revision in which reported work finds no span.

    Parameters
    ----------
    laid : mapping of str to float
        As of `laid_metres`.
    crosswalk : DataFrame
        Schema ``crosswalk`` from the revision in force to the new one.

    Raises
    ------
    LedgerError
        If a span of which metres were reported, or a part of it, has no successor and nobody has mapped it.
    """
    none = crosswalk[crosswalk["method"] == "none"]
    lost = [(span, laid[span] * share) for span, share in zip(none["old_span"], none["share"], strict=True)
            if span in laid]  # fmt: skip
    if not lost:
        return
    named = "、".join(f"{span}（{metres:.0f} m）" for span, metres in lost[:NAMED])
    more = f" … {len(lost)}" if len(lost) > NAMED else ""
    raise LedgerError(
        Words(f"{len(lost)} 个旧光缆段已报敷设，在新方案里没有对应：{named}{more}",
              f"metres were reported of {len(lost)} old spans that the new plan does not have: {named}{more}"),
        hint=Words(f"逐个指明去向：plan issue --map {lost[0][0]}=新光缆段；确已废弃写 --map {lost[0][0]}=none",
                   f"say where each goes: plan issue --map {lost[0][0]}=NEW_SPAN, or =none if it was given up"),
    )  # fmt: skip


def carried(laid: Mapping[str, float], crosswalk: pd.DataFrame) -> dict[str, float]:
    """Return the metres that go to the spans of the new revision.

    Parameters
    ----------
    laid : mapping of str to float
        Metres of old spans.
    crosswalk : DataFrame
        Schema ``crosswalk``. A span of the same identifier keeps its own entries and is carried nothing.

    Returns
    -------
    dict of str to float
        New span → metres: of each old span's metres the share of its length that runs along the new one.
    """
    found: dict[str, float] = defaultdict(float)
    moved = crosswalk[crosswalk["method"].isin(["overlap", "mapped"]) & (crosswalk["new_span"] != "")]
    # Where two new spans run along the same stretch, its metres are shared out and not said twice.
    whole = moved.groupby("old_span")["share"].sum().clip(lower=1.0)
    for old, new, share in zip(moved["old_span"], moved["new_span"], moved["share"], strict=True):
        if old in laid:
            found[new] += laid[old] * float(share) / float(whole[old])
    kept = set(crosswalk.loc[crosswalk["method"] == "same", "new_span"])
    return {span: round(m + (laid.get(span, 0.0) if span in kept else 0.0), 3) for span, m in sorted(found.items())}


def register_revision(
    ledger: Ledger, crosswalk: pd.DataFrame, sha256: str, unit: str, today: dt.date, also: Sequence[Report] = ()
) -> Posted:
    """Write into the ledger that the revision it was opened with is in force, and carry reported work over.

    Parameters
    ----------
    ledger : Ledger
        Opened with the facts of the new revision.
    crosswalk : DataFrame
        Schema ``crosswalk``, from the revision before.
    sha256 : str
        Of the issued file.
    unit : str
        Code of the campaign's unit.
    today : date
        Day from which it is in force.
    also : sequence of Report
        Said in the same breath: what an empty ledger begins with.

    Returns
    -------
    Posted
        All of it in one transaction; nothing when it was registered already.

    Raises
    ------
    LedgerError
        If a part of it is refused; nothing was taken then.
    """
    mapped = crosswalk[crosswalk["method"] == "mapped"]
    revision = ledger.facts.revision
    said = Report(
        f"revision-{revision}", Kind.REVISION, revision, unit or CAMPAIGN, today, TOOL,
        detail={"sha256": sha256, "mapped": dict(zip(mapped["old_span"], mapped["new_span"], strict=True))},
    )  # fmt: skip

    def _work(view: View) -> Posted:
        view.hold_all()  # nobody reports of the revision before while its metres are carried over
        if any(e.kind == Kind.REVISION for e in view.of_subject(revision)):
            return Posted(())
        moved = carried(_laid(store.find(view.connection, "kind", OF_METRES)), crosswalk)
        posted = view.post([said, *_carries(moved, revision, unit, today), *also])
        if not posted.taken:
            why = next(o.judgement.refusal for o in posted.outcomes if o.judgement.refusal is not None)
            raise LedgerError(why.message, where=revision, hint=why.hint)
        return posted

    return ledger.transact(_work)


def _carries(moved: Mapping[str, float], revision: str, unit: str, today: dt.date) -> list[Report]:
    return [
        Report(made_id("carry", revision, span), Kind.CARRY, span, unit or CAMPAIGN, today, TOOL, Measure.LAID_M,
               metres, resets=True, detail={"revision": revision})
        for span, metres in moved.items()
    ]  # fmt: skip


def opening(facts: PlanFacts, unit: str, today: dt.date) -> list[Report]:
    """Return what an empty ledger begins with: the stages that the villages layer gave.

    Parameters
    ----------
    facts : PlanFacts
        Of the first issued plan.
    unit : str
        Code of the campaign's unit.
    today : date
        Day of the stages without one, and the latest possible.

    Returns
    -------
    list of Report
        One for each village whose work has begun.
    """
    return [
        Report(
            f"opening-{code}", Kind.OPENING, code, unit or CAMPAIGN, min(village.stage_on or today, today), TOOL,
            Measure.STAGE, float(village.stage.rank),
        )
        for code, village in facts.villages.items()
        if village.stage != Stage.NOT_STARTED
    ]  # fmt: skip


def in_force(revisions: Iterable[Entry], day: dt.date) -> str:
    """Return the revision in force on a day.

    Parameters
    ----------
    revisions : iterable of Entry
        Of kind revision.
    day : date
        The day.

    Returns
    -------
    str
        The latest issued up to that day; before the first, the first; "" when there is none.
    """
    ordered = sorted(revisions, key=lambda e: (e.happened_on, e.number))
    past = [e for e in ordered if e.happened_on <= day]
    return past[-1].subject if past else ordered[0].subject if ordered else ""
