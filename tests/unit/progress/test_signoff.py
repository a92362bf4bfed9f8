"""The sign-off: who checks after whom, what is missing, certificates, reopening, the register."""

from __future__ import annotations

import dataclasses
import datetime as dt
import itertools
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from plans import Book, a_plan, campaign
from showing import (
    ALL,
    CODES,
    DAY,
    LIT,
    PLACES,
    TAKEN,
    Folder,
    close,
    lit,
    made_plan,
    made_settings,
    opened,
    paper,
    photo,
    show,
    show_all,
    trace,
)

from cuntong_gis.errors import LedgerError
from cuntong_gis.files import locked
from cuntong_gis.model import Stage
from cuntong_gis.progress import (
    Check,
    Claim,
    Entry,
    Kind,
    Measure,
    Report,
    attach_evidence,
    check_village,
    missing_files,
    reopen,
    sign_off_register,
    verify_ledger,
    what_is_missing,
    withdraw_evidence,
)  # fmt: skip
from cuntong_gis.progress.rollup.status import roll_up
from cuntong_gis.progress.rules import stage_rank
from cuntong_gis.progress.signoff.evidence import keep, path_of, unreferenced
from cuntong_gis.progress.signoff.standing import missing_items, standing
from cuntong_gis.settings import EvidenceSettings

HOME = CODES[0]


@pytest.fixture(scope="module")
def plan():
    return made_plan()


@pytest.fixture
def ledger(ledger_url, plan, tmp_path):
    with opened(ledger_url, plan, made_settings(tmp_path)) as ledger:
        yield ledger


@pytest.fixture
def shown(tmp_path):
    return Folder(tmp_path / "from")


def told(posted) -> str:
    assert [o.word for o in posted.outcomes] == ["refused"], posted
    refusal = posted.outcomes[0].judgement.refusal
    return f"{refusal.message.zh}；{refusal.hint.zh}"


def refused(ledger, check):
    before = ledger.entries().to_csv()
    text = told(check_village(ledger, check))
    assert ledger.entries().to_csv() == before
    return text


def test_evidence_and_two_checks_close_a_village_with_a_certificate(ledger, shown):
    ledger.post([lit(HOME)])
    show_all(ledger, shown, HOME)
    assert what_is_missing(ledger, HOME) == {}
    first = check_village(ledger, Check(HOME, "county", True, "钱初验", DAY))
    assert [e.kind for e in first.entries()] == ["check"]
    assert stage_rank(ledger.about(HOME)) == Stage.LIT.rank
    second = check_village(ledger, Check(HOME, "prefecture", True, "孙复核", DAY))
    assert [e.kind for e in second.entries()] == ["check", "close"]
    assert second.entries()[1].said["certificate"] == "529901-2016-0001"
    assert second.entries()[1].unit == "529900"
    assert stage_rank(ledger.about(HOME)) == Stage.CLOSED.rank
    assert verify_ledger(ledger.store).faults == ()


def test_the_same_check_again_is_the_same_and_gives_no_second_number(ledger, shown):
    ledger.post([lit(HOME)])
    show_all(ledger, shown, HOME)
    close(ledger, HOME)
    before = ledger.entries().to_csv()
    again = check_village(ledger, Check(HOME, "prefecture", True, "孙复核", DAY))
    assert [o.word for o in again.outcomes] == ["same", "same"]
    assert ledger.entries().to_csv() == before
    assert "已通过" in refused(ledger, Check(HOME, "prefecture", True, "李复核", DAY))


def test_closing_before_lighting_names_the_step(ledger, shown):
    ledger.post([Report("laid", Kind.STAGE, HOME, HOME[:6], LIT, "王填报", Measure.STAGE, float(Stage.LAID.rank))])
    show_all(ledger, shown, HOME)
    for level in ("county", "prefecture"):
        assert "缺“开通”" in refused(ledger, Check(HOME, level, True, "钱初验", DAY))


