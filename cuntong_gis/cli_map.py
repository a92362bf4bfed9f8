"""The command `cuntong map`: the interactive maps, and any unit on paper or a slide."""

from pathlib import Path
from typing import Annotated

import typer

from cuntong_gis.talk import Talk, json_option, lang_option, tell_files, workspace_option
from cuntong_gis.usage import Misuse, one_of
from cuntong_gis.words import Lang, Words

KINDS = ("distribution", "route", "wall")
KIND_WORDS = {"工程分布图": "distribution", "工程线路图": "route", "作战图": "wall"}
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
    paper_ = typer.Option("--paper", metavar="|".join(PAPERS), help=t("纸张；16:9 为幻灯片", "paper; 16:9: a slide"))
    scale_ = typer.Option(
        "--scale",
        min=1000,
        help=t(
            "比例尺分母，如 50000；一张放不下则分幅", "denominator, 50000; a series of sheets where one is too small"
        ),
    )
    signed = t("；默认取 cuntong.toml，否则留空待签", "; default: of cuntong.toml, else a blank to sign")

    @app.command(
        "map",
        help=t(
            "绘制地图：distribution 工程分布图，route 工程线路图，wall 作战图（PDF）。",
            "Draw a map: distribution, route, or wall (as PDF).",
        ),
    )
    def map_(
        kind: Annotated[str, typer.Argument(metavar="|".join(KINDS))],
        unit: Annotated[str, unit_] = "",
        paper: Annotated[str, paper_] = "A3",
        pdf: Annotated[bool, typer.Option("--pdf", help=t("矢量 PDF", "vector PDF"))] = False,
        png: Annotated[bool, typer.Option("--png", help=t("图片", "a picture"))] = False,
        svg: Annotated[bool, typer.Option("--svg", help=t("矢量图", "vector picture"))] = False,
        scale: Annotated[int | None, scale_] = None,
        maker: Annotated[str, typer.Option("--maker", help=t("制图人", "who made it") + signed)] = "",
        checker: Annotated[str, typer.Option("--checker", help=t("审核人", "who checked it") + signed)] = "",
        folder: Folder = Path(),
        draft: Annotated[bool, draft_] = False,
        as_json: AsJson = False,
        language: Language = lang,
    ) -> None:
        from cuntong_gis import workspace as ws

        kind, paper = one_of(kind, KINDS, KIND_WORDS), one_of(paper.upper(), PAPERS)
        formats = tuple(name for name, wanted in (("pdf", pdf), ("png", png), ("svg", svg)) if wanted)
        on_paper = kind == "wall" or bool(formats)
        if not on_paper and (unit or scale):
            raise Misuse(
                Words(
                    "网页地图是全部范围的；--unit、--scale 用于 --pdf、--png、--svg",
                    "a page holds the whole; --unit and --scale go with --pdf, --png, --svg",
                )
            )
        with Talk(lang, asked, as_json) as talk:
            here = talk.open(folder)
            if on_paper:
                with talk.stages() as say:
                    say(Words("绘制图幅", "drawing the sheets"))
                    made = ws.draw_wall(
                        here, kind, draft=draft, unit=unit, paper=paper, formats=formats or ("pdf",), scale=scale,
                        maker=maker, checker=checker,
                    )  # fmt: skip
            else:
                made = ws.draw_maps(here, (kind,), draft=draft)
            tell_files(talk, made, old_draft(ws.stale(here)))


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
