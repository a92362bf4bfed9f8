"""`cuntong.toml` → one frozen dataclass. Every constant of the product stands here with its unit and source.

Sources: [R] read, usually as an excerpt; [B] background knowledge, to be confirmed with the design institute.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import difflib
import math
import re
import tomllib
import types
import typing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from cuntong_gis.errors import SettingsError
from cuntong_gis.model import Deployment
from cuntong_gis.words import Lang, Words

FILE_NAME = "cuntong.toml"
Datum = Literal["wgs84", "cgcs2000", "gcj02", "bd09"]


def default(value: Any, doc: str, unit: str = "", source: str = "") -> Any:
    """Declare one setting with its default, meaning, unit and source.

    Parameters
    ----------
    value : object
        The default; dicts and tuples are copied per instance.
    doc, unit, source : str
        What it means, in which unit, and where the value comes from.

    Returns
    -------
    dataclasses.Field
        The field.
    """
    meta = {"doc": doc, "unit": unit, "source": source}
    if isinstance(value, dict):
        return field(default_factory=lambda: dict(value), metadata=meta)
    return field(default=value, metadata=meta)


@dataclass(frozen=True)
class CampaignSettings:
    """The campaign: whose it is, when it must be done, and the day its figures speak of."""

    name: str = default("村村通工程", "name printed on maps and papers")
    unit_code: str = default("", "code of the unit that the workspace plans for (text)")
    unit_name: str = default("", "name of that unit")
    start: dt.date | None = default(None, "first day of the campaign")
    deadline: dt.date | None = default(None, "last day; due date of every village without its own")
    as_of: dt.date | None = default(None, "cut-off date 数据截止日; default: the latest stage date in the data")
    lang: Lang = default("zh", "language of maps and messages: zh or en")
    synthetic: bool = default(False, "true: the data are made up, and every map says so")


@dataclass(frozen=True)
class LayerSource:
    """Where one input layer comes from and how it is to be read."""

    path: str = default("", "file, relative to cuntong.toml; empty: layers/<name>.* if there is one")
    layer: str = default("", "layer of the file, or sheet of the workbook; empty: the first")
    crs: str = default("", "CRS such as EPSG:4544, where the file does not say it or says it wrong")
    datum: Datum | None = default(None, "wgs84, cgcs2000, gcj02 or bd09; gcj02 and bd09 are converted at reading")
    encoding: str = default("", "text encoding such as gbk; empty: .cpg file, else UTF-8, else GB18030")
    columns: dict[str, str] = default({}, "our column name → header in the file, where the header is not known")
    points: tuple[dict[str, Any], ...] = default((), "rows given here instead of a file: {id, name, lon, lat, …}")


@dataclass(frozen=True)
class LayersSettings:
    """The input layers and the limits of checking them."""

    villages: LayerSource = default(LayerSource(), "points: administrative villages")
    roads: LayerSource = default(LayerSource(), "lines: roads")
    fiber: LayerSource = default(LayerSource(), "lines: existing fiber")
    access_points: LayerSource = default(LayerSource(), "points: rooms, cabinets, closures of existing fiber")
    boundaries: LayerSource = default(LayerSource(), "polygons: administrative units")
    areas: LayerSource = default(LayerSource(), "polygons: prefer, avoid, forbid")
    supports: LayerSource = default(LayerSource(), "lines: pole lines and ducts that can carry the cable")
    steering: LayerSource = default(LayerSource(), "lines or polygons: what routes must use, what they may not")
    as_built: LayerSource = default(LayerSource(), "lines: fiber as it was built, by span or by village")
    elevation: str = default("", "elevation raster (GeoTIFF, SRTM .hgt or .hgt.zip); needs the extra 'raster'")
    osm_places: tuple[str, ...] = default(
        ("city", "town", "village", "hamlet", "isolated_dwelling"), "`place` values read as villages from .osm.pbf"
    )
    reference: LayerSource = default(
        LayerSource(), "lines or polygons known to be right, against which the datum of the others is checked"
    )
    datum_min_offset_m: float = default(200.0, "a systematic offset above this looks like GCJ-02", "m", "ENGINEERING")
    village_far_m: float = default(2000.0, "farther from any road than this: a finding", "m", "[B]")
    max_file_mb: float = default(4096.0, "a larger input file is refused", "MB")
    max_unpacked_mb: float = default(2048.0, "a KMZ or zip that unpacks to more is refused", "MB")
    max_features: int = default(20_000_000, "a layer with more features is refused", "count")


@dataclass(frozen=True)
class NetworkSettings:
    """How roads, villages and fiber become one graph (ENGINEERING, Joining things to the road graph)."""

    node_crossings: Literal["auto", "always", "never"] = default(
        "auto", "join roads that cross without a shared vertex; auto: not for OSM; bridges and tunnels never"
    )
    snap_tolerance_m: float = default(1.0, "a road end this near another road is joined to it", "m", "[B]")
    min_island_km: float = default(2.0, "a road component shorter than this is no place to join", "km", "ENGINEERING")
    max_gap_m: float = default(200.0, "gaps up to this are bridged at the off-road price", "m", "ENGINEERING")
    max_link_m: float = default(5000.0, "off-road links up to this are built", "m", "ENGINEERING")
    tap_distance_m: float = default(50.0, "a junction this near tappable fiber may be linked to it", "m", "[B]")


@dataclass(frozen=True)
class CostSettings:
    """Prices: CNY per route km by deployment, times factors of road class, slope and areas."""

    per_km: dict[str, float] = default(
        {
            "aerial_new": 35_000.0,
            "aerial_reused": 14_000.0,
            "buried": 52_500.0,
            "duct_new": 175_000.0,
            "duct_existing": 11_500.0,
            "wall": 20_000.0,
        },
        "price by deployment",
        "CNY/km",
        "[B] ENGINEERING, Plant: middle of the range; confirm with your institute",
    )
    deployment: dict[str, str] = default({}, "deployment by road class, where not the default of data/road_classes.csv")
    class_factor: dict[str, float] = default(
        {}, "price factor by road class, where not the default of data/road_classes.csv", "ratio"
    )
    off_road_factor: float = default(1.6, "price of gaps, links and proximity edges: × new aerial", "ratio", "[B]")
    slope_factor: float = default(1.0, "price × (1 + this × mean slope as rise over run)", "ratio", "[B]")
    avoid_factor: float = default(3.0, "in avoid areas that give no factor", "ratio", "[B]")
    prefer_factor: float = default(0.8, "in prefer areas that give no factor", "ratio", "[B]")
    support_distance_m: float = default(15.0, "a road this near a pole line or duct with room reuses it", "m", "[B]")


@dataclass(frozen=True)
class SteeringSettings:
    """What the engineer decides, whatever it costs: spans that no route may use, spans that must be used."""

    banned_spans: tuple[str, ...] = default((), "spans of the draft or of an issued revision that no route may use")
    must_use_spans: tuple[str, ...] = default((), "spans of the draft or of an issued revision that must be used")
    distance_m: float = default(15.0, "a road this near a line of layer steering is the one meant", "m", "[B]")


@dataclass(frozen=True)
class PlanSettings:
    """How hard the planner works."""

    effort: Literal["quick", "normal", "thorough"] = default("normal", "amount of work, deterministic")
    seconds: float | None = default(None, "cap on the seconds; the plan then depends on the machine", "s")
    seed: int = default(0, "seed of the random choices")


@dataclass(frozen=True)
class LedgerSettings:
    """Where reports are kept, and what they may say."""

    url: str = default("", "postgresql+psycopg://user@host/base; empty: campaign/ledger.sqlite")
    upstream: Literal["warn", "reject"] = default("warn", "a village lit before the villages on its way are laid")
    over_length: float = default(1.5, "metres above this times the planned length need a note", "ratio", "LEDGER")
    utc_offset_hours: float = default(8.0, "the day begins at this offset from UTC", "h", "Beijing time")
    clock_skew_minutes: float = default(10.0, "a device's clock off by more is told", "min", "[B]")

    def local(self, utc: dt.datetime) -> dt.datetime:
        """Return a time as the campaign's own clock shows it.

        Parameters
        ----------
        utc : datetime
            UTC, without zone.

        Returns
        -------
        datetime
            Local, without zone; its date is the campaign's day.
        """
        return utc + dt.timedelta(hours=self.utc_offset_hours)


@dataclass(frozen=True)
class EvidenceSettings:
    """What must be shown before a village is closed (验收销号), and which photos are believed."""

    required: tuple[str, ...] = default(
        ("lit_date", "power", "otdr", "photo_room", "photo_closure", "committee", "supervisor"),
        "of lit_date power otdr as_built photo_line photo_closure photo_room photo_tv committee supervisor",
        "",
        "ENGINEERING, Evidence",
    )
    closes_at: Literal["county", "prefecture"] = default("prefecture", "check that closes a village: 初验 or 复核")
    power_min_dbm: float = default(-27.0, "received power below this is no pass", "dBm", "[B] GPON class B+ receiver")
    power_max_dbm: float = default(-8.0, "received power above this is no pass", "dBm", "[B] GPON class B+ overload")
    photo_max_mb: float = default(20.0, "a larger file is refused", "MB", "[B]")
    photo_max_megapixels: float = default(100.0, "a larger picture is refused", "megapixel", "[B]")
    photo_min_pixels: int = default(480, "a picture whose shorter side is less is refused", "pixel", "[B]")
    photo_far_m: float = default(2000.0, "a photo taken farther from the village needs a person's word", "m", "[B]")


@dataclass(frozen=True)
class SupervisionSettings:
    """Lights, ladder, inspections and the year's score (ENGINEERING, Supervision defaults; nobody's official rule)."""

    green: float = default(1.0, "share of the target to date from which a light is green", "ratio", "ENGINEERING")
    yellow: float = default(0.8, "share from which it is yellow, below it red", "ratio", "ENGINEERING")
    card: float = default(0.6, "share below which a yellow card 黄牌 is proposed too", "ratio", "ENGINEERING")
    warn_after: int = default(1, "red months running until 预警通知 is proposed", "count", "ENGINEERING")
    talk_after: int = default(2, "red months running until 约谈提醒 is proposed", "count", "ENGINEERING")
    account_after: int = default(3, "red months running until 追责建议 is proposed", "count", "ENGINEERING")
    stale_days: int = default(7, "no report for more days than this: stale", "day", "ENGINEERING")
    sample_villages: int = default(4, "least villages inspected in a county", "count", "ENGINEERING")
    sample_share: float = default(0.03, "least share of a county's villages inspected", "ratio", "ENGINEERING")
    score_completion: float = default(60.0, "points of the year for completion", "point", "ENGINEERING")
    score_quality: float = default(20.0, "points of the year for quality", "point", "ENGINEERING")
    score_reporting: float = default(10.0, "points of the year for reporting on time", "point", "ENGINEERING")
    score_archive: float = default(10.0, "points of the year for the archive", "point", "ENGINEERING")


@dataclass(frozen=True)
class MapsSettings:
    """What the maps show, on screen and on paper."""

    title: str = default("", "title; empty: the campaign's name")
    label_zoom: int = default(12, "village names are drawn from this zoom on", "zoom level")
    maker: str = default("", "who made the wall maps 制图; empty: a blank to sign")
    checker: str = default("", "who checked the wall maps 审核; empty: a blank to sign")
    built_apart_m: float = default(50.0, "as-built lines farther than this from the plan are flagged", "m", "[B]")
    base_map: Literal["", "tianditu", "gaode", "osm"] = default(
        "", "online tiles under the route and distribution maps, where there is a network; empty: none"
    )
    tianditu_key: str = default("", "your own key for the tiles of Tianditu (tk); it stands readable in the map file")


@dataclass(frozen=True)
class Settings:
    """All settings of a workspace, and the folder that relative paths start from."""

    campaign: CampaignSettings = field(default_factory=CampaignSettings)
    layers: LayersSettings = field(default_factory=LayersSettings)
    network: NetworkSettings = field(default_factory=NetworkSettings)
    cost: CostSettings = field(default_factory=CostSettings)
    steering: SteeringSettings = field(default_factory=SteeringSettings)
    plan: PlanSettings = field(default_factory=PlanSettings)
    ledger: LedgerSettings = field(default_factory=LedgerSettings)
    evidence: EvidenceSettings = field(default_factory=EvidenceSettings)
    supervision: SupervisionSettings = field(default_factory=SupervisionSettings)
    maps: MapsSettings = field(default_factory=MapsSettings)
    folder: Path = field(default_factory=lambda: Path())

    @property
    def draft(self) -> Path:
        """Return the path of the drafted plan.

        Returns
        -------
        Path
            Path of the drafted plan.
        """
        return self.folder / "campaign" / "plan.gpkg"

    @property
    def issued(self) -> Path:
        """Return the folder of issued revisions.

        Returns
        -------
        Path
            Folder of issued revisions.
        """
        return self.folder / "campaign" / "issued"

    @property
    def ledger_url(self) -> str:
        """Return the URL of the ledger.

        Returns
        -------
        str
            That of the settings, else of ``campaign/ledger.sqlite``.
        """
        return self.ledger.url or f"sqlite:///{self.folder / 'campaign' / 'ledger.sqlite'}"

    @property
    def evidence_folder(self) -> Path:
        """Return the folder of the files shown as evidence.

        Returns
        -------
        Path
            ``campaign/evidence``.
        """
        return self.folder / "campaign" / "evidence"

    @property
    def steered(self) -> Path:
        """Return the path of the courses of all spans that were ever steered.

        Returns
        -------
        Path
            Path of the courses of all spans that were ever steered.
        """
        return self.folder / "campaign" / "steering.gpkg"


def load_settings(path: Path | str = FILE_NAME) -> Settings:
    """Read `cuntong.toml`.

    Parameters
    ----------
    path : Path or str
        The file; relative layer paths start from its folder.

    Returns
    -------
    Settings
        Defaults, with what the file says.

    Raises
    ------
    SettingsError
        If the file is missing or no TOML, a key is unknown (the nearest known one is named), or a value has the
        wrong type or range.
    """
    path = Path(path)
    try:
        data = tomllib.loads(path.read_bytes().decode("utf-8-sig"))
    except FileNotFoundError:
        raise SettingsError(
            Words("没有这个文件", "there is no such file"),
            where=str(path),
            hint=Words(
                "先运行 cuntong init 目录，或用 -C 指定工程目录",
                "run 'cuntong init DIR' first, or name the workspace with -C",
            ),
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise SettingsError(Words(f"不是有效的 TOML:{error}", f"not valid TOML: {error}"), where=str(path)) from error
    return settings_from(data, folder=path.parent, where=path.name)


def settings_from(data: dict[str, Any], *, folder: Path | str = ".", where: str = FILE_NAME) -> Settings:
    """Build settings from a plain dict of sections.

    Parameters
    ----------
    data : dict
        As `tomllib` gives it.
    folder : Path or str
        Folder that relative paths start from.
    where : str
        Name used in messages.

    Returns
    -------
    Settings
        Checked settings.

    Raises
    ------
    SettingsError
        As in `load_settings`.
    """
    known = {f.name: f for f in dataclasses.fields(Settings) if f.name != "folder"}
    hints = typing.get_type_hints(Settings)
    sections = {}
    for name, value in data.items():
        if name not in known:
            raise _unknown(name, list(known), where)
        sections[name] = _build(hints[name], value, f"{where} [{name}]")
    settings = Settings(**sections, folder=Path(folder))
    _check(settings, where)
    return settings


def _build(kind: type, data: Any, where: str) -> Any:
    if not isinstance(data, dict):
        raise SettingsError(Words("应为一个小节", "a section is expected"), where=where)
    names = [f.name for f in dataclasses.fields(kind)]
    hints = typing.get_type_hints(kind)
    values = {}
    for key, value in data.items():
        if key not in names:
            raise _unknown(key, names, where)
        values[key] = _value(hints[key], value, f"{where} {key}")
        if typing.get_origin(hints[key]) is dict:
            values[key] = {**getattr(kind(), key), **values[key]}
    return kind(**values)


def _value(kind: Any, value: Any, where: str) -> Any:
    if dataclasses.is_dataclass(kind):
        return _build(typing.cast(type, kind), value, where)
    origin, args = typing.get_origin(kind), typing.get_args(kind)
    if origin in (types.UnionType, typing.Union):
        return _value(next(a for a in args if a is not type(None)), value, where)
    if origin is Literal:
        if value not in args:
            raise _wrong(value, " | ".join(args), where)
        return value
    if origin is tuple:
        if not isinstance(value, list):
            raise _wrong(value, "[ … ]", where)
        return tuple(_value(args[0], item, where) for item in value)
    if origin is dict:
        if not isinstance(value, dict):
            raise _wrong(value, "{ … }", where)
        return {k: v if args[1] is Any else _value(args[1], v, f"{where}.{k}") for k, v in value.items()}
    if kind is float and isinstance(value, int | float) and not isinstance(value, bool):
        if not math.isfinite(value):
            raise _wrong(value, "number", where)
        return float(value)
    if kind is dt.date and isinstance(value, str):
        try:
            return dt.date.fromisoformat(value)
        except ValueError:
            raise _wrong(value, "2016-12-31", where) from None
    if type(value) is not kind:
        raise _wrong(value, kind.__name__, where)
    return value


def _check(settings: Settings, where: str) -> None:
    """Refuse values that no job can mean: negative lengths and prices, unknown names."""
    for section in (
        settings.layers, settings.network, settings.cost, settings.steering, settings.plan, settings.ledger,
        settings.evidence, settings.supervision, settings.maps,
    ):  # fmt: skip
        for item in dataclasses.fields(section):
            value = getattr(section, item.name)
            if item.name.endswith("_dbm") or item.name == "utc_offset_hours":
                continue
            if isinstance(value, int | float) and not isinstance(value, bool) and value < 0:
                raise _wrong(value, "≥ 0", f"{where} {item.name}")
    deployments = [str(d) for d in Deployment]
    for key, price in settings.cost.per_km.items():
        if key not in deployments:
            raise _unknown(key, deployments, f"{where} [cost.per_km]")
        if price < 0:
            raise _wrong(price, "≥ 0", f"{where} [cost.per_km] {key}")
    for road, deployment in settings.cost.deployment.items():
        if deployment not in deployments:
            raise _unknown(deployment, deployments, f"{where} [cost.deployment] {road}")
    for road, factor in settings.cost.class_factor.items():
        if factor < 0:
            raise _wrong(factor, "≥ 0", f"{where} [cost.class_factor] {road}")
    if settings.maps.base_map == "tianditu" and not re.fullmatch("[0-9A-Za-z]+", settings.maps.tianditu_key):
        raise SettingsError(
            Words("天地图需要自己的密钥（字母和数字）", "Tianditu needs your own key (letters and digits)"),
            where=f"{where} [maps] tianditu_key",
            hint=Words("在天地图官网申请浏览器端密钥", "apply for a browser-side key on Tianditu's site"),
        )
    both = sorted({*settings.steering.banned_spans} & {*settings.steering.must_use_spans})
    if both:
        raise SettingsError(
            Words(f"光缆段 {'、'.join(both)} 既禁用又必经", f"span {', '.join(both)} is both banned and to be used"),
            where=f"{where} [steering]",
            hint=Words("从其中一项删去", "take it out of one of the two"),
        )


def _unknown(name: str, known: list[str], where: str) -> SettingsError:
    near = difflib.get_close_matches(name, known, 1, 0.5)
    if near:
        hint = Words(f"是否想写 {near[0]}?", f"did you mean {near[0]}?")
    else:
        hint = Words(f"可用：{'、'.join(known)}", f"known: {', '.join(known)}")
    return SettingsError(Words(f"未知的设置 {name}", f"unknown setting {name}"), where=where, hint=hint)


def _wrong(value: Any, wanted: str, where: str) -> SettingsError:
    return SettingsError(
        Words(f"值 {value!r} 不合适，应为 {wanted}", f"{value!r} does not fit, expected {wanted}"), where=where
    )
