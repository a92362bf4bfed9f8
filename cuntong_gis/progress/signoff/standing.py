"""How far a village's sign-off is: what was shown for it, who has checked it, and what is still missing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cuntong_gis.model import Stage
from cuntong_gis.progress.entries import Entry, Kind, Measure
from cuntong_gis.progress.rules import stage_rank
from cuntong_gis.progress.signoff.formats import PAPERS, PICTURES, TRACES
from cuntong_gis.settings import EvidenceSettings
from cuntong_gis.words import Words

LEVELS = ("county", "prefecture", "province")
LEVEL_NAMES = {
    "county": Words("县级初验", "the county's first check"),
    "prefecture": Words("市州复核", "the prefecture's second check"),
    "province": Words("省级抽查", "the province's inspection"),
}
DIRECTIONS = {"out": Words("去向", "out"), "back": Words("回向", "back")}
SIGNATURES = ("committee", "supervisor")
WITHDRAWABLE = frozenset({Kind.EVIDENCE, Kind.SIGNATURE})


@dataclass(frozen=True)
class Item:
    """Something to be shown before a village is closed.

    Attributes
    ----------
    name, how : Words
        What it is, and how it is given.
    kinds : tuple of str
        Kinds of files that show it; () where none does.
    by_file, by_value : bool
        Whether a file, or a value, must be given.
    """

    name: Words
    how: Words
    kinds: tuple[str, ...] = ()
    by_file: bool = False
    by_value: bool = False


def _how(item: str, options: str) -> Words:
    zh = options.replace("FILE", "文件").replace("NAME", "姓名")
    return Words(f"cuntong progress evidence 村代码 {item} {zh}", f"cuntong progress evidence CODE {item} {options}")


def _photo(item: str, zh: str, en: str) -> Item:
    return Item(Words(zh, en), _how(item, "--file FILE"), PICTURES, by_file=True)


ITEMS: Mapping[str, Item] = {
    "lit_date": Item(Words("开通日期", "day of lighting"), Words("先上报开通", "report the village lit")),
    "power": Item(Words("收光功率", "received power"), _how("power", "--value -21.3"), PAPERS, by_value=True),
    "otdr": Item(
        Words("OTDR 双向测试 (1550 nm)", "OTDR both ways (1550 nm)"),
        _how("otdr", "--direction out|back --file FILE.sor"),
        TRACES,
    ),
    "as_built": Item(Words("竣工图", "as-built drawing"), _how("as_built", "--file FILE.pdf"), PAPERS, by_file=True),
    "photo_line": _photo("photo_line", "杆路照片", "photo of the pole line"),
    "photo_closure": _photo("photo_closure", "接头盒照片", "photo of the closure"),
    "photo_room": _photo("photo_room", "机房照片", "photo of the room"),
    "photo_tv": _photo("photo_tv", "电视画面照片", "photo of the TV picture"),
    "committee": Item(
        Words("村委会签字", "signature of the village committee"),
        _how("committee", "--value NAME --file FILE"), PAPERS, by_file=True, by_value=True,
    ),
    "supervisor": Item(
        Words("监理签字", "signature of the supervisor"),
        _how("supervisor", "--value NAME --file FILE"), PAPERS, by_file=True, by_value=True,
    ),
}  # fmt: skip
"""Everything that ``[evidence] required`` may ask for."""


def item_named(text: str) -> str:
    """Return an item by its key or by its name in either language.

    Parameters
    ----------
    text : str
        ``power`` or 收光功率.

    Returns
    -------
    str
        A key of `ITEMS`; the text itself where it is none.
    """
    wanted = text.strip()
    return next((key for key, item in ITEMS.items() if wanted in (item.name.zh, item.name.en)), wanted)


def level_named(text: str) -> str:
    """Return a level of the checks by its key or as people call it.

    Parameters
    ----------
    text : str
        ``county``, 县, 县级 or 县级初验.

    Returns
    -------
    str
        One of `LEVELS`; the text itself where it is none.
    """
    wanted = text.strip()
    first = {"县": "county", "区": "county", "市": "prefecture", "州": "prefecture", "省": "province"}
    return text if wanted in LEVELS else first.get(wanted[:1], wanted)


@dataclass(frozen=True)
class Standing:
    """How far a village's sign-off is.

    Attributes
    ----------
    rank : int
        Rank of its stage.
    lit : Entry or None
        The report with which it rose to lit and has stayed there.
    shown : tuple of Entry
        Evidence and signatures since it was last reopened, without what was withdrawn.
    checks : mapping of str to Entry
        The latest check of each level since then.
    close : Entry or None
        The closing in force.
    reopened : Entry or None
        The last reopening.
    """

    rank: int
    lit: Entry | None
    shown: tuple[Entry, ...]
    checks: Mapping[str, Entry]
    close: Entry | None
    reopened: Entry | None

    def passed(self, level: str) -> Entry | None:
        """Return the check passed at a level.

        Parameters
        ----------
        level : str
            One of `LEVELS`.

        Returns
        -------
        Entry or None
            None if the latest check there failed, or there was none.
        """
        check = self.checks.get(level)
        return check if check is not None and check.said.get("passed") is True else None


def standing(about: Iterable[Entry]) -> Standing:
    """Return how far a village's sign-off is.

    Parameters
    ----------
    about : iterable of Entry
        All entries about the village.

    Returns
    -------
    Standing
        After the last of them.

    Notes
    -----
    Checks and closings go by the order in which they count, as stages do: one that is told late of the days before a
    reopening is gone with it. Files go by the order in which they were shown, whatever day they are of.
    """
    entries = sorted((e for e in about if not e.conflicts_with), key=_order)
    since, reopened = _since_reopened(entries)
    lately, _ = _since_reopened(sorted(entries, key=lambda e: (e.reported_at, e.chain, e.number)))
    gone = {e.corrects for e in entries if e.kind in WITHDRAWABLE and e.corrects}
    shown = tuple(e for e in lately if e.kind in WITHDRAWABLE and e.entry_id not in gone and not e.corrects)
    checks = {str(e.said.get("level")): e for e in since if e.kind == Kind.CHECK}
    rank = stage_rank(entries)
    closes = [e for e in since if e.kind == Kind.CLOSE]
    close = closes[-1] if closes and rank == Stage.CLOSED.rank else None
    return Standing(rank, _lit(entries), shown, checks, close, reopened)


def _since_reopened(entries: Sequence[Entry]) -> tuple[Sequence[Entry], Entry | None]:
    at = max((n for n, e in enumerate(entries) if e.kind == Kind.REOPEN), default=-1)
    return entries[at + 1 :], entries[at] if at >= 0 else None


def _order(entry: Entry) -> tuple[dt.date, str, str, int]:
    return entry.counts_on, entry.reported_at, entry.chain, entry.number


def _lit(entries: Sequence[Entry]) -> Entry | None:
    """Return the entry with which the stage last rose to lit, if it has stayed there."""
    level, since = 0.0, None
    for entry in entries:
        if entry.measure != Measure.STAGE or entry.level is None:
            continue
        level = entry.level if entry.resets else max(level, entry.level)
        since = (since or entry) if level >= Stage.LIT.rank else None
    return since


def item_of(entry: Entry) -> str:
    """Return which item an entry shows.

    Parameters
    ----------
    entry : Entry
        Evidence or a signature.

    Returns
    -------
    str
        A key of `ITEMS`, or "" for something else.
    """
    said = entry.said
    found = str(said.get("item") or said.get("role") or "")
    return found if found in ITEMS else ""


def missing_items(now: Standing, rules: EvidenceSettings, on: dt.date | None = None) -> dict[str, Words]:
    """Return what is still missing before a village can be closed.

    Parameters
    ----------
    now : Standing
        Of the village.
    rules : EvidenceSettings
        What is required, and the limits of power.
    on : date, optional
        Only what happened by then counts; default: everything.

    Returns
    -------
    dict of str to Words
        Item → what is missing, in the order of the settings; empty when nothing is.
    """
    shown: dict[str, list[Entry]] = {item: [] for item in ITEMS}
    later: set[str] = set()
    for entry in now.shown:
        item = item_of(entry)
        if item and (on is None or entry.happened_on <= on):
            shown[item].append(entry)
        else:
            later.add(item)
    lacks = {item: _lack(item, shown[item], now, rules) for item in rules.required}
    found = {item: lack for item, lack in lacks.items() if lack is not None}
    return {item: _too_late(lack, on) if item in later else lack for item, lack in found.items()}


def _too_late(lack: Words, on: dt.date | None) -> Words:
    return Words(f"{lack.zh}（登记的日期在 {on} 之后）", f"{lack.en} (given for a day after {on})")


def _lack(item: str, shown: list[Entry], now: Standing, rules: EvidenceSettings) -> Words | None:
    if item == "lit_date":
        return None if now.lit else ITEMS[item].name
    if item == "power":
        values = [e.said.get("value") for e in shown]
        if not values or not isinstance(values[-1], int | float):
            return ITEMS[item].name
        return None if power_fits(values[-1], rules) else power_lack(values[-1], rules)
    if item == "otdr":
        ways = {way for e in shown if "wavelength" not in e.said.get("doubts", []) for way in ways_of(e.said)}
        return otdr_lack("out" in ways, "back" in ways)
    return None if shown else ITEMS[item].name


def otdr_lack(out: bool, back: bool) -> Words | None:
    """Return what is missing of the OTDR test.

    Parameters
    ----------
    out, back : bool
        Which directions are shown.

    Returns
    -------
    Words or None
        Names the direction when one of them is there.
    """
    name = ITEMS["otdr"].name
    if out == back:
        return None if out else name
    left = DIRECTIONS["back" if out else "out"]
    return Words(f"{name.zh}：缺{left.zh}", f"{name.en}: {left.en} is missing")


def power_lack(dbm: float, rules: EvidenceSettings) -> Words:
    """Return how a received power that is no pass is told.

    Parameters
    ----------
    dbm : float
        Received power.
    rules : EvidenceSettings
        With its limits.

    Returns
    -------
    Words
        The power and the limits.
    """
    name, limits = ITEMS["power"].name, f"{rules.power_min_dbm:g} … {rules.power_max_dbm:g} dBm"
    return Words(f"{name.zh} {dbm:g} dBm 超出 {limits}", f"{name.en} {dbm:g} dBm, not within {limits}")


def power_fits(dbm: float, rules: EvidenceSettings) -> bool:
    """Tell whether a received optical power is a pass.

    Parameters
    ----------
    dbm : float
        Received power.
    rules : EvidenceSettings
        With its limits.

    Returns
    -------
    bool
        Both limits are a pass.
    """
    return rules.power_min_dbm <= dbm <= rules.power_max_dbm


def ways_of(said: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the directions that an OTDR test shows.

    Parameters
    ----------
    said : mapping
        Details of the evidence.

    Returns
    -------
    tuple of str
        ``out``, ``back``, or both.
    """
    way = said.get("direction")
    return tuple(DIRECTIONS) if way == "both" else (str(way),) if way in DIRECTIONS else ()
