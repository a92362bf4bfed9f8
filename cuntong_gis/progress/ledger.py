"""The ledger: reports go in by the rules, entries come out; one writer with group commit on SQLite."""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import queue
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Self

import sqlalchemy as sa

from cuntong_gis.errors import LedgerError
from cuntong_gis.progress import store
from cuntong_gis.progress.entries import CAMPAIGN, Entry, Kind, Report
from cuntong_gis.progress.rules import Judgement, Refusal
from cuntong_gis.progress.turns import Turns
from cuntong_gis.progress.view import Outcome, Posted, View, chain_of, content_of, subjects_of, told_before
from cuntong_gis.progress.wellformed import malformed
from cuntong_gis.words import Words

if TYPE_CHECKING:
    import pandas as pd

    from cuntong_gis.progress.facts import PlanFacts
    from cuntong_gis.settings import Settings

GROUP = 256
"""At most so many posts share one commit."""
TURNS = 12
"""So many posts of one process are with the server at once; more only hinder one another, and some wait for ever."""
ATTEMPTS = 3
"""A post that lost a race for an id on a server is judged again, so often."""

CROSSED = ("40P01", "40001")
"""PostgreSQL's words for a transaction that it undid because of another; nothing was taken."""

Clock = Callable[[], dt.datetime]


def utc_now() -> dt.datetime:
    """Return the time of day.

    Returns
    -------
    datetime
        UTC, without zone.
    """
    return dt.datetime.now(dt.UTC).replace(tzinfo=None)


@dataclass
class _Job:
    work: Callable[[View], Posted]
    reports: Sequence[Report]
    done: Future[Posted]


