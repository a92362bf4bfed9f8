"""The ladder: what is proposed, with which facts, what withdraws it, and what a person decided."""

from __future__ import annotations

import dataclasses
import datetime as dt
from pathlib import Path

import pytest
from ledgers import Clock, facts
from ledgers import settings as campaign
from supervised import month, months, unit

from cuntong_gis.errors import LedgerError
from cuntong_gis.progress import open_ledger
from cuntong_gis.progress.supervision.ladder import red_runs, rungs
from cuntong_gis.progress.supervision.proposals import decision_report, propose_measures
from cuntong_gis.settings import SupervisionSettings

RED = (5, 20)
SETTINGS = campaign()


def told(history, **more):
    """Return kind and state of what is proposed."""
    table = propose_measures(history, SETTINGS, **more)
    return sorted(zip(table["kind"], table["state"], strict=True))


def test_one_two_three_red_months_running():
    assert told(months((5, 20))) == [("warning", "open")]
    assert told(months((5, 20), (10, 40))) == [("talk", "open"), ("warning", "superseded")]
    assert told(months((5, 20), (10, 40), (15, 60))) == [
        ("accountability", "open"), ("talk", "superseded"), ("warning", "superseded")
    ]  # fmt: skip
    assert told(months((16, 20))) == []


def test_a_month_not_red_ends_the_run_and_withdraws_its_proposals():
    table = propose_measures(months((5, 20), (36, 40), (40, 60)), SETTINGS)
    assert table["months"].tolist() == ["2016-05", "2016-03"]
    assert table["state"].tolist() == ["open", "withdrawn"]
    assert table["withdraws"].iloc[1] == "2016-04 为黄灯，撤销"


def test_a_month_not_judged_neither_counts_nor_breaks_a_run():
    assert list(red_runs(["grey", "red", "grey", "red", "", "green", "red"])) == [((1, 3), 5), ((6,), -1)]


def test_catching_up_withdraws_a_proposal_while_the_month_runs():
    history = [*months(RED), month("2016-04", unit("520527", 100, 20, 30), on="2016-04-20")]
    row = propose_measures(history, SETTINGS).iloc[0]
    assert row["state"] == "withdrawn"
    assert row["withdraws"] == "2016-04 已补上 2016-03 的应开通数，撤销；红灯记录保留"
    history[-1] = month("2016-04", unit("520527", 100, 19, 30), on="2016-04-20")
    row = propose_measures(history, SETTINGS).iloc[0]
    assert (row["state"], row["lacking"]) == ("open", 1)
    assert row["withdraws"] == "开通达到 20 个村（2016-03 的应开通数）即撤销，还差 1 个；或下一个月末不再是红灯"


def test_a_red_day_of_a_running_month_is_no_red_month():
    history = [*months((20, 20)), month("2016-04", unit("520527", 100, 20, 40), on="2016-04-20")]
    assert told(history) == []


def test_the_facts_are_there():
    more = {
        "blockers": 5, "blockers_overdue": 2, "last_report_on": dt.date(2016, 4, 20), "silent_days": 10,
        "government": "县长 张三", "company": "",
    }  # fmt: skip
    row = propose_measures(months((5, 20), (25, 58.3), **more), SETTINGS).iloc[0]
    assert (row["kind"], row["title"], row["months"]) == ("talk", "约谈提醒", "2016-03 2016-04")
    assert row["facts"] == (
        "连续 2 个月红灯：2016-03 开通 5 / 应开通 20 = 25.0 %，低于 80 % → 红；低于 60 % → 另记黄牌；"
        "2016-04 开通 25 / 应开通 58.3 = 42.9 %，低于 80 % → 红；低于 60 % → 另记黄牌；"
        "2016-04-30 开通 25 / 任务 100 = 25.0 %，应开通 58.3；未解决阻碍 5 项，其中逾期 2 项；"
        "距最近上报 10 天，超过 7 天；政府责任人：县长 张三；公司责任人：未填"
    )
    assert row["enough"] == "2016-04 开通达到 47 个村（应开通 58.3 的 80 %）即不判红，当时差 22 个"
    assert row["lacking"] == 34
    assert "上级机关决定" in row["notice"]
    assert "higher office decides" in row["notice_en"]
    assert (row["government"], row["company"], row["silent_days"]) == ("县长 张三", "", 10)


def test_what_would_have_been_enough_is_the_least_that_is_not_red():
    for target in (1, 2, 5, 9, 58):
        history = months((0, target))
        wanted = int(propose_measures(history, SETTINGS)["enough"].iloc[0].split("达到 ")[1].split(" ")[0])
        assert told(months((wanted, target))) == []
        assert told(months((wanted - 1, target))) == [("warning", "open")]


def at_the_end(lit: int, then: int) -> list:
    """Return a campaign until the January after its deadline: `then` lit at the deadline, `lit` on the day."""
    good = months(*((10 * n, 10 * n) for n in range(1, 10)))
    last = month("2016-12", unit("520527", 100, then, 100))
    return [*good, last, month("2017-01", unit("520527", 100, lit, 100), on="2017-01-10")]


