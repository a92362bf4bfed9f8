"""The command `cuntong report`: the campaign in a period as table, JSON and workbook."""

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from cuntong_gis.model import Severity
from cuntong_gis.talk import (
    Talk,
    day_of,
    finding_json,
    json_option,
    lang_option,
    tell_findings,
    workspace_option,
)
from cuntong_gis.words import Lang, Words

if TYPE_CHECKING:
    from cuntong_gis.documents import Paper
    from cuntong_gis.reports import PeriodReport

SHOWN = 5
"""Findings printed below a table; all of them are in ``--json``."""
KINDS = ("day", "week", "month", "quarter", "half-year", "year")
TABLES = ("progress", "ranking", "lights", "proposals", "register", "score")


def add_report(app: typer.Typer, lang: Lang, asked: bool) -> None:
    """Add `report`.

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
    as_of_ = typer.Option("--as-of", help=t("数据截止日 2016-06-30", "cut-off date, 2016-06-30"))
    unit_ = typer.Option("--unit", help=t("单位代码", "code of the unit"), show_default="[campaign]")
    table_ = typer.Option("--table", metavar="|".join(TABLES), help=t("显示哪张表", "the table shown"))
    depth_ = typer.Option("--depth", min=1, max=2, help=t("进度表向下展开几级", "levels below the unit"))
    known_ = typer.Option(
        "--known-at",
        help=t("按当时（UTC）台账所知重印", "as the ledger knew it then, UTC"),
    )

    @app.command(
        help=t(
            "月调度、季通报、半年督查、年终考核的数字：进度表、排名、亮灯、督查建议、销号台账，并写出 Excel。",
            "The figures of a period: progress, ranking, lights, proposals, register; also as a workbook.",
        )
    )
    def report(
        kind: Annotated[str, typer.Argument(metavar="|".join(KINDS))],
        as_of: Annotated[str | None, as_of_] = None,
        unit: Annotated[str, unit_] = "",
        table: Annotated[str, table_] = "progress",
        depth: Annotated[int, depth_] = 1,
        known_at: Annotated[str | None, known_] = None,
        folder: Folder = Path(),
        as_json: AsJson = False,
        language: Language = lang,
    ) -> None:
        from cuntong_gis import campaign, reports
        from cuntong_gis.files import locked

        for value, known in ((kind, KINDS), (table, TABLES)):
            if value not in known:
                raise typer.BadParameter(f"{value!r}: {' | '.join(known)}")
        with Talk(lang, asked, as_json) as talk:
            settings = talk.open(folder).settings
            with talk.stages() as say:
                say(Words("汇总台账", "adding up the ledger"))
                told = reports.period_report(
                    settings, kind, as_of=day_of(as_of) or campaign.cut_off(settings), unit=unit, depth=depth,
                    known_at=_moment(known_at),
                )  # fmt: skip
                wanted = [name for name in TABLES if name == table or name != "score" or kind == "year"]
                papers = {name: told.paper(name) for name in wanted}
                with locked(settings.folder):
                    path = told.write(list(papers.values()), talk.lang)
            _tell_report(talk, told, papers[table], path)


def _moment(text: str | None) -> dt.datetime | None:
    if text is None:
        return None
    try:
        said = dt.datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r}: 2016-07-01T08:00") from None
    return said.astimezone(dt.UTC).replace(tzinfo=None) if said.tzinfo else said


def _tell_report(talk: Talk, told: "PeriodReport", paper: "Paper", path: Path) -> None:
    from cuntong_gis.documents import as_json

    found = told.found
    changed = [] if found.changed is None else found.changed.to_dict("records")
    findings = found.status.findings
    talk.result(
        {
            **as_json(paper, talk.lang),
            "unit": told.unit,
            "since_closed": changed,
            "findings": [finding_json(finding, talk.lang) for finding in findings],
            "files": [str(path)],
        }
    )
    if not talk.as_json:
        _print(talk, paper)
    tell_findings(talk, tuple(f for f in findings if f.severity == Severity.ERROR))
    for finding in [f for f in findings if f.severity != Severity.ERROR][:SHOWN]:
        talk.line(
            Words(f"注意：{finding.message.zh}；{finding.hint.zh}", f"note: {finding.message.en}; {finding.hint.en}")
        )
    if len(findings) > SHOWN:
        talk.line(Words(f"共 {len(findings)} 条提示，见 --json", f"{len(findings)} findings in all, see --json"))
    if changed:
        talk.line(
            Words(
                f"该期已封账；此后补报、更正使 {len(changed)} 个数字不同，见 --json 的 since_closed",
                f"the period is closed; {len(changed)} figures would differ by what came since: since_closed in --json",
            )
        )
    talk.line(Words(f"→ {path}", f"→ {path}"))


def _print(talk: Talk, paper: "Paper") -> None:
    from cuntong_gis.documents import cut_off, paper_rows

    talk.line(paper.title)
    line = f"{paper.about.into(talk.lang)}  {cut_off(paper, talk.lang)}"
    talk.line(Words(line, line))
    if paper.summary is not None:
        talk.line(paper.summary)
    head, *rows = paper_rows(paper, talk.lang)
    table = Table(show_header=True, header_style="bold", expand=False)
    for cell in head:
        table.add_column(talk.text(Words(cell, cell)), overflow="fold")
    for row in rows:
        table.add_row(*(talk.text(Words(cell, cell)) for cell in row))
    talk.show(table)
    for note in paper.notes:
        talk.line(note)
