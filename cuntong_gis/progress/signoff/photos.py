"""Photos and papers shown as evidence: what they are, where and when they were taken, and what speaks against them."""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import io
import math
import struct
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cuntong_gis.crs import distances
from cuntong_gis.errors import LedgerError
from cuntong_gis.progress.signoff.formats import NAMES, PICTURES, Anatomy, BrokenError, anatomy, hidden_in, kind_of
from cuntong_gis.settings import EvidenceSettings
from cuntong_gis.words import Words

if TYPE_CHECKING:
    from PIL import Image

COPY_SIDE = 1600
"""Longer side of a stripped copy, pixels."""
COPY_QUALITY = 85
HASH_SIDE = 16
ALIKE = 20
"""Two pictures whose hashes differ in at most so many of the 256 bits are probably one, compressed anew."""
FLAT = 12
"""A hash with fewer bits set, or unset, is of a nearly empty picture, like many others."""
EXIF_PART, GPS_PART, TAKEN, DIGITISED, CHANGED = 0x8769, 0x8825, 0x9003, 0x9004, 0x0132

WAVELENGTH_NM, WAVELENGTH_WITHIN = 1550.0, 15.0
"""OTDR traces are taken at 1550 nm (ENGINEERING, Evidence); lasers are within ±15 nm of it."""

DOUBTS = {
    "far": Words("拍摄地离村太远", "taken far from the village"),
    "no_place": Words("照片没有拍摄位置", "the photo does not say where it was taken"),
    "no_time": Words("照片没有拍摄时间", "the photo does not say when it was taken"),
    "early": Words("拍摄时间早于开工或重新打开之日", "taken before the works, or the reopening, began"),
    "future": Words("拍摄时间在将来", "taken in the future"),
    "alike": Words("与别村的照片几乎相同", "almost the same as a photo of another village"),
    "wavelength": Words("曲线不是 1550 nm", "the trace is not of 1550 nm"),
    "power": Words("收光功率超出范围", "the received power is out of range"),
}
"""What speaks against a file, without refusing it."""
NEEDS_WORD = ("far",)
"""Doubts that only a person's word settles."""


@dataclass(frozen=True)
class Shown:
    """A file as its content shows it.

    Attributes
    ----------
    sha256 : str
        Of its bytes.
    kind : str
        ``jpeg``, ``png``, ``webp``, ``pdf`` or ``sor``.
    size : int
        Bytes.
    width, height : int
        Pixels; 0 for a paper.
    lon, lat : float or None
        Where it was taken, degrees.
    taken_at : datetime or None
        When, in the camera's local time.
    pattern : str
        Perceptual hash of the picture, 64 hexadecimal digits; "" for a paper.
    wavelength_nm : float or None
        Of an OTDR trace.
    """

    sha256: str
    kind: str
    size: int
    width: int = 0
    height: int = 0
    lon: float | None = None
    lat: float | None = None
    taken_at: dt.datetime | None = None
    pattern: str = ""
    wavelength_nm: float | None = None


def look_at(data: bytes, rules: EvidenceSettings, *, allowed: tuple[str, ...] = PICTURES, name: str = "") -> Shown:
    """Examine a file by its content.

    Parameters
    ----------
    data : bytes
        The whole file.
    rules : EvidenceSettings
        Limits of bytes and pixels.
    allowed : tuple of str
        Kinds accepted here.
    name : str
        Its name, used in messages only.

    Returns
    -------
    Shown
        What it is.

    Raises
    ------
    LedgerError
        If it is of another kind, too large, too small, cut off, or if something else hides in it. A picture of too
        many pixels is refused by its headers and never decoded.
    """
    if len(data) > rules.photo_max_mb * 1e6:
        raise _too_large(rules, name)
    kind = kind_of(data)
    if kind not in allowed:
        raise _wrong_kind(kind, allowed, name)
    try:
        parts = anatomy(data)
    except BrokenError as error:
        raise _broken(kind, name) from error
    if kind in PICTURES:
        _check_pixels(parts.width, parts.height, rules, name)
    if hidden := hidden_in(data, parts):
        raise LedgerError(
            hidden,
            where=name,
            hint=Words("请交相机拍摄的原始照片或扫描件", "give the camera's own photo, or a plain scan"),
        )
    sha256 = hashlib.sha256(data).hexdigest()
    if kind not in PICTURES:
        return Shown(sha256, kind, len(data), wavelength_nm=parts.wavelength_nm)
    return _picture(data, parts, sha256, rules, name)


