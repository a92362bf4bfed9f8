"""The ledger while several write at once: a group's one commit, revisions issued meanwhile, servers that cut off."""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa
from ledgers import OTHER, A, B, C, Clock, facts, metres, settings, stage

from cuntong_gis import schema
from cuntong_gis.errors import LedgerError
from cuntong_gis.progress import Ledger, Posted, open_ledger, register_revision, verify_ledger
from cuntong_gis.progress.store import append_at, glance, lock_heads

TODAY = dt.date(2016, 7, 1)


@pytest.fixture
def ledger(ledger_url: str) -> Iterator[Ledger]:
    with open_ledger(ledger_url, facts(upstream={B: A}), settings(), now=Clock()) as opened:
        yield opened


@pytest.fixture
def file_ledger(tmp_path: Path) -> Iterator[Ledger]:
    with open_ledger(f"sqlite:///{tmp_path / 'ledger.sqlite'}", facts(), settings(), now=Clock()) as opened:
        yield opened


def freeze(ledger: Ledger, period: str = "2016-05", last: str = "2016-05-31") -> Posted:
    return ledger.freeze(period, dt.date.fromisoformat(last), lambda e: f"{len(e)} rows".encode(), "王五", "520500")


def in_one_commit(ledger: Ledger, *works: Callable[[], Posted]) -> list[Posted | BaseException]:
    """Do several things in one group: they wait, in their order, while the writer is held."""
    entered, held = threading.Event(), threading.Event()

    def hold(_: object) -> Posted:
        entered.set()
        held.wait(60)
        return Posted(())

    with ThreadPoolExecutor(len(works) + 1) as pool:
        first = pool.submit(ledger.transact, hold)
        assert entered.wait(60)
        futures: list[Future[Posted]] = []
        for work in works:
            futures.append(pool.submit(work))
            while ledger._jobs.qsize() < len(futures):
                time.sleep(0.001)
        held.set()
        first.result()
        return [future.exception() or future.result() for future in futures]


def test_a_period_closed_in_the_same_commit_rests_on_what_came_before_it(file_ledger: Ledger) -> None:
    late = [stage(OTHER, 3, "2016-05-30")]
    results = in_one_commit(
        file_ledger,
        lambda: file_ledger.post([stage(A, 3, "2016-05-20")]),
        lambda: freeze(file_ledger),
        lambda: file_ledger.transact(lambda view: view.post(late)),  # begins a chain, after the period was closed
        lambda: file_ledger.post([stage(C, 3, "2016-05-30")]),
    )
    assert all(posted.taken for posted in results)
    assert file_ledger.closed_periods()[0].figures == b"1 rows"
    days = file_ledger.entries().set_index("subject")["counts_on"].dt.strftime("%m-%d").to_dict()
    assert days == {A: "05-20", "2016-05": "05-31", OTHER: "06-01", C: "06-01"}
    assert verify_ledger(file_ledger.store).faults == ()


def test_what_fails_in_a_group_fails_alone(file_ledger: Ledger) -> None:
    def posts_and_fails(view: object) -> Posted:
        view.post([stage(B, 1, "2016-06-01")])
        raise ValueError("no")

    def writes_and_fails(view: object) -> Posted:
        view.post([stage(B, 2, "2016-06-01")])
        assert view.connection.execute(sa.text("SELECT count(*) FROM entries")).scalar() >= 1
        raise ValueError("no, after writing")

    def breaks_the_transaction(view: object) -> Posted:
        view.connection.execute(sa.text("INSERT INTO entries (chain) VALUES ('1')"))
        raise AssertionError("unreachable")

    def leaves(_: object) -> Posted:
        raise SystemExit(3)

    one, *bad, two = in_one_commit(
        file_ledger,
        lambda: file_ledger.post([stage(A, 3, "2016-06-01")]),
        *(lambda work=work: file_ledger.transact(work) for work in (posts_and_fails, writes_and_fails)),
        lambda: file_ledger.transact(breaks_the_transaction),
        lambda: file_ledger.transact(leaves),
        lambda: file_ledger.post([stage(OTHER, 3, "2016-06-01")]),
    )
    assert one.taken
    assert two.taken
    assert [type(error) for error in bad] == [ValueError, ValueError, LedgerError, SystemExit]
    assert sorted(file_ledger.entries()["subject"]) == sorted([A, OTHER])
    assert file_ledger.post([stage(B, 1, "2016-06-02")]).taken, "the writer lives"
    assert verify_ledger(file_ledger.store).faults == ()