@pytest.mark.parametrize("item", ALL)
def test_each_missing_item_refuses_and_is_named_with_how_to_give_it(ledger, shown, item):
    from cuntong_gis.progress.signoff.standing import ITEMS

    ledger.post([lit(HOME)])
    show_all(ledger, shown, HOME, leave_out=(item,))
    text = refused(ledger, Check(HOME, "county", True, "钱初验", DAY))
    assert f"缺证据：{ITEMS[item].name.zh}；" in text
    assert f"cuntong progress evidence 村代码 {item}" in text
    show(ledger, shown, HOME, item, 50)
    assert close(ledger, HOME)


def test_all_that_is_missing_is_named_at_once_and_only_what_the_settings_ask(ledger_url, plan, tmp_path, shown):
    rules = {"required": ["lit_date", "as_built", "photo_tv", "photo_line"]}
    with opened(ledger_url, plan, made_settings(tmp_path, **rules)) as ledger:
        ledger.post([lit(HOME)])
        assert "缺证据：竣工图、电视画面照片、杆路照片" in refused(ledger, Check(HOME, "county", True, "钱初验", DAY))
        for item in ("as_built", "photo_tv", "photo_line"):
            show(ledger, shown, HOME, item)
        assert close(ledger, HOME)


def test_power_out_of_range_is_kept_and_does_not_count(ledger, shown):
    ledger.post([lit(HOME)])
    show_all(ledger, shown, HOME, leave_out=("power",))
    posted = attach_evidence(ledger, Claim(HOME, "power", "李巡检", value="－29.5", on=TAKEN.date()))
    assert [n.code for n in posted.outcomes[0].judgement.notices] == ["power"]
    assert "收光功率 -29.5 dBm 超出 -27 … -8 dBm" in refused(ledger, Check(HOME, "county", True, "钱初验", DAY))
    show(ledger, shown, HOME, "power")
    assert close(ledger, HOME)


def test_otdr_is_wanted_both_ways_at_1550(ledger, shown):
    ledger.post([lit(HOME)])
    out = Claim(HOME, "otdr", "李巡检", direction="out", on=TAKEN.date())
    assert attach_evidence(ledger, out, shown.file(trace(seed=1, version=1))).taken
    assert what_is_missing(ledger, HOME)["otdr"].zh.endswith("缺回向")
    back = Claim(HOME, "otdr", "李巡检", direction="back", on=TAKEN.date())
    posted = attach_evidence(ledger, back, shown.file(trace(1310.0, seed=2)))
    assert [n.code for n in posted.outcomes[0].judgement.notices] == ["wavelength"]
    assert "otdr" in what_is_missing(ledger, HOME)
    assert attach_evidence(ledger, back, shown.file(trace(1549.8, seed=3))).taken
    assert "otdr" not in what_is_missing(ledger, HOME)
    other = Claim(CODES[1], "otdr", "李巡检", value="8.1/8.3", on=TAKEN.date())
    assert attach_evidence(ledger, other).taken
    assert "otdr" not in what_is_missing(ledger, CODES[1])


@pytest.mark.parametrize(
    ("claim", "data", "text"),
    [
        (Claim(HOME, "otdr", "李"), trace(), "--direction"),
        (Claim(HOME, "otdr", "李", direction="out"), trace()[:-300], "不完整"),
        (Claim(HOME, "otdr", "李", direction="up"), trace(), "方向不合适"),
        (Claim(HOME, "otdr", "李", value="8.1"), None, "双向"),
        (Claim(HOME, "power", "李", value="21.3"), None, "-70 … 20 dBm"),
        (Claim(HOME, "power", "李", value="nan"), None, "数值不合适"),
        (Claim(HOME, "power", "李"), photo(), "--value"),
        (Claim(HOME, "lit_date", "李", value="2016-06-01"), None, "先上报开通"),
        (Claim(HOME, "photo", "李", value="1"), None, "可用：power"),
        (Claim(HOME, "photo_room", "李"), None, "--file"),
        (Claim(HOME, "committee", "李"), paper(), "--value 姓名"),
        (Claim(HOME, "committee", "李", value="张主任"), paper()[:-30], "不完整"),
        (Claim(HOME, "committee", "李", value="张主任"), paper() + b"PK\x03\x04", "别的"),
        (Claim(HOME, "photo_room", " "), photo(), "--by"),
        (Claim("529901100299", "photo_room", "李"), photo(), "相近的：5299011002"),
    ],
)
def test_evidence_that_cannot_be_used_says_why(ledger, shown, claim, data, text):
    ledger.post([lit(HOME)])
    with pytest.raises(LedgerError) as error:
        attach_evidence(ledger, claim, None if data is None else shown.file(data))
    assert text in error.value.line("zh")
    assert len(ledger.entries()) == 1
    assert not list(ledger.settings.evidence_folder.rglob("*"))