def stripped_copy(data: bytes) -> bytes:
    """Return a small copy of a picture that says nothing but what it shows.

    Parameters
    ----------
    data : bytes
        A picture that `look_at` has accepted.

    Returns
    -------
    bytes
        JPEG, upright, longer side at most `COPY_SIDE`; no place, time, camera or comment.
    """
    from PIL import ImageOps

    with _opened(data, kind_of(data)) as image:
        image.draft("RGB", (2 * COPY_SIDE, 2 * COPY_SIDE))
        upright = ImageOps.exif_transpose(image)
        upright.thumbnail((COPY_SIDE, COPY_SIDE))
        if upright.mode in ("RGBA", "LA", "PA", "P"):
            upright = _on_white(upright)
        out = io.BytesIO()
        plain = upright.convert("RGB")
        plain.info.clear()
        plain.save(out, "JPEG", quality=COPY_QUALITY)
        return out.getvalue()


def away_m(shown: Shown, village: tuple[float, float]) -> float | None:
    """Return how far from a village a photo was taken.

    Parameters
    ----------
    shown : Shown
        The photo.
    village : tuple of float
        Longitude and latitude of the village in degrees.

    Returns
    -------
    float or None
        Geodesic metres; None for a photo that does not say where, or a village without a place.
    """
    if shown.lon is None or shown.lat is None or not all(math.isfinite(v) for v in village):
        return None
    return float(distances(np.array([[shown.lon, shown.lat]]), np.array([village], float))[0])


def doubts_of(
    shown: Shown, village: tuple[float, float], since: dt.date | None, now: dt.datetime, far_m: float
) -> tuple[str, ...]:
    """Return what speaks against a file shown for a village.

    Parameters
    ----------
    shown : Shown
        The file.
    village : tuple of float
        Longitude and latitude of the village in degrees; NaN when it has no place.
    since : date or None
        Nothing shown can be older: the campaign's first day, or that of the last reopening.
    now : datetime
        The present, in the local time of cameras.
    far_m : float
        A photo from farther away needs a person's word.

    Returns
    -------
    tuple of str
        Keys of `DOUBTS`. A place within `far_m` says nothing about which of two villages so near it is.
    """
    if shown.kind == "sor":
        off = abs((shown.wavelength_nm or 0.0) - WAVELENGTH_NM) > WAVELENGTH_WITHIN
        return ("wavelength",) if off else ()
    if shown.kind not in PICTURES:
        return ()
    away = away_m(shown, village)
    where = ["no_place"] if shown.lon is None else ["far"] if away is not None and away > far_m else []
    if shown.taken_at is None:
        return (*where, "no_time")
    early = since is not None and shown.taken_at.date() < since
    late = shown.taken_at > now + dt.timedelta(minutes=10)  # a camera's clock is never quite right
    return (*where, *(["early"] if early else []), *(["future"] if late else []))


def alike(pattern: str, others: list[str]) -> list[int]:
    """Find the pictures that are probably the same, compressed or scaled anew.

    Parameters
    ----------
    pattern : str
        Perceptual hash of one picture.
    others : list of str
        Those of others.

    Returns
    -------
    list of int
        Places in `others`, ascending. Nearly empty pictures are like none.
    """
    if not pattern or not others:
        return []
    bits = np.unpackbits(np.frombuffer(bytes.fromhex("".join([pattern, *others])), np.uint8)).reshape(-1, HASH_SIDE**2)
    if not FLAT <= bits[0].sum() <= HASH_SIDE**2 - FLAT:
        return []
    return [int(n) for n in np.flatnonzero((bits[1:] != bits[0]).sum(axis=1) <= ALIKE)]


def _picture(data: bytes, parts: Anatomy, sha256: str, rules: EvidenceSettings, name: str) -> Shown:
    try:
        with _opened(data, parts.kind) as image:
            _check_pixels(*image.size, rules, name)
            lon, lat, taken_at = _said_by_camera(image)
            width, height = image.size
            image.draft("L", (4 * HASH_SIDE, 4 * HASH_SIDE))  # a JPEG is decoded small, yet read to its end
            image.load()
            pattern = _pattern(image)
    except LedgerError:
        raise
    except Exception as error:  # whatever Pillow makes of a damaged file
        raise _broken(parts.kind, name) from error
    return Shown(sha256, parts.kind, len(data), width, height, lon, lat, taken_at, pattern)


@contextlib.contextmanager
def _opened(data: bytes, kind: str) -> Iterator[Image.Image]:
    from PIL import Image

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # our own limit of pixels is told in our own words; odd EXIF is no news
        with Image.open(io.BytesIO(data), formats=[kind.upper(), *(["MPO"] if kind == "jpeg" else [])]) as image:
            yield image