def test_the_deadline_missed():
    assert told(at_the_end(100, 100)) == []
    table = propose_measures(at_the_end(96, 95), SETTINGS)
    assert table[["kind", "basis", "state", "lacking"]].iloc[0].tolist() == ["accountability", "deadline", "open", 4]
    assert table["facts"].iloc[0].startswith("期限 2016-12-31 已过，未全部开通；2017-01-10 开通 96 / 任务 100 = 96.0 %")
    assert table["withdraws"].iloc[0] == "100 个村全部开通即撤销，还差 4 个"
    late = propose_measures(at_the_end(100, 95), SETTINGS).iloc[0]
    assert (late["state"], late["withdraws"]) == ("withdrawn", "已全部开通，撤销；逾期的记录保留")
    assert told(at_the_end(95, 95)[:-1]) == []  # the deadline itself is still in time


def test_a_missed_deadline_stands_above_red_months():
    table = propose_measures(at_the_end(60, 60), SETTINGS)
    assert sorted(zip(table["kind"], table["basis"], table["state"], strict=True)) == [
        ("accountability", "deadline", "open"), ("warning", "months", "superseded")
    ]  # fmt: skip


def test_another_ladder():
    rules = SupervisionSettings(warn_after=2, talk_after=2, account_after=5)
    assert [rungs(n, rules) for n in (1, 2, 4, 5)] == [
        [], ["warning", "talk"], ["warning", "talk"], ["warning", "talk", "accountability"]
    ]  # fmt: skip
    settings = dataclasses.replace(SETTINGS, supervision=rules)
    assert propose_measures(months(RED), settings).empty


@pytest.fixture
def ledger(tmp_path: Path):
    clock = Clock()
    clock.to("2016-07-10")
    with open_ledger(f"sqlite:///{tmp_path / 'ledger.sqlite'}", facts(), SETTINGS, now=clock) as opened:
        yield opened


def test_a_decision_is_recorded_and_not_proposed_again(ledger):
    history = months((5, 20), (10, 40))
    table = propose_measures(history, SETTINGS, entries=ledger.entries())
    talk = table["proposal"].iloc[0]
    report = decision_report(
        table, talk, "issued", unit="520500", by="李四", on=dt.date(2016, 5, 3), note="〔2016〕7号"
    )
    assert ledger.post([report]).taken
    assert [o.word for o in ledger.post([report]).outcomes] == ["same"]
    # Not known on the last of April; decided from the day of the decision on, in the same run, for ever.
    assert propose_measures(history, SETTINGS, entries=ledger.entries())["state"].tolist() == ["open", "superseded"]
    later = months((5, 20), (10, 40), (15, 60))
    table = propose_measures(later, SETTINGS, entries=ledger.entries()).set_index("kind")
    assert table["state"].to_dict() == {"accountability": "open", "talk": "issued", "warning": "superseded"}
    assert table["proposal"]["talk"] == talk
    assert table["withdraws"]["talk"] == "2016-05-03 李四 记为已发出"
    assert table["decided_on"]["talk"].date() == dt.date(2016, 5, 3)


def test_the_last_decision_counts(ledger):
    history = months((5, 20), (10, 40), (10, 60))
    table = propose_measures(history, SETTINGS)
    which = table["proposal"].iloc[0]
    for decision, day in (("dropped", 3), ("issued", 4)):
        on = dt.date(2016, 5, day)
        assert ledger.post([decision_report(table, which[:8], decision, unit="520000", by="李四", on=on)]).taken
    assert propose_measures(history, SETTINGS, entries=ledger.entries())["state"].tolist()[0] == "issued"


def test_only_a_higher_office_decides_and_only_what_is_proposed():
    table = propose_measures(months(RED), SETTINGS)
    which = table["proposal"].iloc[0]
    for office in ("520527", "520300", "520527100"):
        with pytest.raises(LedgerError, match="is not above"):
            decision_report(table, which, "issued", unit=office, by="李四", on=dt.date(2016, 4, 3))
    for unknown in ("nothing", ""):
        with pytest.raises(LedgerError, match="there is no proposal"):
            decision_report(table, unknown, "issued", unit="520500", by="李四", on=dt.date(2016, 4, 3))


def test_a_decision_outlives_a_new_code(ledger):
    table = propose_measures(months(RED), SETTINGS)
    report = decision_report(table, table["proposal"].iloc[0], "issued", unit="520500", by="李", on=dt.date(2016, 4, 3))
    assert ledger.post([report]).taken
    history = [*months(RED), month("2016-04", unit("520599", 100, 10, 40))]
    found = propose_measures(history, SETTINGS, entries=ledger.entries(), became={"520527": "520599"}).set_index("kind")
    assert found["state"].to_dict() == {"talk": "open", "warning": "issued"}
    assert set(found["code"]) == {"520599"}


def test_a_unit_that_is_gone_is_not_pursued():
    history = [*months(RED), month("2016-04", unit("520528", 100, 100, 40))]
    row = propose_measures(history, SETTINGS).iloc[0]
    assert (row["code"], row["state"], row["withdraws"]) == ("520527", "withdrawn", "该单位已不存在，撤销")


def test_ids_are_the_same_for_the_same_facts_and_differ_otherwise():
    one = propose_measures(months((5, 20), (10, 40)), SETTINGS)
    more = propose_measures(months((5, 20), (10, 40), (10, 60)), SETTINGS)
    assert set(one["proposal"]) < set(more["proposal"])
    assert more["proposal"].is_unique
