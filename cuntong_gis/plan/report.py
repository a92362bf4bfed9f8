"""How the difference of two plans is told: lines for people, CSV for a spreadsheet, JSON for machines."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from cuntong_gis.plan.compare import SPAN_CHANGES, VILLAGE_CHANGES, PlanChange, VillageChange
from cuntong_gis.tables import csv_text
from cuntong_gis.units import wan_cny
from cuntong_gis.words import Lang, Words

SHOWN_VILLAGES = 5
"""Villages named of each kind of change; all of them are in the CSV."""

HEADERS = (
    Words("对象", "item"), Words("变化", "change"), Words("编号", "code"), Words("名称", "name"),
    Words("原长度（米）", "before_m"), Words("现长度（米）", "after_m"), Words("造价变化（元）", "delta_cny"),
    Words("原因", "reason"),
)  # fmt: skip


def change_lines(change: PlanChange) -> list[Words]:
    """Say how a plan differs from the draft before it.

    Parameters
    ----------
    change : PlanChange
        The difference.

    Returns
    -------
    list of Words
        One short line where nothing changed.
    """
    if not change.changed:
        return [Words("与上一草案相同", "the same as the draft before")]
    spans = [(label, len(change.spans_that(kind))) for kind, label in SPAN_CHANGES.items()]
    spans.append((Words("不变", "kept"), change.kept))
    lines = [
        Words(
            f"与上一草案相比，光缆段：{'，'.join(f'{label.zh} {count}' for label, count in spans)}",
            f"compared with the draft before, spans: {', '.join(f'{label.en} {count}' for label, count in spans)}",
        ),
        Words(
            f"路由 {change.before_km:,.3f} → {change.after_km:,.3f} 公里（{change.delta_km:+,.3f}），"
            f"造价 {wan_cny(change.before_cny)} → {wan_cny(change.after_cny)} 万元（{_signed_wan(change.delta_cny)}）",
            f"route {change.before_km:,.3f} → {change.after_km:,.3f} km ({change.delta_km:+,.3f}), "
            f"cost {change.before_cny:,} → {change.after_cny:,} CNY ({change.delta_cny:+,})",
        ),
    ]
    told = ((label, change.villages_that(kind)) for kind, label in VILLAGE_CHANGES.items())
    lines += [_listed(label, villages) for label, villages in told if villages]
    return lines


def _listed(label: Words, villages: Sequence[VillageChange]) -> Words:
    """Say how many villages changed in one way, and name the first."""
    shown, more = villages[:SHOWN_VILLAGES], len(villages) - SHOWN_VILLAGES
    zh = "、".join(f"{v.name}（{v.code}{'：' * bool(v.reason.zh)}{v.reason.zh}）" for v in shown)
    en = ", ".join(f"{v.name} ({v.code}{': ' * bool(v.reason.en)}{v.reason.en})" for v in shown)
    if more > 0:
        zh, en = f"{zh} 等，见 plan_change.csv", f"{en} and {more} more, see plan_change.csv"
    return Words(f"村{label.zh} {len(villages)}：{zh}", f"villages {label.en} {len(villages)}: {en}")


def _signed_wan(cny: Decimal) -> str:
    return f"{'-' if cny < 0 else '+'}{wan_cny(abs(cny))}"


def change_csv(change: PlanChange, lang: Lang) -> str:
    """Return a difference as CSV text that a spreadsheet opens rightly: villages first, then spans.

    Parameters
    ----------
    change : PlanChange
        The difference.
    lang : {"zh", "en"}
        Language of headers and labels.

    Returns
    -------
    str
        UTF-8 with BOM.
    """
    village, span = Words("村", "village").into(lang), Words("光缆段", "span").into(lang)
    rows = [
        (village, VILLAGE_CHANGES[v.change].into(lang), v.code, v.name, _text(v.before_m), _text(v.after_m), "",
         v.reason.into(lang))
        for v in change.villages
    ]  # fmt: skip
    for s in change.spans:
        length = ("", _text(s.length_m)) if s.change == "added" else (_text(s.length_m), "")
        cost = {"added": f"{s.cost_cny:+}", "removed": f"{-s.cost_cny:+}", "recut": ""}[s.change]
        rows.append((span, SPAN_CHANGES[s.change].into(lang), s.span_id, "", *length, cost, ""))
    return csv_text([header.into(lang) for header in HEADERS], rows)


def change_json(change: PlanChange, lang: Lang) -> dict[str, Any]:
    """Return a difference for machines; money as text, so that no digit is lost.

    Parameters
    ----------
    change : PlanChange
        The difference.
    lang : {"zh", "en"}
        Language of the reasons.

    Returns
    -------
    dict
        Plain JSON values.
    """
    return {
        "spans": {"kept": change.kept} | {kind: [s.span_id for s in change.spans_that(kind)] for kind in SPAN_CHANGES},
        "route_km": {"before": change.before_km, "after": change.after_km, "delta": change.delta_km},
        "cost_cny": {k: str(getattr(change, f"{k}_cny")) for k in ("before", "after", "delta")},
        "villages": [
            {
                "code": v.code, "name": v.name, "change": v.change, "before_m": v.before_m, "after_m": v.after_m,
                "reason": v.reason.into(lang),
            }
            for v in change.villages
        ],
    }  # fmt: skip


def _text(length_m: float | None) -> str:
    return "" if length_m is None else f"{length_m:.1f}"
