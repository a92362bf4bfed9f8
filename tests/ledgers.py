"""A small plan's facts and short ways to say things of it."""

from __future__ import annotations

import datetime as dt

from cuntong_gis.model import Stage
from cuntong_gis.progress import Kind, Measure, PlanFacts, Report
from cuntong_gis.progress.facts import VillageFact
from cuntong_gis.settings import Settings, settings_from

START = dt.date(2016, 3, 1)
NOW = dt.datetime(2016, 7, 1, 2, 0)
A, B, C = "520527100200", "520527100201", "520527101200"
OTHER = "520521100200"


class Clock:
    """A clock that stands until it is set."""

    def __init__(self, now: dt.datetime = NOW) -> None:
        self.now = now

    def __call__(self) -> dt.datetime:
        return self.now

    def to(self, day: str) -> None:
        """Go to noon in Beijing of a day."""
        self.now = dt.datetime.fromisoformat(day) + dt.timedelta(hours=4)


def settings(**more: dict) -> Settings:
    return settings_from({"campaign": {"start": "2016-03-01", "deadline": "2016-12-31", "unit_code": "520500"}, **more})


def facts(codes: tuple[str, ...] = (A, B, C, OTHER), upstream: dict[str, str] | None = None) -> PlanFacts:
    villages = {
        code: VillageFact(f"村{n}", "镇", "县", (upstream or {}).get(code, ""), 105.0, 27.0, Stage.NOT_STARTED, None)
        for n, code in enumerate(codes)
    }
    return PlanFacts("R001", villages, {"S1": 1000.0, "S2": 400.0}, {"S1": A, "S2": OTHER})


def stage(code: str, rank: int, day: str, entry_id: str = "", by: str = "张三", **more: object) -> Report:
    """Say that a village has reached a stage."""
    known = {"kind": Kind.STAGE, "unit": code[:6], **more}
    return Report(
        entry_id=entry_id or f"{code}-{rank}-{day}-{by}", subject=code, happened_on=dt.date.fromisoformat(day),
        reported_by=by, measure=Measure.STAGE, level=float(rank), **known,
    )  # fmt: skip


def metres(span: str, length: float, day: str, entry_id: str = "", by: str = "张三", **more: object) -> Report:
    """Say how many metres of a span are laid."""
    known = {"kind": Kind.METRES, "unit": "520500", **more}
    return Report(
        entry_id=entry_id or f"{span}-{length}-{day}-{by}", subject=span, happened_on=dt.date.fromisoformat(day),
        reported_by=by, measure=Measure.LAID_M, level=length, **known,
    )  # fmt: skip
