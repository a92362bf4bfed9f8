"""What a command says: results to stdout, words to stderr, errors in one line, in the user's language."""

from __future__ import annotations

import datetime as dt
import json
import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, Self

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from cuntong_gis.errors import CuntongError
from cuntong_gis.live import Live, live_line
from cuntong_gis.model import Finding, Severity
from cuntong_gis.words import Lang, Words

if TYPE_CHECKING:
    from cuntong_gis.workspace import Workspace


WIDE = 240
"""Columns of text for a table where there is no terminal that would break its lines."""
SHOWN_FINDINGS = 40
"""Findings printed on the terminal; all of them are in findings.csv and findings.html."""


def workspace_option(lang: Lang) -> Any:
    """Return the option that names the workspace.

    Parameters
    ----------
    lang : {"zh", "en"}
        Language of its help.

    Returns
    -------
    typer option
        ``-C``, ``--dir``.
    """
    zh = lang == "zh"
    return typer.Option(
        "-C", "--dir", help="工程目录" if zh else "workspace folder", show_default="当前目录" if zh else "here"
    )


def json_option(lang: Lang) -> Any:
    """Return the option for machine-readable output.

    Parameters
    ----------
    lang : {"zh", "en"}
        Language of its help.

    Returns
    -------
    typer option
        ``--json``.
    """
    words = Words("在标准输出给出一份机器可读摘要", "one machine-readable summary on stdout")
    return typer.Option("--json", help=words.into(lang))


def lang_option(lang: Lang) -> Any:
    """Return the option for the language.

    Parameters
    ----------
    lang : {"zh", "en"}
        Language of its help.

    Returns
    -------
    typer option
        ``--lang``.
    """
    words = Words("语言：zh 或 en", "language: zh or en")
    return typer.Option("--lang", help=words.into(lang), show_default="zh")


def day_of(text: str | None) -> dt.date | None:
    """Read a day given on the command line.

    Parameters
    ----------
    text : str or None
        ISO 8601.

    Returns
    -------
    date or None
        None if there is none.

    Raises
    ------
    BadParameter
        If it is no day.
    """
    if text is None:
        return None
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r}: 2016-06-30") from None


class Talk:
    """Speak for one command: people's words to stderr, results or one JSON object to stdout, errors in one line.

    Parameters
    ----------
    lang : Lang
        Language.
    asked : bool
        Whether the user asked for that language.
    as_json : bool
        Whether the result is one JSON object on stdout.
    """

    def __init__(self, lang: Lang, asked: bool, as_json: bool) -> None:
        self.lang = lang
        self.asked = asked
        self.as_json = as_json
        self.out = Console(highlight=False, soft_wrap=True)
        self.err = Console(stderr=True, highlight=False, soft_wrap=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: object) -> None:
        """Turn every error that has a reason into one line and the exit code 1."""
        if isinstance(error, CuntongError):
            self._fail(error.line(self.lang))
        if isinstance(error, OSError):
            self._fail(str(error))
        if isinstance(error, KeyboardInterrupt):
            words = Words("已中断，没有留下半截文件", "interrupted; no half-written file was left")
            self.err.print(self.text(words))
            raise typer.Exit(130) from None

    def _fail(self, line: str) -> NoReturn:
        self.result({"error": line})
        self.err.print(f"[red]{self.text(Words('错误', 'error'))}[/red] {escape(line)}")
        raise typer.Exit(1) from None

    def open(self, folder: Path, **wishes: Any) -> Workspace:
        """Open a workspace, and speak the language that its settings name unless another was asked for.

        Parameters
        ----------
        folder : Path
            The workspace.
        **wishes : Any
            As of `workspace.open_workspace`.

        Returns
        -------
        Workspace
            The workspace.
        """
        from cuntong_gis.workspace import open_workspace

        here = open_workspace(folder, lang=self.lang if self.asked else None, **wishes)
        self.lang = here.settings.campaign.lang
        return here

    def text(self, words: Words) -> str:
        """Return the words in the language asked for, safe to print.

        Parameters
        ----------
        words : Words
            Text in both languages.

        Returns
        -------
        str
            Words in the language asked for, safe to print.
        """
        return escape("".join(c if c.isprintable() else " " for c in words.into(self.lang)))

    def line(self, words: Words) -> None:
        """Print a line of the result, unless the result is JSON.

        Parameters
        ----------
        words : Words
            Text in both languages.
        """
        if not self.as_json:
            self.out.print(self.text(words))

    def show(self, table: Table) -> None:
        """Print a table, unless the result is JSON; where there is no terminal it is as wide as it needs.

        Parameters
        ----------
        table : Table
            Of safe cells.
        """
        if self.as_json:
            return
        console = self.out if self.out.is_terminal else Console(highlight=False, width=WIDE)
        console.print(table)

    def result(self, data: dict[str, Any]) -> None:
        """Print the one machine-readable summary.

        Parameters
        ----------
        data : dict[str, Any]
            Plain JSON values.
        """
        if self.as_json:
            sys.stdout.write(json.dumps(data, ensure_ascii=False, default=str) + "\n")

    def stages(self) -> AbstractContextManager[Live]:
        """Show on stderr what is being done.

        Returns
        -------
        context manager of Live
            To be told each stage, what to know once, and the planner's progress.
        """
        return live_line(self.err, self.text)


