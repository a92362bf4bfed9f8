"""What is shown for a sign-off, made for a test: photos as a camera writes them, traces, papers; and a small campaign."""

from __future__ import annotations

import datetime as dt
import io
import struct
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from conftest import line, lonlat, world
from PIL import Image

from cuntong_gis.model import Plan, Stage
from cuntong_gis.network import build_network
from cuntong_gis.plan import plan_routes
from cuntong_gis.progress import (
    Check,
    Claim,
    Kind,
    Ledger,
    Measure,
    Report,
    attach_evidence,
    check_village,
    made_id,
    open_ledger,
    plan_facts,
)
from cuntong_gis.settings import Settings, settings_from

NOW = dt.datetime(2016, 6, 30, 4, 0, 0)
"""The ledger's clock, UTC: noon in Beijing."""
START, LIT = dt.date(2016, 3, 1), dt.date(2016, 5, 20)
TAKEN, DAY = dt.datetime(2016, 6, 1, 9, 30, 0), dt.date(2016, 6, 10)
PLACES = [(1000.0 * (n % 6), 900.0 * (n // 6)) for n in range(12)]
"""Metres east and north of the sample's origin."""
ALL = ("power", "otdr", "photo_room", "photo_closure", "committee", "supervisor")
CODES = [f"5299011002{n:02d}" for n in range(1, 13)]


def made_plan(codes: list[str] = CODES) -> Plan:
    """Return an issued plan of twelve villages on two roads."""
    roads = [line((-500, 0), *PLACES[:6]), line((-500, 0), (-500, 900), *PLACES[6:])]
    villages = {"code": codes, "county": ["红岩县"] * 12, "township": ["红岩镇"] * 12}
    layers = world(roads, PLACES, [(-500, 0)], village=villages)
    return replace(plan_routes(build_network(layers, Settings()), Settings()), revision="r1")


def made_settings(folder: Path, **evidence: object) -> Settings:
    return settings_from({"campaign": {"start": "2016-03-01"}, "evidence": evidence}, folder=folder)


def opened(url: str, plan: Plan, settings: Settings, now: dt.datetime = NOW) -> Ledger:
    return open_ledger(url, plan_facts(plan), settings, now=lambda: now)


def lit(code: str, on: dt.date = LIT, by: str = "王填报") -> Report:
    return Report(
        made_id("lit", code, on), Kind.STAGE, code, code[:6], on, by, Measure.STAGE, float(Stage.LIT.rank)
    )  # fmt: skip


def picture(seed: int = 0, size: tuple[int, int] = (960, 720)) -> Image.Image:
    """Return a picture of coarse blocks: like a photo, unlike that of another seed."""
    rng = np.random.default_rng(seed)
    blocks = rng.integers(0, 255, (18, 24, 3)).astype(np.uint8)
    return Image.fromarray(blocks).resize(size, Image.Resampling.NEAREST)


def exif(place: tuple[float, float] | None = None, taken: dt.datetime | None = TAKEN) -> Image.Exif:
    """Return what a camera says of a photo; `place` in metres as of `PLACES`."""
    said = Image.Exif()
    said[0x010F] = "Huawei"
    if taken is not None:
        said[0x8769] = {0x9003: taken.strftime("%Y:%m:%d %H:%M:%S")}
    if place is not None:
        lon, lat = lonlat([place])[0]
        said[0x8825] = {1: "N", 2: _sexagesimal(lat), 3: "E", 4: _sexagesimal(lon)}
    return said


def _sexagesimal(degrees: float) -> tuple[float, float, float]:
    minutes = (degrees % 1) * 60
    return float(int(degrees)), float(int(minutes)), round((minutes % 1) * 60, 4)


def photo(
    place: tuple[float, float] | None = PLACES[0], taken: dt.datetime | None = TAKEN, seed: int = 0, kind: str = "JPEG",
    size: tuple[int, int] = (960, 720),
) -> bytes:  # fmt: skip
    out = io.BytesIO()
    picture(seed, size).save(out, kind, exif=exif(place, taken))
    return out.getvalue()


def paper(seed: int = 0) -> bytes:
    body = b"%%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n%% %d\n" % seed
    return body + b"xref\n0 1\ntrailer<</Root 1 0 R/Size 1>>\nstartxref\n%d\n%%%%EOF\n" % len(body)


def trace(nm: float = 1550.0, seed: int = 0, version: int = 2) -> bytes:
    """Return an OTDR trace as Telcordia SR-4731 lays it out."""
    bodies = {
        "GenParams": b"EN" + b"cable\0" + b"fiber\0" + struct.pack("<HH", 652, int(nm)),
        "FxdParams": struct.pack("<I2sH", 1464742800, b"mt", round(nm * 10)) + b"\0" * 30,
        "DataPts": np.random.default_rng(seed).integers(0, 60000, 400).astype("<u2").tobytes(),
        "Cksum": struct.pack("<H", 1234),
    }
    blocks = {name: (f"{name}\0".encode() if version == 2 else b"") + body for name, body in bodies.items()}
    rows = b"".join(f"{name}\0".encode() + struct.pack("<HI", 100 * version, len(b)) for name, b in blocks.items())
    start = b"Map\0" if version == 2 else b""
    size = len(start) + 8 + len(rows)
    return start + struct.pack("<HIH", 100 * version, size, len(blocks) + 1) + rows + b"".join(blocks.values())


@dataclass
class Folder:
    """A folder of files to be shown."""

    path: Path
    made: int = 0

    def file(self, data: bytes, name: str = "") -> Path:
        """Write a file, in a folder of its own so that any name will do."""
        self.made += 1
        folder = self.path / f"from{self.made}"
        folder.mkdir(parents=True)
        path = folder / (name or f"IMG_{self.made:04d}.jpg")
        path.write_bytes(data)
        return path


def show(ledger: Ledger, shown: Folder, code: str, item: str, seed: int = 0) -> None:
    """Show one item as a user would."""
    by, on = "李巡检", TAKEN.date()
    if item == "power":
        claims = [(Claim(code, item, by, value="-21.3dBm", on=on), None)]
    elif item == "otdr":
        claims = [
            (Claim(code, item, by, direction=way, on=on), trace(seed=2 * seed + n))
            for n, way in enumerate(("out", "back"))
        ]
    elif item in ("committee", "supervisor"):
        claims = [(Claim(code, item, by, value=f"{item}甲", on=on), paper(2 * seed + (item == "committee")))]
    elif item == "as_built":
        claims = [(Claim(code, item, by, on=on), paper(10_000 + seed))]
    else:
        number = sorted(["photo_line", "photo_closure", "photo_room", "photo_tv"]).index(item)
        claims = [(Claim(code, item, by, on=on), photo(PLACES[CODES.index(code)], seed=1000 + 10 * seed + number))]
    for claim, data in claims:
        posted = attach_evidence(ledger, claim, None if data is None else shown.file(data))
        assert posted.outcomes[0].word in ("new", "same"), posted


def show_all(ledger, shown, code, leave_out=(), seed=None):
    seed = CODES.index(code) + 1 if seed is None else seed
    for item in ALL:
        if item not in leave_out:
            show(ledger, shown, code, item, seed)


def close(ledger, code, on=DAY, checks=("钱初验", "孙复核")):
    for level, by in zip(("county", "prefecture"), checks, strict=True):
        posted = check_village(ledger, Check(code, level, True, by, on))
        assert posted.taken, posted
    return posted.entries()[-1].said["certificate"]
