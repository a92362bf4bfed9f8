"""What a report must be before anything is looked up for it: texts that both stores can hold, of a bounded length."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import replace

from cuntong_gis.model import Stage
from cuntong_gis.progress.entries import Kind, Measure, Report, canonical
from cuntong_gis.progress.rules import Refusal
from cuntong_gis.words import Words

LONGEST = {
    "entry_id": 200, "subject": 200, "unit": 200, "reported_by": 200, "approver": 200, "corrects": 200,
    "device_at": 200, "note": 4000, "reason": 4000,
}  # fmt: skip
"""Characters of each text at most; the first ones are indexed, and a server's index takes no long ones."""
DETAIL = 1_000_000
"""Characters of a report's details at most: the list of a province's inspection takes a tenth of it."""
FILES = 20
"""Files that one report may show: their hashes are one text of an index."""
SHA256 = re.compile("[0-9a-f]{64}")

MEASURES: Mapping[Kind, frozenset[Measure]] = {
    Kind.OPENING: frozenset({Measure.STAGE}),
    Kind.STAGE: frozenset({Measure.STAGE}),
    Kind.METRES: frozenset({Measure.LAID_M}),
    Kind.PERCENT: frozenset({Measure.PERCENT}),
    Kind.TEST: frozenset({Measure.SPLICED, Measure.TESTED}),
    Kind.CLOSE: frozenset({Measure.STAGE}),
    Kind.REOPEN: frozenset({Measure.STAGE}),
    Kind.CARRY: frozenset({Measure.LAID_M}),
}
"""Which figures each kind states; the others state none."""


def plain(report: Report) -> Report:
    """Return a report whose figure is the float that both stores give back.

    Parameters
    ----------
    report : Report
        Well-formed.

    Returns
    -------
    Report
        The same; an integer or minus zero as a float.
    """
    level = report.level
    if level is None or (type(level) is float and level):
        return report
    return replace(report, level=float(level) + 0.0)


def malformed(report: Report) -> Refusal | None:
    """Say what of a report cannot be written, whatever is known.

    Parameters
    ----------
    report : Report
        As somebody made it.

    Returns
    -------
    Refusal or None
        None if it can be judged.
    """
    return _texts(report) or _types(report) or _detail(report) or _measure(report)


def _texts(report: Report) -> Refusal | None:
    for name, longest in LONGEST.items():
        text = getattr(report, name)
        if not isinstance(text, str):
            return Refusal("bad_text", name, Words(f"{name} 应为文字", f"{name}: a text is expected"))
        if len(text) > longest:
            return Refusal(
                "too_long", name,
                Words(f"{name} 有 {len(text)} 字，超过 {longest}", f"{name}: {len(text)} characters, over {longest}"),
                Words("缩短后重报", "shorten it"),
            )  # fmt: skip
        if "\0" in text or not _encodes(text):
            return Refusal(
                "bad_text", name,
                Words(f"{name} 含有无法保存的字符", f"{name} holds characters that cannot be stored"),
                Words("删去空字符和乱码", "take out NUL and broken characters"),
            )  # fmt: skip
    if not report.entry_id:
        return Refusal("no_id", "entry_id", Words("没有编号", "there is no entry id"))
    if not report.reported_by.strip() and report.kind != Kind.RECEIPT:
        return Refusal("missing_reporter", "reported_by", Words("没有填报人", "nobody is named as reporting"))
    return None


def _encodes(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _types(report: Report) -> Refusal | None:
    if type(report.happened_on) is not dt.date:
        return Refusal("bad_date", "happened_on", Words("日期应为不带时刻的日期", "a date without time is expected"))
    if report.level is not None and (isinstance(report.level, bool) or not isinstance(report.level, int | float)):
        return Refusal("no_value", "level", Words("数值应为数字", "a number is expected"))
    if len(report.evidence) > FILES or not all(SHA256.fullmatch(sha) for sha in report.evidence):
        return Refusal(
            "bad_evidence", "evidence",
            Words(f"证据应为至多 {FILES} 个 SHA-256", f"at most {FILES} SHA-256 are expected as evidence"),
        )  # fmt: skip
    return None


def _detail(report: Report) -> Refusal | None:
    try:
        text = canonical(dict(report.detail))
    except (TypeError, ValueError):
        return Refusal("bad_detail", "detail", Words("明细无法写成 JSON", "the details cannot be written as JSON"))
    if len(text) > DETAIL:
        return Refusal("too_long", "detail", Words(f"明细超过 {DETAIL} 字", f"details of over {DETAIL} characters"))
    if not _encodes(text):
        return Refusal(
            "bad_text", "detail", Words("明细含有无法保存的字符", "the details hold characters that cannot be stored")
        )
    return None


def _measure(report: Report) -> Refusal | None:
    known = MEASURES.get(report.kind, frozenset({Measure.NONE}))
    wrong = report.measure not in known or (report.resets and report.kind in (Kind.OPENING, Kind.CLOSE))
    if wrong or (report.kind == Kind.CLOSE and report.level != Stage.CLOSED.rank):
        return Refusal(
            "bad_measure", "measure",
            Words(f"{report.kind} 类条目不能这样填报数值", f"an entry of kind {report.kind} states no such figure"),
        )  # fmt: skip
    return None