class Ledger:
    """An open ledger; any thread may post to it.

    Parameters
    ----------
    tables : Store
        Where it is kept.
    facts : PlanFacts
        The issued plan that reports refer to.
    settings : Settings
        Of the workspace.
    now : callable
        The clock that counts.

    Notes
    -----
    On SQLite one thread writes: posts that wait share its next commit, so that no reporter starves and a commit's
    fsync is paid once for all of them. On PostgreSQL each post is a transaction of its own that holds its counties'
    chains.
    """

    def __init__(self, tables: store.Store, facts: PlanFacts, settings: Settings, now: Clock = utc_now) -> None:
        self.store, self.facts, self.settings, self.now = tables, facts, settings, now
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._writer: threading.Thread | None = None
        self._starting = threading.Lock()
        self._closed = False
        self._process = os.getpid()
        self._turns = Turns(TURNS)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the ledger."""
        self.close()

    def close(self) -> None:
        """Write what is waiting, and close."""
        with self._starting:
            self._closed = True
            writer = self._writer
        if writer is not None:
            self._jobs.put(None)
            writer.join()
        self.store.close()

    def post(self, reports: Sequence[Report], *, accept_valid: bool = False) -> Posted:
        """Report facts: judged in order, appended in one transaction, durable when this returns.

        Parameters
        ----------
        reports : sequence of Report
            Facts.
        accept_valid : bool
            Whether the others are taken when some are refused.

        Returns
        -------
        Posted
            All or nothing, unless `accept_valid`.

        Raises
        ------
        LedgerError
            If the ledger cannot be written; nothing was taken then.
        """
        self._check_open()
        posted = self._quickly(reports, accept_valid)
        if posted is not None:
            return posted
        return self.transact(lambda view: view.post(reports, accept_valid=accept_valid), reports)

    def transact(self, work: Callable[[View], Posted], reports: Sequence[Report] = ()) -> Posted:
        """Look and post in one transaction.

        Parameters
        ----------
        work : callable of View → Posted
            Looks at the view and posts to it; may run again if a server asks for it.
        reports : sequence of Report
            What is known beforehand to be posted, so that looking up is done for many at once.

        Returns
        -------
        Posted
            What `work` returned, durable.

        Raises
        ------
        LedgerError
            If the ledger cannot be written; nothing was taken then.
        """
        self._check_open()
        if not self.store.is_sqlite:
            return self._alone(work, reports)
        job = _Job(work, reports, Future())
        with self._starting:
            self._check_open()
            if self._writer is None:
                self._writer = threading.Thread(target=self._write, name="ledger-writer", daemon=True)
                self._writer.start()
            self._jobs.put(job)
        return job.done.result()

    def _check_open(self) -> None:
        if self._closed:
            raise LedgerError(Words("台账已关闭", "the ledger is closed"))
        if self._process != os.getpid():  # neither the writer nor a server's connections came along
            raise LedgerError(
                Words("台账是另一个进程打开的", "the ledger was opened by another process"),
                hint=Words("在本进程中重新打开", "open it in this one"),
            )

    def _alone(self, work: Callable[[View], Posted], reports: Sequence[Report]) -> Posted:
        for attempt in range(ATTEMPTS):
            try:
                with self.store.writing() as connection:
                    view = View(connection, self.facts, self.settings, self.now())
                    view.prepare(reports)
                    posted = work(view)
                    view.flush()
                return posted
            except sa.exc.SQLAlchemyError as error:
                if attempt == ATTEMPTS - 1 or not _again(error):
                    raise _cannot_write(error) from error
        raise AssertionError("unreachable")

    def _quickly(self, reports: Sequence[Report], accept_valid: bool) -> Posted | None:
        """Judge by one look and append if nothing has moved since: two round trips; None if it has, or cannot do."""
        known = [report for report in reports if malformed(report) is None]
        chains = {chain_of(report, self.facts) for report in known}
        if self.store.is_sqlite or len(chains) != 1 or CAMPAIGN in chains:
            return None
        chain = chains.pop()
        ids = {report.entry_id for report in known}
        try:
            with self.store.glancing() as connection, self._turns:
                head, found = store.glance(connection, chain, subjects_of(known, self.facts), ids)
                if head is None:
                    return None
                view = View(None, self.facts, self.settings, self.now())
                view.see(head, found, known)
                posted = view.post(reports, accept_valid=accept_valid)
                before, after, new = view.result(chain)
                return posted if not new or store.append_at(connection, before, after, new) else None
        except sa.exc.SQLAlchemyError as error:
            if _again(error):
                return None
            raise _cannot_write(error) from error

    def _write(self) -> None:
        """Serve posts until closed: each commit takes all that wait."""
        while (job := self._jobs.get()) is not None:
            group = [job]
            last = False
            while len(group) < GROUP and not self._jobs.empty():
                following = self._jobs.get()
                if following is None:
                    last = True
                    break
                group.append(following)
            self._commit(group)
            if last:
                return

    def _commit(self, group: list[_Job]) -> None:
        results: list[tuple[_Job, Posted | BaseException]] = []
        try:
            with self.store.writing() as connection:
                view = View(connection, self.facts, self.settings, self.now())
                view.prepare([report for job in group for report in job.reports])
                results = [(job, _tried(job, view, alone=len(group) == 1)) for job in group]
                view.flush()
        except BaseException as error:  # whatever it is, somebody waits for an answer
            if len(group) > 1 and not isinstance(error, sa.exc.OperationalError):
                for job in group:  # one of them must not fail the others
                    self._commit([job])
                return
            reason = _cannot_write(error) if isinstance(error, sa.exc.SQLAlchemyError | OSError) else error
            results = [(job, reason) for job in group]
        for job, result in results:
            if isinstance(result, BaseException):
                job.done.set_exception(result)
            else:
                job.done.set_result(result)

    def entries(self, known_at: dt.datetime | None = None) -> pd.DataFrame:
        """Return all entries.

        Parameters
        ----------
        known_at : datetime, optional
            UTC: only those taken up to then, so that a past table can be printed again as it was.

        Returns
        -------
        DataFrame
            Schema ``entries``, in the order (reported_at, chain, number).
        """
        with self.store.reading() as connection:
            return store.frame(connection, known_at)

    def about(self, subject: str) -> list[Entry]:
        """Return the entries about a subject.

        Parameters
        ----------
        subject : str
            Village code, span id, unit code, period, revision.

        Returns
        -------
        list of Entry
            In the order taken.
        """
        with self.store.reading() as connection:
            return store.find(connection, "subject", [subject])

    def of_kind(self, *kinds: Kind) -> list[Entry]:
        """Return the entries of some kinds.

        Parameters
        ----------
        *kinds : Kind
            Which.

        Returns
        -------
        list of Entry
            In the order taken.
        """
        with self.store.reading() as connection:
            return store.find(connection, "kind", [str(kind) for kind in kinds])

    def entry(self, entry_id: str) -> Entry | None:
        """Return one entry.

        Parameters
        ----------
        entry_id : str
            Its id.

        Returns
        -------
        Entry or None
            None if there is none of that id.
        """
        with self.store.reading() as connection:
            return next(iter(store.find(connection, "entry_id", [entry_id])), None)

    def freeze(
        self, period: str, last_day: dt.date, figures: Callable[[pd.DataFrame], bytes], by: str, unit: str
    ) -> Posted:
        """Close a period: its figures stay as they are now, and what comes later counts from the day after.

        Parameters
        ----------
        period : str
            E.g. ``2016-06``.
        last_day : date
            Its last day.
        figures : callable of DataFrame → bytes
            Makes the figures of the period of all entries.
        by : str
            Who closes it.
        unit : str
            Code of the campaign's unit.

        Returns
        -------
        Posted
            The entry; ``same`` when the period was closed already.
        """

        def _work(view: View) -> Posted:
            ends = view.hold_all()
            done = [e for e in view.of_subject(period) if e.kind == Kind.FREEZE]
            if done:
                return Posted((told_before(_report_of(done[0]), done[0]),))
            held = figures(store.frame(view.connection, None))
            sha256 = hashlib.sha256(held).hexdigest()
            rests_on = {h.chain: [h.number, h.hash] for h in ends.values() if h.number and h.chain != CAMPAIGN}
            report = Report(
                f"freeze-{period}", Kind.FREEZE, period, unit, last_day, by,
                detail={"last_day": last_day.isoformat(), "figures": sha256, "heads": rests_on},
            )  # fmt: skip
            refusal = _cannot_freeze(last_day, ends[CAMPAIGN].frozen_through)
            if refusal is not None:
                return Posted((Outcome(report, "refused", None, Judgement(refusal)),))
            posted = view.post([report])
            if posted.taken:
                store.close_period(view.connection, period, last_day, held, sha256)
                view.freeze_through(last_day)
            return posted

        return self.transact(_work)

    def closed_periods(self) -> list[store.Closed]:
        """Return the closed periods, oldest first.

        Returns
        -------
        list of Closed
            With their figures.
        """
        with self.store.reading() as connection:
            return store.closed_periods(connection)


def _report_of(entry: Entry) -> Report:
    said = content_of(entry)
    said["happened_on"] = entry.happened_on
    return Report(**said)  # type: ignore[arg-type]


def _cannot_freeze(last_day: dt.date, through: dt.date | None) -> Refusal | None:
    if through is None or last_day > through:
        return None
    return Refusal(
        "frozen_already", "period",
        Words(f"{through} 及以前已经封账", f"everything up to {through} is closed already"),
        Words("只能封更晚的期间", "only a later period can be closed"),
    )  # fmt: skip


def _tried(job: _Job, view: View, *, alone: bool) -> Posted | Exception:
    """Do one post of a group; what fails in it must not fail the others."""
    mark = view.mark()
    try:
        return job.work(view)
    except sa.exc.SQLAlchemyError:
        raise  # the transaction is lost for all of them
    except Exception as error:
        if alone:
            raise
        view.undo(mark)
        return error


def _again(error: sa.exc.SQLAlchemyError) -> bool:
    """Tell whether to look again: an id was taken meanwhile, locks were crossed, a connection was cut.

    What was committed all the same is known by its ids.
    """
    broken = isinstance(error, sa.exc.DBAPIError) and error.connection_invalidated
    return broken or isinstance(error, sa.exc.IntegrityError) or _sqlstate(error) in CROSSED


def _sqlstate(error: sa.exc.SQLAlchemyError) -> str:
    return str(getattr(getattr(error, "orig", None), "sqlstate", None) or "")


def _cannot_write(error: BaseException) -> LedgerError:
    reason = str(getattr(error, "orig", None) or error).strip().splitlines()
    line = reason[0] if reason else type(error).__name__
    hint = Words("什么也没有记入；排除原因后重新上报", "nothing was taken; report again when it is mended")
    if isinstance(error, sa.exc.DBAPIError) and error.connection_invalidated:
        hint = Words(
            "连接中断，可能已经记入；恢复后重新上报，不会重复",
            "cut off, it may have been taken; report again when it is mended: nothing is doubled",
        )
    return LedgerError(Words(f"台账写不进去：{line}", f"the ledger cannot be written: {line}"), hint=hint)


def open_ledger(url: str, facts: PlanFacts, settings: Settings, *, now: Clock = utc_now) -> Ledger:
    """Open a ledger, made when there is none.

    Parameters
    ----------
    url : str
        ``sqlite:///FILE`` or ``postgresql+psycopg://…``.
    facts : PlanFacts
        The issued plan that reports refer to.
    settings : Settings
        Of the workspace.
    now : callable
        The clock that counts: UTC without zone.

    Returns
    -------
    Ledger
        To be closed; a context manager.

    Raises
    ------
    LedgerError
        If it cannot be opened.
    """
    return Ledger(store.Store(url), facts, settings, now)
