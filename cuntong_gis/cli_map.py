"""The command `cuntong map`: the interactive maps, and any unit on paper or a slide."""

from pathlib import Path
from typing import Annotated

import typer

from cuntong_gis.talk import Talk, json_option, lang_option, tell_files, workspace_option
from cuntong_gis.usage import Misuse, one_of
from cuntong_gis.words import Lang, Words

KINDS = ("distribution", "route", "wall", "dashboard")
KIND_WORDS = {"工程分布图": "distribution", "工程线路图": "route", "作战图": "wall", "工程看板": "dashboard"}
LEVELS = ("prefecture", "county", "township")
PAPERS = ("A4", "A3", "A2", "A1", "A0", "16:9")


def add_map(app: typer.Typer, lang: Lang, asked: bool) -> None:
    """Add `map`.

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
    draft_ = typer.Option("--draft", help=t("画草案，不画在用版本", "the draft, not the revision in force"))
    unit_ = typer.Option("--unit", help=t("单位代码，省到乡镇", "code of a unit, province to township"))
    level_ = typer.Option(
        "--level", metavar="|".join(LEVELS), help=t("这一级的每个单位（看板）", "every unit of the level (dashboard)")
    )
    paper_ = typer.Option("--paper", metavar="|".join(PAPERS), help=t("纸张；16:9 为幻灯片", "paper; 16:9: a slide"))
    scale_ = typer.Option(
        "--scale",
        min=1000,
        help=t(
            "比例尺分母，如 50000；一张放不下则分幅", "denominator, 50000; a series of sheets where one is too small"
        ),
    )
    public_ = typer.Option(
        "--public",
        help=t(
            "拟公开版：坐标到 50 米，只含村名、阶段、单位数字",
            "edition for publication: places to 50 m; names, stages, figures of units",
        ),
    )
    signed = t("；默认取 cuntong.toml，否则留空待签", "; default: of cuntong.toml, else a blank to sign")

    @app.command(
        "map",
        help=t(
            "绘制地图：distribution 工程分布图，route 工程线路图，wall 作战图（PDF），dashboard 工程看板。",
            "Draw a map: distribution, route, wall (as PDF); or the dashboard.",
        ),
    )
    def map_(
        kind: Annotated[str, typer.Argument(metavar="|".join(KINDS))],
        unit: Annotated[str, unit_] = "",
        level: Annotated[str, level_] = "",
        paper: Annotated[str, paper_] = "A3",
        pdf: Annotated[bool, typer.Option("--pdf", help=t("矢量 PDF", "vector PDF"))] = False,
        png: Annotated[bool, typer.Option("--png", help=t("图片", "a picture"))] = False,
        svg: Annotated[bool, typer.Option("--svg", help=t("矢量图", "vector picture"))] = False,
        scale: Annotated[int | None, scale_] = None,
        maker: Annotated[str, typer.Option("--maker", help=t("制图人", "who made it") + signed)] = "",
        checker: Annotated[str, typer.Option("--checker", help=t("审核人", "who checked it") + signed)] = "",
        folder: Folder = Path(),
        draft: Annotated[bool, draft_] = False,
        public: Annotated[bool, public_] = False,
        as_json: AsJson = False,
        language: Language = lang,
    ) -> None:
        from cuntong_gis import drawing, workspace

        kind, paper = one_of(kind, KINDS, KIND_WORDS), one_of(paper.upper(), PAPERS)
        level = one_of(level, LEVELS) if level else ""
        formats = tuple(name for name, wanted in (("pdf", pdf), ("png", png), ("svg", svg)) if wanted)
        on_paper = kind == "wall" or bool(formats)
        _refuse(kind, level, scale, formats, on_paper=on_paper, public=public)
        with Talk(lang, asked, as_json) as talk:
            here = talk.open(folder)
            if kind == "dashboard":
                made = drawing.draw_dashboards(here, unit=unit, level=level, draft=draft, public=public)
            elif on_paper:
                with talk.stages() as say:
                    say(Words("绘制图幅", "drawing the sheets"))
                    made = drawing.draw_wall(
                        here, kind, draft=draft, public=public, unit=unit, paper=paper, formats=formats or ("pdf",),
                        scale=scale, maker=maker, checker=checker,
                    )  # fmt: skip
            else:
                made = drawing.draw_map(here, kind, unit=unit, draft=draft, public=public)
            tell_files(
                talk, made, [*old_draft(workspace.stale(here)), *_of_publication(public, here.settings.maps.base_map)]
            )


def _refuse(
    kind: str, level: str, scale: int | None, formats: tuple[str, ...], *, on_paper: bool, public: bool
) -> None:  # fmt: skip
    """Refuse options that do not go together."""
    if public and kind == "route":
        from cuntong_gis.maps import NO_PUBLIC_ROUTES

        raise Misuse(NO_PUBLIC_ROUTES)
    if level and kind != "dashboard":
        raise Misuse(Words("--level 只用于看板", "--level is for the dashboard only"))
    if kind == "dashboard" and (formats or scale):
        raise Misuse(Words("看板只有网页", "the dashboard is a page only"))
    if scale and not on_paper:
        raise Misuse(Words("--scale 用于 --pdf、--png、--svg", "--scale goes with --pdf, --png, --svg"))


def _of_publication(public: bool, base_map: str) -> list[Words]:
    """Return what should be known of a public edition."""
    if not public:
        return []
    told = Words("拟公开版仍须审核后方可公开", "the edition for publication must still be reviewed before it is")
    return [told, Words("拟公开版不带在线底图", "it has no online base map")] if base_map else [told]


def old_draft(stale: bool) -> list[Words]:
    """Return what should be known of a draft that is older than what it was made of.

    Parameters
    ----------
    stale : bool
        As of `workspace.stale`.

    Returns
    -------
    list of Words
        Empty where it is fresh.
    """
    words = Words(
        "图层或设置在规划之后有改动，这里仍是旧草案；运行 cuntong build 更新",
        "the layers or the settings have changed since the plan was made; run 'cuntong build' to renew it",
    )
    return [words] if stale else []
