"""What papers say: typed cells, totals first, rates with their denominators, the same figures everywhere."""

from __future__ import annotations

import datetime as dt
import io
import json
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pytest
import standings
from rich.console import Console
from rich.table import Table
from standings import AS_OF, campaign_settings

from cuntong_gis.documents import (
    FORMS,
    Paper,
    as_json,
    cut_off,
    list_paper,
    paper_rows,
    progress_paper,
    ranking_paper,
    register_paper,
)
from cuntong_gis.documents.content import SUMS
from cuntong_gis.documents.paper import Column, Kind, Role, Row, Term, show
from cuntong_gis.documents.screen import shown_columns
from cuntong_gis.errors import DocumentsError
from cuntong_gis.words import Words, plain, same

GOLDEN = Path(__file__).resolve().parents[2] / "golden"
JUNE = Words("2016年6月", "June 2016")


def progress(units: pd.DataFrame, unit: str = "520000", **more: object) -> Paper:
    given = {"as_of": AS_OF, "period": JUNE, "lights": standings.lights_of(units), **more}
    settings = given.pop("settings", campaign_settings())
    return progress_paper(units, unit, settings, **given)


def column(paper: Paper, key: str) -> list[object]:
    place = [c.key for c in paper.columns].index(key)
    return [row.cells[place] for row in paper.rows]


@pytest.fixture(scope="module")
def units() -> pd.DataFrame:
    return standings.province()


# ---- the progress table


def test_the_total_comes_first_and_is_the_sum_of_what_is_listed(units):
    paper = progress(units)
    assert [row.role for row in paper.rows] == [Role.TOTAL] + [Role.PLAIN] * 9 + [Role.BESIDE]
    assert paper.rows[0].cells[1] == Words("合计", "Total")
    for key in SUMS:
        total, *parts = column(paper, key)[:10]
        assert abs(total - sum(parts)) <= (0.01 if key.endswith(("_km", "_km_new")) else 0), key
    assert column(paper, "villages")[0] == 11_097
    assert not any("注意" in note.zh for note in paper.notes)


def test_a_province_by_county_has_a_subtotal_a_prefecture_and_numbers_that_start_anew(units):
    paper = progress(units, depth=2)
    roles = [row.role for row in paper.rows]
    assert (roles.count(Role.SUBTOTAL), roles.count(Role.PLAIN)) == (9, 88)
    numbers, codes = column(paper, "number"), column(paper, "code")
    seen: dict[str, int] = {}
    for number, code, role in zip(numbers, codes, roles, strict=True):
        if role is Role.PLAIN:
            assert number == seen.get(code[:4], 0) + 1
            seen[code[:4]] = number
    assert seen["5226"] == 16
    for place in (i for i, role in enumerate(roles) if role is Role.SUBTOTAL):
        behind = [i for i in range(len(roles)) if roles[i] is Role.PLAIN and codes[i][:4] == codes[place][:4]]
        assert column(paper, "lit")[place] == sum(column(paper, "lit")[i] for i in behind)
        assert all(i > place for i in behind)


def test_an_overlay_stands_last_and_only_in_the_paper_of_the_whole(units):
    assert column(progress(units, depth=2), "code")[-1] == "GAXQ"
    assert "GAXQ" not in column(progress(units, "520100"), "code")
    rows = paper_rows(progress(units), "zh")
    assert rows[-2][0] == "以下单位另行统计，不计入合计"
    assert rows[-1][0] == "贵安新区"
    own = progress(units, "GAXQ")
    assert [row.role for row in own.rows] == [Role.TOTAL]


def test_a_total_that_is_not_the_sum_is_said_so(units):
    wrong = units.copy()
    wrong.loc[wrong["code"] == "520000", ["lit", "planned_m"]] += [7, 5_000.0]
    note = progress(wrong).notes[0]
    lit = int(units.loc[0, "lit"])
    assert f"累计完成·开通 {lit + 7:,}≠{lit:,}" in note.zh
    assert "路由公里·计划" in note.zh
    assert "Beware" in note.en