def test_each_check_needs_the_one_before(ledger, shown):
    ledger.post([lit(HOME)])
    show_all(ledger, shown, HOME)
    assert "缺县级初验" in refused(ledger, Check(HOME, "prefecture", True, "孙复核", DAY))
    assert "缺县级初验；缺市州复核" in refused(ledger, Check(HOME, "province", True, "吴抽查", DAY))
    close(ledger, HOME)
    assert check_village(ledger, Check(HOME, "province", True, "吴抽查", DAY)).taken
    assert stage_rank(ledger.about(HOME)) == Stage.CLOSED.rank


def test_nobody_checks_at_two_levels(ledger, shown):
    ledger.post([lit(HOME)])
    show_all(ledger, shown, HOME)
    assert check_village(ledger, Check(HOME, "county", True, "钱初验", DAY)).taken
    assert "两级不能是同一人" in refused(ledger, Check(HOME, "prefecture", True, " 钱　初验", DAY))


def test_a_failed_check_says_what_it_found_and_must_be_passed_later(ledger, shown):
    ledger.post([lit(HOME)])
    show_all(ledger, shown, HOME)
    assert "--finding" in refused(ledger, Check(HOME, "county", False, "钱初验", DAY))
    failed = Check(HOME, "county", False, "钱初验", DAY, ("接头盒未挂牌",))
    assert check_village(ledger, failed).entries()[0].said["findings"] == ["接头盒未挂牌"]
    assert "县级初验未通过" in refused(ledger, Check(HOME, "prefecture", True, "孙复核", DAY))
    assert close(ledger, HOME, DAY + dt.timedelta(days=3))


def test_days_are_in_order(ledger, shown):
    ledger.post([lit(HOME)])
    show_all(ledger, shown, HOME)
    assert "早于开通日期" in refused(ledger, Check(HOME, "county", True, "钱初验", LIT - dt.timedelta(days=1)))
    assert "登记的日期在" in refused(ledger, Check(HOME, "county", True, "钱初验", TAKEN.date() - dt.timedelta(days=1)))
    assert check_village(ledger, Check(HOME, "county", True, "钱初验", DAY)).taken
    assert "早于县级初验日期" in refused(ledger, Check(HOME, "prefecture", True, "孙复核", DAY - dt.timedelta(days=1)))


def test_a_check_is_not_dated_before_another(ledger, shown):
    ledger.post([lit(HOME)])
    show_all(ledger, shown, HOME)
    failed = Check(HOME, "county", False, "钱初验", DAY, ("接头盒未挂牌",))
    assert check_village(ledger, failed).taken
    assert "早于县级初验日期" in refused(ledger, Check(HOME, "county", True, "钱初验", DAY - dt.timedelta(days=1)))


def test_the_county_closes_where_the_settings_say_so(ledger_url, plan, tmp_path, shown):
    with opened(ledger_url, plan, made_settings(tmp_path, closes_at="county")) as ledger:
        ledger.post([lit(HOME)])
        show_all(ledger, shown, HOME)
        posted = check_village(ledger, Check(HOME, "county", True, "钱初验", DAY))
        assert [e.kind for e in posted.entries()] == ["check", "close"]
        later = check_village(ledger, Check(HOME, "prefecture", True, "孙复核", DAY))
        assert [e.kind for e in later.entries()] == ["check"]


