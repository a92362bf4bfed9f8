"""The ledger on both stores: what it takes, what it refuses, what stays as it was."""

from __future__ import annotations

import datetime as dt
import sqlite3
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa
from ledgers import OTHER, A, B, C, Clock, facts, metres, settings, stage

from cuntong_gis.errors import LedgerError
from cuntong_gis.progress import Kind, Ledger, Measure, Posted, Report, open_ledger, verify_ledger


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def ledger(ledger_url: str, clock: Clock) -> Iterator[Ledger]:
    with open_ledger(ledger_url, facts(upstream={B: A}), settings(), now=clock) as opened:
        yield opened


def refusals(posted: Posted) -> list[str]:
    return [o.judgement.refusal.code for o in posted.outcomes if o.judgement.refusal is not None]


def ids(ledger: Ledger) -> list[str]:
    return list(ledger.entries()["entry_id"])


def test_what_is_taken_can_be_read_again(ledger: Ledger) -> None:
    said = replace(
        stage(A, 3, "2016-06-01", note="到货"),
        detail={"车次": 2},
        evidence=("ab" * 32,),
        device_at="2016-06-01T10:00:00",
    )
    posted = ledger.post([said])
    assert [o.word for o in posted.outcomes] == ["new"]
    row = ledger.entries().iloc[0]
    assert (row["subject"], row["level"], row["note"], row["chain"], row["number"]) == (A, 3.0, "到货", "520527", 1)
    assert row["happened_on"] == row["counts_on"]
    assert row["happened_on"].date() == dt.date(2016, 6, 1)
    assert row["reported_at"] == "2016-07-01T02:00:00.000000Z"
    assert ledger.entry(said.entry_id).said == {"车次": 2}
    assert ledger.about(A) == posted.entries()


def test_the_same_fact_twice_is_one_entry_and_another_body_is_refused(ledger: Ledger) -> None:
    said = stage(A, 3, "2016-06-01", "x1")
    assert ledger.post([said]).outcomes[0].word == "new"
    assert ledger.post([said]).outcomes[0].word == "same"
    posted = ledger.post([replace(said, level=4.0)])
    assert refusals(posted) == ["id_conflict"]
    assert posted.outcomes[0].entry.level == 3.0
    assert ids(ledger) == ["x1"]


def test_one_refusal_keeps_the_whole_post_out_unless_asked(ledger: Ledger) -> None:
    good, bad = stage(A, 3, "2016-06-01"), stage(B, 3, "2016-07-02")
    posted = ledger.post([good, bad])
    assert [o.word for o in posted.outcomes] == ["held", "refused"]
    assert refusals(posted) == ["future_date"]
    assert ids(ledger) == []
    posted = ledger.post([good, bad], accept_valid=True)
    assert [o.word for o in posted.outcomes] == ["new", "refused"]
    assert ids(ledger) == [good.entry_id]
    assert verify_ledger(ledger.store).faults == ()


@pytest.mark.parametrize(
    ("report", "code"),
    [
        (stage("520527100299", 3, "2016-06-01"), "unknown_village"),
        (metres("S9", 3, "2016-06-01"), "unknown_span"),
        (stage(A, 3, "2016-06-01", unit="520521"), "another_unit"),
        (stage(A, 3, "2016-07-02"), "future_date"),
        (stage(A, 3, "2016-02-29"), "before_start"),
        (stage(A, 7, "2016-06-01"), "bad_stage"),
        (stage(A, 6, "2016-06-01"), "not_lit"),
        (metres("S1", -1, "2016-06-01"), "negative_length"),
        (metres("S1", 1501, "2016-06-01"), "over_length"),
        (metres("S1", float("nan"), "2016-06-01"), "no_value"),
        (Report("p", Kind.PERCENT, A, "520527", dt.date(2016, 6, 1), "张三", Measure.PERCENT, 101.0), "bad_percent"),
        (Report("b", Kind.BLOCKER, A, "520527", dt.date(2016, 6, 1), "张三"), "blocker_incomplete"),
        (Report("u", Kind.UNBLOCK, A, "520527", dt.date(2016, 6, 1), "张三", corrects="b"), "no_such_blocker"),
        (stage(A, 3, "2016-06-01", resets=True, corrects="x"), "correction_incomplete"),
        (stage(A, 3, "2016-06-01", resets=True, corrects="x", reason="错", approver="张三"), "approved_by_oneself"),
        (stage(A, 3, "2016-06-01", resets=True, corrects="x", reason="错", approver="李四"), "nothing_to_correct"),
        (stage(A, 3, "2016-06-01", kind=Kind.REOPEN, resets=True, reason="错", approver="李四"), "not_closed"),
    ],
)
def test_what_cannot_be_is_refused_and_leaves_no_trace(ledger: Ledger, report: Report, code: str) -> None:
    assert refusals(ledger.post([report])) == [code]
    assert ids(ledger) == []