def test_what_is_new_is_the_difference_to_the_period_before_and_may_be_negative(units):
    fallen = units.copy()
    fallen.loc[1, ["lit", "lit_before", "laid_m", "laid_m_before"]] = [10, 13, 1_000.0, 2_500.0]
    paper = progress(fallen)
    assert column(paper, "lit_new")[1] == -3
    assert column(paper, "laid_km_new")[1] == -1.5
    assert show(-3, Kind.COUNT, "zh") == "-3"


def test_figures_that_do_not_exist_are_dashes_never_zeros(units):
    bare = units.copy()
    bare.loc[1, ["lit_rate", "closed_rate", "target", "done", "time_rate", "lag_points", "spi"]] = None
    bare.loc[1, "last_report_on"] = pd.NaT
    bare.at[1, "pv_cny"] = None
    paper = progress(bare)
    for key in ("lit_rate", "target", "done", "lag_points", "pv_cny", "spi", "last_report_on"):
        assert column(paper, key)[1] is None, key
    row = paper_rows(paper, "zh", full=True)[2]
    assert row.count("—") == 9


def test_a_missing_official_and_a_missing_light_are_named(units):
    paper = progress(units, lights={})
    assert "未明确" in {show(cell, Kind.TEXT, "zh") for cell in column(paper, "company")}
    assert {cell.code for cell in column(paper, "light")} == {"grey"}
    without = progress(units, lights=None)
    assert "light" not in [c.key for c in without.columns]
    assert not any("灯" in note.zh for note in without.notes)


def test_a_unit_that_does_not_exist_is_refused_by_name(units):
    with pytest.raises(DocumentsError, match="no unit 999999"):
        progress(units, "999999")
    with pytest.raises(DocumentsError, match="one or two levels"):
        progress(units, depth=3)


def test_the_notes_say_days_rates_and_the_rule_of_the_lights(units):
    zh = " ".join(note.zh for note in progress(units).notes)
    assert "共 291 天，已过 113 天" in zh
    assert "≥100% 为● 绿，≥80% 为▲ 黄，以下为■ 红" in zh
    assert "开通率=累计开通÷任务村数" in zh


def test_the_title_names_unit_and_campaign_once(units):
    assert progress(units).title.zh == "贵州省多彩贵州“广电云”村村通工程进度表"
    settings = campaign_settings(name="贵州省村村通工程", synthetic=True)
    paper = progress(units, settings=settings)
    assert paper.title.zh == "贵州省村村通工程进度表"
    assert paper.about.zh == "单位名称：贵州省 · 本期：2016年6月 · 合成示例数据，不反映任何真实的工程"
    assert cut_off(paper, "zh") == "单位：个、公里、万元、% · 数据截止 2016年6月30日"
    assert cut_off(paper, "en") == "Units: count, km, 10⁴ CNY, % · Data up to 30 Jun 2016"


# ---- one paper, three ways to read it


