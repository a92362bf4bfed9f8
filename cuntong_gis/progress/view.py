"""What one transaction sees of the ledger and is about to append: reports judged one after the other."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import sqlalchemy as sa

from cuntong_gis.errors import LedgerError
from cuntong_gis.progress import store
from cuntong_gis.progress.entries import CAMPAIGN, Entry, Kind, Measure, Report, canonical, chained
from cuntong_gis.progress.rules import OF_CAMPAIGN, Judgement, Known, Refusal, judge
from cuntong_gis.progress.wellformed import malformed, plain
from cuntong_gis.words import Words

if TYPE_CHECKING:
    from cuntong_gis.progress.facts import PlanFacts
    from cuntong_gis.settings import Settings


@dataclass(frozen=True)
class Outcome:
    """What became of one report.

    Attributes
    ----------
    report : Report
        What was said.
    word : str
        ``new``; ``same``: it was known already; ``conflict``: kept beside another that counts; ``refused``;
        ``held``: nothing wrong with it, but the whole post was not taken.
    entry : Entry or None
        As it stands in the ledger.
    judgement : Judgement
        Why it was refused, and what else should be known.
    """

    report: Report
    word: str
    entry: Entry | None
    judgement: Judgement

    @property
    def adjusted(self) -> bool:
        """Tell whether it happened in a frozen period and counts later.

        Returns
        -------
        bool
            The closed figure stays as it was.
        """
        return self.entry is not None and self.entry.counts_on != self.entry.happened_on


@dataclass(frozen=True)
class Posted:
    """What became of a post.

    Attributes
    ----------
    outcomes : tuple of Outcome
        One a report, in their order.
    """

    outcomes: tuple[Outcome, ...]

    @property
    def taken(self) -> bool:
        """Tell whether nothing was refused.

        Returns
        -------
        bool
            True also when all of it was known already.
        """
        return all(o.word != "refused" for o in self.outcomes)

    def entries(self, word: str = "new") -> list[Entry]:
        """Return the entries with an outcome.

        Parameters
        ----------
        word : str
            As of `Outcome.word`.

        Returns
        -------
        list of Entry
            In the order posted.
        """
        return [o.entry for o in self.outcomes if o.word == word and o.entry is not None]


class View:
    """What one transaction sees, and what it is about to append.

    Parameters
    ----------
    connection : Connection or None
        In a writing transaction; None if all that will be looked at is given by `see`.
    facts : PlanFacts
        The issued plan.
    settings : Settings
        Of the workspace.
    now : datetime
        The ledger's clock, UTC.
    """

    def __init__(
        self, connection: sa.Connection | None, facts: PlanFacts, settings: Settings, now: dt.datetime
    ) -> None:
        self._connection, self.facts, self.settings, self.now = connection, facts, settings, now
        self._heads: dict[str, store.Head] = {}
        self._about: dict[str, list[Entry]] = {}
        self._ids: dict[str, Entry | None] = {}
        self._new: list[Entry] = []
        self._flushed, self._changed = 0, False
        self._written: dict[str, store.Head] = {}

    @property
    def connection(self) -> sa.Connection:
        """Return the transaction's connection, to which all that was taken so far is written.

        Returns
        -------
        Connection
            In a writing transaction: what a statement finds there is what the ledger would hold.
        """
        self._write()
        return self._open

    @property
    def _open(self) -> sa.Connection:
        if self._connection is None:
            raise AssertionError("looked beyond what was given")
        return self._connection

    def prepare(self, reports: Sequence[Report]) -> None:
        """Lock the chains of some reports and look up all that judging them needs.

        Parameters
        ----------
        reports : sequence of Report
            About to be posted.
        """
        reports = [report for report in reports if malformed(report) is None]
        # Not set - keys(): that walks through all the keys, and a long sheet posts row by row.
        chains = {c for report in reports if (c := chain_of(report, self.facts)) not in self._heads}
        if chains:
            self._hold(store.lock_heads(self._open, chains))
        subjects = {subject for subject in subjects_of(reports, self.facts) if subject not in self._about}
        if subjects:
            self._look_up(subjects)
        ids = {report.entry_id for report in reports if report.entry_id not in self._ids}
        if ids:
            self._ids |= dict.fromkeys(ids)
            self._ids |= {e.entry_id: e for e in store.find(self._open, "entry_id", ids)}

    def see(self, head: store.Head, found: Iterable[Entry], reports: Sequence[Report]) -> None:
        """Take what a glance found as all that judging some reports of one chain needs.

        Parameters
        ----------
        head : Head
            End of their chain.
        found : iterable of Entry
            About their subjects, and of their ids.
        reports : sequence of Report
            About to be posted.
        """
        self._hold({head.chain: head})
        self._about |= {subject: [] for subject in subjects_of(reports, self.facts)}
        self._ids |= {report.entry_id: None for report in reports}
        for entry in found:
            if entry.subject in self._about:
                self._about[entry.subject].append(entry)
            if entry.entry_id in self._ids:
                self._ids[entry.entry_id] = entry

    def result(self, chain: str) -> tuple[store.Head, store.Head, list[Entry]]:
        """Return what is to be appended to a chain.

        Parameters
        ----------
        chain : str
            Which.

        Returns
        -------
        before, after : Head
            Its end as found, and as it is to be.
        new : list of Entry
            In between.
        """
        return self._written[chain], self._heads[chain], [e for e in self._new if e.chain == chain]

    def _look_up(self, subjects: Iterable[str]) -> None:
        wanted = set(subjects)
        self._about |= {subject: [] for subject in wanted}
        for entry in store.find(self._open, "subject", wanted):
            self._about[entry.subject].append(entry)

    def of_subject(self, subject: str) -> Sequence[Entry]:
        """Return what was said of a subject.

        Parameters
        ----------
        subject : str
            Village code, span id, …

        Returns
        -------
        sequence of Entry
            In the order taken, with what this transaction is about to append.
        """
        if subject not in self._about:
            self._look_up([subject])
        return self._about[subject]

    def of_kind(self, chain: str, kind: Kind) -> list[Entry]:
        """Return the entries of a kind in a chain, whose end is held from here on.

        Parameters
        ----------
        chain : str
            Six digits.
        kind : Kind
            Which.

        Returns
        -------
        list of Entry
            In the order taken, with what this transaction is about to append.
        """
        self.hold(chain)
        query = sa.select(store.entries).where(store.entries.c.chain == chain, store.entries.c.kind == str(kind))
        return [Entry(*row) for row in self.connection.execute(query.order_by(store.entries.c.number))]

    def hold(self, chain: str) -> None:
        """Take a chain for this transaction.

        Parameters
        ----------
        chain : str
            Six digits; on a server ask for several in ascending order.
        """
        if chain not in self._heads:
            self._hold(store.lock_heads(self._open, [chain]))

    def _hold(self, found: dict[str, store.Head]) -> None:
        fresh = {chain: head for chain, head in found.items() if chain not in self._heads}
        self._written |= fresh
        self._heads |= fresh
        self._heads |= self._decided(fresh)

    def _decided(self, fresh: dict[str, store.Head]) -> dict[str, store.Head]:
        """Tell chains what this transaction has decided for all of them before it held them."""
        campaign = self._heads.get(CAMPAIGN)
        return fresh if campaign is None else {chain: head.decided(campaign) for chain, head in fresh.items()}

    def hold_all(self) -> dict[str, store.Head]:
        """Take every chain for this transaction.

        Returns
        -------
        dict of str to Head
            The ends.
        """
        self._hold(store.lock_all(self._open))
        return dict(self._heads)

    def post(self, reports: Sequence[Report], *, accept_valid: bool = False) -> Posted:
        """Judge reports one after the other and keep what is taken for the end of the transaction.

        Parameters
        ----------
        reports : sequence of Report
            In the order in which they are said.
        accept_valid : bool
            Whether the others are taken when some are refused.

        Returns
        -------
        Posted
            All or nothing, unless `accept_valid`.
        """
        self.prepare(reports)
        mark = self.mark()
        outcomes = [self._take(report) for report in reports]
        if not accept_valid and any(o.word == "refused" for o in outcomes):
            gone = {entry.entry_id for entry in self._new[mark[0] :]}
            self.undo(mark)
            outcomes = [_held(o) if o.report.entry_id in gone and o.word != "refused" else o for o in outcomes]
        return Posted(tuple(outcomes))

    def _take(self, said: Report) -> Outcome:
        refusal = malformed(said)
        if refusal is not None:
            return Outcome(said, "refused", None, Judgement(refusal))
        report = plain(said)
        head = self._heads[chain_of(report, self.facts)]
        known = self._ids.get(report.entry_id)
        if known is not None:
            return told_before(report, known)
        if report.kind != Kind.REVISION and head.revision not in ("", self.facts.revision):
            raise _issued_anew(self.facts.revision, head.revision)
        context = Known(self.facts, self.settings, self.now, head.frozen_through, self.of_subject)
        verdict = judge(report, context)
        if verdict.refusal is not None:
            return Outcome(report, "refused", None, verdict)
        if report.kind == Kind.REVISION:
            self._put_in_force(report.subject)
            head = self._heads[head.chain]
        entry = self._entry(report, head, verdict, context)
        self._heads[head.chain] = replace(head, number=entry.number, hash=entry.hash, reported_at=entry.reported_at)
        self._ids[entry.entry_id] = entry
        self._new.append(entry)
        self.of_subject(entry.subject)
        self._about[entry.subject].append(entry)
        return Outcome(report, "conflict" if entry.conflicts_with else "new", entry, verdict)

    def _entry(self, report: Report, head: store.Head, verdict: Judgement, context: Known) -> Entry:
        entry = Entry(
            entry_id=report.entry_id, chain=head.chain, number=head.number + 1, kind=str(report.kind),
            subject=report.subject, unit=report.unit, measure=str(report.measure), level=report.level,
            resets=report.resets, happened_on=report.happened_on,
            counts_on=report.happened_on if report.kind in OF_CAMPAIGN else context.counts_on(report.happened_on),
            reported_at=_after(head.reported_at, self.now), device_at=report.device_at,
            reported_by=report.reported_by, note=report.note, reason=report.reason, approver=report.approver,
            corrects=report.corrects, conflicts_with=verdict.conflicts_with, revision=self.facts.revision,
            evidence=" ".join(report.evidence), detail=canonical(dict(report.detail)) if report.detail else "", hash="",
        )  # fmt: skip
        return replace(entry, hash=chained(head.hash, entry))

    def mark(self) -> tuple[int, dict[str, store.Head]]:
        """Return where the transaction stands, for `undo`.

        Returns
        -------
        count : int
            Entries kept so far.
        heads : dict of str to Head
            Ends of the chains.
        """
        return len(self._new), dict(self._heads)

    def undo(self, mark: tuple[int, dict[str, store.Head]]) -> None:
        """Forget what was taken since a mark.

        Parameters
        ----------
        mark : tuple
            As of `mark`.
        """
        count, heads = mark
        if count < self._flushed:
            raise AssertionError("written already")
        for entry in self._new[count:]:
            self._about[entry.subject].remove(entry)
            self._ids[entry.entry_id] = None
        del self._new[count:]
        begun = {chain: head for chain, head in self._written.items() if chain not in heads}
        self._heads = heads
        self._heads = heads | self._decided(begun)

    def freeze_through(self, day: dt.date) -> None:
        """Let nothing count up to a day any more, in any chain.

        Parameters
        ----------
        day : date
            Last day of the frozen period.
        """
        self._heads = {chain: replace(head, frozen_through=day) for chain, head in self.hold_all().items()}

    def _put_in_force(self, revision: str) -> None:
        """Let nobody post any more who opened the ledger with another revision's facts."""
        self._heads = {chain: replace(head, revision=revision) for chain, head in self.hold_all().items()}

    def flush(self) -> None:
        """Write what was taken; the transaction's commit makes it durable. Where nothing was, nothing is left of it."""
        self._write()
        if not self._changed:
            self._open.rollback()  # not even the beginning of a chain

    def _write(self) -> None:
        new, self._flushed = self._new[self._flushed :], len(self._new)
        moved = {chain: head for chain, head in self._heads.items() if head != self._written[chain]}
        if moved:
            store.append(self._open, new, moved.values())
            self._written |= moved
            self._changed = True


