"""A tiny workspace with an issued plan, and what is done in it: sheets come in, villages are signed off, months closed.

Everything goes through the doors that the commands call, and is said once it is durable.
"""

from __future__ import annotations

import contextlib
import csv
import datetime as dt
import functools
import io
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image

from cuntong_gis.campaign import open_campaign
from cuntong_gis.model import Stage
from cuntong_gis.plan import load_plan, revisions
from cuntong_gis.progress import (
    Check,
    Claim,
    Kind,
    Ledger,
    Posted,
    Sender,
    attach_evidence,
    check_village,
    import_sheet,
)
from cuntong_gis.progress.closed import closed_figures
from cuntong_gis.progress.rollup import roll_up
from cuntong_gis.progress.rules import STAGE_ZH
from cuntong_gis.sample import make_county, write_region
from cuntong_gis.settings import load_settings

COUNTY = "529901"
SHEETS = 6
TODAY = dt.datetime(2017, 1, 10, 4)
SETTINGS = '\n[evidence]\nrequired = ["lit_date", "power", "photo_closure"]\n'


def command(*arguments: str) -> Callable[[Path], None]:
    """Return what runs a command of `cuntong` in a workspace."""

    def run(folder: Path) -> None:
        from cuntong_gis.__main__ import main

        sys.argv = ["cuntong", *arguments, "-C", str(folder)]
        try:
            main()
        except SystemExit as ended:
            if ended.code:
                raise

    return run


def plain(folder: Path) -> None:
    """Make a workspace where nothing was done yet."""
    write_region(make_county(villages=12, townships=2), folder)


@functools.cache
def _issued() -> Path:
    """Make the workspace once: planned, issued, its ledger begun; with sheets and photos beside."""
    folder = Path(tempfile.mkdtemp(prefix="cuntong-issued-"))
    plain(folder)
    with (folder / "cuntong.toml").open("a", encoding="utf-8") as file:
        file.write(SETTINGS)
    with contextlib.redirect_stdout(io.StringIO()):
        command("plan")(folder)
        command("plan", "issue")(folder)
    with opened(folder) as ledger:
        codes = sorted(ledger.facts.villages)
    _write_sheets(folder, codes)
    for number, code in enumerate(codes):
        pixels = np.random.default_rng(number).integers(0, 255, (60, 80, 3), np.uint8)
        Image.fromarray(pixels).resize((960, 720)).save(folder / f"{code}.jpg")
    return folder


def issued(folder: Path) -> None:
    """Make a workspace with an issued plan and a ledger that holds the opening."""
    shutil.copytree(_issued(), folder, dirs_exist_ok=True)


def imported(folder: Path) -> None:
    """Make one whose sheets have come in."""
    issued(folder)
    with contextlib.redirect_stdout(io.StringIO()):
        import_sheets(folder)


def opened(folder: Path) -> Ledger:
    """Open the ledger as a command does."""
    return open_campaign(load_settings(folder / "cuntong.toml"), now=lambda: TODAY)


def _write_sheets(folder: Path, codes: list[str]) -> None:
    """Write a sheet for two villages each: stages rise, something is in the way, somebody came."""
    head = ["区划代码", "阶段", "日期", "形象进度", "阻碍", "责任人", "限期", "走访日期", "走访人", "填报人"]
    for number in range(SHEETS):
        day = dt.date(2016, 10, 10) + dt.timedelta(days=7 * number)
        rows = [
            [code, STAGE_ZH[Stage.LIT.rank], day, f"{10 * number + 5}%", "青苗", "李镇长", day + dt.timedelta(9), day, "张县长", "王五"]
            for code in codes[number::SHEETS]
        ]  # fmt: skip
        with (folder / f"sheet{number}.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([head, *rows])


def _say(posted: Posted) -> None:
    for outcome in posted.outcomes:
        if outcome.entry is not None:
            print(outcome.entry.entry_id, flush=True)


def import_sheets(folder: Path) -> None:
    """Import the sheets, each all or nothing but for what falls; say the receipts."""
    with opened(folder) as ledger:
        for number in range(SHEETS):
            sent = import_sheet(folder / f"sheet{number}.csv", ledger, Sender(COUNTY, "王五", accept_valid=True))
            assert sent.taken
            receipts = [e for e in ledger.about(COUNTY) if e.kind == Kind.RECEIPT]
            print(max(receipts, key=lambda e: e.reported_at).entry_id, flush=True)


def sign_off(folder: Path) -> None:
    """Sign off every village that is lit: evidence, first check, second check; say every entry."""
    on = dt.date(2017, 1, 9)
    with opened(folder) as ledger:
        entries = ledger.entries()
        lit = entries[(entries["measure"] == "stage") & (entries["level"] == Stage.LIT.rank)]["subject"]
        closed = set(entries[(entries["measure"] == "stage") & (entries["level"] == Stage.CLOSED.rank)]["subject"])
        closed -= set(entries[entries["kind"] == "close"]["subject"])  # those that the layer said were closed
        for code in sorted(set(lit) - closed):
            _say(attach_evidence(ledger, Claim(code, "power", "王五", "-20.5", on=on)))
            photo = folder / f"{code}.jpg"
            _say(attach_evidence(ledger, Claim(code, "photo_closure", "王五", on=on, vouch="李四"), photo))
            for level, by in (("county", "赵六"), ("prefecture", "钱七")):
                _say(check_village(ledger, Check(code, level, True, by, on)))


def freeze(folder: Path) -> None:
    """Close the months one after the other with the figures of all units; say each."""
    settings = load_settings(folder / "cuntong.toml")
    plan = load_plan(revisions(settings.issued)[-1])
    with opened(folder) as ledger:
        for last in pd.date_range("2016-09-30", "2016-12-31", freq="ME").date:

            def figures(entries: pd.DataFrame, last: dt.date = last) -> bytes:
                return closed_figures(roll_up(entries, plan, settings, as_of=last))

            _say(ledger.freeze(f"{last:%Y-%m}", last, figures, "调度员", COUNTY))
