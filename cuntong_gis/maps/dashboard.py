"""The campaign dashboard of a unit: one page that a leader opens, with no network and no script."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape
from typing import TYPE_CHECKING

from cuntong_gis.errors import MapsError
from cuntong_gis.maps import obstacles, standings, style, unitmap
from cuntong_gis.maps.board import Board, board_of
from cuntong_gis.maps.curve import curve
from cuntong_gis.maps.headline import figures
from cuntong_gis.maps.markup import seen_of, symbol
from cuntong_gis.maps.offline import asset, refuse_outside_links, with_policy
from cuntong_gis.maps.texts import FOOTER, TITLES, banners
from cuntong_gis.units import percent_text
from cuntong_gis.words import Words, day_words, plain

if TYPE_CHECKING:
    from cuntong_gis.maps.shown import Shown

BOARD = Words("工程看板", "dashboard")
DENSE, ROOMY = 13, 10
"""Rows from which on a ranking is set closer, and up to which it is set wider."""


@dataclass(frozen=True)
class Links:
    """Pages beside a dashboard that exist, as they are reached from it.

    Attributes
    ----------
    maps : mapping of str to str
        ``distribution`` and ``route`` → the interactive maps.
    above : tuple of (str, str)
        Names of the units above, from the top, and their dashboards; "" where there is none.
    below : mapping of str to str
        Code of a unit below → its dashboard.
    """

    maps: Mapping[str, str] = field(default_factory=dict)
    above: tuple[tuple[str, str], ...] = ()
    below: Mapping[str, str] = field(default_factory=dict)


def whole_unit(shown: Shown) -> str:
    """Return the code of the unit that a dashboard of what is shown speaks of.

    Parameters
    ----------
    shown : Shown
        The campaign, or a unit of it.

    Returns
    -------
    str
        The unit that is shown; of a campaign its own unit, else its only top unit.

    Raises
    ------
    MapsError
        If the campaign has several top units and does not say which is its own.
    """
    own = shown.settings.campaign.unit_code
    known = set(shown.status.units.loc[shown.status.units["level"] != "village", "code"])
    if shown.unit or own in known:
        return shown.unit or own
    if shown.root is None or shown.root["level"] == "village":
        raise MapsError(
            Words("看板不知道以哪个单位为准", "the dashboard does not know which unit it is of"),
            where="[campaign] unit_code",
            hint=Words("在 cuntong.toml 写明 unit_code，或用 --unit", "say unit_code in cuntong.toml, or use --unit"),
        )
    return str(shown.root["code"])


def dashboard(shown: Shown, links: Links | None = None) -> str:
    """Draw the dashboard of a unit.

    Parameters
    ----------
    shown : Shown
        The campaign, or a unit of it.
    links : Links, optional
        Pages beside it.

    Returns
    -------
    str
        A page that holds all that it needs and no script; the same for the same campaign.

    Raises
    ------
    MapsError
        If it is not known which unit it is of.
    """
    code = whole_unit(shown)
    return _page(board_of(shown, code), links or Links())


def dashboard_picture(shown: Shown) -> str:
    """Draw what stands for the dashboard on the start page: its curve of progress.

    Parameters
    ----------
    shown : Shown
        The campaign, or a unit of it.

    Returns
    -------
    str
        An ``<svg>`` element.

    Raises
    ------
    MapsError
        If it is not known which unit it is of.
    """
    code = whole_unit(shown)
    return curve(board_of(shown, code), 380.0, 224.0, "#fff")


def _page(board: Board, links: Links) -> str:
    campaign = board.shown.settings.campaign
    own = board.code == campaign.unit_code
    name = plain(campaign.name if own else board.row["name"])
    title = f"{name} {BOARD.into(board.lang)}"
    code = "zh-CN" if board.lang == "zh" else "en"
    rows = board.below.rows
    seen = seen_of(len(rows), standings.MOST_ROWS)
    looks = " dense" if seen > DENSE else " roomy" if seen <= ROOMY else ""
    looks += " public" if board.shown.public else ""
    page = (
        f'<!DOCTYPE html><html lang="{code}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{asset('dashboard.css')}</style></head>"
        f'<body>{standings.light_symbols()}<main class="board{looks}">{_head(board, links, name, own)}{figures(board)}'
        f"{_curve(board)}{_map(board, links)}{_ranking(board, links)}{_inside(board)}"
        f"<footer>{escape(FOOTER.into(board.lang))}</footer></main></body></html>\n"
    )
    refuse_outside_links(page)
    return with_policy(page)


def _head(board: Board, links: Links, name: str, own: bool) -> str:
    shown, lang = board.shown, board.lang
    day = day_words(board.pace.as_of).into(lang)
    about = [] if own else [escape(plain(shown.settings.campaign.name))]
    about += [escape(BOARD.into(lang)), f"<b>{board.say('数据截止 ', 'as of ')}{escape(day)}</b>"]
    revision = plain(shown.plan.revision)
    about.append(
        board.say(f"规划版本 {revision}", f"plan {revision}") if revision else board.say("规划草案", "draft plan")
    )
    if not shown.has_ledger:
        about.append(board.say("没有台账，按图层所写的阶段", "no ledger: stages as the layer says"))
    above = "".join(
        (f'<a href="{escape(href)}">{escape(plain(unit))}</a>' if href else f"<span>{escape(plain(unit))}</span>")
        + "<i>›</i>"
        for unit, href in links.above
    )
    path = f'<nav class="above" aria-label="{board.say("上级单位", "units above")}">{above}</nav>' if above else ""
    maps = "".join(
        f'<a href="{escape(href)}#unit={escape(board.code)}">{escape(TITLES[kind].into(lang))}</a>'
        for kind, href in links.maps.items()
    )
    notes = "".join(f'<span class="banner">{escape(line.into(lang))}</span>' for line in banners(shown))
    return (
        f'<header><div><div class="title">{path}<h1>{escape(name)}</h1></div><p>{" · ".join(about)}</p></div>'
        f'<nav class="links">{notes}{maps}</nav></header>'
    )


def _curve(board: Board) -> str:
    note = ""
    if not board.shown.has_ledger:
        note = board.say("没有台账，看不出过程", "no ledger: how it came to this is not known")
        note = f'<p class="nothing">{note}</p>'
    title = board.say("进度曲线（村）", "progress (villages)")
    return f'<section class="curve"><h2>{title}</h2>{curve(board, 400.0, 230.0)}{note}</section>'


def _map(board: Board, links: Links) -> str:
    lang, shown = board.lang, board.shown
    if board.of_villages:
        drawn = unitmap.villages_map(shown, lang)
        stages = shown.plan.villages["stage"]
        counts = [(look, int((stages == stage).sum())) for stage, look in style.VILLAGE.items()]
        counts.append((style.LATE, int(shown.plan.villages["late"].sum())))
        key = "".join(
            f"<li>{symbol(look)}{escape(look.label.into(lang))} <b>{count:,}</b></li>" for look, count in counts
        )
        title = board.say("各村阶段", "villages by stage")
    else:
        drawn = unitmap.units_map(shown, _areas(board, links), lang)
        key = "".join(
            f'<li><svg viewBox="0 0 12 12" aria-hidden="true"><rect width="12" height="12" fill="{color}" '
            f'stroke="#8b95a1"/></svg>{_class(n)}</li>'
            for n, (_, color) in enumerate(style.COMPLETION)
        )
        title = board.say("各单位开通率", "share of villages lit")
    if not drawn:
        drawn = f'<p class="nothing">{board.say("没有坐标，画不出图", "nothing has a place, so there is no map")}</p>'
    return f'<section class="where"><h2>{title}</h2>{drawn}<ul class="key">{key}</ul></section>'


def _areas(board: Board, links: Links) -> list[unitmap.Area]:
    rows = board.below.rows[board.below.rows["listed"] != "overlay"]
    found = []
    for row in standings.rows_of(rows):
        share = float(row.lit_rate)
        told = f"{plain(row.name)} {plain(row.rule if board.lang == 'zh' else row.rule_en)}"
        found.append(
            unitmap.Area(row.code, plain(row.name), percent_text(share), share, told, links.below.get(row.code, ""))
        )
    villages = board.below.status["villages"].astype(int).to_dict()
    return sorted(found, key=lambda area: -villages[area.code])


def _ranking(board: Board, links: Links) -> str:
    title = board.say("排名与亮灯（差的在前）", "ranking and lights (worst first)")
    if not len(board.below.rows):
        content = f'<p class="nothing">{board.say("没有下一级单位", "there are no units below")}</p>'
    elif board.of_villages:
        title = board.say("各村（差的在前）", "villages (worst first)")
        content = standings.villages_table(board.below, board.shown, board.pace.as_of, board.lang)
    else:
        if board.shown.public:
            title = board.say("各单位进度（差的在前）", "units (worst first)")
        content = standings.units_table(board.below, board.shown.lights, links.below, board.lang)
        if not board.shown.has_ledger and not board.shown.public:
            content += f'<p class="nothing">{board.say("没有台账，没有亮灯记录", "no ledger: no lights are known")}</p>'
    return f'<section class="ranks"><h2>{title}</h2>{content}</section>'


def _inside(board: Board) -> str:
    """Return what is told inside the campaign only."""
    return "" if board.shown.public else _blockers(board) + _officials(board)


def _blockers(board: Board) -> str:
    row = board.row
    count = ""
    if board.shown.has_ledger:
        count = board.say(
            f" {row['blockers']:,} 项，逾期 {row['blockers_overdue']:,} 项",
            f" {row['blockers']:,}, overdue {row['blockers_overdue']:,}",
        )
    content = obstacles.blockers_list(board.shown, board.pace.as_of, board.lang)
    return f'<section class="blocked"><h2>{board.say("未解决阻碍", "open blockers")}{count}</h2>{content}</section>'


def _officials(board: Board) -> str:
    content = obstacles.officials_list(board.shown, board.below, board.lang)
    return f'<section class="people"><h2>{board.say("责任人", "who answers")}</h2>{content}</section>'


def _class(n: int) -> str:
    """Return the shares that a colour stands for."""
    least = style.COMPLETION[n][0]
    if n == len(style.COMPLETION) - 1:
        return f"{least * 100:g}%"
    return f"{least * 100:g}–{style.COMPLETION[n + 1][0] * 100:g}%"