def test_json_and_terminal_tell_the_same_figures(units):
    paper = progress(units, depth=2)
    data = json.loads(json.dumps(as_json(paper), ensure_ascii=False, allow_nan=False))
    table = paper_rows(paper, "zh", full=True)
    kinds = {c["key"]: c["kind"] for c in data["columns"]}
    rows = [row for row in table[1:] if not row[1].startswith("以下")]
    assert len(rows) == len(data["rows"]) == 99
    keys = list(kinds)
    for told, row in zip(rows, data["rows"], strict=True):
        assert told[keys.index("lit")] == f"{row['lit']:,}"
        thousandths = (2_000 * row["lit"] + row["villages"]) // (2 * row["villages"])  # half up, in whole numbers
        assert told[keys.index("lit_rate")] == f"{thousandths // 10}.{thousandths % 10}%"
        wan = Decimal(told[keys.index("ev_cny")].replace(",", ""))
        assert abs(wan - Decimal(row["ev_cny"]) / 10_000) <= Decimal("0.005")
    assert data["rows"][0]["row"] == "total"
    assert data["rows"][0]["light"] in ("green", "yellow", "red")
    assert data["rows"][0]["last_report_on"] == "2016-06-30"
    assert data["as_of"] == "2016-06-30"


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("name", ["progress", "register", "ranking"])
def test_the_table_on_a_terminal(units, name, lang):
    settings = campaign_settings()
    paper = {
        "progress": lambda: progress(units),
        "register": lambda: register_paper(standings.register(12), "务川县", settings, as_of=AS_OF),
        "ranking": lambda: ranking_paper(standings.ranking(units), "贵州省", settings, as_of=AS_OF, period=JUNE),
    }[name]()
    head, *rows = paper_rows(paper, lang)
    table = Table()
    for text, place in zip(head, shown_columns(paper), strict=True):
        left = paper.columns[place].kind in (Kind.TEXT, Kind.CODE, Kind.TERM, Kind.LIGHT)
        table.add_column(text, justify="left" if left else "right")
    for row in rows:
        table.add_row(*row)
    out = io.StringIO()
    Console(file=out, width=200, color_system=None).print(table)
    assert out.getvalue() == (GOLDEN / f"{name}_{lang}.txt").read_text("utf-8")


# ---- how cells read


@pytest.mark.parametrize(
    ("cell", "kind", "zh"),
    [
        (11_097, Kind.COUNT, "11,097"),
        (0.3048, Kind.PERCENT, "30.5%"),
        (1.2, Kind.PERCENT, "120.0%"),
        (1.0, Kind.PERCENT, "100.0%"),
        (11_096 / 11_097, Kind.PERCENT, "99.99%"),  # one village is lacking: not 100 %
        (0.0, Kind.PERCENT, "0.0%"),
        (-8.34, Kind.POINTS, "-8.3"),
        (2.25, Kind.POINTS, "+2.3"),
        (0.0, Kind.POINTS, "0.0"),
        (3, Kind.CHANGE, "+3"),
        (0, Kind.CHANGE, "0"),
        (1.005, Kind.RATIO, "1.01"),  # as a spreadsheet rounds it
        (Decimal("1315294917.77"), Kind.MONEY, "131,529.49"),
        (Decimal("50.00"), Kind.MONEY, "0.01"),
        (12.25, Kind.KM, "12.3"),
        (dt.date(2016, 4, 5), Kind.DATE, "2016年4月5日"),
        (None, Kind.COUNT, "—"),
        (Term("red", Words("■ 红", "■ red")), Kind.LIGHT, "■ 红"),
    ],
)
def test_cells_read_as_people_write_them(cell, kind, zh):
    assert show(cell, kind, "zh") == zh


@pytest.mark.parametrize(
    ("share", "shown"),
    [
        (0.79996, "79.996%"),
        (0.8, "80.0%"),
        (0.80004, "80.0%"),
        (0.59999, "59.999%"),
        (1 - 1e-12, "100.0%"),
        (0.785, "78.5%"),
    ],
)
def test_a_share_reads_on_its_own_side_of_every_limit(units, share, shown):
    near = units.copy()
    near.loc[0, "done"] = share
    paper = progress(near)
    head, total, *_ = paper_rows(paper, "zh")
    assert total[head.index("完成目标")] == shown
    told = list_paper("lights", standings.lights(near), "省", campaign_settings(), as_of=AS_OF)
    head, first, *_ = paper_rows(told, "zh")
    assert first[head.index("完成目标")] == shown


def test_days_read_in_english_too():
    assert show(dt.date(2016, 4, 5), Kind.DATE, "en") == "5 Apr 2016"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("红星\x00村\x07", "红星村"),
        ("a\r\nb\tc\u2028d", "a b c d"),
        ("\u202eevil\u202c", "evil"),
        ("\ud800x\ufffe", "x"),
        ("=1+1", "=1+1"),
        (None, ""),
        ("\U00030edd村", "\U00030edd村"),  # a rare character is kept
        ("长" * 3_000, "长" * 1_999 + "…"),
    ],
)
def test_texts_become_one_harmless_line(text, expected):
    assert plain(text) == expected


