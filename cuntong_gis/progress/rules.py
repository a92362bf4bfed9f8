"""The rules of the ledger: which reports it takes, which it refuses and why. Pure functions over what is known."""

from __future__ import annotations

import datetime as dt
import math
import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from cuntong_gis.model import Stage
from cuntong_gis.progress.entries import Entry, Kind, Measure, Report
from cuntong_gis.progress.facts import PlanFacts, nearest
from cuntong_gis.settings import Settings
from cuntong_gis.words import Words

STAGES = tuple(Stage)
STAGE_ZH = ("未开工", "勘测", "立项", "材料到货", "敷设", "开通", "验收销号")
"""Stages by rank, as the ledger's users write them (ENGINEERING, Stages)."""
OF_CAMPAIGN = frozenset({Kind.REVISION, Kind.FREEZE})
OF_UNITS = frozenset({Kind.RECEIPT, Kind.VISIT, Kind.SIGNATURE})
"""Kinds whose subject may be a unit instead of a village."""
VILLAGE = re.compile("[0-9]{12}")
"""Code of a village, as no other unit has one."""
OF_THE_TOOL = frozenset({Kind.OPENING, Kind.CARRY, Kind.REVISION, Kind.FREEZE})
"""Kinds that the tool writes of its own accord."""


@dataclass(frozen=True)
class Refusal:
    """Why a report is not taken.

    Attributes
    ----------
    code : str
        Stable name of the rule.
    field : str
        Field of the report that is at fault.
    message, hint : Words
        What is wrong and what to do.
    """

    code: str
    field: str
    message: Words
    hint: Words = Words("", "")


@dataclass(frozen=True)
class Judgement:
    """What the rules say of one report.

    Attributes
    ----------
    refusal : Refusal or None
        Why it is not taken.
    notices : tuple of Refusal
        What should be known though it is taken.
    conflicts_with : str
        Entry of another reporter that says otherwise of the same day.
    """

    refusal: Refusal | None = None
    notices: tuple[Refusal, ...] = ()
    conflicts_with: str = ""


@dataclass(frozen=True)
class Known:
    """What the rules may look at.

    Attributes
    ----------
    facts : PlanFacts
        The issued plan.
    settings : Settings
        With the campaign's days and the ledger's limits.
    now : datetime
        The ledger's clock, UTC.
    frozen_through : date or None
        Last day of the latest frozen period.
    of_subject : callable of str → sequence of Entry
        Entries about a subject, in the order taken.
    """

    facts: PlanFacts
    settings: Settings
    now: dt.datetime
    frozen_through: dt.date | None
    of_subject: Callable[[str], Sequence[Entry]]

    @property
    def today(self) -> dt.date:
        """Return the day by the campaign's own clock.

        Returns
        -------
        date
            UTC and the offset of the settings.
        """
        return self.settings.ledger.local(self.now).date()

    def counts_on(self, day: dt.date) -> dt.date:
        """Return the day from which something that happened on a day counts.

        Parameters
        ----------
        day : date
            When it happened.

        Returns
        -------
        date
            The same; of a frozen period, the day after the latest frozen one.
        """
        if self.frozen_through is not None and day <= self.frozen_through:
            return self.frozen_through + dt.timedelta(days=1)
        return day


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


def figure(history: Iterable[Entry], measure: Measure, day: dt.date | None = None) -> float | None:
    """Return a cumulative figure as it stands at the end of a day.

    Parameters
    ----------
    history : iterable of Entry
        About one subject.
    measure : Measure
        Which figure.
    day : date, optional
        Default: the last.

    Returns
    -------
    float or None
        The last reset, then the maximum of what follows it; None if nothing was said.
    """
    said = [e for e in history if e.measure == measure and not e.conflicts_with and (day is None or e.counts_on <= day)]
    level: float | None = None
    for entry in sorted(said, key=lambda e: (e.counts_on, e.reported_at)):
        if entry.level is not None:
            level = entry.level if entry.resets or level is None else max(level, entry.level)
    return level


