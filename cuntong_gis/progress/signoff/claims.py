"""Evidence as somebody shows it: is it said completely, what will its entry say, what speaks against it."""

from __future__ import annotations

import datetime as dt
import math
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from cuntong_gis.errors import LedgerError
from cuntong_gis.progress import store
from cuntong_gis.progress.entries import Entry, Kind, Report
from cuntong_gis.progress.facts import nearest
from cuntong_gis.progress.ledger import Ledger
from cuntong_gis.progress.rules import Refusal
from cuntong_gis.progress.signoff import evidence
from cuntong_gis.progress.signoff.formats import PICTURES
from cuntong_gis.progress.signoff.photos import NEEDS_WORD, Shown, alike, away_m, doubts_of
from cuntong_gis.progress.signoff.standing import DIRECTIONS, ITEMS, SIGNATURES, power_fits, standing
from cuntong_gis.words import Words

POWER_RANGE_DBM = (-70.0, 20.0)
"""What a power meter can show; anything else is a slip of the pen."""
LOSS_RANGE_DB = (0.0, 60.0)


@dataclass(frozen=True)
class Claim:
    """Evidence, as somebody shows it.

    Attributes
    ----------
    village : str
        Code of the village.
    item : str
        A key of `standing.ITEMS`, but ``lit_date``.
    by : str
        Who shows it.
    value : str
        Received power in dBm, OTDR loss in dB, or the name of the one who signed.
    direction : str
        Of an OTDR test: ``out``, ``back`` or ``both``.
    on : date or None
        Day of it; default: that of the photo, else today.
    vouch : str
        Who gives their word for a photo taken far away.
    note : str
        Remark.
    unit : str
        Unit that shows it; default: the county.
    """

    village: str
    item: str
    by: str
    value: str = ""
    direction: str = ""
    on: dt.date | None = None
    vouch: str = ""
    note: str = ""
    unit: str = ""


def today(ledger: Ledger) -> dt.date:
    """Return the day by the ledger's clock and the campaign's offset.

    Parameters
    ----------
    ledger : Ledger
        Open.

    Returns
    -------
    date
        That of people there.
    """
    return ledger.settings.ledger.local(ledger.now()).date()


def check_village_known(ledger: Ledger, village: str) -> None:
    """Refuse a village that the plan does not have.

    Parameters
    ----------
    ledger : Ledger
        Open.
    village : str
        Its code.

    Raises
    ------
    LedgerError
        With the nearest codes.
    """
    if village in ledger.facts.villages:
        return
    near = nearest(village, ledger.facts.villages)
    hint = Words("核对代码", "check the code")
    if near:
        hint = Words(f"相近的：{'、'.join(near)}", f"the nearest: {', '.join(near)}")
    raise unclear("village", Words(f"没有行政村 {village}", f"there is no village {village}"), hint)


def unclear(field: str, message: Words, hint: Words) -> LedgerError:
    """Return the error of something that cannot be used at all.

    Parameters
    ----------
    field : str
        What it is about.
    message, hint : Words
        What is wrong and what to do.

    Returns
    -------
    LedgerError
        To be raised.
    """
    return LedgerError(message, where=field, hint=hint)


def check_claim(ledger: Ledger, claim: Claim, *, has_file: bool) -> None:
    """Refuse a claim that is not complete in itself.

    Parameters
    ----------
    ledger : Ledger
        Open.
    claim : Claim
        What somebody shows.
    has_file : bool
        A file comes with it.

    Raises
    ------
    LedgerError
        If the village or item is unknown, or what the item needs is missing.
    """
    check_village_known(ledger, claim.village)
    item = ITEMS.get(claim.item)
    if item is None:
        listed = {name: one for name, one in ITEMS.items() if name != "lit_date"}
        raise unclear("item", Words(f"没有这项证据：{claim.item}", f"there is no such evidence: {claim.item}"),
                       Words(f"可用：{'、'.join(f'{key}（{one.name.zh}）' for key, one in listed.items())}",
                             f"known: {', '.join(listed)}"))  # fmt: skip
    if not claim.by.strip():
        raise unclear("by", Words("没有填报人", "nobody is named as reporting"), Words("加 --by 姓名", "add --by NAME"))
    lacks_file, lacks_value = item.by_file and not has_file, item.by_value and not claim.value.strip()
    if claim.item == "lit_date" or lacks_file or lacks_value or not (has_file or claim.value.strip()):
        words = Words(f"{item.name.zh}不能这样登记", f"{item.name.en} is not given this way")
        raise unclear(claim.item, words, item.how)
    if claim.direction and (claim.item != "otdr" or claim.direction not in (*DIRECTIONS, "both")):
        words = Words(f"方向不合适：{claim.direction}", f"no such direction: {claim.direction}")
        raise unclear("direction", words, ITEMS["otdr"].how)


