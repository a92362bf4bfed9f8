"""What a row of a sheet says that the ledger does not know yet, as reports."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from cuntong_gis.model import Stage
from cuntong_gis.progress.entries import KIND_OF, Entry, Kind, Measure, Report, canonical, made_id
from cuntong_gis.progress.rules import Refusal, shown
from cuntong_gis.progress.sheets.lines import NOTHING
from cuntong_gis.words import Words, same

if TYPE_CHECKING:
    from cuntong_gis.layers import Form
    from cuntong_gis.progress.sheets.figures import Figures

SOLVED = "已解决"
"""Word of the column 阻碍 for: nothing is in the way any more."""
OTHER = "其他"
NO_PROBLEM = frozenset({"", "无", "没有", "暂无", "无问题", "无阻碍", "正常", "-", "/", "—", "none", "no"})
NEAR_M = 0.05
"""Metres closer than this are the same: forms show one decimal."""
PERCENT_POINTS = 0.5
"""Metres and per cent of a row may differ by as much, as both are rounded."""


@dataclass(frozen=True)
class Said:
    """One row, with its subject and what holds for all of it.

    Attributes
    ----------
    form : Form
        The sheet.
    row : int
        From 0.
    subject, unit, by : str
        Village or span; who reports.
    day : date
        When what has no date of its own happened.
    device_at : str
        The device's clock, ISO 8601 where it can be read.
    """

    form: Form
    row: int
    subject: str
    unit: str
    by: str
    day: dt.date
    device_at: str

    def value(self, column: str) -> Any:
        """Return a typed cell of the row.

        Parameters
        ----------
        column : str
            Our name of the column.

        Returns
        -------
        object
            None where it is empty.
        """
        return self.form.value(self.row, column)

    def text(self, column: str) -> str:
        """Return a text of the row.

        Parameters
        ----------
        column : str
            Our name of the column.

        Returns
        -------
        str
            "" where it is empty.
        """
        return str(self.value(column) or "")

    @property
    def corrects(self) -> bool:
        """Tell whether the row is a correction.

        Returns
        -------
        bool
            更正 says yes.
        """
        return self.value("correction") is True

    def report(self, kind: Kind, day: dt.date, **more: Any) -> Report:
        """Return a report of the row; the same content has the same id, whenever and however often it is read.

        Parameters
        ----------
        kind : Kind
            What is said.
        day : date
            When it happened.
        **more : object
            Other fields of the report.

        Returns
        -------
        Report
            With the row's remark unless `more` gives one.
        """
        more.setdefault("note", self.text("note"))
        draft = Report("", kind, self.subject, self.unit, day, self.by, device_at=self.device_at, **more)
        return replace(draft, entry_id=made_id(canonical(draft.content())))


@dataclass(frozen=True)
class Piece:
    """One thing that a row says anew.

    Attributes
    ----------
    report : Report
        As the ledger is to take it.
    column : str
        The column that says it.
    before, after : Words
        What stood, and what is said.
    """

    report: Report
    column: str
    before: Words
    after: Words


@dataclass
class Reading:
    """What a row comes to.

    Attributes
    ----------
    pieces : list of Piece
        What is new.
    refusals, notices : list of Refusal
        Why the row cannot be taken; what should be known. Their field is a column of the form.
    kept : list of Refusal
        What was said before and stands as a conflict.
    """

    pieces: list[Piece] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    notices: list[Refusal] = field(default_factory=list)
    kept: list[Refusal] = field(default_factory=list)


def read_village(said: Said, standing: Figures) -> Reading:
    """Return what a row says of a village.

    Parameters
    ----------
    said : Said
        The row.
    standing : Figures
        What the ledger knows of the village.

    Returns
    -------
    Reading
        Only what differs.
    """
    found = Reading()
    _stage(said, standing, found)
    if (percent := said.value("percent")) is not None:
        day = _day_of_percent(said, standing)
        _figure(said, standing, found, Measure.PERCENT, float(percent), day or said.day, "percent")
    _blocker(said, standing, found)
    _visit(said, standing, found)
    _unused_note(said, found)
    return found


def read_span(said: Said, standing: Figures, planned_m: float) -> Reading:
    """Return what a row says of a span.

    Parameters
    ----------
    said : Said
        The row.
    standing : Figures
        What the ledger knows of the span.
    planned_m : float
        Planned metres, of which a percentage is one.

    Returns
    -------
    Reading
        Only what differs.
    """
    found = Reading()
    day = said.value("laid_date") or said.day
    metres, column = _metres(said, standing, planned_m, found)
    if metres is not None:
        _figure(said, standing, found, Measure.LAID_M, metres, day, column)
    for measure, name in ((Measure.SPLICED, "spliced"), (Measure.TESTED, "tested")):
        if (done := said.value(name)) is not None:
            _figure(said, standing, found, measure, float(done), day, name)
    _unused_note(said, found)
    return found


def _stage(said: Said, standing: Figures, found: Reading) -> None:
    if (word := said.value("stage")) is None:
        return
    rank, now = Stage(word).rank, int(standing.figure(Measure.STAGE) or 0)
    giver, day = standing.giver(Measure.STAGE), said.value("stage_date")
    if rank == now:
        _same_stage(said, standing, found, giver, rank, day)
        return
    if said.corrects and rank < now and giver is not None:
        found.pieces.append(_corrected(said, giver, float(rank), "stage"))
        return
    if day is None and rank < now:
        _older(found, rank, now)
        return
    if day is None:
        found.refusals.append(Refusal(
            "missing_date", "stage_date",
            Words(f"阶段变为{_word(rank).zh}，没有填日期", f"the stage becomes {_word(rank).en} without a date"),
            Words("填写达到该阶段的日期", "give the day on which it was reached"),
        ))  # fmt: skip
        return
    if rank > now > 0 and giver is not None and day == giver.happened_on:
        found.notices.append(Refusal(
            "same_day", "stage_date",
            Words(f"日期与上一阶段{_word(now).zh}相同（{day}），是否忘了改?",
                  f"the date is that of the stage before, {_word(now).en} ({day}): left as it was?"),
        ))  # fmt: skip
    _figure(said, standing, found, Measure.STAGE, float(rank), day, "stage")


def _older(found: Reading, rank: int, now: int) -> None:
    """Say that a sheet is behind the ledger: what an older form still shows as not begun is no statement."""
    hint = Words("若原数有误，按“更正”上报，并写明原因和批准人",
                 "if it was wrong, report a correction with reason and approver")  # fmt: skip
    if rank:
        found.refusals.append(Refusal(
            "figure_falls", "stage",
            Words(f"累计数由 {_word(now).zh} 降为 {_word(rank).zh}",
                  f"the cumulative figure falls from {_word(now).en} to {_word(rank).en}"),
            hint,
        ))  # fmt: skip
        return
    found.notices.append(Refusal(
        "older_form", "stage",
        Words(f"台账已到{_word(now).zh}，表中仍是{_word(rank).zh}（旧表?），台账不变",
              f"the ledger says {_word(now).en}, the sheet still {_word(rank).en} (an older form?): nothing changes"),
        hint,
    ))  # fmt: skip


def _same_stage(
    said: Said, standing: Figures, found: Reading, giver: Entry | None, rank: int, day: dt.date | None
) -> None:
    """Say the day of the stage that stands: an earlier one is news, a later one needs a correction."""
    if rank and day is not None and giver is not None and day > giver.happened_on:
        if said.corrects:
            level = standing.before(giver)
            found.pieces += [
                _corrected(said, entry, level, "stage_date") for entry in standing.saying(giver, before=day)
            ]
            report = said.report(Kind.STAGE, day, measure=Measure.STAGE, level=float(rank))
            found.pieces.append(Piece(report, "stage_date", same(str(giver.happened_on)), same(str(day))))
            return
        if standing.said(Measure.STAGE, float(rank), day) is None:
            found.notices.append(Refusal(
                "reached_before", "stage_date",
                Words(f"已于 {giver.happened_on} 达到{_word(rank).zh}，日期不变",
                      f"it reached {_word(rank).en} on {giver.happened_on}; that day stays"),
                Words("若原日期有误，按“更正”填报", "if that day was wrong, report a correction"),
            ))  # fmt: skip
        return
    if rank and day is not None and giver is not None and day < giver.happened_on:
        if standing.said(Measure.STAGE, float(rank), day) is None:
            report = said.report(Kind.STAGE, day, measure=Measure.STAGE, level=float(rank))
            found.pieces.append(Piece(report, "stage_date", same(str(giver.happened_on)), same(str(day))))
        return
    _decided(said, standing, found, Measure.STAGE, "stage")


def _day_of_percent(said: Said, standing: Figures) -> dt.date | None:
    """Return the date of the row, unless it is only that of the stage that stands."""
    day: dt.date | None = said.value("stage_date")
    giver = standing.giver(Measure.STAGE)
    return None if giver is not None and day == giver.happened_on else day


def _figure(
    said: Said,
    standing: Figures,
    found: Reading,
    measure: Measure,
    level: float,
    day: dt.date,
    column: str,
) -> None:
    now, giver = standing.figure(measure), standing.giver(measure)
    if abs(level - (now or 0.0)) < (NEAR_M if measure == Measure.LAID_M else 1e-9):
        _decided(said, standing, found, measure, column)
    elif said.corrects and giver is not None and level < (now or 0.0):
        found.pieces.append(_corrected(said, giver, level, column))
    elif (told := standing.said(measure, level, day, said.by)) is not None and told.conflicts_with:
        found.kept.append(Refusal(
            "conflict_kept", column,
            Words("已作为冲突保留，待裁定", "kept as a conflict already, to be decided"),
        ))  # fmt: skip
    elif standing.said(measure, level, day) is None:
        if measure == Measure.STAGE and giver is not None and level < (now or 0.0) and day < giver.happened_on:
            found.notices.append(Refusal(
                "earlier_stage", column,
                Words(f"补记 {day} 的{_word(int(level)).zh}，现状{_word(int(now or 0)).zh}不变",
                      f"{_word(int(level)).en} of {day} is added; it stays {_word(int(now or 0)).en}"),
            ))  # fmt: skip
        report = said.report(KIND_OF[measure], day, measure=measure, level=level)
        found.pieces.append(Piece(report, column, _stood(measure, now), shown(measure, level)))


def _corrected(said: Said, giver: Entry, level: float, column: str) -> Piece:
    """Return a correction; it takes effect on the day of what it corrects."""
    measure = Measure(giver.measure)
    report = said.report(
        KIND_OF[measure], giver.happened_on, measure=measure, level=level, resets=True, corrects=giver.entry_id,
        reason=said.text("reason"), approver=said.text("approver"),
    )  # fmt: skip
    return Piece(report, column, _stood(measure, giver.level), shown(measure, level))


def _decided(said: Said, standing: Figures, found: Reading, measure: Measure, column: str) -> None:
    """Settle a conflict in favour of what stands, where a correction says the same again."""
    rival, giver = standing.disputed(measure), standing.giver(measure)
    if said.corrects and rival is not None and giver is not None and rival.conflicts_with == giver.entry_id:
        found.pieces.append(_corrected(said, giver, giver.level or 0.0, column))


def _stood(measure: Measure, level: float | None) -> Words:
    return NOTHING if level is None else shown(measure, level)


def _word(rank: int) -> Words:
    return shown(Measure.STAGE, rank)


def _metres(said: Said, standing: Figures, planned_m: float, found: Reading) -> tuple[float | None, str]:
    """Return the metres that a row says, and in which column; what only repeats the ledger gives way."""
    metres, percent = said.value("laid_m"), said.value("percent")
    if percent is None:
        return metres, "laid_m"
    share = round(planned_m * percent / 100.0, 1)
    now = standing.figure(Measure.LAID_M)
    if metres is None or (now is not None and abs(metres - now) < NEAR_M):
        return share, "percent"
    if abs(metres - share) > max(planned_m * PERCENT_POINTS / 100.0, 1.0):
        found.refusals.append(Refusal(
            "metres_and_percent_differ", "percent",
            Words(f"{percent:g}% 合 {share:g} 米（计划 {planned_m:.0f} 米），与填写的 {metres:g} 米不符",
                  f"{percent:g}% of {planned_m:.0f} m is {share:g} m, not {metres:g} m"),
            Words("两项只填一项", "give one of the two"),
        ))  # fmt: skip
        return None, "percent"
    return metres, "laid_m"


def _blocker(said: Said, standing: Figures, found: Reading) -> None:
    category, note = said.text("blocker"), said.text("blocker_note")
    owner, due = said.text("owner"), said.value("due")
    if note.casefold() in NO_PROBLEM:
        note = ""
    if not category and note:
        category = OTHER
    if not category:
        if owner or due:
            found.notices.append(Refusal(
                "blocker_without_category", "blocker",
                Words("没有写阻碍，责任人和限期未导入", "nothing is in the way: owner and due day are not taken"),
            ))  # fmt: skip
        return
    if category == SOLVED:
        found.pieces += [_unblock(said, entry, note) for entry in standing.blockers]
        return
    alike = [entry for entry in standing.blockers if entry.said.get("category") == category]
    wanted = {"owner": owner, "due": due.isoformat() if due else "", "note": note}
    if any(_agrees(entry, wanted) for entry in alike):
        return
    old = alike[-1] if alike else None
    if old is not None:
        found.pieces.append(_unblock(said, old, old.note))
        wanted = {**_details(old), **{key: value for key, value in wanted.items() if value}}
    detail = {"category": category, **{key: wanted[key] for key in ("owner", "due") if wanted[key]}}
    report = said.report(
        Kind.BLOCKER, said.day, note=wanted["note"], detail=detail, corrects=old.entry_id if old is not None else ""
    )
    before = NOTHING if old is None else _blocker_words(category, _details(old))
    found.pieces.append(Piece(report, "blocker", before, _blocker_words(category, wanted)))


def _unblock(said: Said, entry: Entry, note: str) -> Piece:
    report = said.report(Kind.UNBLOCK, said.day, note=note, corrects=entry.entry_id)
    gone = Words(SOLVED, "solved")
    return Piece(report, "blocker", _blocker_words(str(entry.said.get("category", "")), _details(entry)), gone)


def _details(entry: Entry) -> dict[str, str]:
    return {"owner": str(entry.said.get("owner", "")), "due": str(entry.said.get("due", "")), "note": entry.note}


def _agrees(entry: Entry, wanted: Mapping[str, str]) -> bool:
    """Tell whether a blocker is as a row says; what the row leaves empty is not said."""
    known = _details(entry)
    return all(not value or value == known[key] for key, value in wanted.items())


def _blocker_words(category: str, details: Mapping[str, str]) -> Words:
    rest = " ".join(details[key] for key in ("note", "owner", "due") if details[key])
    return same(f"{category} {rest}".strip())


def _visit(said: Said, standing: Figures, found: Reading) -> None:
    day, who = said.value("visit_date"), said.text("visited_by")
    if day is None and not who:
        return
    if day is None or not who:
        lacking = "visit_date" if day is None else "visited_by"
        found.refusals.append(Refusal(
            "visit_incomplete", lacking,
            Words("走访要同时填日期和走访人", "a visit needs its day and who made it"),
            Words("补填后再导入", "fill in both"),
        ))  # fmt: skip
        return
    known = (e for e in standing.history if e.kind == Kind.VISIT and e.happened_on == day)
    if not any(e.said.get("official") == who for e in known):
        report = said.report(Kind.VISIT, day, detail={"official": who})
        found.pieces.append(Piece(report, "visit_date", NOTHING, same(f"{day} {who}")))


def _unused_note(said: Said, found: Reading) -> None:
    if said.text("note") and not found.pieces and not found.refusals and not found.kept:
        found.notices.append(Refusal(
            "note_alone", "note",
            Words("只有备注，没有新的进度，备注未导入", "a remark without any news: it is not taken"),
        ))  # fmt: skip


_MOMENT = re.compile(
    r"(\d{4})\s*[-./年]\s*(\d{1,2})\s*[-./月]\s*(\d{1,2})\s*日?[ T]*(?:(\d{1,2})[:时](\d{1,2})(?:[:分](\d{1,2}))?)?"
    r"(?:\.\d+)?\s*(?:秒|分)?\s*(Z|[+-]\d{2}:?\d{2})?"
)


def moment(text: str) -> str:
    """Return a device's time in ISO 8601.

    Parameters
    ----------
    text : str
        Such as ``2016/6/5 8:30`` or ``2016年6月5日``.

    Returns
    -------
    str
        ``2016-06-05T08:30:00``, with the offset where one is given; the text itself where it cannot be read.
    """
    parts = _MOMENT.fullmatch(text.strip())
    if not parts:
        return text
    try:
        year, month, day, hour, minute, second = (int(part or 0) for part in parts.groups()[:6])
        when = dt.datetime(year, month, day, hour, minute, second)
    except ValueError:
        return text
    return when.isoformat() + (parts[7] or "")


def day_of(device_at: str) -> dt.date | None:
    """Return the day of a device's time.

    Parameters
    ----------
    device_at : str
        ISO 8601, or anything.

    Returns
    -------
    date or None
        None where it is no time.
    """
    try:
        return dt.datetime.fromisoformat(device_at).date() if device_at else None
    except ValueError:
        return None
