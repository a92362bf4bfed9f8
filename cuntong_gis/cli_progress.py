"""The commands `cuntong progress …`: parse, call one door of the campaign, print what became of it."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from cuntong_gis.talk import Talk, json_option, lang_option, workspace_option
from cuntong_gis.words import Lang, Words

if TYPE_CHECKING:
    from cuntong_gis.progress import Entry, Outcome, Posted


def add_progress(app: typer.Typer, lang: Lang, asked: bool) -> None:
    """Add `progress` and its commands.

    Parameters
    ----------
    app : typer.Typer
        The command line.
    lang : {"zh", "en"}
        Language of help and messages.
    asked : bool
        Whether the user asked for it.
    """

    def t(zh: str, en: str) -> str:
        return zh if lang == "zh" else en

    Folder = Annotated[Path, workspace_option(lang)]  # noqa: N806
    AsJson = Annotated[bool, json_option(lang)]  # noqa: N806
    Language = Annotated[Lang, lang_option(lang)]  # noqa: N806
    By = Annotated[str, typer.Option("--by", help=t("填报人", "who says so"))]  # noqa: N806
    Reason = Annotated[str, typer.Option("--reason", help=t("原因", "why"))]  # noqa: N806
    Approver = Annotated[str, typer.Option("--approver", help=t("批准人", "who approved it"))]  # noqa: N806

    progress = typer.Typer(
        no_args_is_help=True,
        help=t(
            "进度台账：上报、更正、验收销号、封账、核验。",
            "The ledger: report, correct, sign off, close a period, verify.",
        ),
    )
    app.add_typer(progress, name="progress")

    @progress.command(
        help=t("列出一个村、光缆段或期间的全部条目。", "All entries about a village, a span or a period.")
    )
    def history(
        subject: Annotated[str, typer.Argument(metavar="CODE", help=t("村代码或光缆段编号", "village or span"))],
        folder: Folder = Path(),
        as_json: AsJson = False,
        language: Language = lang,
    ) -> None:
        from cuntong_gis import campaign

        with Talk(lang, asked, as_json) as talk:
            found = campaign.history(talk.open(folder).settings, subject)
            talk.result({"subject": subject, "entries": [entry.__dict__ for entry in found]})
            _tell_history(talk, found)

    @progress.command(
        help=t(
            "更正一条累计数（原条目保留）；两人所报不一致时也用它裁定。",
            "Correct a cumulative figure (the entry stays); it also decides between two who disagree.",
        )
    )
    def correct(
        entry: Annotated[str, typer.Argument(metavar="ENTRY", help=t("条目编号，见 history", "its id, see history"))],
        to: Annotated[str, typer.Option("--to", help=t("改为：阶段、米数或百分数", "a stage, metres or per cent"))],
        reason: Reason,
        approver: Approver,
        by: By,
        folder: Folder = Path(),
        as_json: AsJson = False,
        language: Language = lang,
    ) -> None:
        from cuntong_gis import campaign

        with Talk(lang, asked, as_json) as talk:
            settings = talk.open(folder).settings
            tell_posted(talk, campaign.correct(settings, entry, to, reason=reason, approver=approver, by=by))

    @progress.command(
        help=t(
            "逐条重算哈希链，核对封账数与证据文件：台账有没有被动过。",
            "Recompute every hash, closed figure and evidence file: was the ledger tampered with?",
        )
    )
    def verify(folder: Folder = Path(), as_json: AsJson = False, language: Language = lang) -> None:
        from cuntong_gis import campaign

        with Talk(lang, asked, as_json) as talk:
            report = campaign.verify(talk.open(folder).settings)
            talk.result(
                {
                    "entries": report.entries,
                    "chains": report.chains,
                    "periods": report.periods,
                    "heads": report.heads,
                    "faults": [fault.into(talk.lang) for fault in report.faults],
                }
            )
            for fault in report.faults:
                talk.line(fault)
            talk.line(
                Words(
                    f"台账 {report.entries} 条、{report.chains} 条链、封账 {report.periods} 期："
                    + (f"{len(report.faults)} 处不符" if report.faults else "全部相符"),
                    f"{report.entries} entries, {report.chains} chains, {report.periods} closed periods: "
                    + (f"{len(report.faults)} faults" if report.faults else "all hold"),
                )
            )
            if report.faults:
                raise typer.Exit(1)


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


def _tell_history(talk: Talk, found: "list[Entry]") -> None:
    from cuntong_gis.progress import KINDS, Kind, shown_figure

    if not found:
        talk.line(Words("没有条目", "no entries"))
        return
    heads = (
        Words("链·号", "chain·no."), Words("发生", "happened"), Words("上报(UTC)", "reported (UTC)"),
        Words("填报人", "by"),
        Words("类别", "kind"), Words("数值", "figure"), Words("说明", "remarks"), Words("编号", "entry"),
    )  # fmt: skip
    table = Table(show_header=True, header_style="bold", expand=False)
    for head in heads:
        table.add_column(talk.text(head), overflow="fold")
    for entry in found:
        day = str(entry.happened_on)
        counted = "" if entry.counts_on == entry.happened_on else f" → {entry.counts_on}"
        remarks = [entry.note, entry.reason, entry.approver]
        remarks += [f"✎ {entry.corrects}"] * bool(entry.corrects) + [f"⚡ {entry.conflicts_with}"] * bool(
            entry.conflicts_with
        )
        cells = (
            f"{entry.chain}·{entry.number}", day + counted, entry.reported_at[:19], entry.reported_by,
            KINDS[Kind(entry.kind)].into(talk.lang),
            shown_figure(entry).into(talk.lang), " ".join(filter(None, remarks)), entry.entry_id,
        )  # fmt: skip
        table.add_row(*(talk.text(Words(cell, cell)) for cell in cells))
    if not talk.as_json:
        talk.out.print(table)