def tell_files(talk: Talk, made: list[Path], notes: Sequence[Words] = ()) -> None:
    """Print the files made, or give them as the summary.

    Parameters
    ----------
    talk : Talk
        The command.
    made : list of Path
        Files.
    notes : sequence of Words
        What should be known.
    """
    talk.result({"files": [str(p) for p in made], "notes": [note.into(talk.lang) for note in notes]})
    for note in notes:
        talk.line(note)
    for path in made:
        talk.line(Words(f"→ {path}", f"→ {path}"))


def tell_findings(talk: Talk, findings: tuple[Finding, ...]) -> None:
    """Print findings as a table, the worst first.

    Parameters
    ----------
    talk : Talk
        The command.
    findings : tuple of Finding
        What was found.
    """
    if talk.as_json or not findings:
        return
    order = {s: n for n, s in enumerate(Severity)}
    label = {
        Severity.ERROR: Words("错误", "error"),
        Severity.WARNING: Words("警告", "warning"),
        Severity.NOTICE: Words("提示", "notice"),
    }
    table = Table(show_header=True, header_style="bold", expand=False)
    for words in (Words("程度", "severity"), Words("位置", "where"), Words("说明", "what"), Words("处理", "remedy")):
        table.add_column(talk.text(words), overflow="fold")
    ranked = sorted(findings, key=lambda f: order[f.severity])
    for finding in ranked[:SHOWN_FINDINGS]:
        place = " ".join(part for part in (finding.layer, finding.row, finding.field) if part)
        table.add_row(
            talk.text(label[finding.severity]),
            talk.text(Words(place, place)),
            talk.text(finding.message),
            talk.text(finding.hint),
        )
    Console(highlight=False).print(table)
    if len(ranked) > SHOWN_FINDINGS:
        rest = len(ranked) - SHOWN_FINDINGS
        talk.line(Words(f"另有 {rest} 条，见 findings.csv", f"{rest} more in findings.csv"))


def finding_json(finding: Finding, lang: Lang) -> dict[str, Any]:
    """Return a finding as plain JSON values.

    Parameters
    ----------
    finding : Finding
        What was found.
    lang : {"zh", "en"}
        Language.

    Returns
    -------
    dict
        All its fields.
    """
    return {
        "severity": str(finding.severity),
        "code": finding.code,
        "layer": finding.layer,
        "row": finding.row,
        "field": finding.field,
        "message": finding.message.into(lang),
        "hint": finding.hint.into(lang),
        "lon": finding.lon,
        "lat": finding.lat,
    }
