"""One cell at a time: text, code, number, date, yes or no, choice. No cell is ever evaluated."""

from __future__ import annotations

import csv
import datetime as dt
import math
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from cuntong_gis import schema
from cuntong_gis.layers import headers
from cuntong_gis.layers.headers import plain
from cuntong_gis.layers.notes import quoted
from cuntong_gis.model import Stage
from cuntong_gis.words import Words

EXCEL_ERRORS = frozenset({"#REF!", "#N/A", "#VALUE!", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!"})
EPOCH_1900, EPOCH_1904 = dt.datetime(1899, 12, 30), dt.datetime(1904, 1, 1)
FIRST_SERIAL, LAST_SERIAL = 14610, 73415
"""Excel serials of 1940 and 2100: a number outside is no date of a campaign."""

EMPTY = frozenset({"", "-", "--", "—", "——", "/", "\\", "无", "暂无", "n/a", "na", "null", "none", "nan", "nil"})
"""What people write for nothing, casefolded; for columns other than names and yes-or-no."""


@dataclass(frozen=True)
class Cell:
    """What became of a cell.

    Attributes
    ----------
    value : object
        The typed value; None when missing.
    fault : Words or None
        Why the cell cannot be used.
    hint : Words
        What to do about the fault.
    notices : tuple of str
        What was mended in passing: ``spaces``, ``controls``, ``fullwidth``, ``private``.
    """

    value: Any
    fault: Words | None = None
    hint: Words = Words("", "")
    notices: tuple[str, ...] = ()


def _fault(zh: str, en: str, hint_zh: str = "", hint_en: str = "") -> Cell:
    return Cell(None, Words(zh, en), Words(hint_zh, hint_en))


def text(value: Any) -> Cell:
    """Return a text without control signs and outer spaces.

    Parameters
    ----------
    value : object
        The cell.

    Returns
    -------
    Cell
        With a str or None.
    """
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return Cell(None)
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        value = int(value)
    if isinstance(value, dt.datetime) and value.time() == dt.time():
        value = value.date()
    raw = str(value)
    if raw.strip() in EXCEL_ERRORS:
        return _fault(f"单元格是错误值 {raw.strip()}", f"the cell is an error value, {raw.strip()}")
    notices = []
    kept = "".join(" " if c in "\t\r\n\v\f" else c for c in raw if c in "\t\r\n\v\f" or not _is_control(c))
    if len(kept) != len(raw):
        notices.append("controls")
    trimmed = kept.strip()
    if trimmed != kept and trimmed:
        notices.append("spaces")
    if any(unicodedata.category(c) == "Co" for c in trimmed if c > "\u2fff"):
        notices.append("private")
    return Cell(trimmed or None, notices=tuple(notices))


def _is_control(character: str) -> bool:
    """Tell control signs, marks of writing direction, and characters of no width."""
    return (not character.isascii() and unicodedata.category(character) in ("Cc", "Cf", "Cs")) or (
        character < " " or character == "\x7f"
    )  # fmt: skip


def _narrow(value: Any) -> tuple[Cell, str]:
    """Return a cell's text with full-width digits and letters made narrow."""
    cell = text(value)
    if cell.value is None:
        return cell, ""
    narrow = unicodedata.normalize("NFKC", cell.value).strip()
    notices = cell.notices + (("fullwidth",) if narrow != cell.value else ())
    return Cell(narrow, notices=notices), narrow


def code(value: Any) -> Cell:
    """Return a code as text, never a number.

    Parameters
    ----------
    value : object
        The cell; a whole number is written without ``.0``.

    Returns
    -------
    Cell
        With a str or None; a number in exponent notation has lost digits and is a fault.
    """
    cell, narrow = _narrow(value)
    if cell.fault or not narrow:
        return cell
    if isinstance(value, float):
        if not math.isfinite(value) or not value.is_integer() or abs(value) >= 1e15:
            return _fault(
                f"代码应为文本，实为数字 {quoted(value)}", f"a code must be text, found the number {quoted(value)}",
                "把该列设为文本后重新填写", "make the column text and fill it in again",
            )  # fmt: skip
        return cell
    if re.fullmatch(r"[+-]?\d+(\.\d+)?[eE][+-]?\d+", narrow):
        return _fault(
            f"代码成了科学记数 {quoted(narrow)}，末尾数字已丢失",
            f"the code is in exponent notation, {quoted(narrow)}: its last digits are lost",
            "把该列设为文本后从原始资料重新填写", "make the column text and fill it in again from the source",
        )  # fmt: skip
    narrow = re.sub(r"\s+", "", narrow) if re.fullmatch(r"[\d\s]+", narrow) else narrow
    narrow = re.sub(r"\.0+$", "", narrow) if re.fullmatch(r"\d+\.0+", narrow) else narrow
    return Cell(narrow, notices=cell.notices)


def number(value: Any, *, whole: bool = False) -> Cell:
    """Return a number of a cell, thousands separators and a unit after it left out.

    Parameters
    ----------
    value : object
        The cell.
    whole : bool
        Must be a count: whole and not negative.

    Returns
    -------
    Cell
        With a float, an int or None.
    """
    if isinstance(value, bool):
        return _fault(f"应为数字，实为 {quoted(value)}", f"a number expected, found {quoted(value)}")
    cell, narrow = _narrow(value)
    if cell.fault or narrow.casefold() in EMPTY:
        return Cell(None, cell.fault)
    grouped = re.sub(r"(?<=\d)[,'\s](?=\d{3}(\D|$))", "", narrow)
    bare = re.sub(r"\s*(户|人|口|芯|个|村|端|千米|公里|米|km|m)$", "", grouped)
    if not re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", bare):
        return _fault(f"应为数字，实为 {quoted(narrow)}", f"a number expected, found {quoted(narrow)}")
    found = float(bare)
    if not whole:
        return (
            Cell(found, notices=cell.notices) if math.isfinite(found) else _fault("数字过大", "the number is too large")
        )
    if found < 0 or not found.is_integer() or found > 1e12:
        return _fault(f"应为非负整数，实为 {quoted(narrow)}", f"a whole number ≥ 0 expected, found {quoted(narrow)}")
    return Cell(int(found), notices=cell.notices)


def percent(value: Any) -> Cell:
    """Return a percentage: 57, 57%, or the same in full-width digits.

    Parameters
    ----------
    value : object
        The cell.

    Returns
    -------
    Cell
        With a float from 0 to 100, or None. A number above 0 and up to 1 without a sign may mean a share of one, and
        is a fault; so is what lies outside 0 to 100.
    """
    cell, narrow = _narrow(value)
    signed = narrow.endswith("%")
    found = number(narrow.rstrip("% ")) if narrow and not cell.fault and not isinstance(value, bool) else number(value)
    if found.fault or found.value is None:
        return found
    if not 0 <= found.value <= 100:
        return _fault(
            f"百分数应在 0 到 100 之间，实为 {quoted(narrow)}",
            f"a percentage from 0 to 100 expected, found {quoted(narrow)}",
            "请核对单位与小数点", "check the unit and the decimal point",
        )  # fmt: skip
    if 0 < found.value <= 1 and not signed:
        return _fault(
            f"单位不明：{quoted(narrow)} 是 {found.value:g}% 还是 {found.value * 100:g}%?",
            f"the unit is not clear: is {quoted(narrow)} {found.value:g}% or {found.value * 100:g}%?",
            f"写成 {found.value * 100:g}% 或 {found.value:g}%", f"write {found.value * 100:g}% or {found.value:g}%",
        )  # fmt: skip
    return Cell(found.value, notices=cell.notices)


_KILOMETRES = re.compile(r"(公里|千米|km)\W*$", re.I)


def metres(value: Any, header: str = "") -> Cell:
    """Return a length in metres.

    Parameters
    ----------
    value : object
        The cell: 1200, 1,200米, 1.2公里.
    header : str
        The header; where it says km, so do numbers without a unit.

    Returns
    -------
    Cell
        With a float of at least 0, or None.
    """
    cell, narrow = _narrow(value)
    found = number(value)
    if found.fault or found.value is None:
        return found
    if found.value < 0:
        return _fault(
            f"长度不能为负：{quoted(narrow)}", f"a length cannot be negative: {quoted(narrow)}",
            "填写累计的米数", "give the metres so far",
        )  # fmt: skip
    own = bool(re.search(r"(米|m|里)$", narrow, re.I))
    title = unicodedata.normalize("NFKC", header).strip()
    kilometres = _KILOMETRES.search(narrow) if own else _KILOMETRES.search(title)
    return Cell(round(found.value * 1000.0, 3) if kilometres else found.value, notices=cell.notices)


def count(value: Any) -> Cell:
    """Return a count: a whole number, not negative.

    Parameters
    ----------
    value : object
        The cell.

    Returns
    -------
    Cell
        With an int or None.
    """
    return number(value, whole=True)


def angle(value: Any) -> Cell:
    """Return degrees or metres of a coordinate cell; 106°42′44″ is understood.

    Parameters
    ----------
    value : object
        The cell.

    Returns
    -------
    Cell
        With a float or None.
    """
    if isinstance(value, str):
        parts = re.fullmatch(
            r"\s*([EWNS东西北南]?经?纬?)\s*(\d{1,3})\s*[°度]\s*(\d{1,2})\s*['′’分]\s*(\d{1,2}(?:\.\d+)?)?\s*(?:[\"″”秒]|'')?\s*([EWNS]?)\s*",
            value,
        )
        if parts:
            degrees = int(parts[2]) + int(parts[3]) / 60.0 + float(parts[4] or 0.0) / 3600.0
            south = (parts[1][:1] or parts[5]) in ("W", "S", "西", "南")
            return Cell(-degrees if south else degrees)
        if value.strip().casefold() in ("nan", "inf", "-inf", "infinity"):
            return _fault(f"坐标不是有限的数：{quoted(value)}", f"the coordinate is not finite: {quoted(value)}")
    if isinstance(value, float) and math.isinf(value):
        return _fault(f"坐标不是有限的数：{quoted(value)}", f"the coordinate is not finite: {quoted(value)}")
    return number(value)


def date(value: Any, epoch: dt.datetime = EPOCH_1900) -> Cell:
    """Return a day.

    Parameters
    ----------
    value : object
        A date, an Excel serial, or text such as 2016-03-14, 2016.3.14, 2016/3/14, 20160314, 2016年3月14日.
    epoch : datetime
        Day 0 of the workbook's serials.

    Returns
    -------
    Cell
        With a datetime.date or None; an order of day and month that must be guessed is a fault.
    """
    if isinstance(value, dt.datetime):
        return Cell(None) if value != value else Cell(value.date())
    if isinstance(value, dt.date):
        return Cell(value)
    cell, narrow = _narrow(value)
    if cell.fault or narrow.casefold() in EMPTY:
        return Cell(None, cell.fault)
    if re.fullmatch(r"\d{5}(\.\d+)?", narrow) and FIRST_SERIAL <= float(narrow) <= LAST_SERIAL:
        return Cell((epoch + dt.timedelta(days=int(float(narrow)))).date(), notices=cell.notices)
    parts = re.fullmatch(
        r"(\d{4})\s*[-./年]\s*(\d{1,2})\s*[-./月]\s*(\d{1,2})\s*[日号]?(?:[ T]\s*\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?"
        r"(?:Z|[+-]\d{2}:?\d{2})?)?",
        narrow,
    ) or re.fullmatch(r"(\d{4})(\d{2})(\d{2})", narrow)
    if parts:
        try:
            return Cell(dt.date(*(int(p) for p in parts.groups())), notices=cell.notices)
        except ValueError:
            return _fault(
                f"没有这一天：{quoted(narrow)}", f"there is no such day: {quoted(narrow)}", "核对年、月、日", "check it"
            )
    hint = "写成 2016-03-14 的形式", "write it like 2016-03-14"
    if re.fullmatch(r"\d{1,2}[-./]\d{1,2}[-./]\d{2,4}", narrow):
        return _fault(f"日期有歧义：{quoted(narrow)}", f"the date is ambiguous: {quoted(narrow)}", *hint)
    return _fault(f"应为日期，实为 {quoted(narrow)}", f"a date expected, found {quoted(narrow)}", *hint)


def boolean(value: Any) -> Cell:
    """Return yes or no.

    Parameters
    ----------
    value : object
        The cell: 是/否, 有/无, true/false, 1/0.

    Returns
    -------
    Cell
        With a bool or None.
    """
    if isinstance(value, bool):
        return Cell(value)
    cell, narrow = _narrow(value)
    if cell.fault or not narrow:
        return Cell(None, cell.fault)
    known = _words("*", "bool").get(plain(narrow))
    if known is None and narrow.casefold() in EMPTY:
        return Cell(None)
    if known is None:
        return _fault(f"应为“是”或“否”，实为 {quoted(narrow)}", f"yes or no expected, found {quoted(narrow)}")
    return Cell(known == "true", notices=cell.notices)


def choice(table: str, column: schema.Column) -> Callable[[Any], Cell]:
    """Return the reader of a column that has a list of allowed values.

    Parameters
    ----------
    table : str
        Name of the layer.
    column : schema.Column
        The column.

    Returns
    -------
    callable of object → Cell
        Understands the values themselves and the words of ``data/values.csv``.
    """
    kin = _words(headers.KIN[table], column.name) if table in headers.KIN else {}
    known = {**kin, **_words(table, column.name), **{plain(c): c for c in column.choices}}
    if column.name == "road_class":
        known |= _road_classes()

    def _read(value: Any) -> Cell:
        cell, narrow = _narrow(value)
        if cell.fault or narrow.casefold() in EMPTY:
            return Cell(None, cell.fault)
        bare = plain(re.sub(r"[(].*[)]$", "", narrow))
        found = known.get(plain(narrow), known.get(bare))
        if found is None:
            first = {choice: word for word, choice in reversed(known.items())}
            shown = "、".join(first[choice] for choice in column.choices if choice in first)
            return _fault(
                f"不认识的值 {quoted(narrow)}", f"unknown value {quoted(narrow)}",
                f"可用：{shown}", f"known: {', '.join(column.choices)}",
            )  # fmt: skip
        return Cell(found, notices=cell.notices)

    return _read


@cache
def _words(table: str, column: str) -> dict[str, str]:
    raw = resources.files("cuntong_gis").joinpath("data/values.csv").read_text("utf-8")
    rows = csv.DictReader(raw.splitlines())
    return {plain(row["word"]): row["value"] for row in rows if (row["table"], row["column"]) == (table, column)}


def first_words(table: str, column: schema.Column) -> tuple[str, ...]:
    """Return the Chinese word for each value of a choice: the first that `data/values.csv` gives.

    Parameters
    ----------
    table : str
        Name of the layer.
    column : schema.Column
        The column.

    Returns
    -------
    tuple of str
        In the order of the choices; empty for a column that is no choice.
    """
    first: dict[str, str] = {}
    kin = _words(headers.KIN[table], column.name) if table in headers.KIN else {}
    for word, value in {**kin, **_words(table, column.name)}.items():
        first.setdefault(value, word)
    return tuple(first.get(value, value) for value in column.choices if value)


@cache
def road_table() -> tuple[dict[str, str], ...]:
    """Return the rows of ``data/road_classes.csv``.

    Returns
    -------
    tuple of dict
        One a class.
    """
    raw = resources.files("cuntong_gis").joinpath("data/road_classes.csv").read_text("utf-8")
    return tuple(csv.DictReader(raw.splitlines()))


def _road_classes() -> dict[str, str]:
    known: dict[str, str] = {}
    for row in road_table():
        for word in (row["zh"], row["en"], *row["osm"].split("|"), *row["synonyms"].split("|")):
            if word:
                known.setdefault(plain(word), row["road_class"])
    return known


def reader(
    table: str, column: schema.Column, epoch: dt.datetime = EPOCH_1900, header: str = ""
) -> Callable[[Any], Cell]:
    """Return what reads the cells of a column.

    Parameters
    ----------
    table : str
        Name of the layer.
    column : schema.Column
        The column.
    epoch : datetime
        Day 0 of Excel serials.
    header : str
        The column's header in the file, which may name the unit.

    Returns
    -------
    callable of object → Cell
        The reader.
    """
    kind = column.type
    if kind == "choice":
        return choice(table, column)
    if kind == "date":
        return lambda value: date(value, epoch)
    if (table, column.name) in IDENTIFIERS:
        return code
    if kind == "float" and column.unit == "percent":
        return percent
    if kind == "float" and column.unit == "m":
        return lambda value: metres(value, header)
    simple: dict[str, Callable[[Any], Cell]] = {
        "code": code, "text": text, "int": count, "float": number, "bool": boolean, "bool?": boolean, "int0": level,
    }  # fmt: skip
    return simple[kind]


IDENTIFIERS = frozenset(
    {(t, "id") for t in ("roads", "fiber", "access_points", "supports")}
    | {("boundaries", "parent"), ("form_spans", "span_id")}
)


def level(value: Any) -> Cell:
    """Return a level above ground; what is no whole number is 0, as OpenStreetMap's users expect.

    Parameters
    ----------
    value : object
        The cell.

    Returns
    -------
    Cell
        With an int.
    """
    cell = number(value)
    if cell.fault or cell.value is None or not float(cell.value).is_integer() or abs(cell.value) > 100:
        return Cell(0)
    return Cell(int(cell.value))


def stage_word(text: str) -> Stage | None:
    """Return the stage that a word means.

    Parameters
    ----------
    text : str
        In Chinese or English, as people write it.

    Returns
    -------
    Stage or None
        None if it means none.
    """
    found = choice("villages", schema.load("villages").column("stage"))(text).value
    return None if found is None else Stage(found)
