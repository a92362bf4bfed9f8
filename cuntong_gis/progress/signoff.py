"""The rules of the sign-off 销号: what must be shown, who checks after whom, what closes a village and opens it again.

Pure functions over the entries about one village: each returns what is to be posted, or why not, and names all that
is missing at once.
"""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cuntong_gis.model import Stage
from cuntong_gis.progress.entries import Entry, Kind, Measure, Report, made_id
from cuntong_gis.progress.formats import PAPERS, PICTURES, TRACES
from cuntong_gis.progress.rules import Refusal, stage_rank
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
    return Words(
        f"cuntong progress evidence 村代码 {item} {options}", f"cuntong progress evidence CODE {item} {options}"
    )


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


@dataclass(frozen=True)
class Verdict:
    """What follows from the rules: reports to be posted together, or why not.

    Attributes
    ----------
    reports : tuple of Report
        Empty when refused.
    refusal : Refusal or None
        Names every reason at once.
    """

    reports: tuple[Report, ...] = ()
    refusal: Refusal | None = None


@dataclass(frozen=True)
class Check:
    """A check of a village, as somebody states it.

    Attributes
    ----------
    village : str
        Its code.
    level : str
        ``county``, ``prefecture`` or ``province``.
    passed : bool
        False: `findings` say why.
    by : str
        Who checked.
    on : date
        When.
    findings : tuple of str
        What must be put right.
    note : str
        Remark.
    """

    village: str
    level: str
    passed: bool
    by: str
    on: dt.date
    findings: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True)
class Standing:
    """How far a village's sign-off is.

    Attributes
    ----------
    rank : int
        Rank of its stage.
    lit_on : date or None
        Day from which it has been lit.
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
    lit_on: dt.date | None
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
    """
    entries = sorted((e for e in about if not e.conflicts_with), key=lambda e: (e.reported_at, e.chain, e.number))
    at = max((n for n, e in enumerate(entries) if e.kind == Kind.REOPEN), default=-1)
    since = entries[at + 1 :]
    gone = {e.corrects for e in entries if e.kind in WITHDRAWABLE and e.corrects}
    shown = tuple(e for e in since if e.kind in WITHDRAWABLE and e.entry_id not in gone and not e.corrects)
    checks = {str(e.said.get("level")): e for e in since if e.kind == Kind.CHECK}
    rank = stage_rank(entries)
    closes = [e for e in since if e.kind == Kind.CLOSE]
    close = closes[-1] if closes and rank == Stage.CLOSED.rank else None
    return Standing(rank, _lit_on(entries), shown, checks, close, entries[at] if at >= 0 else None)


def _lit_on(entries: Sequence[Entry]) -> dt.date | None:
    """Return the day on which the stage last rose to lit, if it has stayed there."""
    level, day = 0.0, None
    for entry in sorted(entries, key=lambda e: (e.counts_on, e.reported_at, e.chain, e.number)):
        if entry.measure != Measure.STAGE or entry.level is None:
            continue
        level = entry.level if entry.resets else max(level, entry.level)
        day = (day or entry.counts_on) if level >= Stage.LIT.rank else None
    return day


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
    return {
        item: Words(f"{lack.zh}（登记的日期在 {on} 之后）", f"{lack.en} (given for a day after {on})") if item in later else lack
        for item, lack in found.items()
    }  # fmt: skip


def _lack(item: str, shown: list[Entry], now: Standing, rules: EvidenceSettings) -> Words | None:
    name = ITEMS[item].name
    if item == "lit_date":
        return None if now.rank >= Stage.LIT.rank and now.lit_on else name
    if item == "power":
        return _power_lack(shown, rules)
    if item == "otdr":
        ways = {way for e in shown if "wavelength" not in e.said.get("doubts", []) for way in ways_of(e.said)}
        left = [DIRECTIONS[way] for way in DIRECTIONS if way not in ways]
        if len(left) == 1:
            return Words(f"{name.zh}：缺{left[0].zh}", f"{name.en}: {left[0].en} is missing")
        return name if left else None
    return None if shown else name


def _power_lack(shown: list[Entry], rules: EvidenceSettings) -> Words | None:
    name = ITEMS["power"].name
    values = [e.said.get("value") for e in shown]
    if not values or not isinstance(values[-1], int | float):
        return name
    if power_fits(float(values[-1]), rules):
        return None
    limits = f"{rules.power_min_dbm:g} … {rules.power_max_dbm:g} dBm"
    return Words(f"{name.zh} {values[-1]:g} dBm 超出 {limits}", f"{name.en} {values[-1]:g} dBm, not within {limits}")


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