def value_of(claim: Claim) -> Any:
    """Return the value as the entry keeps it.

    Parameters
    ----------
    claim : Claim
        What somebody shows.

    Returns
    -------
    float, list of float, str or None
        dBm, dB of one or both ways, or a name; None when none was given.

    Raises
    ------
    LedgerError
        If it is no number, or one that cannot be.
    """
    text = unicodedata.normalize("NFKC", claim.value).strip()
    if not text:
        return None
    if claim.item in SIGNATURES:
        return evidence.plain_name(text)
    if claim.item == "power":
        return _number(text, "dbm", POWER_RANGE_DBM, claim.item)
    if claim.item == "otdr":
        losses = [_number(part, "db", LOSS_RANGE_DB, claim.item) for part in text.split("/")]
        wanted = 1 if claim.direction in DIRECTIONS else 2
        if len(losses) != wanted:
            words = Words("OTDR 衰减写法不对", "the OTDR loss is not written so")
            hint = Words("双向写 8.1/8.3；单向加 --direction", "both ways: 8.1/8.3; one way: add --direction")
            raise unclear(claim.item, words, hint)
        return losses
    return evidence.plain_name(text)


def _number(text: str, unit: str, limits: tuple[float, float], field: str) -> float:
    try:
        value = float(text.strip().lower().removesuffix(unit).replace("−", "-").strip())
    except ValueError:
        value = math.nan
    if not limits[0] <= value <= limits[1]:
        shown = f"{limits[0]:g} … {limits[1]:g} {unit.replace('b', 'B')}"
        raise unclear(field, Words(f"数值不合适：{text}", f"the value does not fit: {text}"),
                       Words(f"应为数字，{shown}", f"a number is expected, {shown}"))  # fmt: skip
    return value


def report_of(ledger: Ledger, claim: Claim, value: Any, shown: Shown | None, name: str) -> Report:
    """Return what the entry will say, but for its id.

    Parameters
    ----------
    ledger : Ledger
        Open.
    claim : Claim
        What somebody shows.
    value : object
        As of `value_of`.
    shown : Shown or None
        The file.
    name : str
        Its name as plain text.

    Returns
    -------
    Report
        With an empty id.
    """
    detail: dict[str, Any] = {"role" if claim.item in SIGNATURES else "item": claim.item}
    if value is not None:
        detail["name" if claim.item in SIGNATURES else "value"] = value
    if claim.item == "otdr":
        detail["direction"] = claim.direction or "both"
    doubts: list[str] = []
    if shown is not None:
        doubts += _describe(ledger, claim, shown, name, detail)
    if claim.item == "power" and not power_fits(value, ledger.settings.evidence):
        doubts.append("power")
    if doubts:
        detail["doubts"] = doubts
    if claim.vouch.strip():
        detail["vouched_by"] = claim.vouch.strip()
    return Report(
        "", Kind.SIGNATURE if claim.item in SIGNATURES else Kind.EVIDENCE, claim.village,
        claim.unit or claim.village[:6], claim.on or _day_of(ledger, shown), claim.by.strip(), note=claim.note,
        evidence=(shown.sha256,) if shown else (), detail=detail,
    )  # fmt: skip


def _describe(ledger: Ledger, claim: Claim, shown: Shown, name: str, detail: dict[str, Any]) -> list[str]:
    village = ledger.facts.villages[claim.village]
    place = (village.lon, village.lat)
    detail["file"] = {"name": name, "kind": shown.kind, "size": shown.size}
    if shown.width:
        detail["file"] |= {"width": shown.width, "height": shown.height}
    away = away_m(shown, place)
    said = {
        "lon": shown.lon, "lat": shown.lat, "away_m": None if away is None else round(away, 1),
        "taken_at": shown.taken_at.isoformat() if shown.taken_at else None, "pattern": shown.pattern or None,
        "wavelength_nm": shown.wavelength_nm,
    }  # fmt: skip
    detail |= {key: given for key, given in said.items() if given is not None}
    if claim.item in SIGNATURES or (shown.kind in PICTURES and ITEMS[claim.item].kinds != PICTURES):
        return []  # a paper is scanned anywhere, at any time
    reopened = standing(ledger.about(claim.village)).reopened
    since = reopened.happened_on if reopened else ledger.settings.campaign.start
    doubts = list(
        doubts_of(shown, place, since, ledger.settings.ledger.local(ledger.now()), ledger.settings.evidence.photo_far_m)
    )
    return [*doubts, *(["alike"] if _has_twin(ledger, claim.village, shown) else [])]


