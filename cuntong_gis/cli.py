"""The command `cuntong`: parse, call one door of the workspace, print what was made."""

import json
import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn, Self

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from cuntong_gis.errors import CuntongError
from cuntong_gis.live import Live, live_line
from cuntong_gis.model import Effort, Finding, PlanTotals, ScaleName, Severity
from cuntong_gis.units import cny_from_fen, percent, wan_cny
from cuntong_gis.words import Lang, Words

if TYPE_CHECKING:
    from cuntong_gis.verify import Verdict
    from cuntong_gis.workspace import Workspace

FORMATS = ("gpkg", "geojson", "shp", "kml")
SHOWN_FINDINGS = 40
"""Findings printed on the terminal; all of them are in findings.csv and findings.html."""


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

    def open(self, folder: Path, **wishes: Any) -> "Workspace":
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


def build_app(lang: Lang, *, asked: bool = True) -> typer.Typer:
    """Return the command line in one language.

    Parameters
    ----------
    lang : {"zh", "en"}
        Language of help, messages and of what is made.
    asked : bool
        Whether the user asked for it; if not, the language that a workspace's settings name goes before it.

    Returns
    -------
    typer.Typer
        The application.
    """

    def t(zh: str, en: str) -> str:
        return zh if lang == "zh" else en

    folder = typer.Option("-C", "--dir", help=t("工程目录", "workspace folder"), show_default=t("当前目录", "here"))
    json_ = typer.Option("--json", help=t("在标准输出给出一份机器可读摘要", "one machine-readable summary on stdout"))
    lang_ = typer.Option("--lang", help=t("语言：zh 或 en", "language: zh or en"), show_default="zh")
    Folder = Annotated[Path, folder]  # noqa: N806
    AsJson = Annotated[bool, json_]  # noqa: N806
    Language = Annotated[Lang, lang_]  # noqa: N806
    effort_ = typer.Option(
        "--effort", help=t("计算力度 quick|normal|thorough", "amount of work: quick, normal or thorough")
    )
    seconds_ = typer.Option(
        "--seconds",
        min=0.0,
        help=t("求解秒数上限（结果随机器而异）", "cap on solving; the plan then depends on the machine"),
    )
    seed_ = typer.Option("--seed", min=0, help=t("随机种子", "seed of the random choices"))
    certificate_ = typer.Option(
        "--certificate",
        help=t("保存下界的证书，供 cuntong verify 验证", "keep the proof of the bound, for 'cuntong verify'"),
    )
    EffortOption = Annotated[Effort | None, effort_]  # noqa: N806
    Seconds = Annotated[float | None, seconds_]  # noqa: N806
    Seed = Annotated[int | None, seed_]  # noqa: N806

    app = typer.Typer(
        name="cuntong",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        help=t("村通：规划、跟踪、展示行政村光缆工程。", "Plan, follow and show a village fiber campaign."),
    )
    plan_app = typer.Typer(
        invoke_without_command=True,
        help=t(
            "规划路由，形成草案；plan issue 发布版本。",
            "Plan routes and keep the draft; 'plan issue' freezes a revision.",
        ),
    )
    app.add_typer(plan_app, name="plan")

    @app.command(
        help=t("生成并构建示范工程，列出可打开的文件。", "A ready workspace, built end to end, and what to open.")
    )
    def demo(
        where: Annotated[Path, typer.Argument(metavar="DIR", help=t("放在哪里", "where to put it"))] = Path(
            "cuntong_demo"
        ),
        scale: Annotated[
            ScaleName,
            typer.Option("--scale", help=t("规模：县、市州、全省", "a county, a prefecture or the province")),
        ] = "county",
        as_json: AsJson = False,
        language: Language = lang,
    ) -> None:
        from cuntong_gis import workspace as ws
        from cuntong_gis.starters import make_demo

        with Talk(lang, asked, as_json) as talk:
            with talk.stages() as say:
                make_demo(where, say, scale)
                run = ws.build(talk.open(where), say, note=say.note, watch=say.watch)
            _tell_run(talk, run, where)

    @app.command(
        help=t(
            "新建空的工程目录：cuntong.toml、layers/ 与 Excel 模板。",
            "An empty workspace: cuntong.toml, layers/, Excel templates.",
        )
    )
    def init(
        where: Annotated[Path, typer.Argument(metavar="DIR", help=t("新目录", "the new folder"))],
        as_json: AsJson = False,
        language: Language = lang,
    ) -> None:
        from cuntong_gis.starters import make_empty

        with Talk(lang, asked, as_json) as talk:
            _tell_files(talk, make_empty(where, lang))

    @app.command(
        help=t(
            "读取图层并检查，列出问题（表格、CSV、HTML）。",
            "Read the layers; findings as table, CSV and HTML with locations.",
        )
    )
    def check(folder: Folder = Path(), as_json: AsJson = False, language: Language = lang) -> None:
        from cuntong_gis import workspace as ws

        with Talk(lang, asked, as_json) as talk:
            with talk.stages() as say:
                layers, made = ws.check(talk.open(folder), say)
            counts = {str(s): sum(f.severity == s for f in layers.findings) for s in Severity}
            _tell_findings(talk, layers.findings)
            _tell_counts(talk, counts)
            talk.result(
                {
                    "villages": len(layers.villages),
                    "findings": counts,
                    "list": [_finding_json(f, talk.lang) for f in layers.findings],
                    "files": [str(p) for p in made],
                }
            )
            if not as_json:
                _tell_files(talk, made)
            if counts["error"]:
                raise typer.Exit(1)

    @plan_app.callback()
    def plan(
        context: typer.Context,
        folder: Folder = Path(),
        effort: EffortOption = None,
        seconds: Seconds = None,
        seed: Seed = None,
        certificate: Annotated[bool, certificate_] = False,
        as_json: AsJson = False,
        language: Language = lang,
    ) -> None:
        if context.invoked_subcommand is not None:
            context.obj = (folder, as_json)
            return
        from cuntong_gis import workspace as ws

        with Talk(lang, asked, as_json) as talk:
            with talk.stages() as say:
                here = talk.open(folder, effort=effort, seconds=seconds, seed=seed)
                run = ws.draft_plan(here, say, note=say.note, watch=say.watch, certificate=certificate)
            _tell_run(talk, run, folder)

    @plan_app.command(
        "issue",
        help=t(
            "把草案发布为下一个版本，并给出新旧光缆段对照。",
            "Freeze the draft as the next revision, with the crosswalk of spans.",
        ),
    )
    def issue(
        context: typer.Context,
        folder: Annotated[Path | None, folder] = None,
        as_json: AsJson = False,
        language: Language = lang,
    ) -> None:
        from cuntong_gis import workspace as ws

        parent, parent_json = context.obj
        as_json = as_json or parent_json
        with Talk(lang, asked, as_json) as talk:
            path, crosswalk = ws.issue(talk.open(folder or parent))
            same, overlap, none = (crosswalk[method] for method in ("same", "overlap", "none"))
            talk.line(
                Words(
                    f"已发布 {path.stem}；旧光缆段：相同 {same}，重合 {overlap}，无对应 {none}",
                    f"issued {path.stem}; old spans: same {same}, overlapping {overlap}, without successor {none}",
                )
            )
            talk.result({"revision": path.stem, "file": str(path), "crosswalk": crosswalk})
            if not as_json:
                _tell_files(talk, [path])

    @app.command(
        help=t(
            "验证草案的证书：不用求解器的代码，逐步重放。",
            "Verify the draft's certificate: replay it step by step, without the solver's code.",
        )
    )
    def verify(folder: Folder = Path(), as_json: AsJson = False, language: Language = lang) -> None:
        from cuntong_gis import workspace as ws

        with Talk(lang, asked, as_json) as talk:
            with talk.stages() as say:
                verdict = ws.verify(talk.open(folder), say)
            _tell_verdict(talk, verdict)

    @app.command(
        "map", help=t("绘制地图：distribution 工程分布图，route 工程线路图。", "Draw a map: distribution or route.")
    )
    def map_(
        kind: Annotated[str, typer.Argument(metavar="distribution|route")],
        folder: Folder = Path(),
        as_json: AsJson = False,
        language: Language = lang,
    ) -> None:
        from cuntong_gis import workspace as ws

        _one_of(kind, ("distribution", "route"))
        with Talk(lang, asked, as_json) as talk:
            here = talk.open(folder)
            _tell_files(talk, ws.draw_draft(here, (kind,)), _old_draft(ws.stale(here)))

    @app.command(help=t("把规划导出为其他格式。", "Export the plan for other programs."))
    def export(
        to: Annotated[str, typer.Option("--to", metavar="|".join(FORMATS), help=t("格式", "format"))],
        folder: Folder = Path(),
        as_json: AsJson = False,
        language: Language = lang,
    ) -> None:
        from cuntong_gis import workspace as ws

        _one_of(to, FORMATS)
        with Talk(lang, asked, as_json) as talk:
            here = talk.open(folder)
            made, notes = ws.export(here, to)
            _tell_files(talk, made, [*_old_draft(ws.stale(here)), *notes])

    @app.command(help=t("运行输入有变化的每一步。", "Run every stage whose input changed."))
    def build(
        folder: Folder = Path(),
        effort: EffortOption = None,
        seconds: Seconds = None,
        seed: Seed = None,
        as_json: AsJson = False,
        language: Language = lang,
    ) -> None:
        from cuntong_gis import workspace as ws

        with Talk(lang, asked, as_json) as talk:
            with talk.stages() as say:
                here = talk.open(folder, effort=effort, seconds=seconds, seed=seed)
                run = ws.build(here, say, note=say.note, watch=say.watch)
            _tell_run(talk, run, folder)

    return app


