"""The campaign dashboard of a unit: one page that a leader opens, with no network and no script."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np

from cuntong_gis.errors import MapsError
from cuntong_gis.maps import charts, standings, style, unitmap
from cuntong_gis.maps.offline import asset, refuse_outside_links, with_policy
from cuntong_gis.maps.pace import Pace, forecast_words, pace_of
from cuntong_gis.maps.texts import FOOTER, TITLES, banners
from cuntong_gis.model import Stage
from cuntong_gis.units import NOTHING, decimal_text, percent_text
from cuntong_gis.words import MONTHS, Lang, Words, day_words, plain

if TYPE_CHECKING:
    import pandas as pd

    from cuntong_gis.maps.shown import Shown

LIT, CLOSED, LAID = (style.VILLAGE[stage] for stage in (Stage.LIT, Stage.CLOSED, Stage.LAID))
LIT_LINE, CLOSED_LINE, LAID_LINE = "#2f8f55", CLOSED.line, LAID.line
TIME_COLOR = "#8b95a1"
BOARD = Words("工程看板", "dashboard")
CURVES = Words("开通、销号、敷设的村数与目标", "villages laid, lit and closed against the target")


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
    here = shown if shown.unit == code else shown.within(code)
    return _Board(here, code, links or Links()).page()


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
    here = shown if shown.unit == code else shown.within(code)
    return _Board(here, code, Links()).chart(560.0, 330.0, "#fff")


class _Board:
    """One dashboard: the unit's row of figures, its pace and its units below."""

    def __init__(self, shown: Shown, code: str, links: Links) -> None:
        self.shown, self.code, self.links = shown, code, links
        self.lang: Lang = shown.settings.campaign.lang
        units = shown.status.units
        self.row: pd.Series = units[units["code"] == code].iloc[0]
        self.pace: Pace = pace_of(shown, code)
        self.below = standings.standings_of(shown)
        self.of_villages = self.below.level == "village" or not len(self.below.rows)

    def say(self, zh: str, en: str) -> str:
        return escape(zh if self.lang == "zh" else en)

    def page(self) -> str:
        campaign = self.shown.settings.campaign
        own = self.code == campaign.unit_code
        name = plain(campaign.name if own else self.row["name"])
        title = f"{name} {BOARD.into(self.lang)}"
        code = "zh-CN" if self.lang == "zh" else "en"
        rows = self.below.rows
        looks = (" dense" if len(rows) > 16 else "") + (" public" if self.shown.public else "")
        page = (
            f'<!DOCTYPE html><html lang="{code}"><head><meta charset="utf-8">'
            '<meta name="viewport" content="width=device-width, initial-scale=1">'
            f"<title>{escape(title)}</title><style>{asset('dashboard.css')}</style></head>"
            f'<body>{standings.light_symbols()}<main class="board{looks}">{self.head(name, own)}{self.figures()}'
            f"{self.curve()}{self.map()}{self.ranking()}{self.inside()}"
            f"<footer>{escape(FOOTER.into(self.lang))}</footer></main></body></html>\n"
        )
        refuse_outside_links(page)
        return with_policy(page)

    def head(self, name: str, own: bool) -> str:
        shown, lang = self.shown, self.lang
        day = day_words(self.pace.as_of).into(lang)
        about = [] if own else [escape(plain(shown.settings.campaign.name))]
        about += [escape(BOARD.into(lang)), f"<b>{self.say('数据截止 ', 'as of ')}{escape(day)}</b>"]
        revision = plain(shown.plan.revision)
        about.append(
            self.say(f"规划版本 {revision}", f"plan {revision}") if revision else self.say("规划草案", "draft plan")
        )
        if not shown.has_ledger:
            about.append(self.say("没有台账，按图层所写的阶段", "no ledger: stages as the layer says"))
        above = "".join(
            f'<a href="{escape(href)}">{escape(plain(unit))}</a> › ' if href else f"{escape(plain(unit))} › "
            for unit, href in self.links.above
        )
        path = f'<nav class="above">{above}</nav>' if above else ""
        maps = "".join(
            f'<a href="{escape(href)}#unit={escape(self.code)}">{escape(TITLES[kind].into(lang))}</a>'
            for kind, href in self.links.maps.items()
        )
        notes = "".join(f'<span class="banner">{escape(line.into(lang))}</span>' for line in banners(shown))
        return (
            f"<header><div>{path}<h1>{escape(name)}</h1><p>{' · '.join(about)}</p></div>"
            f'<nav class="links">{notes}{maps}</nav></header>'
        )

    def figures(self) -> str:
        cells = [self.countdown(), self.lit(), self.closed(), self.late(), self.rates()]
        return f'<section class="figures">{"".join(cells)}</section>'

    def countdown(self) -> str:
        pace, left = self.pace, self.pace.days_left
        bar = charts.share_bar([(float(self.row["time_rate"]), TIME_COLOR)], math.nan)
        if left is None or pace.deadline is None:
            return _cell(
                self.say("距完成时限", "to the deadline"), NOTHING, "", "",
                self.say("没有写明完成时限", "no deadline is given"), "days_left",
            )  # fmt: skip
        day = escape(day_words(pace.deadline).into(self.lang))
        gone = escape(percent_text(float(self.row["time_rate"])))
        known = self.row["time_rate"] == self.row["time_rate"]
        about = self.say("时限 ", "due ") + day
        about += "<br>" + self.say("时间已过 ", "time gone ") + gone if known else ""
        if left < 0:
            head, kind = self.say("已超过完成时限", "past the deadline"), "late"
        else:
            head, kind = self.say("距完成时限", "to the deadline"), ""
        unit = self.say("天", "day" if abs(left) == 1 else "days")
        return _cell(head, f"{abs(left):,}", unit, bar if known else "", about, "days_left", kind)

    def lit(self) -> str:
        row, target = self.row, float(self.row["target"])
        over = row["lit"] > row["villages"]
        bar = charts.share_bar(
            [(_known(row["lit_rate"]), LIT.fill)], float(row["target_rate"]), top=max(1.0, _known(row["lit_rate"]))
        )
        rate = f'<b data-figure="lit_rate">{escape(percent_text(float(row["lit_rate"])))}</b>'
        if math.isnan(target):
            due = self.say("没有目标，也没有工期", "neither a target nor the campaign's days")
        else:
            due = self.say("应开通 ", "due ") + f'<span data-figure="target">{escape(decimal_text(target))}</span>'
            if target > 0:
                rules = self.shown.settings.supervision
                share = percent_text(float(row["done"]), (rules.green, rules.yellow, rules.card))
                due += "<br>" + self.say("完成目标 ", "of due ") + escape(share)
        about = f"{rate} · {due}"
        if over:
            about += f" <em>{self.say('超过任务村数，请核对', 'more than there are: check')}</em>"
        return _cell(
            self.say("开通", "villages lit"), f"{row['lit']:,}", f"/ {row['villages']:,}", bar, about, "lit", "good"
        )

    def closed(self) -> str:
        row = self.row
        bar = charts.share_bar(
            [(_known(row["closed_rate"]), CLOSED.fill)], math.nan, top=max(1.0, _known(row["closed_rate"]))
        )
        rate = f'<b data-figure="closed_rate">{escape(percent_text(float(row["closed_rate"])))}</b>'
        waiting = max(int(row["lit"]) - int(row["closed"]), 0)
        about = f"{rate}<br>" + self.say(f"已开通待销号 {waiting:,}", f"lit, not closed {waiting:,}")
        return _cell(
            self.say("验收销号", "closed"), f"{row['closed']:,}", f"/ {row['villages']:,}", bar, about, "closed"
        )

    def late(self) -> str:
        shown, row = self.shown, self.row
        dated = bool(shown.status.villages["due_date"].notna().any())
        number = f"{row['late']:,}" if dated else NOTHING
        about = self.say("时限已过仍未开通", "past their day and still dark")
        if not dated:
            about = self.say("没有任何时限", "no day is given")
        if shown.has_ledger and not shown.public:
            about += "<br>" + self.say(
                f"阻碍 {row['blockers']:,} 项，逾期 {row['blockers_overdue']:,} 项",
                f"blockers {row['blockers']:,}, overdue {row['blockers_overdue']:,}",
            )
        kind = "late" if dated and row["late"] else ""
        return _cell(
            self.say("逾期村", "late"), number, self.say("个村", "villages") if dated else "", "", about, "late", kind
        )

    def rates(self) -> str:
        pace, lang = self.pace, self.lang
        left = pace.days_left
        if left is not None and 0 < left < 7:
            need_head = self.say(f"最后 {left} 天须开通", f"needed in the last {left} days")
            need = float(pace.dark)
        else:
            need_head, need = self.say("每周须开通", "needed a week"), pace.needed
        since = pace.since
        if since is None or (pace.as_of - since).days < 28:
            lately = self.say("近期每周开通", "lit a week lately")
        else:
            day = Words(f"{since.month}月{since.day}日", f"{since.day} {MONTHS[since.month - 1]}").into(lang)
            lately = self.say(f"近四周（{day}以来）每周", f"a week, last four weeks (since {day})")
        rows = [
            (need_head, need, "needed", charts.INK), (lately, pace.lately, "lately", LIT_LINE),
            (self.say("开工以来每周", "a week since the start"), pace.overall, "overall", TIME_COLOR),
        ]  # fmt: skip
        if not self.shown.has_ledger:
            rows = rows[:1]
        top = max([rate for _, rate, _, _ in rows if rate == rate] + [0.0])
        lines = "".join(
            f"<li><span>{head}</span>{charts.share_bar([(_known(rate) / top if top else 0.0, color)], math.nan)}"
            f'<b data-figure="{name}">{escape(decimal_text(rate))}</b></li>'
            for head, rate, name, color in rows
        )
        told = escape(forecast_words(pace, self.shown.has_ledger).into(lang))
        return (
            f'<div class="cell rates"><h2>{self.say("速度（村/周）", "rate (villages a week)")}</h2><ul>{lines}</ul>'
            f'<p data-figure="forecast">{told}</p></div>'
        )

    def curve(self) -> str:
        note = ""
        if not self.shown.has_ledger:
            note = self.say("没有台账，看不出过程", "no ledger: how it came to this is not known")
            note = f'<p class="nothing">{note}</p>'
        title = self.say("进度曲线（村）", "progress (villages)")
        return f'<section class="curve"><h2>{title}</h2>{self.chart(520.0, 340.0)}{note}</section>'

    def chart(self, width: float, height: float, ground: str = "") -> str:
        pace, lang, course = self.pace, self.lang, self.shown.timeline
        at = int(np.flatnonzero((course.units["code"] == self.code).to_numpy(bool))[0])
        days = [day.toordinal() for day in course.days]
        figures = {
            name: course.figures[name][:, at].tolist() for name in ("laid", "lit", "closed", "target", "villages")
        }
        first, last = pace.start or course.days[0], pace.deadline or course.days[-1]
        low = min(first, course.days[0]).toordinal()
        high = max(last, course.days[-1]).toordinal()
        names = {"laid": Words("敷设", "laid"), "lit": Words("开通", "lit"), "closed": Words("销号", "closed")}
        colors = {"laid": LAID_LINE, "lit": LIT_LINE, "closed": CLOSED_LINE}
        pens = {"laid": (1.6, ""), "closed": (1.6, "5 3"), "lit": (3.2, "")}
        drawn = [
            charts.Curve(
                names[key].into(lang), f"{int(figures[key][-1]):,}", days, figures[key], colors[key], *pens[key]
            )
            for key in ("laid", "closed", "lit")
        ]
        frame = charts.Frame(
            width, height, low, high, charts.month_ticks(low, high, _month(lang)), float(figures["villages"][-1]),
            (figures["villages"][-1], self.say(f"任务 {pace.villages:,}", f"all {pace.villages:,}")),
            self.uprights(), CURVES.into(lang), ground,
        )  # fmt: skip
        return charts.curves_chart(frame, drawn, guides=self.guides(days, figures["target"]))

    def uprights(self) -> list[tuple[float, str]]:
        pace = self.pace
        found = [(float(pace.as_of.toordinal()), self.short(pace.as_of, "截止 ", "as of "))]
        if pace.deadline is not None and pace.deadline != pace.as_of:
            found.append((float(pace.deadline.toordinal()), self.short(pace.deadline, "时限 ", "due ")))
        return found

    def short(self, day: dt.date, zh: str, en: str) -> str:
        if self.lang == "zh":
            return f"{zh}{day.month}月{day.day}日"
        return f"{en}{day.day} {MONTHS[day.month - 1]}"

    def guides(self, days: list[int], target: list[float]) -> list[charts.Curve]:
        """Return the straight line of time, and what was due where that is something else."""
        pace, found = self.pace, []
        start, deadline = pace.start, pace.deadline
        line = None
        if start is not None and deadline is not None and start <= deadline:
            eve, end = start.toordinal() - 1, deadline.toordinal()
            line = charts.Scale(eve, end, 0.0, float(pace.villages))
            name = Words("按时间", "by time").into(self.lang)
            found.append(charts.Curve(name, "", [eve, end], [0.0, float(pace.villages)], TIME_COLOR, 1.2, "4 4"))
        given = [t for t in target if math.isfinite(t)]
        same = line is not None and all(
            abs(min(line(day), float(pace.villages)) - due) < 0.01 * max(pace.villages, 1)
            for day, due in zip(days, target, strict=True) if math.isfinite(due)
        )  # fmt: skip
        if given and not same:
            name = Words("目标", "target").into(self.lang)
            found.append(charts.Curve(name, "", days, target, charts.INK, 1.4, "1 3"))
        return found

    def map(self) -> str:
        lang, shown = self.lang, self.shown
        if self.of_villages:
            drawn = unitmap.villages_map(shown, lang)
            stages = shown.plan.villages["stage"]
            counts = [(look, int((stages == stage).sum())) for stage, look in style.VILLAGE.items()]
            counts.append((style.LATE, int(shown.plan.villages["late"].sum())))
            key = "".join(
                f"<li>{_mark(look)}{escape(look.label.into(lang))} <b>{count:,}</b></li>" for look, count in counts
            )
            title = self.say("各村阶段", "villages by stage")
        else:
            drawn = unitmap.units_map(shown, self.areas(), lang)
            key = "".join(
                f'<li><svg viewBox="0 0 12 12" aria-hidden="true"><rect width="12" height="12" fill="{color}" '
                f'stroke="#8b95a1"/></svg>{_class(n)}</li>'
                for n, (_, color) in enumerate(style.COMPLETION)
            )
            title = self.say("各单位开通率", "share of villages lit")
        if not drawn:
            drawn = (
                f'<p class="nothing">{self.say("没有坐标，画不出图", "nothing has a place, so there is no map")}</p>'
            )
        return f'<section class="place"><h2>{title}</h2>{drawn}<ul class="key">{key}</ul></section>'

    def areas(self) -> list[unitmap.Area]:
        rows = self.below.rows[self.below.rows["listed"] != "overlay"]
        found = []
        for row in standings.rows_of(rows):
            share = float(row.lit_rate)
            told = f"{plain(row.name)} {plain(row.rule if self.lang == 'zh' else row.rule_en)}"
            found.append(
                unitmap.Area(
                    row.code, plain(row.name), percent_text(share), share, told, self.links.below.get(row.code, "")
                )
            )
        villages = self.below.status["villages"].astype(int).to_dict()
        return sorted(found, key=lambda area: -villages[area.code])

    def ranking(self) -> str:
        title = self.say("排名与亮灯（差的在前；竖线为应开通）", "ranking and lights (worst first; upright: due)")
        if not len(self.below.rows):
            content = f'<p class="nothing">{self.say("没有下一级单位", "there are no units below")}</p>'
        elif self.of_villages:
            title = self.say("各村（差的在前）", "villages (worst first)")
            content = standings.villages_table(self.below, self.shown, self.lang)
        else:
            if self.shown.public:
                title = self.say("各单位进度（差的在前；竖线为应开通）", "units (worst first; upright: due)")
            content = standings.units_table(self.below, self.shown.lights, self.links.below, self.lang)
            if not self.shown.has_ledger and not self.shown.public:
                content += (
                    f'<p class="nothing">{self.say("没有台账，没有亮灯记录", "no ledger: no lights are known")}</p>'
                )
        return f'<section class="ranks"><h2>{title}</h2>{content}</section>'

    def inside(self) -> str:
        """Return what is told inside the campaign only."""
        return "" if self.shown.public else self.blockers() + self.officials()

    def blockers(self) -> str:
        row = self.row
        count = ""
        if self.shown.has_ledger:
            count = self.say(
                f" {row['blockers']:,} 项，逾期 {row['blockers_overdue']:,} 项",
                f" {row['blockers']:,}, overdue {row['blockers_overdue']:,}",
            )
        content = standings.blockers_list(self.shown, self.pace.as_of, self.lang)
        return (
            f'<section class="blocked"><h2>{self.say("未解决的阻碍", "open blockers")}{count}</h2>{content}</section>'
        )

    def officials(self) -> str:
        content = standings.officials_list(self.shown, self.below, self.lang)
        return f'<section class="people"><h2>{self.say("责任人", "who answers")}</h2>{content}</section>'


def _known(share: Any) -> float:
    return 0.0 if share != share else float(share)


def _cell(head: str, number: str, unit: str, bar: str, about: str, name: str, kind: str = "") -> str:
    """Return one of the large figures; all but the number and the name are markup."""
    return (
        f'<div class="cell {kind}"><h2>{head}</h2><p class="large"><b data-figure="{name}">{escape(number)}</b>'
        f" <i>{unit}</i></p>{bar}<p>{about}</p></div>"
    )


def _mark(look: style.PointStyle) -> str:
    drawn = charts.mark(look.shape, look.fill, look.line)
    return f'<svg viewBox="0 0 12 12" aria-hidden="true">{drawn}</svg>'


def _class(n: int) -> str:
    """Return the shares that a colour stands for."""
    least = style.COMPLETION[n][0]
    if n == len(style.COMPLETION) - 1:
        return f"{least * 100:g}%"
    return f"{least * 100:g}–{style.COMPLETION[n + 1][0] * 100:g}"


def _month(lang: Lang) -> Any:
    def name(ordinal: int) -> str:
        month = dt.date.fromordinal(ordinal).month
        return f"{month}月" if lang == "zh" else MONTHS[month - 1]

    return name
