"""The words of the pages: titles, labels, and the figures as people read them."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from cuntong_gis.model import Stage
from cuntong_gis.units import percent, wan_cny
from cuntong_gis.words import Words

if TYPE_CHECKING:
    from cuntong_gis.maps.shown import Shown
    from cuntong_gis.model import Plan, PlanTotals

TITLES = {"distribution": Words("工程分布图", "distribution map"), "route": Words("工程线路图", "route map")}
FOOTER = Words("内部工作用图，未经审核不得公开", "Internal working map; not to be published without review")
PUBLIC = Words("拟公开版，位置粗化到 50 米", "edition for publication: places to 50 m")
"""Stands on every public map; whether it may be published is for others to say, and the footer says so."""

TEXTS = {
    "search": Words("搜索村、乡镇、县：名称、拼音或代码", "name, pinyin or code"),
    "nothing": Words("没有找到", "nothing found"),
    "more": Words("另有 {n} 个，请多输几个字", "{n} more: type more letters"),
    "layers": Words("图层", "layers"),
    "by_stage": Words("行政村（按阶段）", "villages by stage"),
    "only": Words("只看", "show only"),
    "shown": Words("显示", "shown"),
    "totals": Words("合计", "totals"),
    "villages": Words("行政村", "villages"),
    "names": Words("村名", "names"),
    "spans": Words("规划光缆段", "planned spans"),
    "width": Words("线宽：承载村数", "width: villages behind"),
    "fiber": Words("现有光缆", "existing fiber"),
    "access_points": Words("接入点", "access points"),
    "sites": Words("接入点与分歧点", "access points, taps"),
    "boundaries": Words("行政区划", "boundaries"),
    "built": Words("竣工线", "as-built lines"),
    "findings": Words("检查发现", "findings"),
    "remedy": Words("处理办法", "remedy"),
    "print": Words("打印", "print"),
    "fit": Words("全图", "whole map"),
    "north": Words("北", "N"),
    "panel": Words("图例与图层", "legend and layers"),
    "code": Words("区划代码", "code"),
    "number": Words("编号", "number"),
    "stage": Words("阶段", "stage"),
    "due": Words("完成时限", "due"),
    "late": Words("已逾期", "late"),
    "households": Words("户数", "households"),
    "route": Words("路由长度", "route length"),
    "spans_of_route": Words("经过光缆段", "spans on the way"),
    "source": Words("接入点", "source"),
    "why": Words("原因", "why"),
    "bridge": Words("补通长度", "bridge to it"),
    "bridge_cost": Words("补通造价", "price of the bridge"),
    "span": Words("光缆段", "span"),
    "from_to": Words("起止", "from – to"),
    "length": Words("路由长度", "route length"),
    "unsurveyed": Words("其中未勘测", "of it unsurveyed"),
    "deployment": Words("敷设方式", "deployment"),
    "cost": Words("造价", "cost"),
    "behind": Words("承载村数", "villages behind"),
    "metres": Words("米", "m"),
    "wan": Words("万元", "×10⁴ CNY"),
    "footer": FOOTER,
    "close": Words("关闭", "close"),
    "campaign": Words("全部", "whole campaign"),
    "crumbs": Words("所在位置", "where you are"),
    "unit": Words("单位", "unit"),
    "progress": Words("进度", "progress"),
    "below": Words("下级单位", "units below"),
    "own_villages": Words("行政村", "villages"),
    "lit_of": Words("开通 / 任务", "lit / total"),
    "lit": Words("已开通", "lit"),
    "closed": Words("已销号", "closed"),
    "laid": Words("已敷设", "laid"),
    "late_count": Words("逾期", "late"),
    "blockers": Words("未解决阻碍", "open blockers"),
    "blockers_short": Words("阻碍", "blockers"),
    "overdue_short": Words("逾期阻碍", "overdue ones"),
    "light": Words("灯", "light"),
    "overlay": Words("不计入合计", "in no total"),
    "needed": Words("需每周开通", "need / week"),
    "achieved": Words("近四周每周", "last 4 weeks"),
    "days_left": Words("距完成时限 {n} 天", "{n} days to the deadline"),
    "days_over": Words("已过完成时限 {n} 天", "{n} days past the deadline"),
    "all_lit": Words("已全部开通", "all lit"),
    "sort": Words("按“{name}”排序", "sort by {name}"),
    "plan_totals": Words("规划工程量", "the plan"),
    "no_place": Words("无坐标", "no place"),
    "timeline": Words("数据日期", "day shown"),
    "play": Words("播放进程", "play"),
    "pause": Words("暂停", "pause"),
    "earlier": Words("上一个日期", "day before"),
    "later": Words("下一个日期", "day after"),
    "view": Words("显示方式", "what is drawn"),
    "view_auto": Words("自动", "automatic"),
    "view_units": Words("单位", "units"),
    "view_villages": Words("行政村", "villages"),
    "completion": Words("开通率", "share lit"),
    "with_blockers": Words("有未解决阻碍", "with open blockers"),
    "stale": Words("久未上报", "no recent news"),
    "last_day_only": Words("仅限截止日", "cut-off day only"),
    "clear": Words("清除筛选", "clear filters"),
    "laid_on": Words("敷设日期", "laid on"),
    "lit_on": Words("开通日期", "lit on"),
    "closed_on": Words("销号日期", "closed on"),
    "days_late": Words("逾期 {n} 天", "{n} days late"),
    "evidence": Words("销号佐证", "evidence shown"),
    "evidence_n": Words("{n} 份", "{n} pieces"),
    "checks": Words("验收通过", "checks passed"),
    "check_county": Words("县级初验", "county"),
    "check_prefecture": Words("市级复核", "prefecture"),
    "check_province": Words("省级终验", "province"),
    "certificate": Words("销号证书", "certificate"),
    "officials": Words("责任人", "responsible"),
    "government": Words("政府", "government"),
    "company": Words("公司", "company"),
    "owner": Words("责任人", "owner"),
    "since": Words("起", "since"),
    "until": Words("限", "due"),
    "overdue": Words("已逾期", "overdue"),
    "tools": Words("打印与导出", "print and export"),
    "print_a4": Words("打印 A4", "print A4"),
    "print_a3": Words("打印 A3", "print A3"),
    "png": Words("下载 PNG（16:9）", "download PNG (16:9)"),
    "svg": Words("下载 SVG（16:9）", "download SVG (16:9)"),
    "language": Words("EN", "中文"),
    "language_name": Words("English", "中文"),
    "map": Words("地图", "map"),
    "zoom_in": Words("放大", "zoom in"),
    "zoom_out": Words("缩小", "zoom out"),
}


def totals_text(totals: PlanTotals) -> dict[str, str]:
    """Return the figures of a plan as exact texts, for programs that read the page.

    Parameters
    ----------
    totals : PlanTotals
        The figures.

    Returns
    -------
    dict of str to str
        Names of `PlanTotals` → values; "" for a gap that has no value.
    """
    values = dataclasses.asdict(totals)
    return {name: "" if value is None else str(value) for name, value in values.items()}


def figures(plan: Plan) -> list[tuple[Words, str, str]]:
    """Return the figures as label and text, for people.

    Parameters
    ----------
    plan : Plan
        Its totals, and the stages of its villages.

    Returns
    -------
    list of (label, text, emphasis)
        In the order shown, the first three the most asked for; emphasis is "", "lit" or "warn".
    """
    totals = plan.totals
    connected = int(plan.villages["stage"].isin([Stage.LIT, Stage.CLOSED]).sum())
    share = percent(connected / totals.villages if totals.villages else None, 1)
    shown = [
        (Words("行政村", "villages"), f"{totals.villages:,}", ""),
        (Words("可达", "reached"), f"{totals.reached:,}", ""),
        (Words(f"已开通 {share}", f"lit {share}"), f"{connected:,}", "lit"),
        (Words("不可达", "unreachable"), f"{totals.unreachable:,}", "warn" if totals.unreachable else ""),
        (Words("路由公里", "route km"), f"{totals.route_km:,.3f}", ""),
        (Words("造价（万元）", "cost (10⁴ CNY)"), wan_cny(totals.cost_cny), ""),
        (Words("造价下界（万元）", "proven bound (10⁴ CNY)"), wan_cny(totals.lower_bound_cny), ""),
        (Words("最多比最低造价高", "at most above cheapest"), percent(totals.gap), ""),
    ]
    nowhere = int(plan.villages.geometry.isna().sum())
    if nowhere:
        shown.insert(4, (Words("其中无可用坐标", "of them without place"), f"{nowhere:,}", "warn"))
    if totals.unsurveyed_km > 0:
        shown.insert(
            5 + bool(nowhere), (Words("其中未勘测公里", "of it unsurveyed km"), f"{totals.unsurveyed_km:,.3f}", "warn")
        )
    return shown


def banners(shown: Shown) -> list[Words]:
    """Return what a reader must know before anything else.

    Parameters
    ----------
    shown : Shown
        Whether it is the public edition, the campaign is made up, the plan was surveyed.

    Returns
    -------
    list of Words
        One line each.
    """
    found = [PUBLIC] if shown.public else []
    if shown.settings.campaign.synthetic:
        found.append(Words("合成示例数据", "synthetic sample data"))
    if not shown.plan.totals.surveyed:
        found.append(Words("无道路图层：线路为直线示意，全部未勘测", "no roads: straight lines, all unsurveyed"))
    return found