def test_a_refusal_leaves_not_a_byte(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    with open_ledger(f"sqlite:///{path}", facts(), settings(), now=Clock()) as ledger:
        ledger.post([stage(A, 1, "2016-06-01")])
    before = path.read_bytes()
    with open_ledger(f"sqlite:///{path}", facts(), settings(), now=Clock()) as ledger:
        assert not ledger.post([stage(OTHER, 3, "2016-07-02")]).taken
        assert ledger.post([stage(A, 1, "2016-06-01")]).outcomes[0].word == "same"
    assert path.read_bytes() == before


def test_a_cumulative_figure_falls_only_by_a_correction(ledger: Ledger) -> None:
    ledger.post([stage(A, 5, "2016-06-10", "lit")])
    assert refusals(ledger.post([stage(A, 4, "2016-06-11")])) == ["figure_falls"]
    right = stage(A, 4, "2016-06-10", resets=True, corrects="lit", reason="误填", approver="李四")
    assert ledger.post([right]).taken
    assert ledger.post([stage(A, 4, "2016-06-11")]).taken
    assert refusals(ledger.post([stage(A, 3, "2016-06-12")])) == ["figure_falls"]


def test_a_late_report_of_an_earlier_day_is_no_fall(ledger: Ledger) -> None:
    ledger.post([stage(A, 5, "2016-06-10")])
    assert ledger.post([stage(A, 3, "2016-05-01")]).taken


def test_two_reporters_who_disagree_are_both_kept_and_the_first_counts(ledger: Ledger) -> None:
    ledger.post([stage(A, 4, "2016-06-10", "one", by="张三")])
    posted = ledger.post([stage(A, 2, "2016-06-10", "two", by="李四")])
    assert [o.word for o in posted.outcomes] == ["conflict"]
    assert posted.outcomes[0].entry.conflicts_with == "one"
    assert [n.code for n in posted.outcomes[0].judgement.notices] == ["conflict"]
    decided = stage(
        A, 2, "2016-06-10", "judge", by="王五", resets=True, corrects="one", reason="实地核查", approver="李四"
    )
    assert ledger.post([decided]).taken
    # decided: a third word on that day stands by itself
    assert ledger.post([stage(A, 3, "2016-06-10", "three", by="赵六")]).outcomes[0].word == "new"


def test_lit_before_the_village_it_hangs_on_is_told_or_refused(ledger: Ledger, ledger_url: str) -> None:
    posted = ledger.post([stage(B, 5, "2016-06-10")])
    assert [n.code for n in posted.outcomes[0].judgement.notices] == ["upstream_not_laid"]
    assert A in posted.outcomes[0].judgement.notices[0].message.zh
    strict = settings(ledger={"upstream": "reject"})
    with open_ledger(ledger_url, facts(upstream={B: A}), strict, now=Clock()) as other:
        assert refusals(other.post([stage(B, 5, "2016-06-11")])) == ["upstream_not_laid"]
        other.post([stage(A, 4, "2016-06-11")])
        assert other.post([stage(B, 5, "2016-06-11")]).taken


def test_more_metres_than_planned_need_a_note(ledger: Ledger) -> None:
    posted = ledger.post([metres("S1", 1501.0, "2016-06-01", note="改道绕行")])
    assert [n.code for n in posted.outcomes[0].judgement.notices] == ["over_length"]
    assert ledger.entry(posted.entries()[0].entry_id).chain == "520527"


def test_a_device_whose_clock_is_ahead_is_told_and_not_believed(ledger: Ledger) -> None:
    said = replace(stage(A, 3, "2016-06-30"), device_at="2016-07-02T10:00:00+08:00")
    posted = ledger.post([said])
    assert [n.code for n in posted.outcomes[0].judgement.notices] == ["clock_skew"]
    assert posted.entries()[0].reported_at.startswith("2016-07-01T02:00")


def test_the_day_begins_at_midnight_in_beijing(ledger: Ledger, clock: Clock) -> None:
    clock.now = dt.datetime(2016, 6, 30, 15, 59)
    assert refusals(ledger.post([stage(A, 3, "2016-07-01")])) == ["future_date"]
    clock.now = dt.datetime(2016, 6, 30, 16, 0)
    assert ledger.post([stage(A, 3, "2016-07-01")]).taken


def freeze(ledger: Ledger, period: str = "2016-05", last: str = "2016-05-31") -> Posted:
    return ledger.freeze(period, dt.date.fromisoformat(last), lambda e: f"{len(e)} rows".encode(), "王五", "520500")


def test_what_comes_after_a_period_is_closed_counts_in_the_next(ledger: Ledger) -> None:
    ledger.post([stage(A, 3, "2016-05-20")])
    assert freeze(ledger).taken
    (kept,) = ledger.closed_periods()
    assert (kept.period, kept.last_day, kept.figures) == ("2016-05", dt.date(2016, 5, 31), b"1 rows")
    late, fresh = ledger.post([stage(A, 4, "2016-05-30"), stage(C, 2, "2016-06-02")]).outcomes
    assert late.adjusted
    assert late.entry.counts_on == dt.date(2016, 6, 1)
    assert not fresh.adjusted
    other = ledger.post([stage(OTHER, 4, "2016-05-30")]).outcomes[0]
    assert other.entry.counts_on == dt.date(2016, 6, 1), "a county that had not reported before is frozen too"
    assert ledger.closed_periods() == [kept]
    assert verify_ledger(ledger.store).faults == ()


def test_a_period_is_closed_once_and_only_after_those_before(ledger: Ledger) -> None:
    ledger.post([stage(A, 3, "2016-05-20")])
    assert freeze(ledger).outcomes[0].word == "new"
    ledger.post([stage(A, 4, "2016-06-20")])
    assert freeze(ledger).outcomes[0].word == "same"
    assert refusals(freeze(ledger, "2016-04", "2016-04-30")) == ["frozen_already"]
    assert refusals(freeze(ledger, "2016-07", "2016-07-31")) == ["future_date"]
    assert len(ledger.closed_periods()) == 1


def test_the_ledger_as_it_was_known_on_a_day(ledger: Ledger, clock: Clock) -> None:
    clock.to("2016-05-01")
    ledger.post([stage(A, 2, "2016-05-01")])
    clock.to("2016-05-09")
    ledger.post([stage(A, 3, "2016-05-01")])
    assert len(ledger.entries(known_at=dt.datetime(2016, 5, 5))) == 1
    assert len(ledger.entries()) == 2


def test_a_transaction_that_fails_takes_nothing_and_harms_no_other(ledger: Ledger) -> None:
    def work(view: object) -> Posted:
        view.post([stage(A, 3, "2016-06-01")])
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        ledger.transact(work)
    assert ids(ledger) == []
    assert ledger.post([stage(A, 3, "2016-06-01")]).taken
    assert verify_ledger(ledger.store).faults == ()


def test_88_identical_posts_are_one_entry(ledger: Ledger) -> None:
    words: list[str] = []
    threads = [
        threading.Thread(target=lambda: words.append(ledger.post([stage(A, 3, "2016-06-01", "x")]).outcomes[0].word))
        for _ in range(88)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(words) == ["new"] + ["same"] * 87
    assert ids(ledger) == ["x"]


def test_many_reporters_at_once_lose_nothing_and_every_chain_holds(ledger: Ledger) -> None:
    codes = (A, B, C, OTHER)

    def work(turn: int) -> None:
        for day in range(1, 11):
            assert ledger.post([stage(codes[turn % 4], 3, f"2016-06-{day:02d}", by=f"r{turn}")]).taken

    threads = [threading.Thread(target=work, args=(turn,)) for turn in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    report = verify_ledger(ledger.store)
    assert (report.entries, report.chains, report.faults) == (120, 2, ())


def test_nobody_changes_or_removes_an_entry(ledger: Ledger) -> None:
    ledger.post([stage(A, 3, "2016-06-01")])
    for statement in ("UPDATE entries SET level = 5", "DELETE FROM entries"):
        with pytest.raises(sa.exc.DBAPIError, match="append-only"), ledger.store.writing() as connection:
            connection.execute(sa.text(statement))
    assert ledger.entries()["level"].tolist() == [3.0]


def tampered(path: Path, *statements: str) -> tuple[str, ...]:
    """Change a ledger behind its back as somebody with a SQLite shell would, and verify it."""
    with sqlite3.connect(path) as shell:
        for name in ("entries_UPDATE", "entries_DELETE", "closed_UPDATE", "closed_DELETE"):
            shell.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            assert shell.execute(statement).rowcount, statement
    shell.close()
    with open_ledger(f"sqlite:///{path}", facts(), settings(), now=Clock()) as ledger:
        return tuple(fault.zh for fault in verify_ledger(ledger.store).faults)


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("UPDATE entries SET level = 5 WHERE entry_id = 'two'", "链 520527 第 2 条（two"),
        ("UPDATE entries SET happened_on = '2016-05-30' WHERE entry_id = 'two'", "链 520527 第 2 条（two"),
        ("UPDATE entries SET approver = '厅长' WHERE entry_id = 'two'", "链 520527 第 2 条（two"),
        ("DELETE FROM entries WHERE entry_id = 'two'", "链 520527 第 3 条：前面缺条目"),
        ("DELETE FROM entries WHERE entry_id = 'three'", "链 520527：应有 3 条，实有 2 条"),
        ("UPDATE closed SET figures = x'00'", "期间 2016-06 的封账数已被改动"),
        ("DELETE FROM closed", "期间 2016-06 的封账数不见了"),
        ("UPDATE closed SET last_day = '2016-07-31'", "期间 2016-06 的封账数已被改动"),
        ("UPDATE heads SET frozen_through = NULL WHERE chain = '520527'", "链 520527：封账日或规划版本"),
        ("UPDATE heads SET revision = 'R009' WHERE chain = '000000'", "链 000000：封账日或规划版本"),
        ("UPDATE entries SET level = 9e999 WHERE entry_id = 'two'", "链 520527 第 2 条（two"),
        ("UPDATE entries SET level = '五' WHERE entry_id = 'two'", "链 520527 第 2 条（two"),
        ("UPDATE entries SET happened_on = '哪天' WHERE entry_id = 'two'", "链 520527"),
        ("UPDATE heads SET hash = x'ff' WHERE chain = '520527'", "链 520527"),
    ],
)
def test_tampering_shows_and_is_named(tmp_path: Path, statement: str, told: str) -> None:
    path = tmp_path / "ledger.sqlite"
    with open_ledger(f"sqlite:///{path}", facts(), settings(), now=Clock()) as ledger:
        ledger.post(
            [stage(A, 2, "2016-06-01", "one"), stage(A, 3, "2016-06-02", "two"), stage(B, 3, "2016-06-02", "three")]
        )
        freeze(ledger, "2016-06", "2016-06-30")
    faults = tampered(path, statement)
    assert any(told in fault for fault in faults), faults


def test_a_tail_cut_off_with_its_head_shows_by_the_freeze_that_rests_on_it(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    with open_ledger(f"sqlite:///{path}", facts(), settings(), now=Clock()) as ledger:
        first = ledger.post([stage(A, 2, "2016-06-01", "one"), stage(A, 3, "2016-06-02", "two")]).entries()[0]
        freeze(ledger, "2016-06", "2016-06-30")
    end = f"number = 1, hash = '{first.hash}', reported_at = '{first.reported_at}'"
    cut = f"UPDATE heads SET {end} WHERE chain = '520527'"
    (fault,) = tampered(path, "DELETE FROM entries WHERE entry_id = 'two'", cut)
    assert "封账时的第 2 条不见了或被换" in fault


def test_a_ledger_that_cannot_be_opened_says_so_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "ledger.sqlite").write_text("这不是数据库" * 100)
    for url in (
        f"sqlite:///{tmp_path / 'ledger.sqlite'}",
        "mysql://x/y",
        "postgresql+psycopg://u:secret@127.0.0.1:1/x",
    ):
        with pytest.raises(LedgerError) as caught:
            open_ledger(url, facts(), settings())
        line = caught.value.line("zh")
        assert "台账打不开" in line
        assert "secret" not in line
        assert "\n" not in line


def test_two_processes_may_write_to_one_sqlite_ledger(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'a?b#c%20.sqlite'}"
    with (
        open_ledger(url, facts(), settings(), now=Clock()) as one,
        open_ledger(url, facts(), settings(), now=Clock()) as two,
    ):
        assert one.post([stage(A, 2, "2016-06-01", "one")]).taken
        assert two.post([stage(A, 3, "2016-06-02", "two")]).taken
        assert one.post([stage(A, 3, "2016-06-02", "two")]).outcomes[0].word == "same"
        assert verify_ledger(one.store).faults == ()
    assert (tmp_path / "a?b#c%20.sqlite").exists()