def test_a_full_disk_is_one_line_and_nothing_is_lost(tmp_path: Path) -> None:
    pages: list[int] = []
    with open_ledger(f"sqlite:///{tmp_path / 'ledger.sqlite'}", facts(), settings(), now=Clock()) as ledger:
        assert ledger.post([stage(A, 1, "2016-06-01", "first")]).taken

        @sa.event.listens_for(ledger.store.engine, "connect")
        def _limit(connection: object, _: object) -> None:
            if pages:
                connection.execute(f"PRAGMA max_page_count = {pages[0]}").close()

        pages.append(1)  # no more than it has
        reports = [stage(A, 2, "2016-06-02", f"x{n}", note="长" * 4000) for n in range(20)]
        with pytest.raises(LedgerError, match=r"full.*什么也没有记入|什么也没有记入.*full") as caught:
            raise LedgerError(_refused(ledger, reports).line("zh"))
        assert "\n" not in str(caught.value)
        pages.clear()
        assert len(ledger.entries()) == 1
        assert ledger.post(reports).taken
        assert verify_ledger(ledger.store).faults == ()


def _refused(ledger: Ledger, reports: list) -> LedgerError:
    with pytest.raises(LedgerError) as caught:
        ledger.post(reports)
    return caught.value


def test_a_ledger_damaged_while_open_is_told_in_one_line(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    with open_ledger(f"sqlite:///{path}", facts(), settings(), now=Clock()) as ledger:
        ledger.post([stage(A, 1, "2016-06-01")])
        path.write_bytes(b"x" * 8192)
        for read in (ledger.entries, lambda: ledger.about(A), lambda: verify_ledger(ledger.store)):
            with pytest.raises(LedgerError) as caught:
                read()
            assert "\n" not in caught.value.line("zh")


def test_after_closing_nothing_is_taken_on_either_store(ledger: Ledger) -> None:
    ledger.post([stage(A, 1, "2016-06-01")])
    ledger.close()
    ledger.close()
    for write in (lambda: ledger.post([stage(A, 2, "2016-06-01")]), lambda: freeze(ledger)):
        with pytest.raises(LedgerError, match="closed"):
            write()


def test_a_forked_process_opens_its_own(ledger: Ledger) -> None:
    ledger.post([stage(A, 1, "2016-06-01")])
    ledger._process = -1  # as a child finds it
    assert "另一个进程" in _refused(ledger, [stage(A, 2, "2016-06-01")]).line("zh")
    ledger._process = os.getpid()


OPENING = """
import sys
sys.path[:0] = sys.argv[2:]
from ledgers import Clock, facts, settings, stage, A
from cuntong_gis.progress import open_ledger
with open_ledger(sys.argv[1], facts(), settings(), now=Clock()) as ledger:
    print(ledger.post([stage(A, 1, "2016-06-01", "x")]).outcomes[0].word)
"""


def test_processes_that_open_a_new_ledger_at_once_make_it_once(ledger_url: str) -> None:
    tests = str(Path(__file__).parents[2])
    command = [sys.executable, "-c", OPENING, ledger_url, tests]
    started = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(4)]
    told = [process.communicate(timeout=300) for process in started]
    assert sorted(out.strip() for out, _ in told) == ["new", "same", "same", "same"], told


def registered(ledger: Ledger, revision: str, rows: list[tuple[str, str, float, str]] = ()) -> Posted:
    names = ("old_span", "new_span", "share", "method")
    crosswalk = schema.conform({name: [row[i] for row in rows] for i, name in enumerate(names)}, "crosswalk")
    return register_revision(ledger, crosswalk, "", "520500", TODAY)


def anew(url: str, revision: str, spans: dict[str, float]) -> Ledger:
    known = replace(facts(), revision=revision, planned_m=spans, home=dict.fromkeys(spans, A))
    return open_ledger(url, known, settings(), now=Clock())


def test_nobody_posts_by_the_plan_before_once_another_is_in_force(ledger: Ledger, ledger_url: str) -> None:
    registered(ledger, "R001")
    assert ledger.post([metres("S1", 600.0, "2016-06-01", "x")]).taken
    with anew(ledger_url, "R002", {"T1": 500.0, "T2": 500.0}) as other:
        assert registered(other, "R002", [("S1", "T1", 0.5, "overlap"), ("S1", "T2", 0.5, "overlap")]).taken
        for reports in (
            [metres("S1", 700.0, "2016-06-02")],
            [stage(A, 1, "2016-06-02"), stage(OTHER, 1, "2016-06-02")],
        ):
            assert "R002" in _refused(ledger, reports).line("zh")
        assert ledger.post([metres("S1", 600.0, "2016-06-01", "x")]).outcomes[0].word == "same"
        assert registered(other, "R002").outcomes == ()
        assert [(e.subject, e.level) for e in other.of_kind("carry")] == [("T1", 300.0), ("T2", 300.0)]
        assert other.post([stage(OTHER, 1, "2016-06-02")]).taken
        assert verify_ledger(other.store).faults == ()