def stage_rank(history: Iterable[Entry], day: dt.date | None = None) -> int:
    """Return the rank of a village's stage at the end of a day.

    Parameters
    ----------
    history : iterable of Entry
        About the village.
    day : date, optional
        Default: the last.

    Returns
    -------
    int
        0–6 as of `model.Stage`.
    """
    return int(figure(history, Measure.STAGE, day) or 0)


def judge(report: Report, known: Known) -> Judgement:
    """Say whether the ledger takes a report.

    Parameters
    ----------
    report : Report
        What is said.
    known : Known
        What is known.

    Returns
    -------
    Judgement
        With the first rule that refuses it, or with what should be known.
    """
    for rule in (_subject, _authority, _days, _value, _kind):
        refusal = rule(report, known)
        if refusal is not None:
            return Judgement(refusal)
    history = known.of_subject(report.subject)
    rival = _rival(report, history)
    if rival is not None:
        return Judgement(None, (*_notices(report, known), _conflict(rival)), rival.entry_id)
    refusal = _correction(report, history) or _order(report, history) or _upstream_refusal(report, known)
    return Judgement(refusal, () if refusal else _notices(report, known))


def _subject(report: Report, known: Known) -> Refusal | None:
    of_unit = report.kind in OF_UNITS and not VILLAGE.fullmatch(report.subject)
    if report.kind in OF_CAMPAIGN or of_unit:
        return None
    of_span = report.measure in (Measure.LAID_M, Measure.SPLICED, Measure.TESTED)
    pool = known.facts.planned_m if of_span else known.facts.villages
    if report.subject in pool:
        return None
    near = "、".join(nearest(report.subject, pool))
    what = Words("光缆段", "span") if of_span else Words("行政村", "village")
    return Refusal(
        f"unknown_{what.en}", "subject",
        Words(f"版本 {known.facts.revision} 中没有{what.zh} {report.subject}",
              f"revision {known.facts.revision} has no {what.en} {report.subject}"),
        Words(f"相近的：{near}", f"the nearest: {near}") if near else
        Words("核对编号；若规划已重新发布，请用新模板", "check it; if the plan was issued anew, take a new form"),
    )  # fmt: skip


def _authority(report: Report, known: Known) -> Refusal | None:
    if report.kind in OF_THE_TOOL or report.kind == Kind.RECEIPT or known.facts.is_of(report.subject, report.unit):
        return None
    if report.kind in OF_UNITS and report.subject not in known.facts.villages:
        return None
    return Refusal(
        "another_unit", "subject",
        Words(f"{report.subject} 不属于填报单位 {report.unit}", f"{report.subject} is not of unit {report.unit}"),
        Words("由所属单位上报", "its own unit must report it"),
    )  # fmt: skip


def _days(report: Report, known: Known) -> Refusal | None:
    day = report.happened_on
    if day > known.today:
        return Refusal(
            "future_date", "happened_on",
            Words(f"日期 {day} 还没有到（今天 {known.today}）", f"{day} has not come yet (today is {known.today})"),
            Words("填写实际发生的日期", "give the day on which it happened"),
        )  # fmt: skip
    start = known.settings.campaign.start
    if start is not None and day < start and report.kind not in OF_THE_TOOL:
        return Refusal(
            "before_start", "happened_on",
            Words(f"日期 {day} 早于开工日 {start}", f"{day} is before the campaign's first day, {start}"),
            Words("核对日期；或改 [campaign] start", "check the date, or [campaign] start"),
        )  # fmt: skip
    return None