def test_a_row_of_the_wrong_length_is_no_paper():
    columns = (Column("a", same("a"), Kind.TEXT), Column("b", same("b"), Kind.COUNT))
    with pytest.raises(ValueError, match="2 cells"):
        Paper(same("x"), same("x"), same("x"), same("x"), AS_OF, columns, (Row(("a",)),))


# ---- register, ranking, lists


def test_the_register_says_how_many_of_how_many(units):
    table = standings.register(126)
    paper = register_paper(table, "务川县", campaign_settings(), as_of=AS_OF)
    closed, lit = int((table["state"] == "closed").sum()), int(table["lit_on"].notna().sum())
    assert f"任务村 126 个，已开通 {lit}/126 ({lit / 126:.1%})，已销号 {closed}/126" in paper.summary.zh
    assert column(paper, "code") == table["code"].tolist()
    first = as_json(paper, "en")["rows"][0]
    assert first["missing"].startswith("OTDR both ways") or first["missing"] is None
    assert {cell.code for cell in column(paper, "otdr") if cell} <= {"both", "out", "back"}


def test_an_empty_register_divides_by_nothing():
    paper = register_paper(standings.register(0), "空县", campaign_settings(), as_of=AS_OF)
    assert "任务村 0 个，已开通 0/0，" in paper.summary.zh
    assert paper.rows == ()


def test_the_ranking_is_worst_first_with_ties_said_and_the_unranked_last(units):
    table = standings.ranking(units)
    paper = ranking_paper(table.sample(frac=1, random_state=3), "贵州省", campaign_settings(), as_of=AS_OF, period=JUNE)
    lag = [value for value in column(paper, "lag_points") if value is not None]
    assert lag == sorted(lag)
    places, tied = column(paper, "place"), column(paper, "tied")
    assert places[:5] == [1, 2, 3, 3, 5]
    assert [show(cell, Kind.TERM, "zh") for cell in tied[:5]] == ["—", "—", "并列 2", "并列 2", "—"]
    assert (paper.rows[-1].role, column(paper, "code")[-1]) == (Role.BESIDE, "GAXQ")
    assert show(column(paper, "listed")[-1], Kind.TERM, "zh") == "叠加单位"
    assert column(paper, "listed")[0] is None
    assert paper.summary.zh == "参加排名 88 个单位，其中 2 个并列；最差的在前。"


@pytest.mark.parametrize("table", sorted(FORMS))
def test_every_list_of_the_supervision_is_a_paper(units, table):
    frame = standings.inspection() if table == "inspection" else getattr(standings, table)(units)
    paper = list_paper(table, frame, "贵州省", campaign_settings(), as_of=AS_OF, period=JUNE)
    assert len(paper.rows) == len(frame)
    keys = [c.key for c in paper.columns]
    assert len(set(keys)) == len(keys)
    assert not [key for key in keys if key.endswith("_en")]
    assert set(FORMS[table].short) <= set(keys)
    assert len(json.dumps(as_json(paper), allow_nan=False)) > 100
    if "overlay" in frame.columns and frame["overlay"].any():
        assert paper.rows[-1].role is Role.BESIDE
    if table == "inspection":
        assert column(paper, "lit")[0] == Words("", "")  # to be filled in by hand


def test_lists_tell_lengths_in_km_and_money_in_cny(units):
    from cuntong_gis.documents import Form

    paper = list_paper("unit_status", units, "贵州省", campaign_settings(), as_of=AS_OF, form=Form(same("表")))
    assert column(paper, "planned_km")[0] == round(units["planned_m"][0] / 1000, 3)
    assert column(paper, "budget_cny")[0] == units["budget_cny"][0]
    heads = {c.key: c.head for c in paper.columns}
    assert heads["planned_km"] == Words("计划长度（公里）", "planned (km)")
    assert heads["budget_cny"].zh == "预算（万元）"
