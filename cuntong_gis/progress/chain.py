"""The proof that nothing in the ledger was changed, removed or put in between."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from cuntong_gis.errors import LedgerError
from cuntong_gis.progress import store
from cuntong_gis.progress.entries import CAMPAIGN, Entry, Kind, chained
from cuntong_gis.words import Words


@dataclass(frozen=True)
class ChainReport:
    """What verifying found.

    Attributes
    ----------
    entries, chains, periods : int
        Checked.
    faults : tuple of Words
        Each names the chain, the place in it and what does not hold.
    heads : dict of str to str
        Hash at the end of each chain: written down elsewhere, it shows later that nothing was cut off.
    """

    entries: int
    chains: int
    periods: int
    faults: tuple[Words, ...]
    heads: dict[str, str]


def verify_ledger(tables: store.Store) -> ChainReport:
    """Recompute every hash of every chain and compare it with what is written.

    Parameters
    ----------
    tables : Store
        The ledger.

    Returns
    -------
    ChainReport
        Without faults if every entry stands as it was taken, chains end where their heads say, frozen periods rest
        on entries that are there, and their figures are those frozen.
    """
    faults: list[Words] = []
    hashes: dict[str, list[str]] = {}
    last: dict[str, Entry] = {}
    decided: list[Entry] = []
    with tables.reading() as connection:
        for entry in store.verify_rows(connection):
            before = hashes.setdefault(entry.chain, [])
            faults += _entry_faults(entry, before)
            before.append(entry.hash)
            last[entry.chain] = entry
            if entry.chain == CAMPAIGN and entry.kind in (Kind.FREEZE, Kind.REVISION):
                decided.append(entry)
        try:
            faults += _head_faults(store.all_heads(connection), last, decided)
            closed = {c.period: c for c in store.closed_periods(connection)}
        except ValueError as error:
            raise LedgerError(
                Words(f"链末或封账表里有读不出的日期：{error}", f"a day in heads or closed cannot be read: {error}")
            ) from error
    freezes = [entry for entry in decided if entry.kind == Kind.FREEZE]
    for entry in freezes:
        faults += _freeze_faults(entry, closed.pop(entry.subject, None), hashes)
    faults += [Words(f"期间 {p} 的封账数没有封账条目", f"the closed figures of {p} have no entry") for p in closed]
    ends = {chain: ordered[-1] for chain, ordered in sorted(hashes.items())}
    return ChainReport(sum(map(len, hashes.values())), len(hashes), len(freezes), tuple(faults), ends)


def _entry_faults(entry: Entry, before: list[str]) -> Iterable[Words]:
    place = Words(f"链 {entry.chain} 第 {entry.number} 条", f"chain {entry.chain}, entry {entry.number}")
    if entry.number != len(before) + 1:
        yield Words(f"{place.zh}：前面缺条目（应为第 {len(before) + 1} 条）",
                    f"{place.en}: entries before it are missing (number {len(before) + 1} expected)")  # fmt: skip
    if not _holds(before[-1] if before else "", entry):
        what = f"{entry.entry_id} {entry.subject}"
        yield Words(
            f"{place.zh}（{what}）：内容与哈希不符，已被改动", f"{place.en} ({what}): changed, its hash does not hold"
        )


def _holds(before: str, entry: Entry) -> bool:
    try:
        return chained(before, entry) == entry.hash
    except (AttributeError, TypeError, ValueError):  # what no ledger writes: a figure that is no number, a day no day
        return False


def _head_faults(heads: dict[str, store.Head], last: dict[str, Entry], decided: list[Entry]) -> Iterable[Words]:
    through = next((e.happened_on for e in reversed(decided) if e.kind == Kind.FREEZE), None)
    revision = next((e.subject for e in reversed(decided) if e.kind == Kind.REVISION), "")
    for chain in sorted(heads.keys() | last.keys()):
        end, head = last.get(chain), heads.get(chain)
        number, *expected = (end.number, end.hash, end.reported_at) if end else (0, "", "")
        if head is None or [head.number, head.hash, head.reported_at] != [number, *expected]:
            told = head.number if head else 0
            yield Words(f"链 {chain}：应有 {told} 条，实有 {number} 条，或末条被换",
                        f"chain {chain}: {told} entries expected, found {number}, or another last")  # fmt: skip
        elif (head.frozen_through, head.revision) != (through, revision):
            yield Words(f"链 {chain}：封账日或规划版本与链 {CAMPAIGN} 的条目不符",
                        f"chain {chain}: closed day or revision differ from the entries of {CAMPAIGN}")  # fmt: skip


def _freeze_faults(entry: Entry, kept: store.Closed | None, hashes: dict[str, list[str]]) -> Iterable[Words]:
    said = entry.said
    period = entry.subject
    if kept is None:
        yield Words(f"期间 {period} 的封账数不见了", f"the closed figures of {period} are gone")
    elif _of(kept) != (said.get("figures"), said.get("figures"), said.get("last_day")):
        yield Words(f"期间 {period} 的封账数已被改动", f"the closed figures of {period} were changed")
    for chain, (number, hash_) in dict(said.get("heads", {})).items():
        ordered = hashes.get(chain, [])
        if len(ordered) < number or ordered[number - 1] != hash_:
            yield Words(f"链 {chain}：期间 {period} 封账时的第 {number} 条不见了或被换",
                        f"chain {chain}: entry {number}, on which {period} rests, is gone or replaced")  # fmt: skip


def _of(kept: store.Closed) -> tuple[str, str, str]:
    return hashlib.sha256(kept.figures).hexdigest(), kept.sha256, kept.last_day.isoformat()