def _said_by_camera(image: Image.Image) -> tuple[float | None, float | None, dt.datetime | None]:
    """Return longitude, latitude and local time from EXIF; what cannot be read was not said."""
    try:
        exif = image.getexif()
        gps, more = exif.get_ifd(GPS_PART), exif.get_ifd(EXIF_PART)
    except (OSError, SyntaxError, ValueError, TypeError, KeyError, struct.error):
        return None, None, None
    lat, lon = _degrees(gps.get(2), gps.get(1), "NS", 90.0), _degrees(gps.get(4), gps.get(3), "EW", 180.0)
    if lon is None or lat is None or (lon == 0 and lat == 0):  # no fix is often written as 0, 0
        lon = lat = None
    told = [_time(more.get(TAKEN)), _time(more.get(DIGITISED)), _time(exif.get(CHANGED))]
    return lon, lat, next((t for t in told if t), None)


def _degrees(parts: object, side: object, sides: str, most: float) -> float | None:
    try:
        degrees, minutes, seconds = (float(part) for part in parts)  # type: ignore[attr-defined]
        value = degrees + minutes / 60 + seconds / 3600
    except (TypeError, ValueError, ZeroDivisionError, OverflowError):
        return None
    letter = str(side).strip("\0 ").upper()[:1]
    if not math.isfinite(value) or not 0 <= value <= most or letter not in tuple(sides):
        return None
    return round(-value if letter == sides[1] else value, 7)


def _time(text: object) -> dt.datetime | None:
    try:
        return dt.datetime.strptime(str(text).strip("\0 ")[:19].replace("-", ":"), "%Y:%m:%d %H:%M:%S")
    except ValueError:
        return None


def _pattern(image: Image.Image) -> str:
    """Return the difference hash (dHash): which of two neighbours is the lighter, on a grid of 17 × 16."""
    from PIL import Image as Pillow

    if image.mode in ("RGBA", "LA", "PA", "P"):
        image = _on_white(image)
    small = image.convert("L").resize((HASH_SIDE + 1, HASH_SIDE), Pillow.Resampling.BOX)
    grey = np.asarray(small, np.int16)
    return np.packbits(grey[:, 1:] > grey[:, :-1]).tobytes().hex()


def _on_white(image: Image.Image) -> Image.Image:
    from PIL import Image as Pillow

    clear = image.convert("RGBA")
    return Pillow.alpha_composite(Pillow.new("RGBA", clear.size, "white"), clear)


def _check_pixels(width: int, height: int, rules: EvidenceSettings, name: str) -> None:
    if width * height > rules.photo_max_megapixels * 1e6:
        raise LedgerError(
            Words(
                f"图片 {width} × {height} 像素，超过 {rules.photo_max_megapixels:g} 百万像素",
                f"the picture has {width} × {height} pixels, more than {rules.photo_max_megapixels:g} megapixels",
            ),
            where=name,
            hint=Words("请缩小后再交", "give a smaller one"),
        )
    if min(width, height) < rules.photo_min_pixels:
        raise LedgerError(
            Words(
                f"图片只有 {width} × {height} 像素，短边不足 {rules.photo_min_pixels}",
                f"the picture has only {width} × {height} pixels, fewer than {rules.photo_min_pixels} on one side",
            ),
            where=name,
            hint=Words("请交原图，不要缩略图", "give the original, not a thumbnail"),
        )


def _too_large(rules: EvidenceSettings, name: str) -> LedgerError:
    return LedgerError(
        Words(f"文件超过 {rules.photo_max_mb:g} MB", f"the file is larger than {rules.photo_max_mb:g} MB"),
        where=name,
        hint=Words("请压缩后再交", "give a smaller one"),
    )


def _wrong_kind(kind: str, allowed: tuple[str, ...], name: str) -> LedgerError:
    zh, en = "、".join(NAMES[k].zh for k in allowed), ", ".join(NAMES[k].en for k in allowed)
    hint = Words(f"只收 {zh}（按内容判断，不看文件名）", f"taken are {en}, by content and not by name")
    if kind == "heic":
        hint = Words("请转成 JPEG（苹果手机：设置 → 相机 → 格式 → 兼容性最佳）", "convert it to JPEG first")
    return LedgerError(Words(f"文件内容是{NAMES[kind].zh}", f"the file is {NAMES[kind].en}"), where=name, hint=hint)


def _broken(kind: str, name: str) -> LedgerError:
    return LedgerError(
        Words(f"{NAMES[kind].zh} 文件不完整或已损坏", f"the {NAMES[kind].en} file is cut off or damaged"),
        where=name,
        hint=Words("请重新上传原文件", "send the original again"),
    )