def _value(report: Report, known: Known) -> Refusal | None:
    level = report.level
    if report.measure == Measure.NONE:
        return None
    if level is None or not math.isfinite(level):
        return Refusal("no_value", "level", Words("没有数值", "there is no figure"))
    if report.measure in (Measure.SPLICED, Measure.TESTED) and level not in (0, 1):
        return Refusal(
            "bad_flag", "level", Words(f"应为是或否，实为 {level:g}", f"yes or no expected, found {level:g}")
        )
    if report.measure == Measure.STAGE and not (level.is_integer() and 0 <= level < len(STAGES)):
        return Refusal("bad_stage", "level", Words(f"没有这个阶段：{level:g}", f"there is no such stage: {level:g}"))
    if report.measure == Measure.PERCENT and not 0 <= level <= 100:
        return Refusal(
            "bad_percent", "level",
            Words(f"百分比应在 0 到 100 之间，实为 {level:g}", f"per cent from 0 to 100 expected, found {level:g}"),
            Words("按百分数填写，如 57 表示 57%", "write 57 for 57 %"),
        )  # fmt: skip
    if report.measure == Measure.LAID_M:
        return _metres(report, level, known)
    return None


def _metres(report: Report, level: float, known: Known) -> Refusal | None:
    planned = known.facts.planned_m[report.subject]
    if level < 0:
        return Refusal(
            "negative_length", "level",
            Words(f"长度不能为负：{level:g} 米", f"a length cannot be negative: {level:g} m"),
            Words("填写累计敷设的米数", "give the metres laid so far"),
        )  # fmt: skip
    if level > known.settings.ledger.over_length * planned and not report.note and report.kind != Kind.CARRY:
        return Refusal(
            "over_length", "note",
            Words(f"累计敷设 {level:g} 米超过计划 {planned:.0f} 米的 {known.settings.ledger.over_length:g} 倍",
                  f"{level:g} m laid, over {known.settings.ledger.over_length:g} times the {planned:.0f} m planned"),
            Words("核对单位是米；确实如此请在备注说明原因", "check that it is metres; if so, say why in the note"),
        )  # fmt: skip
    return None


def _kind(report: Report, known: Known) -> Refusal | None:
    history = known.of_subject(report.subject)
    if report.kind == Kind.STAGE and report.level == Stage.CLOSED.rank and not report.resets:
        return _closing_by_report(history)
    if report.kind == Kind.CLOSE and stage_rank(history) < Stage.LIT.rank:
        return _not_lit(history)
    if report.kind == Kind.REOPEN and stage_rank(history) != Stage.CLOSED.rank:
        return Refusal("not_closed", "subject", Words("该村尚未销号，无需重新打开", "the village is not closed"))
    if report.kind == Kind.REOPEN and (report.level is None or report.level > Stage.LIT.rank):
        return Refusal("bad_stage", "level", Words("重新打开后至多为“开通”", "at most 'lit' after reopening"))
    if report.kind == Kind.BLOCKER and not (report.detail.get("category") and report.detail.get("owner")):
        return Refusal(
            "blocker_incomplete", "detail",
            Words("阻碍要写明类别和责任人", "a blocker needs its category and its owner"),
            Words("如 青苗、公路、电力杆路、物资；并填限期", "such as crops, road, poles, material; and a due day"),
        )  # fmt: skip
    if report.kind == Kind.UNBLOCK:
        return _unblock(report, history)
    return None


def _unblock(report: Report, history: Sequence[Entry]) -> Refusal | None:
    known = any(e.kind == Kind.BLOCKER and e.entry_id == report.corrects for e in history)
    gone = any(e.kind == Kind.UNBLOCK and e.corrects == report.corrects for e in history)
    if known and not gone:
        return None
    return Refusal("no_such_blocker", "corrects", Words("没有这项未解决的阻碍", "there is no such open blocker"))


def _closing_by_report(history: Sequence[Entry]) -> Refusal | None:
    if stage_rank(history) == Stage.CLOSED.rank:
        return None
    if stage_rank(history) < Stage.LIT.rank:
        return _not_lit(history)
    return Refusal(
        "closing_needs_sign_off", "stage",
        Words("销号要有证据并逐级验收，不能填报", "a village is closed by its checks and evidence, not by a report"),
        Words("用 cuntong progress sign-off", "use 'cuntong progress sign-off'"),
    )  # fmt: skip