def _issued_anew(opened: str, in_force: str) -> LedgerError:
    return LedgerError(
        Words(f"台账按规划 {opened} 打开，现在有效的是 {in_force}", f"opened for {opened}, but {in_force} is in force"),
        hint=Words("什么也没有记入；重新运行命令", "nothing was taken; run the command again"),
    )


def _held(outcome: Outcome) -> Outcome:
    return replace(outcome, word="held", entry=None)


def subjects_of(reports: Iterable[Report], facts: PlanFacts) -> set[str]:
    """Return the subjects that judging some reports looks at: their own, and the villages before them.

    Parameters
    ----------
    reports : iterable of Report
        What is said.
    facts : PlanFacts
        The issued plan.

    Returns
    -------
    set of str
        Village codes, span ids, ….
    """
    found = set()
    for report in reports:
        found.add(report.subject)
        village = facts.villages.get(report.subject)
        if village is not None and village.upstream:
            found.add(village.upstream)
    return found


def chain_of(report: Report, facts: PlanFacts) -> str:
    """Return the chain that a report belongs to.

    Parameters
    ----------
    report : Report
        What is said.
    facts : PlanFacts
        The issued plan.

    Returns
    -------
    str
        Six digits: the county, or the campaign's own.
    """
    return CAMPAIGN if report.kind in OF_CAMPAIGN else facts.chain_of(report.subject)


