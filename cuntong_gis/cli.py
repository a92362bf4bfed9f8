"""The command `cuntong`: parse, call one door of the workspace, print what was made."""

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cuntong_gis.cli_map import add_map, old_draft
from cuntong_gis.cli_progress import add_progress
from cuntong_gis.cli_report import add_report
from cuntong_gis.model import Effort, Finding, PlanTotals, ScaleName, Severity
from cuntong_gis.talk import Talk, finding_json, json_option, lang_option, tell_files, tell_findings, workspace_option
from cuntong_gis.units import cny_from_fen, percent, wan_cny
from cuntong_gis.usage import Misuse, one_of
from cuntong_gis.words import Lang, Words

if TYPE_CHECKING:
    from cuntong_gis.verify import Verdict

FORMATS = ("gpkg", "geojson", "shp", "kml")


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

    folder = workspace_option(lang)
    Folder = Annotated[Path, folder]  # noqa: N806
    AsJson = Annotated[bool, json_option(lang)]  # noqa: N806
    Language = Annotated[Lang, lang_option(lang)]  # noqa: N806
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
    moved_ = typer.Option(
        "--map",
        metavar="OLD=NEW",
        help=t(
            "旧光缆段已报的工作量归到哪个新光缆段；废弃写 none；可重复",
            "where the work reported of an old span goes; none: given up; may be repeated",
        ),
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
        from cuntong_gis.starters import begin_ledger, make_demo

        with Talk(lang, asked, as_json) as talk:
            with talk.stages() as say:
                make_demo(where, say, scale)
                here = talk.open(where)
                first = ws.draft_plan(here, say, note=say.note, watch=say.watch, again=False)
                begin_ledger(here, say)
                run = ws.build(here, say, note=say.note, watch=say.watch)
            made = (*first.made, *run.made)
            _tell_run(talk, dataclasses.replace(run, made=made, planned=first.planned, change=first.change), where)
            talk.line(Words(f"看进度：cuntong report month -C {where}", f"progress: cuntong report month -C {where}"))

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
            tell_files(talk, make_empty(where, lang))

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
            tell_findings(talk, layers.findings)
            _tell_counts(talk, counts)
            talk.result(
                {
                    "villages": len(layers.villages),
                    "findings": counts,
                    "list": [finding_json(f, talk.lang) for f in layers.findings],
                    "files": [str(p) for p in made],
                }
            )
            if not as_json:
                tell_files(talk, made)
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
        mapped: Annotated[list[str] | None, moved_] = None,
        as_json: AsJson = False,
        language: Language = lang,
    ) -> None:
        from cuntong_gis import workspace as ws

        parent, parent_json = context.obj
        as_json = as_json or parent_json
        with Talk(lang, asked, as_json) as talk:
            pairs = dict(_pair(one) for one in mapped or [])
            path, crosswalk = ws.issue(talk.open(folder or parent), pairs)
            same, overlap, none = (crosswalk[method] for method in ("same", "overlap", "none"))
            talk.line(
                Words(
                    f"已发布 {path.stem}；旧光缆段：相同 {same}，重合 {overlap}，无对应 {none}",
                    f"issued {path.stem}; old spans: same {same}, overlapping {overlap}, without successor {none}",
                )
            )
            talk.result({"revision": path.stem, "file": str(path), "crosswalk": crosswalk})
            if not as_json:
                tell_files(talk, [path])

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

    add_map(app, lang, asked)

    @app.command(help=t("把规划导出为其他格式。", "Export the plan for other programs."))
    def export(
        to: Annotated[str, typer.Option("--to", metavar="|".join(FORMATS), help=t("格式", "format"))],
        folder: Folder = Path(),
        as_json: AsJson = False,
        language: Language = lang,
    ) -> None:
        from cuntong_gis import workspace as ws

        one_of(to, FORMATS)
        with Talk(lang, asked, as_json) as talk:
            here = talk.open(folder)
            made, notes = ws.export(here, to)
            tell_files(talk, made, [*old_draft(ws.stale(here)), *notes])

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

    add_progress(app, lang, asked)
    add_report(app, lang, asked)
    return app


def _pair(text: str) -> tuple[str, str]:
    old, equals, new = text.partition("=")
    if not (old and equals and new):
        raise Misuse(Words(f"--map 写成 OLD=NEW，实为“{text}”", f"--map is written OLD=NEW, found {text!r}"))
    return old, new


def _tell_run(talk: Talk, run: Any, folder: Path) -> None:
    """Print totals, what is wrong, and what was made."""
    from cuntong_gis.plan import change_json, change_lines
    from cuntong_gis.workspace import totals_json

    totals: PlanTotals = run.plan.totals
    tell_findings(talk, tuple(f for f in run.plan.findings if _of_the_run(f)))
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
        tell_files(talk, list(run.made))


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


def _tell_counts(talk: Talk, counts: dict[str, int]) -> None:
    talk.line(
        Words(
            f"错误 {counts['error']}，警告 {counts['warning']}，提示 {counts['notice']}",
            f"errors {counts['error']}, warnings {counts['warning']}, notices {counts['notice']}",
        )
    )