def _one_of(value: str, known: tuple[str, ...]) -> None:
    if value not in known:
        raise typer.BadParameter(f"{value!r}: {' | '.join(known)}")


def _tell_run(talk: Talk, run: Any, folder: Path) -> None:
    """Print totals, what is wrong, and what was made."""
    from cuntong_gis.plan import change_json, change_lines
    from cuntong_gis.workspace import totals_json

    totals: PlanTotals = run.plan.totals
    _tell_findings(talk, tuple(f for f in run.plan.findings if _of_the_run(f)))
    talk.line(
        Words(
            f"行政村 {totals.villages}，可达 {totals.reached}，不可达 {totals.unreachable}",
            f"villages {totals.villages}, reached {totals.reached}, unreachable {totals.unreachable}",
        )
    )
    talk.line(
        Words(
            f"路由 {totals.route_km:,.3f} 公里（其中未勘测 {totals.unsurveyed_km:,.3f} 公里），"
            f"造价 {wan_cny(totals.cost_cny)} 万元",
            f"route {totals.route_km:,.3f} km (of it {totals.unsurveyed_km:,.3f} km unsurveyed), "
            f"cost {totals.cost_cny:,} CNY",
        )
    )
    steered = len(run.plan.steering) > 0
    plans = Words("照此要求的方案", "plan under this steering") if steered else Words("方案", "plan")
    talk.line(
        Words(
            f"已证明：任何{plans.zh}不低于 {wan_cny(totals.lower_bound_cny)} 万元，"
            f"本方案最多高出 {percent(totals.gap)}",
            f"proven: no {plans.en} costs less than {totals.lower_bound_cny:,} CNY; "
            f"this one is at most {percent(totals.gap)} above",
        )
    )
    if not totals.surveyed:
        talk.line(Words("无道路图层：全部线路未勘测", "no roads layer: every route is unsurveyed"))
    for words in () if run.change is None else change_lines(run.change):
        talk.line(words)
    change = None if run.change is None else change_json(run.change, talk.lang)
    summary = {"planned": run.planned, "change": change, "files": [str(p) for p in run.made]}
    talk.result(totals_json(totals) | run.measurements | summary)
    if not talk.as_json:
        _tell_files(talk, list(run.made))