def unit_of(village: str, level: str) -> str:
    """Return the unit that checks a village at a level.

    Parameters
    ----------
    village : str
        Its code.
    level : str
        One of `LEVELS`.

    Returns
    -------
    str
        Six digits, by the code.
    """
    return {"county": village[:6], "prefecture": village[:4] + "00", "province": village[:2] + "0000"}[level]


def next_certificate(existing: Iterable[str], county: str, year: int) -> str:
    """Return the next number in a county's row of certificates.

    Parameters
    ----------
    existing : iterable of str
        Every number ever given in the county, voided ones too: none is given twice.
    county : str
        Six digits.
    year : int
        Of the closing.

    Returns
    -------
    str
        ``520527-2016-0001``; the serial begins anew each year.
    """
    start = f"{county}-{year}-"
    serials = [int(number.removeprefix(start)) for number in existing if number.startswith(start)]
    return f"{start}{max(serials, default=0) + 1:04d}"


def check_verdict(
    check: Check, about: Sequence[Entry], rules: EvidenceSettings, certificates: Iterable[str] = ()
) -> Verdict:
    """Say what follows from a check: the entry of it, and the closing if it is the one that closes.

    Parameters
    ----------
    check : Check
        What somebody states.
    about : sequence of Entry
        All entries about the village.
    rules : EvidenceSettings
        What is required, and which check closes.
    certificates : iterable of str
        Every number ever given in the county.

    Returns
    -------
    Verdict
        A check, a check and a closing, or a refusal that names all that stands against it.
    """
    now = standing(about)
    report = _check_report(check, now)
    again = {e.entry_id: e for e in about}
    if report.entry_id in again:
        closing = [e for e in about if e.entry_id == made_id("close", report.entry_id)]
        return Verdict((report, *(_closing(report, str(e.said["certificate"])) for e in closing)))
    against = [*_ill_formed(check), *_out_of_turn(check, now, rules)]
    if check.passed and not any(code == "already_passed" for code, _, _ in against):
        hows = missing_items(now, rules, check.on)
        against += [("missing_evidence", lack, ITEMS[item].how) for item, lack in hows.items() if item != "lit_date"]
    if against:
        return Verdict(refusal=_refused(against))
    if not check.passed or check.level != rules.closes_at:
        return Verdict((report,))
    number = next_certificate(certificates, check.village[:6], check.on.year)
    return Verdict((report, _closing(report, number)))


def _check_report(check: Check, now: Standing) -> Report:
    since = now.reopened.entry_id if now.reopened else ""
    parts = (check.village, check.level, check.passed, check.on, person(check.by), *check.findings, check.note, since)
    return Report(
        made_id("check", *parts), Kind.CHECK, check.village, unit_of(check.village, check.level), check.on,
        check.by.strip(), note=check.note,
        detail={"level": check.level, "passed": check.passed, "findings": list(check.findings)},
    )  # fmt: skip


def _closing(check: Report, certificate: str) -> Report:
    return Report(
        made_id("close", check.entry_id), Kind.CLOSE, check.subject, check.unit, check.happened_on, check.reported_by,
        Measure.STAGE, float(Stage.CLOSED.rank), detail={"certificate": certificate, "check": check.entry_id},
    )  # fmt: skip


Against = tuple[str, Words, Words]
NOTHING = Words("", "")


def _ill_formed(check: Check) -> list[Against]:
    found = []
    if not check.by.strip():
        found.append(
            ("no_checker", Words("没有验收人", "nobody is named as checking"), Words("加 --by 姓名", "add --by NAME"))
        )
    if not check.passed and not any(f.strip() for f in check.findings):
        words = Words("不合格要写明问题", "a failed check must say what it found")
        found.append(("no_findings", words, Words("加 --finding 问题", "add --finding TEXT")))
    return found


def _out_of_turn(check: Check, now: Standing, rules: EvidenceSettings) -> list[Against]:
    name = LEVEL_NAMES[check.level]
    if now.rank < Stage.LIT.rank or now.lit_on is None:
        return [("not_lit", Words("尚未开通，不能验收销号（缺“开通”）", "not lit yet, so it cannot be checked or closed (missing: lit)"),
                 ITEMS["lit_date"].how)]  # fmt: skip
    done = now.passed(check.level)
    if check.passed and done is not None:
        told = f"{done.reported_by} {done.happened_on}"
        return [
            ("already_passed", Words(f"{name.zh}已通过（{told}）", f"{name.en} was passed already ({told})"), NOTHING)
        ]
    return [*_lower_lacks(check, now), *_same_person(check, now), *_day_lacks(check, now)]