def _not_lit(history: Sequence[Entry]) -> Refusal:
    now = STAGE_ZH[stage_rank(history)]
    return Refusal(
        "not_lit", "stage",
        Words(f"尚未开通，不能验收销号（现为“{now}”，缺“开通”）",
              f"not lit yet, so it cannot be closed (now {STAGES[stage_rank(history)]}; missing: lit)"),
        Words("先上报开通", "report it lit first"),
    )  # fmt: skip


def _rival(report: Report, history: Sequence[Entry]) -> Entry | None:
    """Return the first report by somebody else who says otherwise of the same day and was not corrected since."""
    if report.measure == Measure.NONE or report.resets or report.kind in OF_THE_TOOL | {Kind.CLOSE, Kind.CHECK}:
        return None
    corrected = {e.corrects for e in history if e.corrects}
    corrected |= {e.conflicts_with for e in history if e.entry_id in corrected}  # either of the two decides
    for entry in history:
        same_day = entry.measure == report.measure and entry.happened_on == report.happened_on
        if not same_day or entry.conflicts_with or entry.resets or entry.kind in OF_THE_TOOL:
            continue
        another = person(entry.reported_by) != person(report.reported_by)
        if another and entry.level != report.level and entry.entry_id not in corrected:
            return entry
    return None


def _conflict(rival: Entry) -> Refusal:
    return Refusal(
        "conflict", "level",
        Words(f"与 {rival.reported_by} 同日上报的不一致；两份都保留，以先报的计，待裁定",
              f"{rival.reported_by} said otherwise of the same day; both are kept, the first counts until decided"),
        Words(f"用 cuntong progress correct {rival.entry_id} 裁定",
              f"decide with 'cuntong progress correct {rival.entry_id}'"),
    )  # fmt: skip


def _correction(report: Report, history: Sequence[Entry]) -> Refusal | None:
    if not report.resets or report.kind in OF_THE_TOOL:
        return None
    if not (report.reason.strip() and report.approver.strip()):
        return Refusal(
            "correction_incomplete", "reason" if not report.reason.strip() else "approver",
            Words("更正要有原因和批准人", "a correction needs a reason and who approved it"),
            Words("填写“更正原因”“批准人”", "fill in both"),
        )  # fmt: skip
    if person(report.approver) == person(report.reported_by):
        return Refusal(
            "approved_by_oneself", "approver",
            Words("批准人不能是填报人自己", "nobody approves a correction of one's own"),
            Words("请另一人批准，填写其姓名", "let somebody else approve it, and give the name"),
        )  # fmt: skip
    if report.kind == Kind.REOPEN:
        return None
    if not any(e.entry_id == report.corrects and e.measure == report.measure for e in history):
        return Refusal(
            "nothing_to_correct", "corrects",
            Words("没有可更正的条目", "there is no such entry to correct"),
            Words("用 cuntong progress history 查看编号", "see 'cuntong progress history' for its id"),
        )  # fmt: skip
    if report.measure == Measure.STAGE and stage_rank(history) == Stage.CLOSED.rank:
        return Refusal(
            "closed_village", "subject",
            Words("已销号的村不能更正，只能重新打开", "a closed village is reopened, not corrected"),
            Words("用 cuntong progress reopen", "use 'cuntong progress reopen'"),
        )  # fmt: skip
    if report.measure == Measure.STAGE and report.level == Stage.CLOSED.rank:
        return _closing_by_report(history) or None
    return None


def _order(report: Report, history: Sequence[Entry]) -> Refusal | None:
    """Refuse a figure below the one that stands on its day."""
    if report.measure == Measure.NONE or report.resets or report.level is None or report.kind in OF_THE_TOOL:
        return None
    # By the days on which it happened: what came after a period was closed counts later, and is no fall for that.
    past = [entry for entry in history if entry.happened_on <= report.happened_on]
    before = figure(past, report.measure)
    if before is None or report.level >= before:
        return None
    was, now = shown(report.measure, before), shown(report.measure, report.level)
    return Refusal(
        "figure_falls", "level",
        Words(f"累计数由 {was.zh} 降为 {now.zh}", f"the cumulative figure falls from {was.en} to {now.en}"),
        Words("若原数有误，按“更正”上报，并写明原因和批准人",
              "if it was wrong, report a correction with reason and approver"),
    )  # fmt: skip