def told_before(report: Report, known: Entry) -> Outcome:
    """Return what becomes of a report whose id the ledger knows.

    Parameters
    ----------
    report : Report
        What is said.
    known : Entry
        Of the same id.

    Returns
    -------
    Outcome
        ``same`` if it says the same, else ``refused``.
    """
    if canonical(content_of(known)) == canonical(report.content()):
        return Outcome(report, "same", known, Judgement())
    return Outcome(report, "refused", known, Judgement(Refusal(
        "id_conflict", "entry_id",
        Words(f"编号 {report.entry_id} 已有不同内容，先到的保留",
              f"entry {report.entry_id} says something else already; the first is kept"),
        Words("另用新的编号上报", "report it under a new id"),
    )))  # fmt: skip


def content_of(entry: Entry) -> dict[str, object]:
    """Return what an entry says, as `Report.content` does.

    Parameters
    ----------
    entry : Entry
        As taken.

    Returns
    -------
    dict
        Equal to that of the report it was made of.
    """
    report = Report(
        entry.entry_id, Kind(entry.kind), entry.subject, entry.unit, entry.happened_on, entry.reported_by,
        Measure(entry.measure), entry.level, entry.resets, entry.note, entry.reason, entry.approver, entry.corrects,
        tuple(entry.evidence.split()), entry.said,
    )  # fmt: skip
    return report.content()


def _after(before: str, now: dt.datetime) -> str:
    """Return the time as text, at least a microsecond after that of the entry before."""
    text = now.isoformat(timespec="microseconds") + "Z"
    if text > before:
        return text
    last = dt.datetime.fromisoformat(before.removesuffix("Z"))
    return (last + dt.timedelta(microseconds=1)).isoformat(timespec="microseconds") + "Z"