def test_reopening_voids_the_certificate_and_asks_for_everything_anew(ledger, shown):
    ledger.post([lit(c) for c in CODES[:2]])
    show_all(ledger, shown, HOME)
    first = close(ledger, HOME)
    failed = Check(HOME, "province", False, "吴抽查", DAY, ("收不到信号",))
    assert check_village(ledger, failed).taken
    word = {"reason": "抽查收不到信号", "approver": "周处长", "by": "吴抽查"}
    before = ledger.entries().to_csv()
    assert "不能是填报人自己" in told(reopen(ledger, HOME, **{**word, "approver": "吴抽查"}))
    assert "原因" in told(reopen(ledger, HOME, **{**word, "reason": ""}))
    assert "早于销号日期" in told(reopen(ledger, HOME, **word, on=DAY - dt.timedelta(days=1)))
    assert "尚未销号" in told(reopen(ledger, CODES[1], **word))
    assert ledger.entries().to_csv() == before
    day = DAY + dt.timedelta(days=5)
    opened_again = reopen(ledger, HOME, **word, on=day)
    assert opened_again.entries()[0].said["voids"] == first
    assert [o.word for o in reopen(ledger, HOME, **word, on=day).outcomes] == ["same"]
    assert stage_rank(ledger.about(HOME)) == Stage.LIT.rank
    assert set(what_is_missing(ledger, HOME)) == set(ALL)
    text = refused(ledger, Check(HOME, "county", True, "钱初验", day))
    assert "缺证据：收光功率、OTDR" in text
    for item in ALL:
        claim_day = dt.datetime.combine(day, dt.time(9))
        if item.startswith("photo"):
            file = shown.file(photo(PLACES[0], taken=claim_day, seed=500 + len(item)))
            assert attach_evidence(ledger, Claim(HOME, item, "李巡检"), file).taken
        else:
            show(ledger, shown, HOME, item, 60)
    assert close(ledger, HOME, day) == "529901-2016-0002"
    show_all(ledger, shown, CODES[1])
    assert close(ledger, CODES[1], day) == "529901-2016-0003"


def test_reopened_to_laid_a_village_must_be_lit_again(ledger, shown):
    ledger.post([lit(HOME)])
    show_all(ledger, shown, HOME)
    close(ledger, HOME)
    word = {"reason": "光缆被挖断", "approver": "周处长", "by": "吴抽查", "on": DAY}
    assert "至多为“开通”" in told(reopen(ledger, HOME, **word, to=Stage.CLOSED))
    assert reopen(ledger, HOME, **word, to=Stage.LAID).taken
    assert "缺“开通”" in refused(ledger, Check(HOME, "county", True, "钱初验", DAY))


def test_a_village_closed_when_the_ledger_was_begun_can_be_reopened(ledger):
    opening = Report("o1", Kind.OPENING, HOME, HOME[:6], LIT, "村通", Measure.STAGE, float(Stage.CLOSED.rank))
    ledger.post([opening])
    assert reopen(ledger, HOME, reason="抽查不合格", approver="周处长", by="吴抽查", on=DAY).taken
    assert stage_rank(ledger.about(HOME)) == Stage.LIT.rank


def test_twelve_villages_closed_at_once_have_twelve_numbers_without_a_gap(ledger, shown):
    ledger.post([lit(c) for c in CODES])
    for code in CODES:
        show_all(ledger, shown, code)
        assert check_village(ledger, Check(code, "county", True, "钱初验", DAY)).taken
    both = [Check(code, "prefecture", True, by, DAY) for code in CODES for by in ("孙复核", "李复核")]
    with ThreadPoolExecutor(len(both)) as pool:
        posted = list(pool.map(lambda check: check_village(ledger, check), both))
    numbers = [e.said["certificate"] for p in posted for e in p.entries() if e.kind == "close"]
    assert sorted(numbers) == [f"529901-2016-{n:04d}" for n in range(1, 13)]
    assert sum(p.taken for p in posted) == 12


