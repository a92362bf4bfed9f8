"""Entries as arrays, once for all days: sorted, numbered, and split by what they speak of."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cuntong_gis.model import Finding, Plan, Severity
from cuntong_gis.progress.entries import Kind, Measure
from cuntong_gis.progress.rollup.behind import Behind, villages_behind
from cuntong_gis.progress.rollup.units import ALWAYS, Ints, Texts, canonical_code, day_numbers
from cuntong_gis.units import fen_from_cny
from cuntong_gis.words import Words

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

SILENT = frozenset({Kind.OPENING, Kind.CARRY, Kind.REVISION, Kind.FREEZE})
"""Kinds that the ledger itself makes: they are no sign of life from a unit."""
CHECK_LEVELS = ("county", "prefecture", "province")


@dataclass(frozen=True)
class Figures:
    """What was stated of one measure, by subject and, within a subject, in the order in which it counts.

    Attributes
    ----------
    subject : ndarray of int64, shape (k,)
        Row of the village or span; ascending.
    level : ndarray of float64, shape (k,)
        The figure stated.
    resets : ndarray of bool, shape (k,)
        It holds whatever was stated before.
    counts : ndarray of int64, shape (k,)
        Day number from which it counts; ascending for a subject.
    """

    subject: Ints
    level: Floats
    resets: Bools
    counts: Ints


@dataclass(frozen=True)
class Remarks:
    """Entries that state no figure but begin to hold on a day, and may end.

    Attributes
    ----------
    village, span : ndarray of int64, shape (k,)
        Row of the village or span that it is about; -1 where it is about none.
    first : ndarray of int64, shape (k,)
        Day number from which it counts.
    gone : ndarray of int64, shape (k,)
        Day number from which it no longer does; very large where it still does.
    due : ndarray of int64, shape (k,)
        Due day of a blocker, the day of the happening otherwise; very large where none is said.
    code : ndarray of int64, shape (k,)
        Twice the place in `CHECK_LEVELS`, plus one where the check was passed; 0 for others.
    order : ndarray of int64, shape (k,)
        Place in the order in which entries count.
    text : ndarray of str, shape (k,)
        Certificate of a closing, unit of a receipt; "" for others.
    """

    village: Ints
    span: Ints
    first: Ints
    gone: Ints
    due: Ints
    code: Ints
    order: Ints
    text: Texts


@dataclass(frozen=True)
class Encoded:
    """Entries and plan as arrays: everything that a day's figures are made of, whatever the day.

    Attributes
    ----------
    plan : Plan
        The plan that the entries speak of.
    behind : Behind
        Which villages lie behind which span.
    due : ndarray of int64, shape (n,)
        Due day of each village; very large where none is given.
    planned_m : ndarray of float64, shape (s,)
        Length of each span.
    cost_fen : ndarray of int64, shape (s,)
        Price of each span.
    figures : dict of Measure to Figures
        Stage and percent of villages; metres, spliced, tested of spans.
    reports, receipts, blockers, conflicts, adjustments, checks, reopenings, closings : Remarks
        The other entries, each in the order in which they count.
    findings : tuple of Finding
        Entries about nothing that the plan knows.
    """

    plan: Plan
    behind: Behind
    due: Ints
    planned_m: Floats
    cost_fen: Ints
    figures: dict[Measure, Figures]
    reports: Remarks
    receipts: Remarks
    blockers: Remarks
    conflicts: Remarks
    adjustments: Remarks
    checks: Remarks
    reopenings: Remarks
    closings: Remarks
    findings: tuple[Finding, ...]


def encode(entries: pd.DataFrame, plan: Plan) -> Encoded:
    """Turn the entries of a ledger into arrays, so that figures of many days can be told from one load.

    Parameters
    ----------
    entries : DataFrame
        Schema ``entries``, in any order.
    plan : Plan
        The plan whose villages and spans are followed.

    Returns
    -------
    Encoded
        Arrays; the frame is no longer needed.

    Notes
    -----
    O(n log n) in the entries; each text column used is looked at once.
    """
    entries = entries.iloc[_order(entries)]
    counts, happened = day_numbers(entries["counts_on"], 0), day_numbers(entries["happened_on"], 0)
    valid = (entries["conflicts_with"] == "").to_numpy(bool)
    subject, subjects = pd.factorize(entries["subject"].to_numpy(object))
    village = _rows(plan.villages["code"], subjects)[subject]
    span = _rows(plan.spans["span_id"], subjects)[subject]
    kind, kinds = pd.factorize(entries["kind"].to_numpy(object))
    measure, measures = pd.factorize(entries["measure"].to_numpy(object))
    level = entries["level"].to_numpy(np.float64)
    resets = entries["resets"].to_numpy(bool)
    order = np.arange(len(entries))

    def _of(*names: Kind) -> Bools:
        return valid & np.isin(kind, np.flatnonzero(np.isin(kinds, [str(n) for n in names])))

    def _remarks(which: Bools, **said: Any) -> Remarks:
        rows = np.flatnonzero(which)
        plain = {"gone": np.full(len(rows), ALWAYS), "due": happened[rows], "code": np.zeros(len(rows), np.int64),
                 "text": np.full(len(rows), "", object)}  # fmt: skip
        return Remarks(village[rows], span[rows], counts[rows], order=order[rows], **{**plain, **said})

    def _figures(name: Measure) -> Figures:
        rows = village if name in (Measure.STAGE, Measure.PERCENT) else span
        here = np.flatnonzero(valid & (measure == _place(measures, name)) & (rows >= 0) & ~np.isnan(level))
        here = here[np.argsort(rows[here], kind="stable")]
        return Figures(rows[here], level[here], resets[here], counts[here])

    blockers, checks, closings = _of(Kind.BLOCKER) & (village >= 0), _of(Kind.CHECK), _of(Kind.CLOSE)
    conflicts, silent = ~valid & ((village >= 0) | (span >= 0)), _of(*SILENT)
    ids = entries["entry_id"].to_numpy(object)
    corrects = entries["corrects"].to_numpy(object)
    ended = _first_days(corrects, counts, _of(Kind.UNBLOCK) & (corrects != ""))
    decided = _first_days(corrects, counts, valid & (corrects != ""))
    against = entries["conflicts_with"].to_numpy(object)[conflicts]
    said = entries["detail"].to_numpy(object)
    receipts = _of(Kind.RECEIPT)
    return Encoded(
        plan=plan,
        behind=villages_behind(plan),
        due=day_numbers(plan.villages["due_date"], ALWAYS),
        planned_m=plan.spans["length_m"].to_numpy(np.float64),
        cost_fen=np.array([fen_from_cny(c) for c in plan.spans["cost_cny"]], np.int64),
        figures={name: _figures(name) for name in Measure if name},
        reports=_remarks(valid & ~silent & (village >= 0)),
        receipts=_remarks(receipts, text=_codes(entries["subject"].to_numpy(object)[receipts])),
        blockers=_remarks(blockers, gone=_looked_up(ended, ids[blockers]), due=_due_days(said[blockers])),
        conflicts=_remarks(
            conflicts, gone=np.minimum(_looked_up(decided, ids[conflicts]), _looked_up(decided, against))
        ),
        adjustments=_remarks(valid & (counts != happened) & ((village >= 0) | (span >= 0))),
        checks=_remarks(checks & (village >= 0), code=_check_codes(said[checks & (village >= 0)])),
        reopenings=_remarks(_of(Kind.REOPEN) & (village >= 0)),
        closings=_remarks(closings & (village >= 0), text=_certificates(said[closings & (village >= 0)])),
        findings=_strangers(entries, plan, subjects, subject, valid, village, span),
    )


def as_happened(entries: pd.DataFrame) -> pd.DataFrame:
    """Return entries as if no period had been frozen: each counts from the day on which it happened.

    Parameters
    ----------
    entries : DataFrame
        Schema ``entries``.

    Returns
    -------
    DataFrame
        A copy; rolled up, it says what a closed period would look like with what is known now.
    """
    return entries.assign(counts_on=entries["happened_on"])


def _order(entries: pd.DataFrame) -> NDArray[np.intp]:
    """Return the order in which entries count: counts_on, reported_at, chain, number."""
    chain = pd.factorize(entries["chain"].to_numpy(object), sort=True)[0]
    reported = pd.to_datetime(entries["reported_at"], format="ISO8601", utc=True).to_numpy("datetime64[us]")
    order: NDArray[np.intp] = np.lexsort(
        (entries["number"].to_numpy(np.int64), chain, reported.astype(np.int64), day_numbers(entries["counts_on"], 0))
    )
    return order


def _rows(known: pd.Series, subjects: Texts) -> Ints:
    found: Ints = pd.Index(known.astype(object)).get_indexer(subjects).astype(np.int64)
    return found


def _place(names: Texts, name: Measure) -> int:
    found = np.flatnonzero(names == str(name))
    return int(found[0]) if len(found) else -2


def _first_days(corrects: Texts, counts: Ints, which: Bools) -> pd.Series:
    """Return entry id → day number on which an entry first spoke about it."""
    return pd.Series(counts[which], corrects[which]).groupby(level=0).min()


def _looked_up(days: pd.Series, ids: Texts) -> Ints:
    found: Ints = days.reindex(ids).fillna(ALWAYS).to_numpy(np.int64)
    return found


def _codes(subjects: Texts) -> Texts:
    number, used = pd.factorize(subjects)
    return np.array([canonical_code(c) for c in used], object)[number] if len(used) else subjects


def _said(texts: Texts) -> list[dict[str, Any]]:
    """Read the JSON details: of blockers, checks and closings only, which are few beside the reports."""
    return [json.loads(text) if text else {} for text in texts.tolist()]


def _due_days(details: Texts) -> Ints:
    due = [str(said.get("due") or "") for said in _said(details)]
    return day_numbers(pd.to_datetime(pd.Series(due, dtype=object), format="%Y-%m-%d", errors="coerce"), ALWAYS)


def _check_codes(details: Texts) -> Ints:
    return np.array(
        [
            2 * CHECK_LEVELS.index(said["level"]) + bool(said.get("passed"))
            if said.get("level") in CHECK_LEVELS
            else -1
            for said in _said(details)
        ],
        np.int64,
    )


def _certificates(details: Texts) -> Texts:
    return np.array([str(said.get("certificate") or "") for said in _said(details)], object)


def _strangers(
    entries: pd.DataFrame, plan: Plan, subjects: Texts, subject: Ints, valid: Bools, village: Ints, span: Ints
) -> tuple[Finding, ...]:
    """Tell entries that state a figure of something that the plan does not hold."""
    lost = valid & (village < 0) & (span < 0) & (entries["measure"] != "").to_numpy(bool)
    of_spans = entries["measure"].isin(["laid_m", "spliced", "tested"]).to_numpy(bool)
    lost &= ~of_spans | (entries["revision"] == plan.revision).to_numpy(bool)  # older spans were carried over
    if not lost.any():
        return ()
    names = sorted({str(s) for s in subjects[np.unique(subject[lost])]})
    return (
        Finding(
            Severity.ERROR, "entry_unknown_subject",
            Words(
                f"台账有 {int(lost.sum())} 条记录的对象不在当前规划里，未计入：{'、'.join(names[:5])}",
                f"{int(lost.sum())} entries are about what the plan does not hold, and not counted: "
                f"{', '.join(names[:5])}",
            ),
            Words("核对规划版本", "check the plan's revision"), layer="entries", field="subject",
        ),
    )  # fmt: skip