@pytest.mark.parametrize("decide", ["revision", "freeze"])
def test_what_was_judged_before_a_plan_or_a_closing_is_not_appended_after_it(postgres_url: str, decide: str) -> None:
    with open_ledger(postgres_url, facts(), settings(), now=Clock()) as ledger:
        ledger.post([stage(A, 1, "2016-06-01")])
        with ledger.store.glancing() as connection:
            head, _ = glance(connection, "520527", [A], [])
            after = replace(head, number=head.number + 1, hash="x")
            if decide == "freeze":
                freeze(ledger)
            else:
                with anew(postgres_url, "R002", {}) as other:
                    registered(other, "R002")
            append_at(connection, head, after, [])
            now, _ = glance(connection, "520527", [A], [])
        assert (now.number, now.hash) == (head.number, head.hash), "its end was not moved"
        assert verify_ledger(ledger.store).faults == ()


def test_a_new_span_with_a_history_keeps_it_and_shares_never_double(ledger: Ledger, ledger_url: str) -> None:
    ledger.post([metres("S1", 600.0, "2016-06-01"), metres("S2", 100.0, "2016-06-01", unit="520521")])
    rows = [("S1", "S2", 0.9, "overlap"), ("S1", "T1", 0.9, "overlap"), ("S2", "S2", 1.0, "same")]
    with anew(ledger_url, "R002", {"S2": 700.0, "T1": 500.0}) as other:
        registered(other, "R002", rows)
        assert {e.subject: e.level for e in other.of_kind("carry")} == {"S2": 400.0, "T1": 300.0}


def test_a_revision_of_which_something_is_refused_is_not_in_force(ledger: Ledger, ledger_url: str) -> None:
    ledger.post([metres("S1", 600.0, "2016-06-01")])
    with anew(ledger_url, "R002", {"T1": 500.0}) as other:
        with pytest.raises(LedgerError, match="T9"):
            registered(other, "R002", [("S1", "T9", 1.0, "overlap")])
        assert len(other.entries()) == 1
    assert ledger.post([metres("S1", 700.0, "2016-06-02")]).taken
    assert verify_ledger(ledger.store).faults == ()


def test_posts_that_begin_chains_and_a_closing_never_wait_for_one_another(ledger: Ledger) -> None:
    ledger.post([stage(A, 1, "2016-06-01")])
    both = threading.Barrier(2)

    def begin(view: object) -> Posted:
        both.wait(30)
        return view.post([stage(A, 2, "2016-06-02"), stage(OTHER, 2, "2016-06-02")])

    def close() -> Posted:
        both.wait(30)
        return freeze(ledger)

    with ThreadPoolExecutor(2) as pool:
        results = [pool.submit(ledger.transact, begin), pool.submit(close)]
        assert all(future.result(60).taken for future in results)
    assert verify_ledger(ledger.store).faults == ()


def test_new_chains_are_begun_under_the_campaigns_own(postgres_url: str) -> None:
    """One holds the campaign's chain and wants a county's; another must not hold the county's and want the campaign's."""
    with open_ledger(postgres_url, facts(), settings(), now=Clock()) as ledger:
        ledger.post([stage(A, 1, "2016-06-01")])
        begun: list[str] = []

        def begin() -> None:
            with ledger.store.writing() as second:
                begun.extend(lock_heads(second, ["520527", "520521"]))

        with ThreadPoolExecutor(1) as pool, ledger.store.writing() as first:
            lock_heads(first, ["000000"])
            waiting = pool.submit(begin)
            asked = "SELECT count(*) FROM pg_locks WHERE NOT granted"
            while not first.execute(sa.text(asked)).scalar():
                time.sleep(0.01)
            first.execute(sa.text("SET LOCAL lock_timeout = '5s'"))
            assert list(lock_heads(first, ["520527"])) == ["520527"]
            first.commit()
            waiting.result(60)
        assert sorted(begun) == ["520521", "520527"]


def test_a_server_that_cut_its_connections_is_no_failure(postgres_url: str) -> None:
    cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = current_database()"
    with open_ledger(postgres_url, facts(), settings(), now=Clock()) as ledger:
        for rank in (1, 2, 3):
            assert ledger.post([stage(A, rank, "2016-06-01")]).outcomes[0].word == "new"
            assert ledger.post([stage(A, rank, "2016-06-02"), stage(OTHER, rank, "2016-06-02")]).taken
            engine = sa.create_engine(postgres_url, poolclass=sa.pool.NullPool)
            with engine.connect() as connection:
                connection.execute(sa.text(cut))
        assert len(ledger.entries()) == 9
        assert verify_ledger(ledger.store).faults == ()


def test_a_plain_address_of_a_server_is_understood(postgres_url: str) -> None:
    with open_ledger(postgres_url.replace("+psycopg", ""), facts(), settings(), now=Clock()) as ledger:
        assert ledger.post([stage(A, 1, "2016-06-01")]).taken
