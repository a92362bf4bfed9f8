"""The doors of the sign-off: show evidence, take it back, check, close and reopen a village, all or nothing."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import sqlalchemy as sa

from cuntong_gis.model import Stage
from cuntong_gis.progress import store
from cuntong_gis.progress.entries import Kind, Report, made_id
from cuntong_gis.progress.ledger import Ledger
from cuntong_gis.progress.rules import Judgement, Refusal, person
from cuntong_gis.progress.signoff import evidence
from cuntong_gis.progress.signoff.checks import Check, Verdict, check_verdict, reopen_verdict
from cuntong_gis.progress.signoff.claims import (
    Claim,
    check_claim,
    check_village_known,
    is_same,
    refusal_of,
    report_of,
    serves_another,
    taken_back,
    today,
    unclear,
    users_of_file,
    value_of,
)
from cuntong_gis.progress.signoff.formats import PICTURES
from cuntong_gis.progress.signoff.photos import DOUBTS, look_at
from cuntong_gis.progress.signoff.standing import (
    DIRECTIONS,
    ITEMS,
    LEVEL_NAMES,
    LEVELS,
    WITHDRAWABLE,
    item_of,
    missing_items,
    standing,
)
from cuntong_gis.progress.view import Outcome, Posted, View
from cuntong_gis.words import Words


def attach_evidence(ledger: Ledger, claim: Claim, file: Path | None = None) -> Posted:
    """Show evidence for a village's sign-off.

    Parameters
    ----------
    ledger : Ledger
        Open.
    claim : Claim
        What is shown.
    file : Path, optional
        The photo, paper or trace.

    Returns
    -------
    Posted
        One outcome: ``new``; ``same`` when this village has shown it already; ``refused`` when the file serves
        another village, or was taken far away and nobody gives their word. What else speaks against it stands in
        its notices, and in the entry.

    Raises
    ------
    LedgerError
        If the file, the item or the value cannot be used at all; nothing was stored then.

    Notes
    -----
    The file is stored durably before its entry is posted, so no entry ever refers to a file that is not there.
    """
    check_claim(ledger, claim, has_file=file is not None)
    rules, folder = ledger.settings.evidence, ledger.settings.evidence_folder
    value = value_of(claim)
    if file is None:
        return ledger.transact(lambda view: _post_claim(view, report_of(ledger, claim, value, None, ""), claim, None))
    name = evidence.plain_name(file.name)
    data = evidence.read_file(file, rules.photo_max_mb)
    shown = look_at(data, rules, allowed=ITEMS[claim.item].kinds, name=name)
    if shown.kind == "sor" and claim.direction not in DIRECTIONS:
        raise unclear("direction", Words("一条 OTDR 曲线只有一个方向", "an OTDR trace has one direction"),
                       Words("加 --direction out 或 back", "add --direction out or back"))  # fmt: skip
    report = report_of(ledger, claim, value, shown, name)
    with ledger.store.reading() as connection:
        users = users_of_file(connection, shown.sha256)
    refusal = refusal_of(report, claim, [u for u in users if not taken_back(u, ledger.about(u.subject))])
    if refusal is not None:
        return _refused(report, refusal)
    evidence.keep(folder, data, picture=shown.kind in PICTURES)
    return ledger.transact(lambda view: _post_claim(view, report, claim, shown.sha256))


def check_village(ledger: Ledger, check: Check) -> Posted:
    """Record a check of a village; the one that ``[evidence] closes_at`` names closes it, with a certificate.

    Parameters
    ----------
    ledger : Ledger
        Open.
    check : Check
        What somebody states.

    Returns
    -------
    Posted
        The check, and the closing; or a refusal that names all that is missing. The same check stated again is
        ``same``.

    Raises
    ------
    LedgerError
        If there is no such village or level.
    """
    check_village_known(ledger, check.village)
    if check.level not in LEVELS:
        raise unclear("level", Words(f"没有这一级验收：{check.level}", f"there is no such level: {check.level}"),
                       Words(f"可用：{'、'.join(f'{one}（{LEVEL_NAMES[one].zh}）' for one in LEVELS)}",
                             f"known: {', '.join(LEVELS)}"))  # fmt: skip
    chain = ledger.facts.chain_of(check.village)
    return ledger.transact(lambda view: _judge_check(view, check, chain))


def _judge_check(view: View, check: Check, chain: str) -> Posted:
    closings = view.of_kind(chain, Kind.CLOSE)  # holds the chain: nobody else closes a village of it meanwhile
    numbers = [str(e.said.get("certificate", "")) for e in closings]
    verdict = check_verdict(check, view.of_subject(check.village), view.settings.evidence, numbers)
    return _answer(view, verdict, Report("", Kind.CHECK, check.village, "", check.on, check.by))


def reopen(
    ledger: Ledger, village: str, *, reason: str, approver: str, by: str, on: dt.date | None = None,
    to: Stage = Stage.LIT, unit: str = "",
) -> Posted:  # fmt: skip
    """Open a closed village again after a failed inspection; its certificate is void.

    Parameters
    ----------
    ledger : Ledger
        Open.
    village : str
        Its code.
    reason, approver, by : str
        Why, who approved it, who says so; the last two are not the same person.
    on : date, optional
        When; default: today.
    to : Stage
        Where it falls back to: lit or lower.
    unit : str
        Unit that says it; default: the county.

    Returns
    -------
    Posted
        The reopening, or a refusal.

    Raises
    ------
    LedgerError
        If there is no such village.
    """
    check_village_known(ledger, village)
    said = Report(
        "", Kind.REOPEN, village, unit or village[:6], on or today(ledger), by, reason=reason, approver=approver
    )  # fmt: skip
    return ledger.transact(lambda view: _judge_reopening(view, said, to))


def _judge_reopening(view: View, said: Report, to: Stage) -> Posted:
    view.hold(view.facts.chain_of(said.subject))
    return _answer(view, reopen_verdict(said, view.of_subject(said.subject), to), said)


def withdraw_evidence(
    ledger: Ledger, entry_id: str, *, reason: str, approver: str, by: str, on: dt.date | None = None
) -> Posted:
    """Take evidence back that was shown for the wrong village or is not what it claims; its file is free again.

    Parameters
    ----------
    ledger : Ledger
        Open.
    entry_id : str
        Of the evidence.
    reason, approver, by : str
        Why, who approved it, who says so; the last two are not the same person.
    on : date, optional
        When; default: today.

    Returns
    -------
    Posted
        An entry that names the evidence, which stays in the ledger and no longer counts; or a refusal.

    Raises
    ------
    LedgerError
        If there is no such evidence.
    """
    found = ledger.entry(entry_id)
    if found is None or found.kind not in WITHDRAWABLE or found.corrects:
        hint = Words("用 cuntong progress history 查看编号", "see 'cuntong progress history' for its id")
        raise unclear("entry", Words(f"没有这条证据：{entry_id}", f"there is no such evidence: {entry_id}"), hint)
    report = Report(
        made_id("withdraw", entry_id), Kind(found.kind), found.subject, found.unit, on or today(ledger), by,
        reason=reason, approver=approver, corrects=entry_id, detail={"withdrawn": item_of(found)},
    )  # fmt: skip
    return ledger.transact(lambda view: _judge_withdrawal(view, report))


def _judge_withdrawal(view: View, report: Report) -> Posted:
    view.hold(view.facts.chain_of(report.subject))
    closed = standing(view.of_subject(report.subject)).close is not None
    refusal = _cannot_take_back(report, closed=closed)
    return _answer(view, Verdict(refusal=refusal) if refusal else Verdict((report,)), report)


def _cannot_take_back(report: Report, *, closed: bool) -> Refusal | None:
    complete = report.reason.strip() and report.approver.strip()
    if not complete or person(report.approver) == person(report.reported_by):
        words = Words("撤回要有原因，并由另一人批准", "taking back needs a reason, and another's approval")
        return Refusal("correction_incomplete", "approver", words)
    if closed:
        words = Words("该村已销号，先重新打开", "the village is closed: reopen it first")
        hint = Words("用 cuntong progress reopen", "use 'cuntong progress reopen'")
        return Refusal("closed_village", "subject", words, hint)
    return None


def what_is_missing(ledger: Ledger, village: str) -> dict[str, Words]:
    """Return what a village still lacks for its closing.

    Parameters
    ----------
    ledger : Ledger
        Open.
    village : str
        Its code.

    Returns
    -------
    dict of str to Words
        Item → what is missing.
    """
    return missing_items(standing(ledger.about(village)), ledger.settings.evidence)


def missing_files(ledger: Ledger) -> list[Words]:
    """Find the entries whose file is absent or is no longer what it was.

    Parameters
    ----------
    ledger : Ledger
        Open.

    Returns
    -------
    list of Words
        One a file and village, for ``cuntong progress verify``; every file of the store is read.
    """
    with ledger.store.reading() as connection:
        query = sa.select(store.entries.c.subject, store.entries.c.evidence).where(store.entries.c.evidence != "")
        rows = [(subject, sha) for subject, cell in connection.execute(query) for sha in cell.split()]
    bad = {m.sha256: m.damaged for m in evidence.missing(ledger.settings.evidence_folder, [sha for _, sha in rows])}
    return [
        Words(f"{subject} 的证据文件 {sha} {'已损坏' if bad[sha] else '不见了'}",
              f"the file {sha} shown for {subject} is {'damaged' if bad[sha] else 'gone'}")
        for subject, sha in sorted(set(rows)) if sha in bad
    ]  # fmt: skip


def _post_claim(view: View, report: Report, claim: Claim, sha256: str | None) -> Posted:
    chain = view.facts.chain_of(claim.village)
    view.hold(chain)
    about = view.of_subject(claim.village)
    known = next((e for e in standing(about).shown if is_same(e, report)), None)
    if known is not None:
        return Posted((Outcome(report, "same", known, Judgement()),))
    if sha256 is None:
        unique = made_id("evidence", *report.detail.items(), report.subject, report.happened_on, len(about))
        return _noted(view.post([replace(report, entry_id=unique)]))
    users = users_of_file(view.connection, sha256)
    free = [u for u in users if not taken_back(u, view.of_subject(u.subject))]
    refusal = refusal_of(report, claim, free)
    if refusal is not None:
        return _refused(report, refusal)
    number = len(users)
    while True:  # the id is of the file alone: two villages that show it at once, anywhere, cannot both be first
        posted = view.post([replace(report, entry_id=made_id("file", sha256, number))])
        taken = posted.outcomes[0]
        if taken.entry is None or taken.word != "refused":
            return _noted(posted)
        if taken.entry.subject != claim.village:
            return _refused(report, serves_another(taken.entry, sha256))
        number += 1


def _noted(posted: Posted) -> Posted:
    """Tell what speaks against new evidence, as notices."""
    outcomes = []
    for outcome in posted.outcomes:
        doubts = outcome.report.detail.get("doubts", []) if outcome.word == "new" else []
        notes = tuple(Refusal(doubt, "file", DOUBTS[doubt]) for doubt in doubts)
        judged = replace(outcome.judgement, notices=(*outcome.judgement.notices, *notes))
        outcomes.append(replace(outcome, judgement=judged))
    return Posted(tuple(outcomes))


def _answer(view: View, verdict: Verdict, said: Report) -> Posted:
    return _refused(said, verdict.refusal) if verdict.refusal else view.post(verdict.reports)


def _refused(report: Report, *refusals: Refusal) -> Posted:
    return Posted(tuple(Outcome(report, "refused", None, Judgement(r)) for r in refusals))
