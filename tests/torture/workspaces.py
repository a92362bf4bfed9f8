"""A tiny workspace with an issued plan, and the commands run in it: sheets, sign-offs, the closing of months."""

from __future__ import annotations

import atexit
import contextlib
import csv
import datetime as dt
import functools
import io
import shutil
import sys
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image

from cuntong_gis.campaign import open_campaign
from cuntong_gis.model import Stage
from cuntong_gis.progress import Ledger
from cuntong_gis.progress.rules import STAGE_ZH
from cuntong_gis.sample import make_county, write_region
from cuntong_gis.settings import load_settings

COUNTY = "529901"
SHEETS, SIGNED_OFF, PERIODS = 6, 2, ("2016-09", "2016-10", "2016-11")
TODAY = dt.datetime(2017, 1, 10, 4)
SETTINGS = '\n[evidence]\nrequired = ["lit_date", "power", "photo_closure"]\n'


def call(folder: Path, *arguments: str) -> None:
    """Run a command of `cuntong` in this process, as in a shell; anything but a good end is an error."""
    from cuntong_gis.__main__ import main

    sys.argv = ["cuntong", *arguments, "-C", str(folder)]
    try:
        main()
    except SystemExit as ended:
        if ended.code:
            raise RuntimeError(f"{' '.join(sys.argv)} ended with {ended.code}") from ended


def plain(folder: Path) -> None:
    """Make a workspace where nothing was done yet."""
    write_region(make_county(villages=12, townships=2), folder)


@functools.cache
def _issued() -> Path:
    """Make the workspace once: planned, issued, its ledger begun; with sheets and photos beside."""
    folder = Path(tempfile.mkdtemp(prefix="cuntong-issued-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)  # victims end without it
    plain(folder)
    with (folder / "cuntong.toml").open("a", encoding="utf-8") as file:
        file.write(SETTINGS)
    with contextlib.redirect_stdout(io.StringIO()):
        call(folder, "plan")
        call(folder, "plan", "issue")
    with opened(folder) as ledger:
        entries = ledger.entries()
        closed = set(entries[entries["level"] == Stage.CLOSED.rank]["subject"])
        codes = sorted(ledger.facts.villages.keys() - closed)
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


def build(folder: Path) -> None:
    """Run every stage."""
    call(folder, "build")


def import_sheets(folder: Path) -> None:
    """Import all sheets with one command."""
    sheets = [str(folder / f"sheet{number}.csv") for number in range(SHEETS)]
    call(folder, "progress", "import", *sheets, "--unit", COUNTY, "--by", "王五", "--json")


def sign_off(folder: Path) -> None:
    """Sign off villages: evidence, the first check, the second, which closes each."""
    on = ("--on", "2017-01-09", "--json")
    for code in sorted(path.stem for path in folder.glob("*.jpg"))[:SIGNED_OFF]:
        photo = ("--file", str(folder / f"{code}.jpg"), "--vouch", "李四")
        call(folder, "progress", "evidence", code, "power", "--by", "王五", "--value=-20.5", *on)
        call(folder, "progress", "evidence", code, "photo_closure", "--by", "王五", *photo, *on)
        call(folder, "progress", "sign-off", code, "--level", "county", "--by", "赵六", *on)
        call(folder, "progress", "sign-off", code, "--level", "prefecture", "--by", "钱七", *on)


def freeze(folder: Path) -> None:
    """Close months one after the other with the figures of all units."""
    for period in PERIODS:
        call(folder, "progress", "freeze", period, "--by", "调度员", "--json")