def test_evidence_taken_back_counts_no_more(ledger, shown):
    ledger.post([lit(HOME)])
    show_all(ledger, shown, HOME)
    power = next(e for e in ledger.about(HOME) if e.said.get("item") == "power")
    word = {"reason": "读错了", "by": "李巡检"}
    assert "另一人批准" in told(withdraw_evidence(ledger, power.entry_id, approver="李 巡检", **word))
    assert withdraw_evidence(ledger, power.entry_id, approver="赵站长", **word).taken
    assert list(what_is_missing(ledger, HOME)) == ["power"]
    show(ledger, shown, HOME, "power")
    close(ledger, HOME)
    again = [e for e in ledger.about(HOME) if e.said.get("item") == "power" and not e.corrects][-1]
    assert "先重新打开" in told(withdraw_evidence(ledger, again.entry_id, approver="赵站长", **word))
    with pytest.raises(LedgerError, match="no such evidence"):
        withdraw_evidence(ledger, "nothing", approver="赵站长", **word)


def test_one_paper_may_bear_both_signatures_and_showing_it_twice_changes_nothing(ledger, shown):
    ledger.post([lit(HOME)])
    file = shown.file(paper(3), "验收单.pdf")
    claims = [Claim(HOME, item, "李巡检", value="张三") for item in ("committee", "supervisor")]
    assert [attach_evidence(ledger, c, file).outcomes[0].word for c in claims] == ["new", "new"]
    before = ledger.entries().to_csv()
    assert [attach_evidence(ledger, c, file).outcomes[0].word for c in claims] == ["same", "same"]
    assert ledger.entries().to_csv() == before


def test_files_gone_or_changed_are_told_and_files_without_an_entry_are_harmless(ledger, shown):
    ledger.post([lit(HOME)])
    show_all(ledger, shown, HOME)
    folder = ledger.settings.evidence_folder
    assert missing_files(ledger) == []
    left = keep(folder, b"left by a killed command", picture=False)
    files = sorted({sha for e in ledger.about(HOME) for sha in e.evidence.split()})
    assert [p.name for p in unreferenced(folder, ledger.entries()["evidence"])] == [left]
    path_of(folder, files[0]).unlink()
    path_of(folder, files[1]).write_bytes(b"rotten")
    texts = [w.zh for w in missing_files(ledger)]
    assert texts == [f"{HOME} 的证据文件 {files[0]} 不见了", f"{HOME} 的证据文件 {files[1]} 已损坏"]


def test_a_rotten_file_is_set_beside_and_the_good_one_takes_its_place(tmp_path):
    sha = keep(tmp_path, b"good", picture=False)
    path = path_of(tmp_path, sha)
    path.chmod(0o600)
    path.write_bytes(b"rotten")
    assert keep(tmp_path, b"good", picture=False) == sha
    assert path.read_bytes() == b"good"
    assert path.with_name(f"{sha}.damaged").read_bytes() == b"rotten"
    stamp = path.stat().st_ino
    keep(tmp_path, b"good", picture=False)
    assert path.stat().st_ino == stamp