def _tell_verdict(talk: Talk, verdict: "Verdict") -> None:
    cost, bound = cny_from_fen(verdict.cost), cny_from_fen(verdict.bound)
    talk.line(
        Words(
            f"证书成立：造价 {cost:,} 元，下界 {bound:,} 元，差距 {percent(verdict.gap)}（重放 {verdict.steps:,} 步）",
            f"the certificate holds: cost {cost:,} CNY, bound {bound:,} CNY, gap {percent(verdict.gap)} "
            f"({verdict.steps:,} steps replayed)",
        )
    )
    talk.result(
        {
            "verified": True,
            "cost_cny": str(cost),
            "lower_bound_cny": str(bound),
            "gap": verdict.gap,
            "steps": verdict.steps,
        }
    )


def _of_the_run(finding: Finding) -> bool:
    """Tell whether a finding must be seen at once: an error, the end before time, and what steering did."""
    return finding.severity == Severity.ERROR or finding.code == "planning_stopped" or finding.layer == "steering"


def _old_draft(stale: bool) -> list[Words]:
    words = Words(
        "图层或设置在规划之后有改动，这里仍是旧草案；运行 cuntong build 更新",
        "the layers or the settings have changed since the plan was made; run 'cuntong build' to renew it",
    )
    return [words] if stale else []


def _tell_files(talk: Talk, made: list[Path], notes: Sequence[Words] = ()) -> None:
    talk.result({"files": [str(p) for p in made], "notes": [note.into(talk.lang) for note in notes]})
    for note in notes:
        talk.line(note)
    for path in made:
        talk.line(Words(f"→ {path}", f"→ {path}"))


def _tell_findings(talk: Talk, findings: tuple[Finding, ...]) -> None:
    """Print findings as a table, the worst first."""
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


def _tell_counts(talk: Talk, counts: dict[str, int]) -> None:
    talk.line(
        Words(
            f"错误 {counts['error']}，警告 {counts['warning']}，提示 {counts['notice']}",
            f"errors {counts['error']}, warnings {counts['warning']}, notices {counts['notice']}",
        )
    )


def _finding_json(finding: Finding, lang: Lang) -> dict[str, Any]:
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
