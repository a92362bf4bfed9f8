"""The rules of the sign-off 销号: who checks after whom, what closes a village and what opens it again.

Pure functions over the entries about one village: each returns what is to be posted, or why not, and names all that
stands against it at once.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from cuntong_gis.model import Stage
from cuntong_gis.progress.entries import Entry, Kind, Measure, Report, made_id
from cuntong_gis.progress.facts import NO_COUNTY
from cuntong_gis.progress.rules import Refusal, person
from cuntong_gis.progress.signoff.standing import ITEMS, LEVEL_NAMES, LEVELS, Standing, missing_items, standing
from cuntong_gis.settings import EvidenceSettings
from cuntong_gis.words import Words


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


def county_of(village: str) -> str:
    """Return the county whose row of certificates a village is in: the chain of its entries.

    Parameters
    ----------
    village : str
        Its code.

    Returns
    -------
    str
        Six digits.
    """
    return village[:6] if village.isascii() and village.isdigit() and len(village) >= 6 else NO_COUNTY


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
    number = next_certificate(certificates, county_of(check.village), check.on.year)
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
    if now.lit is None:
        words = Words(
            "尚未开通，不能验收销号（缺“开通”）", "not lit yet, so it can be neither checked nor closed (missing: lit)"
        )
        return [("not_lit", words, ITEMS["lit_date"].how)]
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
    steps = [(now.lit.happened_on, Words("开通", "lighting"))] if now.lit else []
    steps += [(now.checks[level].happened_on, LEVEL_NAMES[level]) for level in LEVELS if level in now.checks]
    steps += [(now.reopened.happened_on, Words("重新打开", "reopening"))] if now.reopened else []
    return [
        ("too_early", Words(f"验收日期 {check.on} 早于{name.zh}日期 {day}", f"{check.on} is before {name.en}, {day}"),
         Words("核对日期", "check the date"))
        for day, name in steps if check.on < day
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


def reopen_verdict(said: Report, about: Sequence[Entry], to: Stage = Stage.LIT) -> Verdict:
    """Say what follows from a failed inspection: the village is open again and its certificate void.

    Parameters
    ----------
    said : Report
        Village, unit, day, reason, who says so and who approved it.
    about : sequence of Entry
        All entries about the village.
    to : Stage
        Where it falls back to: lit or lower.

    Returns
    -------
    Verdict
        A reopening; the number of the certificate is never given again.
    """
    ends = [e for e in about if e.measure == Measure.STAGE and e.level == Stage.CLOSED.rank and not e.conflicts_with]
    if not ends:
        words = Words("该村尚未销号，无需重新打开", "the village is not closed")
        return Verdict(refusal=Refusal("not_closed", "subject", words))
    last = ends[-1]  # its closing, or the stage that it had when the ledger was begun
    day, was = said.happened_on, last.happened_on
    if day < was:
        words = Words(f"重新打开日期 {day} 早于销号日期 {was}", f"{day} is before its closing, {was}")
        return Verdict(refusal=Refusal("too_early", "happened_on", words, Words("核对日期", "check the date")))
    return Verdict((replace(
        said, entry_id=made_id("reopen", last.entry_id), measure=Measure.STAGE, level=float(to.rank), resets=True,
        corrects=last.entry_id, detail={"voids": str(last.said.get("certificate", ""))},
    ),))  # fmt: skip
