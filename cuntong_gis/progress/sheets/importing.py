"""Report sheets into the ledger: read, match, post only what is new, and say of every row what became of it."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from cuntong_gis.errors import CuntongError
from cuntong_gis.files import append_line
from cuntong_gis.layers import Form, read_forms
from cuntong_gis.model import Finding, Severity, Stage
from cuntong_gis.progress.entries import Entry, Kind, Report, made_id
from cuntong_gis.progress.facts import PlanFacts
from cuntong_gis.progress.ledger import Ledger
from cuntong_gis.progress.rules import Refusal
from cuntong_gis.progress.sheets.figures import Figures
from cuntong_gis.progress.sheets.lines import NOTHING, Imported, Line
from cuntong_gis.progress.sheets.matching import Match, Matcher
from cuntong_gis.progress.sheets.rows import Piece, Reading, Said, day_of, moment, read_span, read_village
from cuntong_gis.progress.view import Outcome, Posted, View
from cuntong_gis.words import Words

VILLAGES, SPANS = "form_villages", "form_spans"
SHEETS = {VILLAGES: "村", SPANS: "光缆段"}
"""Names of the sheets of our own forms."""
KEYS = {VILLAGES: ("code", "name"), SPANS: ("span_id",)}
"""Columns by which a sheet is known to be a form."""


@dataclass(frozen=True)
class Sender:
    """Who sends a sheet, and how it is to be taken.

    Attributes
    ----------
    unit : str
        Code of the unit that reports.
    by : str
        Person who reports, where a row does not name one.
    day : date or None
        When what has no date of its own happened; default: the day of the import.
    accept_valid : bool
        Take the valid rows though others are refused.
    """

    unit: str
    by: str = ""
    day: dt.date | None = None
    accept_valid: bool = False


@dataclass(frozen=True)
class _Row:
    form: Form
    row: int
    match: Match
    said: Said
    refusals: tuple[Refusal, ...]
    foreign: bool = False


@dataclass
class _Taking:
    """What one transaction made of the rows; begun anew when a server runs it again."""

    posted: list[Outcome] = field(default_factory=list)
    lines: dict[int, list[Line]] = field(default_factory=dict)
    codes: Counter[str] = field(default_factory=Counter)
    taken: bool = True


def import_sheet(path: Path, ledger: Ledger, sender: Sender) -> Imported:
    """Read a report sheet into the ledger.

    Parameters
    ----------
    path : Path
        Workbook or CSV file, as people send it.
    ledger : Ledger
        Open.
    sender : Sender
        Who sends it.

    Returns
    -------
    Imported
        What became of every row. Any refusal keeps the whole file out, unless the sender accepts the valid rows; a
        village of another unit always does.

    Raises
    ------
    LayersError
        If the file cannot be read as a form at all.
    LedgerError
        If the ledger cannot be written; nothing was taken then.

    Notes
    -----
    One transaction: what is taken is taken together. The same sheet again changes nothing. Only what differs from
    what stands becomes an entry; and a receipt, that the unit has reported. What is refused is told by one line in
    ``campaign/audit.log``.
    """
    forms, findings = read_forms(path, KEYS, SHEETS.values())
    sha256 = _sha256(path)
    results: list[_Taking] = []

    def _work(view: View) -> Posted:
        results.append(_take(view, forms, sender, path.name, sha256))
        return Posted(tuple(results[-1].posted))

    posted = ledger.transact(_work)
    taking = results[-1]
    lines = [line for row in sorted(taking.lines) for line in taking.lines[row]]
    if taking.codes:
        _audit(ledger, path.name, sha256, sender, taking)
    told = (_line_of_finding(path.name, f) for f in findings)
    return Imported(path.name, sha256, (*told, *lines), taking.taken, _count_new(posted))


def _sha256(path: Path) -> str:
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def _count_new(posted: Posted) -> int:
    return sum(o.word in ("new", "conflict") for o in posted.outcomes)


def _take(view: View, forms: Sequence[Form], sender: Sender, file: str, sha256: str) -> _Taking:
    taking = _Taking()
    today = view.settings.ledger.local(view.now).date()
    receipt_id = made_id("receipt", sender.unit, sha256)
    # What has no date of its own keeps the day of the sheet's first import.
    before = next((e for e in view.of_subject(sender.unit) if e.entry_id == receipt_id), None)
    day = sender.day or (before.happened_on if before is not None else today)
    rows = _rows(forms, view.facts, sender, day, today)
    if before is not None and before.said.get("refused") == before.said.get("conflicts") == 0:
        # All of it was taken once. Said again after newer sheets it would undo them.
        taking.lines = {n: [_line(row, view.facts, "", "unchanged")] for n, row in enumerate(rows)}
        return taking
    # All chains are taken at once, in one order, or two sheets could wait for one another for ever.
    subjects = [sender.unit, *(r.match.subject for r in rows if _usable(r))]
    view.prepare([Report(receipt_id, Kind.RECEIPT, subject, sender.unit, day, "") for subject in subjects])
    view.prepare([piece.report for r in rows if _usable(r) for piece in _read(view, r).pieces])
    mark = view.mark()
    for number in _order(rows, view.facts):
        _take_row(view, rows[number], number, taking)
    foreign = any(row.foreign for row in rows)
    if taking.codes and (foreign or not sender.accept_valid):
        view.undo(mark)
        _hold(taking)
    elif before is None:
        by = sender.by or next((r.said.by for r in rows if r.said.by), "")
        detail = {"file": file, "sha256": sha256, "rows": len(rows), "refused": sum(taking.codes.values())}
        detail["conflicts"] = sum(o.word == "conflict" for o in taking.posted)
        report = Report(receipt_id, Kind.RECEIPT, sender.unit, sender.unit, day, by, detail=detail)
        receipt = view.post([report]).outcomes[0]
        taking.posted.append(receipt)
        if receipt.word == "refused" and receipt.judgement.refusal is not None:
            view.undo(mark)
            _hold(taking)
            refusal = receipt.judgement.refusal
            taking.codes[refusal.code] += 1
            taking.lines[-1] = [
                Line(file, "", sender.unit, "", "", "refused", reason=refusal.message, hint=refusal.hint)
            ]
    return taking


def _hold(taking: _Taking) -> None:
    """Nothing is taken: say so of every line that was."""
    taking.taken, taking.posted = False, []
    taking.lines = {
        number: [replace(line, outcome="held") if line.outcome in ("taken", "adjusted", "conflict") else line
                 for line in lines]
        for number, lines in taking.lines.items()
    }  # fmt: skip


def _usable(row: _Row) -> bool:
    return bool(row.match.subject) and not row.refusals


def _read(view: View, row: _Row) -> Reading:
    standing = Figures(view.of_subject(row.match.subject))
    if row.form.schema == SPANS:
        return read_span(row.said, standing, view.facts.planned_m[row.match.subject])
    return read_village(row.said, standing)


def _rows(forms: Sequence[Form], facts: PlanFacts, sender: Sender, day: dt.date, today: dt.date) -> list[_Row]:
    matcher = Matcher(facts, sender.unit)
    found = []
    for form in forms:
        faults: dict[int, list[Refusal]] = {}
        for fault in form.faults:
            faults.setdefault(fault.row, []).append(Refusal("bad_cell", fault.column, fault.message, fault.hint))
        for row in range(len(form)):
            found.append(_row(form, row, matcher, sender, day, today, faults.get(row, [])))
    return found


def _row(
    form: Form, row: int, matcher: Matcher, sender: Sender, day: dt.date, today: dt.date, faults: list[Refusal]
) -> _Row:
    text = {c: str(form.value(row, c) or "") for c in ("code", "name", "township", "county", "span_id", "reported_by")}
    identity = {"code", "span_id"} & {f.field for f in faults}
    if identity:
        match = Match("")  # the cell's own fault says all
    elif form.schema == SPANS:
        match = matcher.span(text["span_id"])
    else:
        match = matcher.village(text["code"], text["name"], text["township"], text["county"])
    device = moment(str(form.value(row, "device_at") or ""))
    own = day_of(device)
    by = text["reported_by"] or sender.by
    said = Said(form, row, match.subject, sender.unit, by, min(own, today) if own else day, device)
    refusals = [*faults, *([match.refusal] if match.refusal else [])]
    foreign = bool(match.subject) and not matcher.facts.is_of(match.subject, sender.unit)
    if foreign:
        refusals.append(_another_unit(match.subject, sender.unit, form.schema))
    elif match.subject and not by:
        refusals.append(Refusal(
            "missing_reporter", "reported_by", Words("没有填报人", "nobody is named as reporting"),
            Words("填写“填报人”，或用 --by 指定", "fill it in, or name somebody with --by"),
        ))  # fmt: skip
    return _Row(form, row, match, said, tuple(refusals), foreign)


def _another_unit(subject: str, unit: str, form: str) -> Refusal:
    return Refusal(
        "another_unit", "span_id" if form == SPANS else "code",
        Words(f"{subject} 不属于填报单位 {unit}，整个文件不导入",
              f"{subject} is not of unit {unit}: the whole file is kept out"),
        Words("删去该行，由所属单位上报", "take the row out; its own unit must report it"),
    )  # fmt: skip


def _order(rows: Sequence[_Row], facts: PlanFacts) -> list[int]:
    """Return the rows in an order that does not depend on how the sheet is sorted: upstream villages first."""
    depth: dict[str, int] = {}

    def far(code: str) -> int:
        way: list[str] = []
        while code and code not in depth and code in facts.villages and code not in way:
            way.append(code)
            code = facts.villages[code].upstream
        steps = depth.get(code, -1)
        for place, passed in enumerate(reversed(way), start=1):
            depth[passed] = steps + place
        return depth.get(way[0] if way else code, 0)

    def key(number: int) -> tuple[object, ...]:
        row = rows[number]
        stage, day = row.said.value("stage"), row.said.value("stage_date") or row.said.value("laid_date")
        figures = [row.said.value(column) for column in ("percent", "laid_m", "spliced", "tested")]
        return (
            row.form.schema == SPANS, far(row.match.subject), row.match.subject, str(day or ""),
            Stage(stage).rank if stage else -1, *(float(-1 if v is None else v) for v in figures), row.said.by, number,
        )  # fmt: skip

    return sorted(range(len(rows)), key=key)


def _take_row(view: View, row: _Row, number: int, taking: _Taking) -> None:
    """Post a row, all of it or nothing."""
    lines = taking.lines.setdefault(number, [])
    if not _usable(row):
        for refusal in row.refusals:
            lines.append(_line(row, view.facts, refusal.field, "refused", refusal=refusal))
            taking.codes[refusal.code] += 1
        return
    reading = _read(view, row)
    lines += [_line(row, view.facts, n.field, "noticed", refusal=n) for n in (*row.match.notices, *reading.notices)]
    lines += [_line(row, view.facts, k.field, "conflict", refusal=k) for k in reading.kept]
    if reading.refusals:
        for refusal in reading.refusals:
            lines.append(_line(row, view.facts, refusal.field, "refused", refusal=refusal))
            taking.codes[refusal.code] += 1
        lines += [_piece_line(row, view.facts, piece, "held") for piece in reading.pieces]
        return
    outcomes = view.post([piece.report for piece in reading.pieces]).outcomes
    taking.posted += outcomes
    for piece, outcome in zip(reading.pieces, outcomes, strict=True):
        lines += _lines_of(row, view.facts, piece, outcome, taking)
    if not reading.pieces and not reading.kept:
        lines.append(_line(row, view.facts, "", "unchanged"))


def _lines_of(row: _Row, facts: PlanFacts, piece: Piece, outcome: Outcome, taking: _Taking) -> list[Line]:
    judgement = outcome.judgement
    if outcome.word == "refused" and judgement.refusal is not None:
        taking.codes[judgement.refusal.code] += 1
        column = _column(piece, judgement.refusal.field)
        return [replace(
            _line(row, facts, column, "refused", refusal=judgement.refusal), before=piece.before, after=piece.after
        )]  # fmt: skip
    rival = next((n for n in judgement.notices if n.code == "conflict"), None)
    told = [
        _line(row, facts, _column(piece, n.field), "noticed", refusal=n)
        for n in judgement.notices
        if n.code != "conflict"
    ]
    if outcome.word == "conflict":
        kept = _piece_line(row, facts, piece, "conflict")
        return [replace(kept, reason=rival.message, hint=rival.hint) if rival is not None else kept, *told]
    if outcome.adjusted and outcome.entry is not None and outcome.word == "new":
        return [replace(_piece_line(row, facts, piece, "adjusted"), reason=_adjusted(outcome.entry)), *told]
    word = {"new": "taken", "same": "unchanged"}.get(outcome.word, outcome.word)
    return [_piece_line(row, facts, piece, word), *told]


def _adjusted(entry: Entry) -> Words:
    return Words(
        f"{entry.happened_on} 所在期间已封账，原数不变，计入 {entry.counts_on}",
        f"the period of {entry.happened_on} is closed and stays; it counts from {entry.counts_on}",
    )


_PLACES = {"subject": "code", "detail": "owner", "corrects": "correction", "stage": "stage"}
_DAYS = {Kind.VISIT: "visit_date", Kind.METRES: "laid_date", Kind.TEST: "laid_date"}


def _column(piece: Piece, of_report: str) -> str:
    """Return the column of the form that a field of a report came from."""
    kind = piece.report.kind
    if of_report == "happened_on":
        return "device_at" if kind in (Kind.BLOCKER, Kind.UNBLOCK) else _DAYS.get(kind, "stage_date")
    if of_report in ("level", "entry_id"):
        return piece.column
    if of_report == "subject" and kind in (Kind.METRES, Kind.TEST):
        return "span_id"
    return _PLACES.get(of_report, of_report)


def _line(row: _Row, facts: PlanFacts, column: str, outcome: str, *, refusal: Refusal | None = None) -> Line:
    subject = row.match.subject
    village = facts.villages.get(facts.village_of(subject))
    name = (
        village.name
        if village is not None and subject in facts.villages
        else str(row.form.value(row.row, "name") or "")
    )
    place = row.form.field(row.row, column) if column else ""
    said = (refusal.message, refusal.hint) if refusal is not None else (NOTHING, NOTHING)
    return Line(
        row.form.file, row.form.numbers[row.row], subject, name, place, outcome, reason=said[0], hint=said[1]
    )  # fmt: skip


def _piece_line(row: _Row, facts: PlanFacts, piece: Piece, outcome: str) -> Line:
    return replace(_line(row, facts, piece.column, outcome), before=piece.before, after=piece.after)


def _line_of_finding(file: str, finding: Finding) -> Line:
    assert finding.severity != Severity.ERROR  # cells that cannot be used are refused row by row
    return Line(file, finding.row, "", "", finding.field, "noticed", reason=finding.message, hint=finding.hint)


def _audit(ledger: Ledger, file: str, sha256: str, sender: Sender, taking: _Taking) -> None:
    """Write down that a file, or rows of it, were refused; the ledger itself holds nothing of it."""
    refused = [line for row in sorted(taking.lines) for line in taking.lines[row] if line.outcome == "refused"]
    told = {
        "at": ledger.now().isoformat(timespec="seconds") + "Z", "what": "import", "file": file, "sha256": sha256,
        "unit": sender.unit, "by": sender.by, "taken": taking.taken, "refused": dict(sorted(taking.codes.items())),
        "subjects": sorted({line.subject for line in refused if line.subject}),
    }  # fmt: skip
    text = json.dumps(told, ensure_ascii=False, sort_keys=True)
    append_line(ledger.settings.folder / "campaign" / "audit.log", text)


def unreadable(path: Path, ledger: Ledger, sender: Sender, error: CuntongError) -> Imported:
    """Tell a file that cannot be read as a form as one refused line, here and in the audit log.

    Parameters
    ----------
    path : Path
        The file.
    ledger : Ledger
        Open; it takes nothing.
    sender : Sender
        Who sends it.
    error : CuntongError
        Why it cannot be read.

    Returns
    -------
    Imported
        Not taken.
    """
    told = {
        "at": ledger.now().isoformat(timespec="seconds") + "Z", "what": "import", "file": path.name,
        "unit": sender.unit, "by": sender.by, "taken": False, "refused": {"unreadable": 1}, "why": error.line("en"),
    }  # fmt: skip
    append_line(ledger.settings.folder / "campaign" / "audit.log", json.dumps(told, ensure_ascii=False, sort_keys=True))
    where = error.where if error.where.startswith(path.name) else path.name
    line = Line(where, "", "", "", "", "refused", reason=error.message, hint=error.hint)
    return Imported(path.name, "", (line,), taken=False, new=0)