def _lower_lacks(check: Check, now: Standing) -> list[Against]:
    found: list[Against] = []
    for level in LEVELS[: LEVELS.index(check.level)]:
        if now.passed(level) is not None:
            continue
        name, failed = LEVEL_NAMES[level], now.checks.get(level)
        why = Words(f"{name.zh}未通过", f"{name.en} was not passed") if failed else \
            Words(f"缺{name.zh}", f"{name.en} is missing")  # fmt: skip
        found.append(("check_missing", why, Words(f"先做{name.zh}", f"do {name.en} first")))
    return found


def _same_person(check: Check, now: Standing) -> list[Against]:
    found: list[Against] = []
    for level, other in now.checks.items():
        if level != check.level and person(other.reported_by) == person(check.by):
            name = LEVEL_NAMES[level]
            found.append(("same_person", Words(f"{check.by} 已做过{name.zh}，两级不能是同一人",
                                               f"{check.by} did {name.en}; nobody checks at two levels"),
                          Words("换人验收", "another person must check")))  # fmt: skip
    return found


def _day_lacks(check: Check, now: Standing) -> list[Against]:
    steps = [(now.lit_on, Words("开通", "lighting"))]
    steps += [
        (now.checks[lv].happened_on, LEVEL_NAMES[lv]) for lv in LEVELS[: LEVELS.index(check.level)] if lv in now.checks
    ]
    steps += [(now.reopened.happened_on, Words("重新打开", "reopening"))] if now.reopened else []
    return [
        ("too_early", Words(f"验收日期 {check.on} 早于{name.zh}日期 {day}", f"{check.on} is before {name.en}, {day}"),
         Words("核对日期", "check the date"))
        for day, name in steps if day is not None and check.on < day
    ]  # fmt: skip


def _refused(against: Sequence[Against]) -> Refusal:
    lacks = [words for code, words, _ in against if code == "missing_evidence"]
    parts = [words for code, words, _ in against if code != "missing_evidence"]
    if lacks:
        parts.append(
            Words("缺证据：" + "、".join(w.zh for w in lacks), "evidence is missing: " + ", ".join(w.en for w in lacks))
        )
    hints = list(dict.fromkeys(hint for _, _, hint in against if hint != NOTHING))
    return Refusal(
        against[0][0], "evidence" if against[0][0] == "missing_evidence" else "check",
        Words("；".join(w.zh for w in parts), "; ".join(w.en for w in parts)),
        Words("；".join(w.zh for w in hints), "; ".join(w.en for w in hints)),
    )  # fmt: skip


def reopen_verdict(
    village: str, about: Sequence[Entry], *, reason: str, approver: str, by: str, on: dt.date, to: Stage = Stage.LIT,
    unit: str = "",
) -> Verdict:  # fmt: skip
    """Say what follows from a failed inspection: the village is open again and its certificate void.

    Parameters
    ----------
    village : str
        Its code.
    about : sequence of Entry
        All entries about it.
    reason, approver, by : str
        Why, who approved it, who says so.
    on : date
        When.
    to : Stage
        Where it falls back to: lit or lower.
    unit : str
        Unit that says it; default: the county.

    Returns
    -------
    Verdict
        A reopening; the number of the certificate is never given again.
    """
    closes = [e for e in about if e.kind == Kind.CLOSE]
    if not closes:
        return Verdict(
            refusal=Refusal("not_closed", "subject", Words("该村尚未销号，无需重新打开", "the village is not closed"))
        )
    last = closes[-1]
    if on < last.happened_on:
        return Verdict(refusal=Refusal(
            "too_early", "happened_on",
            Words(f"重新打开日期 {on} 早于销号日期 {last.happened_on}", f"{on} is before its closing, {last.happened_on}"),
            Words("核对日期", "check the date"),
        ))  # fmt: skip
    number = str(last.said.get("certificate", ""))
    report = Report(
        made_id("reopen", last.entry_id), Kind.REOPEN, village, unit or village[:6], on, by, Measure.STAGE,
        float(to.rank), resets=True, reason=reason, approver=approver, corrects=last.entry_id,
        detail={"voids": number},
    )  # fmt: skip
    return Verdict((report,))


def person(name: str) -> str:
    """Return a person's name in the form in which two are compared.

    Parameters
    ----------
    name : str
        As written.

    Returns
    -------
    str
        Half width, no spaces, one case.
    """
    return "".join(unicodedata.normalize("NFKC", name).split()).casefold()