def test_the_register_says_of_every_village_what_the_rules_say(ledger, plan, shown):
    ledger.post([lit(c) for c in CODES[:6]])
    for code in CODES[:4]:
        show_all(ledger, shown, code)
        close(ledger, code)
    check_village(ledger, Check(CODES[1], "province", False, "吴抽查", DAY, ("无信号",)))
    reopen(ledger, CODES[1], reason="无信号", approver="周处长", by="吴抽查", on=DAY)
    check_village(ledger, Check(CODES[2], "province", True, "吴抽查", DAY))
    attach_evidence(ledger, Claim(CODES[4], "power", "李巡检", value="-30"))
    attach_evidence(ledger, Claim(CODES[4], "otdr", "李巡检", value="9", direction="back"))
    show_all(ledger, shown, CODES[5])
    check_village(ledger, Check(CODES[5], "county", True, "钱初验", DAY))
    table = sign_off_register(ledger.entries(), plan, EvidenceSettings()).set_index("code")
    assert list(table.index) == CODES
    assert list(table["number"]) == list(range(1, 13))
    assert list(table["state"][:7]) == ["closed", "reopened", "closed", "closed", "open", "checked", "open"]
    assert list(table["certificate"][:4]) == ["529901-2016-0001", "", "529901-2016-0003", "529901-2016-0004"]
    assert table.loc[CODES[2], ["province", "province_by", "county_by", "prefecture_by"]].tolist() == [
        "passed", "吴抽查", "钱初验", "孙复核",
    ]  # fmt: skip
    first = table.loc[HOME]
    assert (first["power_dbm"], first["otdr"], first["photos"], first["missing"]) == (-21.3, "both", 2, "")
    assert first["lit_on"].date() == LIT
    assert first["closed_on"].date() == DAY
    assert table.loc[CODES[4], "missing"].startswith(
        "收光功率 -30 dBm 超出 -27 … -8 dBm、OTDR 双向测试 (1550 nm)：缺去向、"
    )
    for code in CODES:
        about = standing(ledger.about(code))
        lacks = missing_items(about, EvidenceSettings()).values()
        assert table.loc[code, "missing"] == "、".join(w.zh for w in lacks)
        assert table.loc[code, "missing_en"] == ", ".join(w.en for w in lacks)
        assert (table.loc[code, "certificate"] != "") == (about.close is not None)
    early = sign_off_register(ledger.entries(), plan, EvidenceSettings(), LIT - dt.timedelta(days=1))
    assert set(early["state"]) == {"open"}
    assert early["lit_on"].isna().all()


def test_what_is_told_late_of_the_days_before_a_reopening_is_gone_with_it():
    code = "520321100201"
    book = Book()
    book.stage(code, "lit", "2016-06-01")
    book.add("check", code, "2016-06-10", detail={"level": "county", "passed": True})
    book.stage(code, "closed", "2016-06-12", kind="close", detail={"certificate": "2016-0001"})
    book.stage(code, "lit", "2016-06-11", kind="reopen", resets=True)  # told after the closing, of the day before it
    book.add("check", code, "2016-06-05", detail={"level": "prefecture", "passed": True})
    plan = a_plan([code])
    line = roll_up(book.entries, plan, campaign(), as_of="2016-06-30").villages.iloc[0]
    row = sign_off_register(book.entries, plan, campaign().evidence).iloc[0]
    for found in (line, row):
        assert (found["certificate"], found["closed_on"].date()) == ("2016-0001", dt.date(2016, 6, 12))
    assert line["checks"] == ""
    assert row["state"] == "closed" and row[["county_on", "prefecture_on"]].isna().all()
    about = [entry_of(r) for r in book.entries.to_dict("records")]
    now = standing(about)
    assert (now.checks, now.close and now.close.said["certificate"]) == ({}, "2016-0001")


def entry_of(row: dict) -> Entry:
    days = {name: row[name].date() for name in ("happened_on", "counts_on")}
    return Entry(**{f.name: row[f.name] for f in dataclasses.fields(Entry)} | days)


@pytest.mark.parametrize("place", [1, 2])
def test_what_a_killed_writer_left_of_a_file_or_its_copy_is_cleared_by_the_next_command(tmp_path, place):
    data, store = photo(), tmp_path / "campaign" / "evidence"
    store.parent.mkdir()
    child = os.fork()
    if child == 0:
        placed = itertools.count(1)
        Path.replace = lambda self, to, go=Path.replace: go(self, to) if next(placed) < place else os._exit(9)
        keep(store, data, picture=True)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9
    assert len(list(store.rglob("*.aside"))) == 1
    with locked(tmp_path):
        sha = keep(store, data, picture=True)
    kept = sorted(path.relative_to(store).as_posix() for path in store.rglob("*") if path.is_file())
    assert kept == sorted([f"{sha[:2]}/{sha}", f"copies/{sha[:2]}/{sha}.jpg"]) and not list(store.rglob("*.aside"))
