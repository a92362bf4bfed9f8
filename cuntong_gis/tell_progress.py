"""How the commands `cuntong progress …` say what became of reports, sheets, checks and the ledger."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer
from rich.table import Table

from cuntong_gis.talk import Talk
from cuntong_gis.words import Lang, Words, same

if TYPE_CHECKING:
    from cuntong_gis.desk import VillageState
    from cuntong_gis.progress import ChainReport, Draw, Entry, Imported, Outcome, Posted

SHOWN_LINES = 200
"""Rows of an imported sheet shown on the terminal; all of them are in ``--json``."""


def tell_posted(talk: Talk, posted: "Posted") -> None:
    """Print what became of a post, and end with 1 if anything was refused.

    Parameters
    ----------
    talk : Talk
        The command.
    posted : Posted
        What became of it.
    """
    talk.result({"taken": posted.taken, "outcomes": [outcome_json(o, talk.lang) for o in posted.outcomes]})
    for outcome in posted.outcomes:
        _tell_outcome(talk, outcome)
    if not posted.taken:
        raise typer.Exit(1)


def outcome_json(outcome: "Outcome", lang: Lang) -> dict[str, Any]:
    """Return an outcome as plain JSON values.

    Parameters
    ----------
    outcome : Outcome
        Of one report.
    lang : {"zh", "en"}
        Language of its words.

    Returns
    -------
    dict
        With the entry as it stands, and why it was refused.
    """
    refusal = outcome.judgement.refusal
    return {
        "word": outcome.word,
        "entry_id": outcome.report.entry_id,
        "subject": outcome.report.subject,
        "kind": str(outcome.report.kind),
        "adjusted": outcome.adjusted,
        "certificate": outcome.entry.said.get("certificate") if outcome.entry else None,
        "refusal": None
        if refusal is None
        else {"code": refusal.code, "field": refusal.field, "message": refusal.message.into(lang),
              "hint": refusal.hint.into(lang)},
        "notices": [{"code": n.code, "message": n.message.into(lang)} for n in outcome.judgement.notices],
    }  # fmt: skip


WORD = {
    "new": Words("已记入", "taken"),
    "same": Words("此前已记入", "known already"),
    "conflict": Words("已记入，冲突待裁定", "kept as a conflict"),
    "refused": Words("未记入", "refused"),
    "held": Words("未记入（同批有误）", "held back with the others"),
}


def _tell_outcome(talk: Talk, outcome: "Outcome") -> None:
    from cuntong_gis.progress import KINDS

    report, refusal = outcome.report, outcome.judgement.refusal
    word = WORD[outcome.word]
    certificate = outcome.entry.said.get("certificate", "") if outcome.entry else ""
    kind, shown = KINDS[report.kind], certificate or report.entry_id
    talk.line(Words(f"{word.zh}：{report.subject} {kind.zh} {shown}", f"{word.en}: {report.subject} {kind.en} {shown}"))
    if refusal is not None:
        talk.line(Words(f"  {refusal.message.zh}；{refusal.hint.zh}".rstrip("；"),
                        f"  {refusal.message.en}; {refusal.hint.en}".rstrip("; ")))  # fmt: skip
    for notice in outcome.judgement.notices:
        talk.line(Words(f"  注意：{notice.message.zh}", f"  note: {notice.message.en}"))
    if outcome.adjusted and outcome.entry is not None:
        on = outcome.entry.counts_on
        talk.line(Words(f"  发生在已封账期间，自 {on} 起计入", f"  it is of a closed period and counts from {on}"))


def tell_history(talk: Talk, found: "list[Entry]") -> None:
    """Print entries as a table.

    Parameters
    ----------
    talk : Talk
        The command.
    found : list of Entry
        In the order taken.
    """
    from cuntong_gis.progress import KINDS, Kind, shown_figure

    if not found:
        talk.line(Words("没有条目", "no entries"))
        return
    for entry in found:
        counted = "" if entry.counts_on == entry.happened_on else f" → {entry.counts_on}"
        figure, kind = shown_figure(entry).into(talk.lang), KINDS[Kind(entry.kind)].into(talk.lang)
        remarks = [entry.note, entry.reason, entry.approver, *(w.into(talk.lang) for w in said_words(entry.said))]
        remarks += [f"✎ {entry.corrects}"] if entry.corrects else []
        remarks += [f"⚡ {entry.conflicts_with}"] if entry.conflicts_with else []
        told = [f"{entry.chain}·{entry.number}", f"{entry.happened_on}{counted}", kind, figure, entry.reported_by]
        line = "  ".join(filter(None, [*told, *remarks]))
        talk.line(Words(line, line))
        talk.line(Words(f"    编号 {entry.entry_id}  上报 {entry.reported_at[:19]}Z",
                        f"    entry {entry.entry_id}  reported {entry.reported_at[:19]}Z"))  # fmt: skip


SAID = {
    "category": Words("类别", "category"), "owner": Words("责任人", "owner"), "due": Words("限期", "due"),
    "official": Words("走访人", "visited by"), "value": Words("值", "value"), "name": Words("姓名", "name"),
    "certificate": Words("证书", "certificate"), "findings": Words("问题", "found"),
    "vouched_by": Words("作证人", "vouched by"),
    "inspection": Words("抽查", "inspection"), "proposal": Words("建议", "proposal"),
    "decision": Words("决定", "decision"),
    "rows": Words("行数", "rows"), "refused": Words("拒绝行数", "rows refused"), "seed": Words("种子", "seed"),
    "last_day": Words("截止", "last day"), "period": Words("期间", "period"),
}  # fmt: skip
"""What a history names of the detail of an entry as it stands; what only machines need is in ``--json``."""


def said_words(said: Mapping[str, Any]) -> list[Words]:
    """Return the detail of an entry in words.

    Parameters
    ----------
    said : mapping of str to object
        The detail.

    Returns
    -------
    list of Words
        Items, levels and doubts by name, files by theirs; hashes and the like are left out.
    """
    from cuntong_gis.progress import DIRECTIONS, DOUBTS, ITEMS, LEVEL_NAMES

    found = [ITEMS[one].name for one in (str(said.get("item")), str(said.get("role"))) if one in ITEMS]
    found += [LEVEL_NAMES[said["level"]]] if said.get("level") in LEVEL_NAMES else []
    if "passed" in said:
        found.append(Words("合格", "passed") if said["passed"] else Words("不合格", "failed"))
    if said.get("direction"):
        found.append(DIRECTIONS.get(said["direction"], Words("双向", "both")))
    file = said.get("file")
    name = file.get("name", "") if isinstance(file, Mapping) else file
    found += [same(str(name))] if name else []
    for key, words in SAID.items():
        value = said.get(key)
        if value not in (None, "", [], {}):
            text = "；".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
            found.append(Words(f"{words.zh} {text}", f"{words.en} {text}"))
    found += [DOUBTS[doubt] for doubt in said.get("doubts", ()) if doubt in DOUBTS]
    return found


def imported_json(one: "Imported", lang: Lang) -> dict[str, Any]:
    """Return what became of a sheet as plain JSON values.

    Parameters
    ----------
    one : Imported
        What became of it.
    lang : {"zh", "en"}
        Language of its words.

    Returns
    -------
    dict
        Every row with its outcome.
    """
    names = ("file", "row", "subject", "name", "field", "outcome", "before", "after", "reason", "hint")
    rows = [dict(zip(names, [*line.cells(lang)], strict=True)) | {"outcome": line.outcome} for line in one.lines]
    return {
        "file": one.file,
        "sha256": one.sha256,
        "taken": one.taken,
        "new": one.new,
        "counts": one.counts,
        "rows": rows,
    }


def tell_imported(talk: Talk, one: "Imported") -> None:
    """Print what became of a file: a row for all that is not as it was, then the counts.

    Parameters
    ----------
    talk : Talk
        The command.
    one : Imported
        What became of it.
    """
    from cuntong_gis.progress import HEADER, OUTCOMES

    if talk.as_json:
        return
    lines = [line for line in one.lines if line.outcome != "unchanged"]
    if lines:
        table = Table(show_header=True, header_style="bold", expand=False)
        for head in HEADER[1:]:
            table.add_column(talk.text(head), overflow="fold")
        for line in lines[:SHOWN_LINES]:
            table.add_row(*(talk.text(Words(cell, cell)) for cell in line.cells(talk.lang)[1:]))
        talk.show(table)
    if len(lines) > SHOWN_LINES:
        rest = len(lines) - SHOWN_LINES
        talk.line(Words(f"另有 {rest} 行，见 --json", f"{rest} more rows with --json"))
    counts = Words(
        "，".join(f"{OUTCOMES[k].zh} {n}" for k, n in one.counts.items()),
        ", ".join(f"{OUTCOMES[k].en} {n}" for k, n in one.counts.items()),
    )
    word = Words("已导入", "taken") if one.taken else Words("整份未导入", "not taken at all")
    talk.line(Words(f"{one.file}：{word.zh}；{counts.zh}", f"{one.file}: {word.en}; {counts.en}"))


def tell_village(talk: Talk, state: "VillageState") -> None:
    """Print what stands of a village and what its closing lacks.

    Parameters
    ----------
    talk : Talk
        The command.
    state : VillageState
        What stands.
    """
    from cuntong_gis.progress import stage_words

    blockers = [entry.said | {"entry_id": entry.entry_id, "note": entry.note} for entry in state.blockers]
    talk.result(
        {
            "code": state.code, "name": state.name, "township": state.township, "county": state.county,
            "stage": str(state.stage), "reported_at": state.reported_at, "blockers": blockers,
            "missing": {item: words.into(talk.lang) for item, words in state.missing.items()},
        }
    )  # fmt: skip
    place = " ".join(filter(None, (state.county, state.township, state.name)))
    word = stage_words(state.stage)
    talk.line(Words(f"{state.code} {place}：{word.zh}", f"{state.code} {place}: {word.en}"))
    talk.line(Words(f"最近上报 {state.reported_at[:10] or '无'}", f"last reported {state.reported_at[:10] or 'never'}"))
    for blocker in blockers:
        told = " ".join(str(blocker.get(k, "")) for k in ("category", "note", "owner", "due", "entry_id"))
        talk.line(Words(f"阻碍：{told}", f"blocker: {told}"))
    for words in state.missing.values():
        talk.line(Words(f"销号还缺：{words.zh}", f"its closing lacks: {words.en}"))
    if not state.missing:
        talk.line(Words("销号证据齐全", "all evidence for its closing is there"))


def tell_verified(talk: Talk, report: "ChainReport") -> None:
    """Print what verifying the ledger found.

    Parameters
    ----------
    talk : Talk
        The command.
    report : ChainReport
        What was found.
    """
    talk.result(
        {
            "entries": report.entries, "chains": report.chains, "periods": report.periods, "heads": report.heads,
            "faults": [fault.into(talk.lang) for fault in report.faults],
        }
    )  # fmt: skip
    for fault in report.faults:
        talk.line(fault)
    faults = len(report.faults)
    verdict = Words(f"{faults} 处不符" if faults else "全部相符", f"{faults} faults" if faults else "all hold")
    talk.line(
        Words(
            f"台账 {report.entries} 条、{report.chains} 条链、封账 {report.periods} 期：{verdict.zh}",
            f"{report.entries} entries, {report.chains} chains, {report.periods} closed periods: {verdict.en}",
        )
    )


def tell_draw(talk: Talk, draw: "Draw", path: Path, *, fresh: bool) -> None:
    """Print a sample of villages to be inspected.

    Parameters
    ----------
    talk : Talk
        The command.
    draw : Draw
        The sample.
    path : Path
        Its list.
    fresh : bool
        It was drawn now.
    """
    table = draw.table
    talk.result(
        {
            "period": draw.period, "seed": draw.seed, "fresh": fresh, "files": [str(path)],
            "villages": table[["county", "township", "code", "name"]].to_dict("records"),
        }
    )  # fmt: skip
    word = Words("已抽取", "drawn") if fresh else Words("此前已抽取，名单不变", "drawn before; the list stays")
    villages, counties, seed = len(table), table["county"].nunique(), draw.seed[:16]
    talk.line(
        Words(
            f"{draw.period}：{word.zh}，{villages} 个村，{counties} 个县，种子 {seed}…",
            f"{draw.period}: {word.en}, {villages} villages of {counties} counties, seed {seed}…",
        )
    )
    for county, name, township, code, village in zip(
        table["county"], table["county_name"], table["township_name"], table["code"], table["name"], strict=True
    ):
        line = f"  {county} {name} {township} {code} {village}"
        talk.line(Words(line, line))
    for finding in draw.findings:
        talk.line(finding.message)
    talk.line(Words(f"→ {path}", f"→ {path}"))
