"""What `cuntong report` tells: the campaign in a period as papers, one source for screen, JSON and workbook."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from cuntong_gis.campaign import CampaignStatus, Loaded, load, open_campaign, today
from cuntong_gis.errors import LedgerError
from cuntong_gis.files import safe_name
from cuntong_gis.words import Lang, Words

if TYPE_CHECKING:
    import pandas as pd

    from cuntong_gis.documents import Paper
    from cuntong_gis.progress import Draw, Ledger, Month, Posted
    from cuntong_gis.settings import Settings

TABLES = ("progress", "ranking", "lights", "proposals", "register", "score")
"""What can be told; the year's score only of a year."""
WEEK = dt.timedelta(days=7)


@dataclass(frozen=True)
class PeriodReport:
    """The campaign in a period, seen from one unit.

    Attributes
    ----------
    loaded : Loaded
        The ledger and the plan.
    unit : str
        Code of the unit.
    as_of : date
        The day.
    kind : str
        Kind of the period.
    depth : int
        Levels below the unit in the progress table.
    """

    loaded: Loaded
    unit: str
    as_of: dt.date
    kind: str
    depth: int = 1

    @property
    def settings(self) -> Settings:
        """Return the settings of the workspace.

        Returns
        -------
        Settings
            Of the workspace.
        """
        return self.loaded.settings

    @cached_property
    def found(self) -> CampaignStatus:
        """Return the figures.

        Returns
        -------
        CampaignStatus
            On the day.
        """
        return self.loaded.status(self.as_of, self.kind)

    @property
    def units(self) -> pd.DataFrame:
        """Return every unit.

        Returns
        -------
        DataFrame
            Schema ``unit_status``.
        """
        units: pd.DataFrame = self.found.status.units
        return units

    @cached_property
    def name(self) -> str:
        """Return the name of the unit.

        Returns
        -------
        str
            Its name on the day.

        Raises
        ------
        LedgerError
            If there is no such unit.
        """
        here = self.units[self.units["code"] == self.unit]
        if not len(here):
            raise LedgerError(
                Words(f"没有单位 {self.unit}", f"there is no unit {self.unit}"),
                where="--unit",
                hint=Words("用区划代码，如 520500、520527", "use a code such as 520500 or 520527"),
            )
        return str(here["name"].iloc[0])

    @property
    def level_below(self) -> str:
        """Return the level of the units just below the unit.

        Returns
        -------
        str
            Of a village its own.
        """
        from cuntong_gis.progress import level_below

        return level_below(self.units, self.unit)

    @cached_property
    def months(self) -> list[Month]:
        """Return the months of the campaign up to the day, each with its figures.

        Returns
        -------
        list of Month
            Closed ones as they were closed.
        """
        return self.loaded.months(self.as_of)

    @cached_property
    def became(self) -> dict[str, str]:
        """Return which units have become other ones by the day.

        Returns
        -------
        dict of str to str
            Old code → new code.
        """
        return self.loaded.became(self.as_of)

    def inside(self, table: pd.DataFrame, column: str = "code") -> pd.DataFrame:
        """Return the rows of a table whose unit is this one or lies in it.

        Parameters
        ----------
        table : DataFrame
            With a column of unit or village codes.
        column : str
            Its name.

        Returns
        -------
        DataFrame
            In the same order.
        """
        from cuntong_gis.progress import below

        codes = {self.unit, *self.units.loc[below(self.units, self.unit), "code"]}
        return table[table[column].isin(codes)].reset_index(drop=True)

    def progress(self) -> Paper:
        """Return the progress table.

        Returns
        -------
        Paper
            工程进度表 of the unit and those below it, with their lights.
        """
        from cuntong_gis.documents import progress_paper
        from cuntong_gis.progress import judge_lights

        lights = judge_lights(self.months, self.settings.supervision, became=self.became).table
        last = lights[lights["period"] == self.months[-1].period]
        return progress_paper(
            self.units, self.unit, self.settings, as_of=self.as_of, period=self.found.status.period.label,
            lights=dict(zip(last["code"], last["light"], strict=True)), depth=self.depth,
        )  # fmt: skip

    def ranking(self) -> Paper:
        """Return the ranking.

        Returns
        -------
        Paper
            进度排名 of the units just below the unit.
        """
        from cuntong_gis.documents import ranking_paper
        from cuntong_gis.progress import rank_units

        when = self.found.status.period
        start = self.settings.campaign.start
        before = None
        if start is None or when.before.last >= start:
            before = self.loaded.status(when.before.last, self.kind).status.units
        table = rank_units(self.units, self.level_below, within=self.unit, before=before, became=self.became)
        return ranking_paper(table, self.name, self.settings, as_of=self.as_of, period=when.label)

    def lights(self) -> Paper:
        """Return the lights of every month.

        Returns
        -------
        Paper
            亮灯表 of the units just below the unit.
        """
        from cuntong_gis.progress import judge_lights

        found = judge_lights(self.months, self.settings.supervision, levels=[self.level_below], became=self.became)
        return self._list("lights", self.inside(found.table))

    def proposals(self) -> Paper:
        """Return what is proposed for units that lag.

        Returns
        -------
        Paper
            督查建议: facts; a higher office decides.
        """
        from cuntong_gis.progress import propose_measures

        table = propose_measures(self.months, self.settings, entries=self.found.entries, became=self.became)
        return self._list("proposals", self.inside(table))

    def register(self) -> Paper:
        """Return the sign-off register.

        Returns
        -------
        Paper
            销号台账 of the villages of the unit.
        """
        from cuntong_gis.documents import register_paper

        return register_paper(self.inside(self._register()), self.name, self.settings, as_of=self.as_of)

    def _register(self) -> pd.DataFrame:
        from cuntong_gis.progress import sign_off_register

        return sign_off_register(self.found.entries, self.found.plan, self.settings.evidence, self.as_of)

    def score(self) -> Paper:
        """Return the year's score.

        Returns
        -------
        Paper
            年终考核 of the units just below the unit.
        """
        from cuntong_gis.progress import score_year

        when = self.found.status.period
        first = max(when.first, self.settings.campaign.start or when.first)
        weeks = [first + n * WEEK for n in range(1, (self.as_of - first).days // 7 + 1)]
        looked_at = [self.loaded.status(day, "week").status.units for day in weeks]
        table = score_year(
            self.units, self.found.status.villages, self.settings.supervision, self.level_below, looked_at=looked_at,
            register=self._register(), entries=self.found.entries, first=first, as_of=self.as_of, within=self.unit,
            became=self.became,
        )  # fmt: skip
        return self._list("score", table)

    def _list(self, table: str, frame: pd.DataFrame) -> Paper:
        from cuntong_gis.documents import list_paper

        label = self.found.status.period.label
        return list_paper(table, frame, self.name, self.settings, as_of=self.as_of, period=label)

    def paper(self, table: str) -> Paper:
        """Return one of the papers.

        Parameters
        ----------
        table : str
            One of `TABLES`.

        Returns
        -------
        Paper
            The paper.
        """
        made: Paper = getattr(self, table)()
        return made

    def write(self, papers: list[Paper], lang: Lang) -> Path:
        """Write papers as the sheets of one workbook.

        Parameters
        ----------
        papers : list of Paper
            In this order.
        lang : {"zh", "en"}
            Language.

        Returns
        -------
        Path
            ``maps_out/reports/<unit>_<period>_<day>.xlsx``.
        """
        from cuntong_gis.documents import write_papers

        when = self.found.status.period
        name = safe_name(f"{self.unit}_{when.code}_{self.as_of}")
        path = self.settings.folder / "maps_out" / "reports" / f"{name}.xlsx"
        write_papers(path, papers, lang)
        return path


def period_report(
    settings: Settings, kind: str, *, as_of: dt.date, unit: str = "", depth: int = 1,
    known_at: dt.datetime | None = None,
) -> PeriodReport:  # fmt: skip
    """Return what is to be told of a period.

    Parameters
    ----------
    settings : Settings
        Of the workspace.
    kind : {"day", "week", "month", "quarter", "half-year", "year"}
        Kind of the period.
    as_of : date
        A day of it: the cut-off date.
    unit : str
        Code of the unit; default: the campaign's own.
    depth : int
        Levels below the unit in the progress table, 1 or 2.
    known_at : datetime, optional
        UTC: by what the ledger knew then.

    Returns
    -------
    PeriodReport
        Papers are worked out when asked for.

    Raises
    ------
    LedgerError
        If the day is still to come.
    """
    if as_of > today(settings):
        raise LedgerError(
            Words(f"数据截止日 {as_of} 还没有到（今天 {today(settings)}）",
                  f"the cut-off date {as_of} is still to come (today is {today(settings)})"),
            where="--as-of",
            hint=Words("填写今天或以前的日期", "give today or a day before"),
        )  # fmt: skip
    loaded = load(settings, as_of, known_at)
    return PeriodReport(loaded, unit or settings.campaign.unit_code, as_of, kind, depth)


def decide(
    settings: Settings, proposal: str, decision: str, *, unit: str, by: str, note: str, as_of: dt.date
) -> Posted:  # fmt: skip
    """Record that a proposal was issued or dropped by the office that decides.

    Parameters
    ----------
    settings : Settings
        Of the workspace.
    proposal : str
        Its identifier, or enough of its beginning.
    decision : {"issued", "dropped"}
        What was decided.
    unit : str
        Code of the office; default: the campaign's own.
    by : str
        Who records it.
    note : str
        Remark.
    as_of : date
        Day of the decision.

    Returns
    -------
    Posted
        The entry.
    """
    from cuntong_gis.progress import decision_report, propose_measures

    told = period_report(settings, "month", as_of=as_of)
    table = propose_measures(told.months, settings, entries=told.found.entries, became=told.became)
    office = unit or settings.campaign.unit_code
    report = decision_report(table, proposal, decision, unit=office, by=by, on=as_of, note=note)  # type: ignore[arg-type]
    with open_campaign(settings) as ledger:
        return ledger.post([report])


def inspect(
    settings: Settings, period: str, *, seed: str, by: str, as_of: dt.date, lang: Lang
) -> tuple[Draw, Path, bool]:
    """Draw the villages that a period's inspection goes to, once; write the list with its checklist.

    Parameters
    ----------
    settings : Settings
        Of the workspace.
    period : str
        E.g. ``2016-H1``.
    seed : str
        Default: the hash of the entry that closed the period.
    by : str
        Who draws.
    as_of : date
        Day of the villages' stages.
    lang : {"zh", "en"}
        Language of the list.

    Returns
    -------
    draw : Draw
        The recorded one where the period was drawn before.
    path : Path
        ``maps_out/reports/inspection_<period>.xlsx``.
    fresh : bool
        It was drawn now.

    Raises
    ------
    LedgerError
        If there is no such period, or it is not closed and no seed is given.
    """
    from cuntong_gis import progress
    from cuntong_gis.documents import list_paper, write_paper

    when = progress.parse_period(period)
    told = period_report(settings, "month", as_of=as_of)
    villages, units, entries = told.found.status.villages, told.units, told.found.entries
    office = settings.campaign.unit_code
    draw = progress.recorded_draw(entries, villages, units, settings, period=when.code, unit=office)
    fresh = draw is None
    if draw is None:
        known = seed or progress.seed_of(entries, when.code)
        draw = progress.draw_inspection(villages, units, settings, period=when.code, seed=known, as_of=as_of)
        with open_campaign(settings) as ledger:
            posted = ledger.post([progress.draw_report(draw, unit=office, by=by, on=as_of)])
        if not posted.taken:
            refusal = posted.outcomes[0].judgement.refusal
            raise LedgerError(refusal.message if refusal else "", hint=refusal.hint if refusal else "")
    table = progress.inspected(draw, entries)
    paper = list_paper("inspection", table, told.name, settings, as_of=draw.as_of, period=when.label)
    path = settings.folder / "maps_out" / "reports" / f"inspection_{safe_name(when.code)}.xlsx"
    write_paper(path, paper, lang)
    return draw, path, fresh


def record_result(
    settings: Settings, village: str, period: str, failed: Sequence[str], findings: Sequence[str], *, by: str,
    on: dt.date, note: str = "",
) -> Posted:  # fmt: skip
    """Record what an inspection found in a village.

    Parameters
    ----------
    settings : Settings
        Of the workspace.
    village : str
        Its code.
    period : str
        Of the inspection.
    failed : sequence of str
        Items of the checklist that are not as they should be.
    findings : sequence of str
        What else was found.
    by : str
        Who inspected.
    on : date
        When.
    note : str
        Remark.

    Returns
    -------
    Posted
        The check.

    Raises
    ------
    LedgerError
        If the checklist has no such item, or the village was not drawn for the period.
    """
    from cuntong_gis.progress import CHECKLIST, parse_period, result_report

    answers = {item: item not in failed for item in CHECKLIST} | dict.fromkeys(failed, False)
    office = settings.campaign.unit_code
    report = result_report(
        village, parse_period(period).code, answers, unit=office, by=by, on=on, findings=findings, note=note
    )  # fmt: skip
    with open_campaign(settings) as ledger:
        _check_drawn(ledger, village, parse_period(period).code)
        return ledger.post([report])


def _check_drawn(ledger: Ledger, village: str, period: str) -> None:
    """Refuse a result of a village that the inspection of the period did not draw: it would be shown nowhere."""
    from cuntong_gis.progress import Kind

    drawn = [e.said["villages"] for e in ledger.of_kind(Kind.SIGNATURE) if e.said.get("inspection") == period]
    if not drawn:
        raise LedgerError(
            Words(f"{period} 还没有抽查名单", f"no villages have been drawn for {period}"),
            hint=Words(f"先运行 cuntong progress inspect {period}", f"run 'cuntong progress inspect {period}' first"),
        )
    if not any(village in codes for codes in drawn[0].values()):
        raise LedgerError(
            Words(f"{village} 不在 {period} 的抽查名单内", f"{village} was not drawn for {period}"),
            hint=Words("核对村代码与期间；名单外的检查用 cuntong progress sign-off --level province 登记",
                       "check code and period; record other checks with 'cuntong progress sign-off --level province'"),
        )  # fmt: skip