def _has_twin(ledger: Ledger, village: str, shown: Shown) -> bool:
    """Tell whether another village of the county has shown nearly the same picture."""
    if not shown.pattern:
        return False
    table = store.entries.c
    county = (table.kind == str(Kind.EVIDENCE)) & (table.chain == ledger.facts.chain_of(village))
    with ledger.store.reading() as connection:
        rows = connection.execute(sa.select(store.entries).where(county & (table.subject != village)))
        others = [str(Entry(*row).said.get("pattern", "")) for row in rows]
    return bool(alike(shown.pattern, [p for p in others if len(p) == len(shown.pattern)]))


def _day_of(ledger: Ledger, shown: Shown | None) -> dt.date:
    now, start = today(ledger), ledger.settings.campaign.start
    taken = shown.taken_at.date() if shown and shown.taken_at else now
    return now if taken > now or (start is not None and taken < start) else taken


def users_of_file(connection: sa.Connection, sha256: str) -> list[Entry]:
    """Return the entries that show a file, in any village.

    Parameters
    ----------
    connection : Connection
        Any.
    sha256 : str
        Of the file.

    Returns
    -------
    list of Entry
        In the order taken, those taken back included.
    """
    table = store.entries.c
    shown = sa.text("entries.evidence <> ''")  # as the index says it, so that only what shows a file is looked at
    query = sa.select(store.entries).where(shown, table.evidence.contains(sha256))
    return [Entry(*row) for row in connection.execute(query.order_by(table.reported_at, table.chain, table.number))]


def refusal_of(report: Report, claim: Claim, users: Iterable[Entry]) -> Refusal | None:
    """Return why evidence cannot be taken: its file serves another village, or it needs somebody's word.

    Parameters
    ----------
    report : Report
        What its entry would say.
    claim : Claim
        What somebody shows.
    users : iterable of Entry
        Entries that show the same file and were not taken back.

    Returns
    -------
    Refusal or None
        None: it can be taken.
    """
    other = next((e for e in users if e.subject != claim.village), None)
    if other is not None:
        return serves_another(other, report.evidence[0])
    doubts = [d for d in report.detail.get("doubts", []) if d in NEEDS_WORD]
    if not doubts or claim.vouch.strip():
        return None
    away = report.detail["away_m"] / 1000
    return Refusal(
        doubts[0], "file",
        Words(f"拍摄地离村 {away:.1f} 公里，不能直接采信",
              f"taken {away:.1f} km from the village: it does not count without a word"),
        Words("确属本村的，由担保人署名：加 --vouch 姓名",
              "if it is of this village, somebody gives their word: --vouch NAME"),
    )  # fmt: skip


def serves_another(other: Entry, sha256: str) -> Refusal:
    """Return the refusal of a file that serves another village.

    Parameters
    ----------
    other : Entry
        That shows it.
    sha256 : str
        Of the file.

    Returns
    -------
    Refusal
        Names that village.
    """
    return Refusal(
        "file_used", "file",
        Words(f"同一文件（{sha256[:12]}…）已用于 {other.subject}，一个文件只能用于一个村",
              f"the same file ({sha256[:12]}…) serves {other.subject}; one file serves one village"),
        Words("请交本村的照片；若前一次交错，先撤回",
              "show this village's own; if the other was wrong, take it back first"),
    )  # fmt: skip


def is_same(entry: Entry, report: Report) -> bool:
    """Tell whether an entry says already what a report says.

    Parameters
    ----------
    entry : Entry
        That counts.
    report : Report
        Of the same village.

    Returns
    -------
    bool
        The same file for the same item; without a file, also the same day and person.
    """
    said, saying = entry.said, report.detail
    same = all(said.get(key) == saying.get(key) for key in ("item", "role", "direction", "value", "name"))
    if not same or entry.evidence != " ".join(report.evidence):
        return False
    return bool(report.evidence) or (
        entry.happened_on == report.happened_on and entry.reported_by == report.reported_by
    )


def taken_back(entry: Entry, about: Iterable[Entry]) -> bool:
    """Tell whether evidence was taken back.

    Parameters
    ----------
    entry : Entry
        The evidence.
    about : iterable of Entry
        All entries about its village.

    Returns
    -------
    bool
        Its file is free again.
    """
    return any(e.corrects == entry.entry_id for e in about)
