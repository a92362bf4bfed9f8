"""What can be said of the campaign: a report before the ledger takes it, and the entry that it becomes."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from cuntong_gis.words import Words

CAMPAIGN = "000000"
"""Chain of what concerns the campaign as a whole: revisions and frozen periods."""

NOTHING: Mapping[str, Any] = MappingProxyType({})


class Kind(StrEnum):
    """What an entry says."""

    OPENING = "opening"  # the stage that the villages layer gave when the ledger was begun
    STAGE = "stage"  # a village has reached a stage
    METRES = "metres"  # sheath metres of a span laid so far
    PERCENT = "percent"  # progress of a village in percent, only shown
    TEST = "test"  # a span is spliced, or tested
    BLOCKER = "blocker"  # what stands in the way of a village; detail: category, owner, due
    UNBLOCK = "unblock"  # a blocker is gone; corrects: the blocker
    VISIT = "visit"  # a field visit (五个一); detail: official, purpose
    SIGNATURE = "signature"  # an official's signature; detail: role
    EVIDENCE = "evidence"  # what is shown for a sign-off; detail: item, value
    CHECK = "check"  # a check of a sign-off; detail: level, passed, findings
    CLOSE = "close"  # a village is closed; detail: certificate
    REOPEN = "reopen"  # a closed village is open again; level: the stage it falls back to
    RECEIPT = "receipt"  # a unit has reported, whether or not anything was new; detail: file, rows
    CARRY = "carry"  # metres of an older revision's spans, carried to a span of this one
    REVISION = "revision"  # a plan revision is in force
    FREEZE = "freeze"  # a period is closed; detail: its last day, what it rests on


KINDS: Mapping[Kind, Words] = {
    Kind.OPENING: Words("期初", "opening"),
    Kind.STAGE: Words("阶段", "stage"),
    Kind.METRES: Words("敷设", "metres"),
    Kind.PERCENT: Words("形象进度", "progress"),
    Kind.TEST: Words("熔接测试", "test"),
    Kind.BLOCKER: Words("阻碍", "blocker"),
    Kind.UNBLOCK: Words("阻碍解除", "unblocked"),
    Kind.VISIT: Words("走访", "visit"),
    Kind.SIGNATURE: Words("签字", "signature"),
    Kind.EVIDENCE: Words("证据", "evidence"),
    Kind.CHECK: Words("验收", "check"),
    Kind.CLOSE: Words("销号", "closed"),
    Kind.REOPEN: Words("重新打开", "reopened"),
    Kind.RECEIPT: Words("收到报表", "receipt"),
    Kind.CARRY: Words("结转", "carried"),
    Kind.REVISION: Words("规划版本", "revision"),
    Kind.FREEZE: Words("封账", "period closed"),
}
"""How kinds are shown."""


class Measure(StrEnum):
    """A cumulative figure: it only rises, unless an entry resets it."""

    NONE = ""
    STAGE = "stage"
    LAID_M = "laid_m"
    PERCENT = "percent"
    SPLICED = "spliced"
    TESTED = "tested"


KIND_OF: Mapping[Measure, Kind] = {
    Measure.STAGE: Kind.STAGE,
    Measure.PERCENT: Kind.PERCENT,
    Measure.LAID_M: Kind.METRES,
    Measure.SPLICED: Kind.TEST,
    Measure.TESTED: Kind.TEST,
}
"""Kind in which each figure is reported and corrected."""


@dataclass(frozen=True)
class Report:
    """One fact as somebody reports it.

    Attributes
    ----------
    entry_id : str
        Made by the one who reports. The same id with the same content is the same fact, however often it is sent.
    kind : Kind
        What is said.
    subject : str
        Village code, span id, unit code, period or revision.
    unit : str
        Code of the unit that says it.
    happened_on : date
        Day on which it happened.
    reported_by : str
        Who says it.
    measure : Measure
        The cumulative figure stated, if any.
    level : float or None
        The figure: rank of the stage (0–6), sheath metres, percent (0–100), 1 for spliced and tested.
    resets : bool
        A correction or reopening: the figure is `level` from here on, lower or higher.
    note, reason, approver : str
        Remark; why a figure falls, and who approved it.
    corrects : str
        Entry that is corrected, or blocker that is gone.
    evidence : tuple of str
        SHA-256 of the files shown.
    detail : mapping
        JSON values that only this kind says.
    device_at : str
        The device's own time, ISO 8601; shown, never believed.
    """

    entry_id: str
    kind: Kind
    subject: str
    unit: str
    happened_on: dt.date
    reported_by: str
    measure: Measure = Measure.NONE
    level: float | None = None
    resets: bool = False
    note: str = ""
    reason: str = ""
    approver: str = ""
    corrects: str = ""
    evidence: tuple[str, ...] = ()
    detail: Mapping[str, Any] = field(default_factory=lambda: NOTHING)
    device_at: str = ""

    def content(self) -> dict[str, Any]:
        """Return what is said, as plain JSON values; two reports of one id must agree in it.

        Returns
        -------
        dict
            Everything but the device's clock.
        """
        said = {name: getattr(self, name) for name in self.__dataclass_fields__ if name != "device_at"}
        return {**said, "happened_on": self.happened_on.isoformat(), "detail": dict(self.detail)}


@dataclass(frozen=True)
class Entry:
    """A report that the ledger has taken: a row of schema ``entries``; never changed, never removed.

    Attributes
    ----------
    entry_id, chain, number, kind, subject, unit, measure, level, resets, happened_on, counts_on, reported_at, \
device_at, reported_by, note, reason, approver, corrects, conflicts_with, revision, evidence, detail, hash : object
        As in ``data/schemas/entries.csv``.
    """

    entry_id: str
    chain: str
    number: int
    kind: str
    subject: str
    unit: str
    measure: str
    level: float | None
    resets: bool
    happened_on: dt.date
    counts_on: dt.date
    reported_at: str
    device_at: str
    reported_by: str
    note: str
    reason: str
    approver: str
    corrects: str
    conflicts_with: str
    revision: str
    evidence: str
    detail: str
    hash: str

    @property
    def said(self) -> dict[str, Any]:
        """Return the kind's own details.

        Returns
        -------
        dict
            JSON values.
        """
        return dict(json.loads(self.detail)) if self.detail else {}


def canonical(data: Any) -> str:
    """Return JSON text that is the same for the same data.

    Parameters
    ----------
    data : object
        Plain JSON values.

    Returns
    -------
    str
        Sorted keys, no spaces, unescaped Unicode.
    """
    return json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def chained(before: str, entry: Entry) -> str:
    """Return the hash of an entry on top of the hash before it.

    Parameters
    ----------
    before : str
        Hash of the entry before in the chain; "" for the first.
    entry : Entry
        Whatever its `hash`.

    Returns
    -------
    str
        64 hexadecimal digits.
    """
    fields = {**entry.__dict__, "happened_on": entry.happened_on.isoformat(), "counts_on": entry.counts_on.isoformat()}
    del fields["hash"]
    return hashlib.sha256(f"{before}\n{canonical(fields)}".encode()).hexdigest()


def made_id(*parts: object) -> str:
    """Return an entry id that is the same for the same parts: a sheet imported twice says nothing new.

    Parameters
    ----------
    *parts : object
        What makes the fact: source, row, figure, day.

    Returns
    -------
    str
        32 hexadecimal digits.
    """
    return hashlib.sha256(canonical([str(p) for p in parts]).encode()).hexdigest()[:32]