def stage_words(stage: Stage) -> Words:
    """Return how a stage is shown.

    Parameters
    ----------
    stage : Stage
        Any.

    Returns
    -------
    Words
        Its name.
    """
    return Words(STAGE_ZH[stage.rank], str(stage).replace("_", " "))


def shown_figure(entry: Entry) -> Words:
    """Write the figure of an entry with its unit.

    Parameters
    ----------
    entry : Entry
        Any.

    Returns
    -------
    Words
        Empty when it states none.
    """
    return shown(entry.measure, entry.level) if entry.measure and entry.level is not None else Words("", "")


def shown(measure: str, level: float) -> Words:
    """Write a figure as its readers know it.

    Parameters
    ----------
    measure : str
        Which figure.
    level : float
        The figure.

    Returns
    -------
    Words
        The stage's name; metres and per cent with their unit.
    """
    if measure == Measure.STAGE:
        return Words(f"“{STAGE_ZH[int(level)]}”", str(STAGES[int(level)]))
    if measure in (Measure.SPLICED, Measure.TESTED):
        return Words("是", "yes") if level else Words("否", "no")
    unit = {Measure.LAID_M: ("米", "m"), Measure.PERCENT: ("%", "%")}.get(Measure(measure), ("", ""))
    return Words(f"{level:g} {unit[0]}".strip(), f"{level:g} {unit[1]}".strip())


def _upstream_refusal(report: Report, known: Known) -> Refusal | None:
    return _upstream(report, known) if known.settings.ledger.upstream == "reject" else None


def _upstream(report: Report, known: Known) -> Refusal | None:
    """Tell a village lit before the village that its cable comes through is laid."""
    if report.kind != Kind.STAGE or report.resets or report.level != Stage.LIT.rank:
        return None
    code = known.facts.villages[report.subject].upstream
    if not code or stage_rank(known.of_subject(code)) >= Stage.LAID.rank:
        return None
    name = known.facts.villages[code].name
    return Refusal(
        "upstream_not_laid", "stage",
        Words(f"光缆经过的上游村 {name}（{code}）尚未敷设", f"the cable comes through {name} ({code}), not laid yet"),
        Words("核对两村的阶段", "check both villages"),
    )  # fmt: skip


def _notices(report: Report, known: Known) -> tuple[Refusal, ...]:
    found = [_upstream(report, known)]
    if report.measure == Measure.LAID_M and report.level is not None and report.kind != Kind.CARRY:
        planned = known.facts.planned_m[report.subject]
        if report.level > known.settings.ledger.over_length * planned:
            found.append(
                Refusal(
                    "over_length", "level",
                    Words(f"累计敷设 {report.level:g} 米，计划 {planned:.0f} 米",
                          f"{report.level:g} m laid of {planned:.0f} m"),
                )
            )  # fmt: skip
    found.append(_skew(report, known))
    return tuple(f for f in found if f is not None)


def _skew(report: Report, known: Known) -> Refusal | None:
    if not report.device_at:
        return None
    try:
        device = dt.datetime.fromisoformat(report.device_at)
    except ValueError:
        return Refusal("bad_device_time", "device_at", Words("设备时间无法识别", "the device's time cannot be read"))
    zone = dt.timezone(dt.timedelta(hours=known.settings.ledger.utc_offset_hours))
    aware = device if device.tzinfo else device.replace(tzinfo=zone)
    minutes = (aware - known.now.replace(tzinfo=dt.UTC)).total_seconds() / 60.0
    if minutes <= known.settings.ledger.clock_skew_minutes:
        return None
    return Refusal(
        "clock_skew", "device_at",
        Words(f"设备时间快了 {minutes:.0f} 分钟，以本台账时间为准",
              f"the device's clock is {minutes:.0f} min ahead; the ledger's counts"),
    )  # fmt: skip
