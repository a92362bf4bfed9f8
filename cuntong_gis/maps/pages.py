"""The plain pages around the maps: where to begin, and what was found in the data."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from cuntong_gis.files import write_text
from cuntong_gis.maps.offline import asset, with_policy
from cuntong_gis.maps.preview import preview
from cuntong_gis.maps.style import FINDING, VILLAGE
from cuntong_gis.maps.svg import mark
from cuntong_gis.maps.texts import FOOTER, TITLES, figures
from cuntong_gis.model import Finding, Severity
from cuntong_gis.plan import cut_off_date
from cuntong_gis.schema import iso
from cuntong_gis.words import Lang, Words

if TYPE_CHECKING:
    from cuntong_gis.model import Plan
    from cuntong_gis.settings import Settings

WHAT_IT_IS = {
    "dashboard.html": (
        Words("工程看板", "campaign dashboard"),
        Words("倒计时、速度、曲线、排名、亮灯、阻碍", "countdown, rates, curve, ranking, lights, blockers"),
    ),
    "distribution_map.html": (
        TITLES["distribution"],
        Words("各村按阶段着色，可搜索、筛选、打印", "villages by stage: search, filter, print"),
    ),
    "route_map.html": (TITLES["route"], Words("光缆段与每个村的路由", "spans, and the route of each village")),
    "findings.html": (
        Words("检查结果", "findings"),
        Words("数据问题、位置与处理办法", "what is wrong with the data, where, and the remedy"),
    ),
    "findings.csv": (
        Words("检查结果（表格）", "findings as a table"),
        Words("可用 Excel 打开", "opens in a spreadsheet"),
    ),
    "campaign.gpkg": (
        Words("工程数据包", "campaign package"),
        Words("村、光缆段、路由、站点，可用 QGIS 打开", "villages, spans, routes, sites for QGIS"),
    ),
    "run.json": (
        Words("运行记录", "run record"),
        Words("输入指纹、版本、造价与界", "hashes of the input, versions, cost and bound"),
    ),
}
REPORT = (
    Words("进度报表", "progress report"),
    Words("进度表、排名、亮灯、督查建议、销号台账（Excel）", "progress, ranking, lights, proposals, register (Excel)"),
)
REPORTS = "reports"
"""Folder of the reports, beside the page."""
SEVERITY = {severity: look.label for severity, look in FINDING.items()}
BOARD = "dashboard.html"
MAPS = {"distribution_map.html": "distribution", "route_map.html": "route"}
SHOWN_RULES = 6
"""Rules named on the start page, the worst first."""
SHOWN_ROWS = 5000
"""Rows of the findings page; all of them are in findings.csv."""


def write_index(
    path: Path, plan: Plan, settings: Settings, made: Sequence[Path], board: str = ""
) -> None:  # fmt: skip
    """Write the start page of a run.

    Parameters
    ----------
    path : Path
        ``maps_out/index.html``.
    plan : Plan
        For its totals.
    settings : Settings
        Title, language, cut-off date.
    made : sequence of Path
        Files beside the page; those it knows are linked, in its own order.
    board : str
        Picture of the dashboard, an ``<svg>`` element.
    """
    lang = settings.campaign.lang
    names = {file.name for file in made}
    pictures = {name: preview(kind, plan) for name, kind in MAPS.items() if name in names} | {BOARD: board}
    cards = {
        name: _card(name, title.into(lang), note.into(lang), pictures.get(name, ""))
        for name, (title, note) in WHAT_IT_IS.items()
        if name in names
    }
    maps = "".join(card for name, card in cards.items() if name in pictures)
    title, note = (words.into(lang) for words in REPORT)
    files = "".join(
        _card(f"{REPORTS}/{quote(file.name)}", title, note, "") for file in made if file.parent.name == REPORTS
    )
    files += "".join(card for name, card in cards.items() if name not in pictures)
    numbers = "".join(
        f'<div><dt>{escape(label.into(lang))}</dt><dd class="{emphasis}">{escape(text)}</dd></div>'
        for label, text, emphasis in figures(plan)
    )
    day = cut_off_date(plan.villages, settings)
    about = [] if day is None else [Words("数据截止 ", "as of ").into(lang) + iso(day)]
    about.append(plan.revision or Words("规划草案", "draft plan").into(lang))
    notes = "".join(f"<p class=banner>{escape(text)}</p>" for text in _notes(plan, settings))
    content = (
        f"{notes}<dl class=figures>{numbers}</dl>{_stages(plan, lang)}<ul class=maps>{maps}</ul>"
        f"{_summary(plan.findings, lang)}<ul class=cards>{files}</ul>"
    )
    write_text(path, _page(settings.campaign.name, " · ".join(about), content, lang))


def _card(name: str, title: str, about: str, picture: str) -> str:
    return f'<li><a href="{name}">{picture}<b>{escape(title)}</b><span>{escape(about)}</span></a></li>'


def _stages(plan: Plan, lang: Lang) -> str:
    """Return one bar of all villages by stage, with its key."""
    counts = plan.villages["stage"].value_counts()
    at, bars, keys = 0.0, "", ""
    for stage, look in VILLAGE.items():
        count = int(counts.get(str(stage), 0))
        if not count:
            continue
        width = 1000 * count / len(plan.villages)
        bars += f'<rect x="{at:.2f}" width="{width:.2f}" height="10" fill="{look.fill}"/>'
        at += width
        drawn = mark(look.shape, look.fill, look.line)
        keys += f'<li><svg viewBox="0 0 12 12" aria-hidden="true">{drawn}</svg>'
        keys += f"{escape(look.label.into(lang))} <b>{count:,}</b></li>"
    bar = f'<svg class=bar viewBox="0 0 1000 10" preserveAspectRatio="none" aria-hidden="true">{bars}</svg>'
    return f"<section class=stages>{bar}<ul>{keys}</ul></section>" if keys else ""


def _summary(findings: Sequence[Finding], lang: Lang) -> str:
    """Return how many findings of each severity there are, and the worst rules with an example each."""
    title = Words("检查结果", "findings").into(lang)
    if not findings:
        nothing = Words("没有发现问题", "nothing found").into(lang)
        return f"<section class=findings><h2>{title}</h2><p>{nothing}</p></section>"
    order = list(Severity)
    tally = "".join(
        f'<span class="{s}">{escape(SEVERITY[s].into(lang))} <b>{sum(f.severity == s for f in findings)}</b></span>'
        for s in Severity
    )
    rules: dict[tuple[int, str], list[Finding]] = {}
    for finding in findings:
        rules.setdefault((order.index(finding.severity), finding.code), []).append(finding)
    worst = sorted(rules.items(), key=lambda rule: (rule[0][0], -len(rule[1]), rule[0][1]))[:SHOWN_RULES]
    rows = "".join(
        f'<li class="{found[0].severity}">{escape(_visible(found[0].message.into(lang)))}'
        + (f" <b>× {len(found)}</b>" if len(found) > 1 else "")
        + "</li>"
        for _, found in worst
    )
    return f"<section class=findings><h2>{title}</h2><p>{tally}</p><ul>{rows}</ul></section>"


def _notes(plan: Plan, settings: Settings) -> list[str]:
    lang = settings.campaign.lang
    notes = []
    if settings.campaign.synthetic:
        notes.append(Words("合成示例数据，不反映任何真实的工程", "synthetic sample data, no real campaign").into(lang))
    if not plan.totals.surveyed:
        notes.append(Words("无道路图层：全部线路未勘测", "no roads layer: every route is unsurveyed").into(lang))
    errors = sum(f.severity == Severity.ERROR for f in plan.findings)
    if errors:
        notes.append(
            Words(f"数据有 {errors} 处错误，见检查结果", f"{errors} errors in the data: see the findings").into(lang)
        )
    return notes


def write_findings(path: Path, findings: Iterable[Finding], settings: Settings) -> None:
    """Write what was found in the data as a page, the worst first, each with its place.

    Parameters
    ----------
    path : Path
        ``maps_out/findings.html``.
    findings : iterable of Finding
        In the order of reporting.
    settings : Settings
        Title and language.
    """
    lang = settings.campaign.lang
    order = list(Severity)
    ranked = sorted(findings, key=lambda f: order.index(f.severity))
    counts = " · ".join(f"{SEVERITY[s].into(lang)} {sum(f.severity == s for f in ranked)}" for s in Severity)
    heads = [
        Words("程度", "severity"),
        Words("位置", "where"),
        Words("说明", "what"),
        Words("处理办法", "remedy"),
        Words("坐标", "place"),
    ]
    head = "".join(f"<th>{escape(words.into(lang))}</th>" for words in heads)
    rows = "".join(_row(finding, lang) for finding in ranked[:SHOWN_ROWS])
    table = f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
    if len(ranked) > SHOWN_ROWS:
        rest = len(ranked) - SHOWN_ROWS
        table += f"<p>{escape(Words(f'另有 {rest} 条,见 findings.csv', f'{rest} more in findings.csv').into(lang))}</p>"
    if not ranked:
        table = f"<p class=banner>{escape(Words('没有发现问题', 'nothing found').into(lang))}</p>"
    title = f"{settings.campaign.name} {Words('检查结果', 'findings').into(lang)}"
    write_text(path, _page(title, counts, table, lang))


def _row(finding: Finding, lang: Lang) -> str:
    where = " ".join(part for part in (finding.layer, finding.row, finding.field) if part)
    place = "" if finding.lon is None or finding.lat is None else f"{finding.lon:.6f}, {finding.lat:.6f}"
    cells = [SEVERITY[finding.severity].into(lang), where, finding.message.into(lang), finding.hint.into(lang), place]
    return (
        f'<tr class="{finding.severity}">' + "".join(f"<td>{escape(_visible(cell))}</td>" for cell in cells) + "</tr>"
    )


def _visible(text: str) -> str:
    """Return a text without control or direction marks, which could make a line read as another."""
    return "".join(c if c.isprintable() else "\ufffd" for c in text)


def _page(title: str, subtitle: str, content: str, lang: Lang) -> str:
    code = "zh-CN" if lang == "zh" else "en"
    footer = FOOTER.into(lang)
    return with_policy(
        f'<!DOCTYPE html><html lang="{code}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{asset('pages.css')}</style></head><body><main>"
        f"<h1>{escape(title)}</h1><p class=sub>{escape(subtitle)}</p>{content}"
        f"<footer>{escape(footer)}</footer></main></body></html>\n"
    )
