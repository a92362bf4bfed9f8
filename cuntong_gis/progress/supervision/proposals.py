"""The ladder 预警通知 → 约谈提醒 → 追责建议: proposals with their facts. The tool proposes; a higher office decides.

A run is months that were red at their end, one after the other; a month that is not judged neither counts nor breaks
it. Every rung that a run has reached is a proposal, named by its unit, rung and the run's first month, so that it is
the same one as long as its facts hold. A decision is an entry of the ledger, and a proposal decided stays decided.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from cuntong_gis import schema
from cuntong_gis.errors import LedgerError
from cuntong_gis.progress.entries import Kind, Report, made_id
from cuntong_gis.progress.facts import significant
from cuntong_gis.progress.supervision.ladder import TITLES, Case, deadline_cases, month_cases
from cuntong_gis.progress.supervision.lights import LIGHTS, Month, Record, current_code, due_then, light_record, told
from cuntong_gis.progress.supervision.phrases import count_text, limit_text, reaches, share_text, whole_above
from cuntong_gis.settings import Settings, SupervisionSettings
from cuntong_gis.words import Words

if TYPE_CHECKING:
    import pandas as pd

DECIDED_ABOUT = ("prefecture", "county")
STATES = ("open", "issued", "dropped", "superseded", "withdrawn")
NOTICE = Words(
    "本表只列事实和建议，不自动发出；是否发出、如何处理，由上级机关决定",
    "facts and a proposal only, never issued by the tool: a higher office decides",
)
Decision = Literal["issued", "dropped"]
DECISIONS = {"issued": Words("已发出", "issued"), "dropped": Words("不发出", "dropped")}


@dataclass(frozen=True)
class Decided:
    """What a person recorded of a proposal.

    Attributes
    ----------
    decision : str
        ``issued`` or ``dropped``.
    on : date
        Day of the decision.
    by : str
        Who recorded it.
    """

    decision: str
    on: dt.date
    by: str


def propose_measures(
    history: Sequence[Month], settings: Settings, *, entries: pd.DataFrame | None = None,
    levels: Sequence[str] = DECIDED_ABOUT, became: Mapping[str, str] | None = None,
) -> pd.DataFrame:  # fmt: skip
    """Return what is proposed for units that lag, with the facts.

    Parameters
    ----------
    history : sequence of Month
        All months of the campaign up to the day, as for `judge_lights`.
    settings : Settings
        The ladder; the deadline; after how many days a unit is stale.
    entries : DataFrame, optional
        Schema ``entries``: decisions are read from it.
    levels : sequence of str
        Levels of the units wanted.
    became : mapping of str to str, optional
        Code of a unit that has become another one → that one's.

    Returns
    -------
    DataFrame
        Schema ``proposals``: open ones first, the highest rung first.

    Raises
    ------
    LedgerError
        If the months do not follow one another.
    """
    import pandas as pd

    record = light_record(history, settings.supervision, levels=levels, became=became)
    decided = decisions(entries, history[-1].as_of) if entries is not None else {}
    cases = [*deadline_cases(record, history, settings), *month_cases(record, history, settings.supervision)]
    today = history[-1].units
    known = {str(row["code"]): row for _, row in today[today["level"].isin(levels)].iterrows()}
    missed = {c.unit for c in cases if c.basis == "deadline" and not _complete(record, c.unit)}
    rows = []
    for case in cases:
        teller = _Teller(record, history, settings, case)
        code = str(record.units["code"].iloc[case.unit])
        names = [code, *(old for old in (became or {}) if current_code(old, became or {}) == code)]
        ids = [made_id("proposal", name, case.kind, case.basis, teller.since) for name in names]
        said = next((decided[i] for i in ids if i in decided), None)
        state = said.decision if said else _state(record, case, case.unit in missed)
        rows.append({**teller.row(known.get(code), state, said), "proposal": ids[0]})
    table = schema.conform(pd.DataFrame(rows) if rows else {}, "proposals")
    rank = table["state"].map(STATES.index), -table["kind"].map(list(TITLES).index)
    order = table.assign(_state=rank[0], _kind=rank[1]).sort_values(
        ["_state", "_kind", "code", "months", "basis"], kind="stable"
    )
    found: pd.DataFrame = schema.conform(order, "proposals")
    return found


def decisions(entries: pd.DataFrame, as_of: dt.date) -> dict[str, Decided]:
    """Return what was decided about proposals up to a day.

    Parameters
    ----------
    entries : DataFrame
        Schema ``entries``, in the order taken.
    as_of : date
        The day.

    Returns
    -------
    dict of str to Decided
        By proposal: the last decision.
    """
    import pandas as pd

    here = (entries["kind"] == Kind.SIGNATURE) & entries["detail"].str.contains('"proposal":', regex=False)
    some = entries[here & (entries["counts_on"] <= pd.Timestamp(as_of))]
    some = some.sort_values(["counts_on", "reported_at", "chain", "number"], kind="stable")
    found = {}
    for detail, day, by in zip(some["detail"], some["happened_on"], some["reported_by"], strict=True):
        said = json.loads(detail)
        found[str(said["proposal"])] = Decided(str(said["decision"]), day.date(), by)
    return found


def decision_report(
    table: pd.DataFrame, proposal: str, decision: Decision, *, unit: str, by: str, on: dt.date, note: str = ""
) -> Report:
    """Return the report by which a person records that a proposal was issued or dropped.

    Parameters
    ----------
    table : DataFrame
        Schema ``proposals``.
    proposal : str
        Its identifier; enough of its beginning to be the only one.
    decision : {"issued", "dropped"}
        What was decided.
    unit : str
        Code of the office that decided: one above the unit concerned.
    by : str
        Who records it.
    on : date
        Day of the decision.
    note : str
        Remark, such as the number of the paper.

    Returns
    -------
    Report
        To be posted.

    Raises
    ------
    LedgerError
        If there is no such proposal, or the office is not above the unit.
    """
    found = table[table["proposal"].str.startswith(proposal)] if proposal else table[:0]
    if len(found) != 1:
        raise LedgerError(
            Words(f"没有编号为 {proposal} 的建议，或不止一项", f"there is no proposal {proposal!r}, or more than one"),
            hint=Words("编号见 cuntong report 的建议表", "the table of proposals gives the identifiers"),
        )
    row = found.iloc[0]
    if row["code"].isdigit() and not _above(unit, row["code"]):
        raise LedgerError(
            Words(f"{unit} 不是 {row['code']} {row['name']}的上级，不能决定",
                  f"{unit} is not above {row['code']} and cannot decide"),
            hint=Words("由上级机关决定", "a higher office decides"),
        )  # fmt: skip
    return Report(
        made_id("decision", row["proposal"], decision, on, by), Kind.SIGNATURE, row["code"], unit, on, by, note=note,
        detail={"proposal": row["proposal"], "decision": decision, "title": row["title"], "months": row["months"]},
    )  # fmt: skip


def _above(unit: str, code: str) -> bool:
    return significant(code).startswith(significant(unit)) and significant(unit) != significant(code)


def _complete(record: Record, unit: int) -> bool:
    return not record.lit[unit, -1] < record.villages[unit, -1]


def _state(record: Record, case: Case, missed: bool) -> str:
    gone = record.own[case.unit, -1] == ""
    if case.basis == "deadline":
        return "withdrawn" if gone or _complete(record, case.unit) else "open"
    if gone or case.ended_by >= 0 or record.caught[case.unit, case.months[-1]] >= 0:
        return "withdrawn"
    return "open" if case.top and not missed else "superseded"


class _Teller:
    """Says everything about one case."""

    def __init__(self, record: Record, history: Sequence[Month], settings: Settings, case: Case) -> None:
        self.record, self.history, self.case = record, history, case
        self.rules, self.deadline = settings.supervision, settings.campaign.deadline
        self.last = len(history) - 1

    @property
    def since(self) -> str:
        return self.history[self.case.months[0]].period if self.case.months else "deadline"

    def figures(self, month: int) -> tuple[float, float, float]:
        record, unit = self.record, self.case.unit
        return tuple(float(a[unit, month]) for a in (record.villages, record.lit, record.target))  # type: ignore[return-value]

    def row(self, unit: pd.Series | None, state: str, decided: Decided | None) -> dict[str, Any]:
        """Return the row; `unit` is that of ``unit_status`` on the day, None where it no longer exists."""
        villages, lit, target = self.figures(self.last)
        facts, enough = self.facts(unit), self.enough()
        withdraws = self.withdraws(state, decided)
        known = ("blockers", "blockers_overdue", "last_report_on", "silent_days", "government", "company")
        return {
            **{str(k): v for k, v in self.record.units.iloc[self.case.unit].items()},
            "kind": self.case.kind, "title": TITLES[self.case.kind].zh, "basis": self.case.basis,
            "months": " ".join(self.history[m].period for m in self.case.months), "state": state,
            "villages": 0 if villages != villages else int(villages), "lit": 0 if lit != lit else int(lit),
            "target": target, "lacking": self.lacking(),
            **{name: None if unit is None else unit[name] for name in known},
            "facts": facts.zh, "facts_en": facts.en, "enough": enough.zh, "enough_en": enough.en,
            "withdraws": withdraws.zh, "withdraws_en": withdraws.en, "notice": NOTICE.zh, "notice_en": NOTICE.en,
            "decided_on": decided.on if decided else None, "decided_by": decided.by if decided else "",
        }  # fmt: skip

    def needed(self) -> int:
        """Return how many lit villages withdraw it."""
        villages = self.figures(self.last)[0]
        if villages != villages:
            return 0
        if not self.case.months:
            return int(villages)
        return whole_above(due_then(self.record, self.case.unit, self.case.months[-1], self.last))

    def lacking(self) -> int:
        lit = self.figures(self.last)[1]
        return 0 if lit != lit else max(self.needed() - int(lit), 0)

    def facts(self, unit: pd.Series | None) -> Words:
        parts = [
            self._red_months() if self.case.months else self._missed(),
            self._today(),
            *_pressure(unit, self.rules),
        ]
        return Words("；".join(p.zh for p in parts), "; ".join(p.en for p in parts))

    def _red_months(self) -> Words:
        said = []
        for month in self.case.months:
            villages, lit, target = self.figures(month)
            card = not reaches(lit / target, self.rules.card)
            said.append((self.history[month].period, told("red", villages, lit, target, card, self.rules)))
        count = len(said)
        head = (
            Words(f"连续 {count} 个月红灯", f"{count} red months running")
            if count > 1
            else Words("红灯 1 个月", "1 red month")
        )
        return Words(
            f"{head.zh}：" + "；".join(f"{period} {words.zh}" for period, words in said),
            f"{head.en}: " + "; ".join(f"{period} {words.en}" for period, words in said),
        )

    def _missed(self) -> Words:
        return Words(f"期限 {self.deadline} 已过，未全部开通",
                     f"the deadline {self.deadline} has passed and not all villages are lit")  # fmt: skip

    def _today(self) -> Words:
        villages, lit, target = self.figures(self.last)
        day = self.history[self.last].as_of
        if villages != villages:
            return Words(f"{day} 该单位已不存在", f"on {day} the unit no longer exists")
        rate = share_text(lit / villages if villages else float("nan"))
        return Words(
            f"{day} 开通 {count_text(lit)} / 任务 {count_text(villages)} = {rate}，应开通 {count_text(target)}",
            f"on {day} {count_text(lit)} lit / {count_text(villages)} villages = {rate}, {count_text(target)} due",
        )

    def enough(self) -> Words:
        """Say what would have been enough for it not to be proposed."""
        if not self.case.months:
            villages = count_text(self.figures(self.last)[0])
            return Words(f"{self.deadline} 前开通全部 {villages} 个村",
                         f"all {villages} villages lit by {self.deadline}")  # fmt: skip
        month = self.case.months[-1]
        _, lit, target = self.figures(month)
        wanted = whole_above(self.rules.yellow * target)
        share, period = limit_text(self.rules.yellow), self.history[month].period
        return Words(
            f"{period} 开通达到 {wanted} 个村（应开通 {count_text(target)} 的 {share}）即不判红，"
            f"当时差 {wanted - int(lit)} 个",
            f"{wanted} villages lit in {period} ({share} of {count_text(target)} due) would not have been red;"
            f" {wanted - int(lit)} were lacking",
        )

    def withdraws(self, state: str, decided: Decided | None) -> Words:
        """Say what withdraws it, why it is withdrawn, or what was decided."""
        if decided is not None:
            word = DECISIONS[decided.decision]
            return Words(f"{decided.on} {decided.by} 记为{word.zh}",
                         f"recorded as {word.en} by {decided.by} on {decided.on}")  # fmt: skip
        if state == "withdrawn":
            return self._why_withdrawn()
        needed, lacking = self.needed(), self.lacking()
        if not self.case.months:
            return Words(f"{needed} 个村全部开通即撤销，还差 {lacking} 个",
                         f"withdrawn when all {needed} villages are lit; {lacking} are lacking")  # fmt: skip
        period = self.history[self.case.months[-1]].period
        return Words(
            f"开通达到 {needed} 个村（{period} 的应开通数）即撤销，还差 {lacking} 个；或下一个月末不再是红灯",
            f"withdrawn when {needed} villages are lit, as were due in {period}; {lacking} are lacking;"
            " or when the next month ends without red",
        )

    def _why_withdrawn(self) -> Words:
        if self.figures(self.last)[0] != self.figures(self.last)[0]:
            return Words("该单位已不存在，撤销", "withdrawn: the unit no longer exists")
        if not self.case.months:
            return Words(
                "已全部开通，撤销；逾期的记录保留",
                "withdrawn: all villages are lit now; that it was late stays on record",
            )
        last, ended = self.case.months[-1], self.case.ended_by
        if ended >= 0:
            light, period = LIGHTS[str(self.record.own[self.case.unit, ended])], self.history[ended].period
            return Words(f"{period} 为{light.zh}灯，撤销", f"withdrawn: {period} is {light.en}")
        caught = self.history[int(self.record.caught[self.case.unit, last])].period
        return Words(f"{caught} 已补上 {self.history[last].period} 的应开通数，撤销；红灯记录保留",
                     f"withdrawn: what was due in {self.history[last].period} was reached in {caught};"
                     " the red month stays on record")  # fmt: skip


def _pressure(unit: pd.Series | None, rules: SupervisionSettings) -> Iterator[Words]:
    """Say what stands in the way, how long the unit has been silent, and who answers for it."""
    import pandas as pd

    if unit is None:
        return
    yield Words(f"未解决阻碍 {unit['blockers']} 项，其中逾期 {unit['blockers_overdue']} 项",
                f"{unit['blockers']} open blockers, {unit['blockers_overdue']} of them overdue")  # fmt: skip
    if pd.isna(unit["silent_days"]):
        yield Words("从未上报", "never reported")
    else:
        stale = int(unit["silent_days"]) > rules.stale_days
        more = Words(f"，超过 {rules.stale_days} 天", f", more than {rules.stale_days}") if stale else Words("", "")
        yield Words(f"距最近上报 {unit['silent_days']} 天{more.zh}",
                    f"{unit['silent_days']} days since the last report{more.en}")  # fmt: skip
    for name, words in (("government", Words("政府", "government")), ("company", Words("公司", "company"))):
        who = unit[name]
        yield Words(f"{words.zh}责任人：{who or '未填'}", f"responsible at the {words.en}: {who or 'nobody named'}")
