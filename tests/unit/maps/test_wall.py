"""Wall maps as a person meets them: two renderers' pixels, searchable names, embedded fonts, figures, squares, series."""

from __future__ import annotations

import dataclasses
import itertools
import json
import re
import subprocess
from pathlib import Path

import numpy as np
import pymupdf
import pytest
import shapely
from campaigns import lived_shown
from conftest import run_cuntong
from PIL import Image
from showing import made_plan, made_settings

from cuntong_gis import crs
from cuntong_gis.errors import MapsError
from cuntong_gis.maps import shown_plan, style, wall_map
from cuntong_gis.maps.wall import fonts
from cuntong_gis.maps.wall.door import draw_sheets
from cuntong_gis.maps.wall.frame import extent, framed
from cuntong_gis.maps.wall.ground import SPAN_LOOKS, Ground
from cuntong_gis.maps.wall.ink import Ink
from cuntong_gis.maps.wall.keys import Imprint, bar_km
from cuntong_gis.maps.wall.naming import SMALLEST_PT, name_everything
from cuntong_gis.maps.wall.paper import PAPERS, Box, paper_named
from cuntong_gis.maps.wall.scene import scene_of
from cuntong_gis.maps.wall.series import series_of
from cuntong_gis.maps.wall.sheet import single_sheet
from cuntong_gis.model import Stage

SHRINK = np.array([1e-9, 1e-9, -1e-9, -1e-9])
BLANK = Imprint("", "", "", "1")
HOSTILE = ["$x^2$", r"\frac{1}{2}", "‮邪恶村‬", "一行\n两行", "很长" * 20, "<script>alert(1)</script>", "${7*7}`x`",
           "𠮷\U0001f600村", "", "a&b\"'", "  空 格  ", "正常村"]  # fmt: skip


def size_of(picture: Path) -> tuple[int, int]:
    with Image.open(picture) as opened:
        return opened.size


def run(*command: object) -> str:
    return subprocess.run([str(part) for part in command], check=True, capture_output=True, text=True).stdout


def in_poppler(pdf: Path, page: int = 1, dpi: int = 150) -> np.ndarray:
    target = pdf.with_suffix("")
    run("pdftoppm", "-r", dpi, "-f", page, "-l", page, "-singlefile", "-gray", "-png", pdf, target.with_name("poppler"))
    with Image.open(target.with_name("poppler.png")) as picture:
        return np.asarray(picture.convert("L"))


def in_mupdf(pdf: Path, page: int = 1, dpi: int = 150) -> np.ndarray:
    with pymupdf.open(pdf) as document:
        drawn = document[page - 1].get_pixmap(dpi=dpi, colorspace=pymupdf.csGRAY)
        return np.frombuffer(drawn.samples, np.uint8).reshape(drawn.height, drawn.stride)[:, : drawn.width].copy()


def text_of(pdf: Path) -> str:
    return run("pdftotext", "-raw", pdf, "-")


def flat(text: str) -> str:
    """Return a text without spaces: where they fall is the reader's guess."""
    return re.sub(r"[ \n]+", "", text)


def boxes_of(sheet) -> np.ndarray:
    boxes = np.vstack([names.placed.boxes for names in sheet.naming.names])
    return boxes[np.isfinite(boxes[:, 0])]


@pytest.fixture(scope="module")
def shown():
    return lived_shown()


@pytest.fixture(scope="module")
def scene(shown):
    return scene_of(shown, "", "wall")


@pytest.fixture(scope="module")
def county(shown, tmp_path_factory) -> Path:
    """Return the county on A3."""
    (pdf,) = wall_map(shown, tmp_path_factory.mktemp("wall"), paper="A3", maker="王制图")
    return pdf


def test_two_renderers_draw_the_same_sheet(county):
    poppler, mupdf = in_poppler(county), in_mupdf(county)
    assert abs(poppler.shape[0] - mupdf.shape[0]) <= 1 and abs(poppler.shape[1] - mupdf.shape[1]) <= 1
    for limit in (128, 200, 250):
        dark = [(picture < limit).mean() for picture in (poppler, mupdf)]
        assert dark[0] > 0.004 and dark[0] == pytest.approx(dark[1], rel=0.2), (limit, dark)
    rows, columns = min(poppler.shape[0], mupdf.shape[0]) // 40, min(poppler.shape[1], mupdf.shape[1]) // 40
    coarse = [p[: rows * 40, : columns * 40].reshape(rows, 40, columns, 40).mean((1, 3)) for p in (poppler, mupdf)]
    assert np.abs(coarse[0] - coarse[1]).max() < 16  # nothing is there in one and blank in the other


def test_every_village_is_found_by_searching_the_file(county, shown):
    text = text_of(county)
    assert [name for name in shown.plan.villages["name"] if name not in text] == []
    units = shown.status.units
    assert [name for name in units.loc[units["level"] == "township", "name"] if name not in text] == []


def test_all_fonts_are_embedded_and_the_face_is_the_simplified_one(county):
    lines = run("pdffonts", county).splitlines()[2:]
    assert lines
    for line in lines:
        name, embedded = line.split()[0], line.split()[-5:-2]
        assert "NotoSansCJKsc" in name or "SourceHanSans" in name or "NotoSansSC" in name, line
        assert embedded == ["yes", "yes", "yes"], line


def test_the_figures_on_the_sheet_are_those_of_the_roll_up(county, shown):
    text, units = text_of(county), shown.status.units
    shut = flat(text)
    top = units[units["code"] == shown.settings.campaign.unit_code].iloc[0]
    assert f"{top['lit']:,}/{top['villages']:,}" in shut
    assert f"{100 * top['lit_rate']:.1f}%" in shut and f"{100 * top['time_rate']:.1f}%" in shut
    for row in units[units["parent"] == top["code"]].itertuples():
        words = re.search(rf"^{row.name}\n?\s*(\d+)\s+(\d+)\s+(\d+)\s+(\d+)", text, re.M)
        assert words, row.name
        assert [int(n) for n in words.groups()] == [row.villages, row.lit, row.closed, row.late]


def test_the_sheet_says_who_when_of_what_and_that_it_is_made_up(county, shown):
    text = flat(text_of(county))
    for said in ("王制图", "审核", "日期", shown.status.as_of.isoformat(), "CGCS2000", "中央经线", "图号", "比例尺1:",
                 "内部工作用图，未经审核不得公开", "合成数据", "北", "公里", "107°E", "图例", "逾期（未开通）"):  # fmt: skip
        assert said in text, said
    assert "审图号" not in text


def test_the_same_campaign_gives_the_same_bytes(shown, county, tmp_path):
    (again,) = wall_map(shown, tmp_path, paper="A3", maker="王制图")
    assert again.read_bytes() == county.read_bytes()
    assert b"CreationDate" not in county.read_bytes()
    first, second = (wall_map(shown, tmp_path / n, paper="A4", formats=("svg", "png"), unit="529901104") for n in "ab")
    assert [p.read_bytes() for p in first] == [p.read_bytes() for p in second]
    assert first[0].parent.name == "529901104_大水井镇" and [p.suffix for p in first] == [".svg", ".png"]


@pytest.mark.parametrize("paper", PAPERS)
def test_no_two_names_overlap_and_none_is_smaller_than_four_points(scene, paper):
    sheet = single_sheet(scene, paper_named(paper), BLANK)
    boxes = boxes_of(sheet)
    shapes = shapely.box(*(boxes + SHRINK).T)
    left, right = shapely.STRtree(shapes).query(shapes, "intersects")
    assert (left == right).all()
    assert min(names.size_pt for names in sheet.naming.names) >= SMALLEST_PT
    box = sheet.frame.box
    assert (boxes[:, :2] > (box.x, box.y)).all() and (boxes[:, 2:] < (box.right, box.top)).all()
    assert len(boxes) >= 12


def test_every_name_is_on_the_map_or_in_the_index_with_its_square(scene):
    box = Box(20.0, 20.0, 66.0, 58.0)  # so small that not all names have room
    span = extent(scene.corners, scene.projection)
    frame = framed(span, box, scene.projection, 800_000, 12.0)
    naming = name_everything(Ground(scene, frame, 0.5), 4.0)
    villages = next(names for names in naming.names if names.kind == "village")
    assert 0.6 < villages.share < 1.0
    placed = [name for name, there in zip(villages.full, villages.placed.set, strict=True) if there]
    listed = [entry.name for entry in naming.index]
    everything = [*scene.shown.plan.villages["name"], *scene.units.loc[scene.units["level"] == "township", "name"]]
    towns = next(names for names in naming.names if names.kind == "township")
    placed += [name for name, there in zip(towns.full, towns.placed.set, strict=True) if there]
    assert sorted(placed + listed) == sorted(everything)
    at = dict(zip(scene.shown.plan.villages["name"], scene.villages_at, strict=True))
    meridians, parallels = frame.graticule
    for entry in naming.index:
        if entry.name in at:
            lon, lat = at[entry.name]
            column, row = (meridians <= lon * 60).sum(), (parallels > lat * 60).sum()
            assert entry.square == f"{'ABCDEFGHIJ'[column]}{row + 1}"


def test_where_most_names_have_no_room_they_are_left_out_and_the_sheet_says_so(scene, tmp_path):
    frame = framed(
        extent(scene.corners, scene.projection), Box(20.0, 20.0, 25.0, 22.0), scene.projection, 2_000_000, 12.0
    )
    assert "village" in name_everything(Ground(scene, frame, 0.5), 4.0).left_out
    (sheet,) = draw_sheets(scene, PAPERS["A4"], 2_000_000, BLANK)
    assert "village" in sheet.naming.left_out
    assert all(names.kind != "village" for names in sheet.naming.names)


def test_a_missing_font_is_an_error_with_the_command_that_installs_it(shown, tmp_path, monkeypatch):
    monkeypatch.setattr("matplotlib.font_manager.findSystemFonts", lambda: ["/usr/share/fonts/none/DejaVuSans.ttf"])
    fonts.faces.cache_clear()
    try:
        with pytest.raises(MapsError) as caught:
            wall_map(shown, tmp_path)
    finally:
        fonts.faces.cache_clear()
    assert "apt-get install -y fonts-noto-cjk" in caught.value.line("zh")
    assert not list(tmp_path.rglob("*"))


def test_hostile_names_are_inert(tmp_path):
    plan = made_plan()
    plan = dataclasses.replace(plan, villages=plan.villages.assign(name=HOSTILE))
    settings = made_settings(tmp_path)
    pdf, svg, png = wall_map(shown_plan(plan, settings), tmp_path / "out", paper="A3", formats=("pdf", "svg", "png"))
    text = flat(text_of(pdf))
    for name in (
        "$x^2$",
        r"\frac{1}{2}",
        "邪恶村",
        "一行两行",
        "<script>alert(1)</script>",
        "${7*7}`x`",
        "𠮷〓村",
        "空格",
    ):
        assert name in text, name
    assert "‮" not in text and "很长" * 20 in text
    drawn = svg.read_text("utf-8")
    assert "<script" not in drawn and "alert(1)" not in re.sub(r"<!--.*?-->", "", drawn, flags=re.S)
    assert size_of(png) == (4133, 2923)


def test_text_is_one_line_of_glyphs_that_exist():
    assert fonts.plain("a\tb\r\n\u200bc\u2066d\u202e\x00") == "a b cd"
    assert fonts.plain("\U0001f600") == "〓"
    assert fonts.fitted("一二三四五", 10, fonts.width_mm("一二三…", 10)) == "一二三…"


@pytest.mark.parametrize("denominator", [50_000, 180_000, 750_000])
def test_scale_and_bar_are_true(scene, denominator):
    span = extent(scene.corners, scene.projection)
    frame = framed(span, Box(0.0, 0.0, 300.0, 250.0), scene.projection, denominator, 60.0)
    lon, lat = frame.meridian, float(scene.villages_at[:, 1].mean())
    places = np.array([(lon, lat), (lon + 0.1, lat), (lon, lat + 0.1)])
    mm = frame.paper_of(places)
    for end in (1, 2):
        metres = float(crs.distances(places[:1], places[end : end + 1])[0])
        assert float(np.hypot(*(mm[end] - mm[0]))) * denominator / 1000 == pytest.approx(metres, rel=1e-4)
    np.testing.assert_allclose(frame.ground_of(mm), places, atol=1e-9)
    assert 4 * bar_km(frame, 60.0) * 1e6 / denominator <= 60.0 * (1 + 1e-9)
    assert 4 * bar_km(frame, 60.0) * 1e6 / denominator > 60.0 / 2.6


def test_the_bar_is_as_long_on_the_page_as_its_number_says(county):
    """The long edge of the bar, measured in the rendered page."""
    denominator = int(re.search(r"比例尺 ?1:([\d,]+)", text_of(county)).group(1).replace(",", ""))
    with pymupdf.open(county) as document:
        page = document[0]
        unit = max(page.search_for("公里"), key=lambda found: found.y0)
        words = [w for w in page.get_text("words") if abs(w[1] - unit.y0) < 3 and w[0] > page.rect.width * 0.7]
    numbers = {float(w[4]): w for w in words if re.fullmatch(r"[\d.]+", w[4])}
    km, left = max(numbers), numbers[0.0][0]
    drawn = in_mupdf(county, dpi=254)  # 10 pixels a mm
    rows = slice(int((unit.y0 - 12) / 72 * 254), int((unit.y0 + 6) / 72 * 254))
    dark = drawn[rows, int(left / 72 * 254) - 15 : int(unit.x1 / 72 * 254)] < 150
    runs = [max((len(run) for run in "".join("#" if on else " " for on in row).split()), default=0) for row in dark]
    assert max(runs) / 10 == pytest.approx(km * 1e6 / denominator, abs=0.4)


def test_a_series_covers_the_unit_once_and_names_its_neighbours(scene):
    series = series_of(scene, PAPERS["A3"], 50_000)
    held = np.concatenate(series.held)
    assert sorted(held.tolist()) == list(range(len(scene.shown.plan.villages)))
    assert [tile.number for tile in series.tiles] == [f"{n:02d}" for n in range(1, len(series.tiles) + 1)]
    at = {tile.number: tile for tile in series.tiles}
    assert any(series.beside(tile) for tile in series.tiles)
    for tile in series.tiles:
        for (dx, dy), number in series.beside(tile).items():
            assert series.beside(at[number])[-dx, -dy] == tile.number
            joined = (tile.east, at[number].west) if dx == 1 else (tile.north, at[number].south) if dy == 1 else (0, 0)
            assert joined[0] == pytest.approx(joined[1])


def test_a_series_is_one_file_with_its_index_first(shown, tmp_path):
    (pdf,) = wall_map(shown, tmp_path, paper="A1", scale=50_000)
    series = series_of(scene_of(shown, "", "wall"), PAPERS["A1"], 50_000)
    pages = flat(text_of(pdf)).split("\f")[:-1]
    assert pdf.name == "wall_A1_1-50000.pdf" and len(pages) == len(series.tiles) + 1 > 2
    assert "接图表" in pages[0] and all(tile.number in pages[0] for tile in series.tiles)
    for tile, page in zip(series.tiles, pages[1:], strict=True):
        assert f"第{tile.number}幅" in page and "比例尺1:50,000" in page
        for number in series.beside(tile).values():
            assert re.search(rf"[▲▼◀▶]{number}", page), (tile.number, number)
    for number in range(1, len(pages) + 1):
        dark = (in_poppler(pdf, number, 20) < 250).mean(), (in_mupdf(pdf, number, 20) < 250).mean()
        assert dark[0] > 0.02 and dark[0] == pytest.approx(dark[1], rel=0.15)


def test_too_many_sheets_unknown_units_papers_and_kinds_are_refused(shown, tmp_path):
    for wish, said in (
        ({"scale": 1_000}, "幅"), ({"unit": "530000"}, "530000"), ({"paper": "B5"}, "B5"), ({"kind": "mural"}, "mural"),
        ({"formats": ("pdf", "bmp")}, "bmp"), ({"scale": 10}, "1:10"),
    ):  # fmt: skip
        with pytest.raises(MapsError) as caught:
            wall_map(shown, tmp_path, **wish)
        assert said in caught.value.line("zh")
    assert not list(tmp_path.rglob("*"))


def test_a_township_shows_its_neighbours_and_its_villages(shown, tmp_path):
    (pdf,) = wall_map(shown, tmp_path, unit="529901104", paper="A4")
    text, inside = text_of(pdf), shown.within("529901104")
    assert "大水井镇作战图" in text
    assert all(text.count(name) >= 2 for name in inside.plan.villages["name"])  # on the map and in the table
    beside = [name for name in ("落水洞镇", "双河镇", "凤鸣乡", "云雾镇") if name in text]
    assert len(beside) >= 2


def luminance(color: str) -> float:
    """Return the CIE lightness of a colour, 0 to 1: what is left of it in grey."""
    rgb = np.array([int(color[n : n + 2], 16) for n in (1, 3, 5)]) / 255
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    y = float(linear @ (0.2126, 0.7152, 0.0722))
    return 1.16 * y ** (1 / 3) - 0.16 if y > 0.008856 else 9.033 * y


def test_everything_is_told_apart_in_grey():
    points = [*style.VILLAGE.values(), style.UNREACHED, style.LATE]
    for a, b in itertools.combinations(points, 2):
        assert a.shape != b.shape or abs(luminance(a.fill) - luminance(b.fill)) > 0.12, (a.label.en, b.label.en)
    planned, partly, laid = SPAN_LOOKS
    assert partly.dash not in (planned.dash, laid.dash, style.UNSURVEYED_DASH)
    assert abs(luminance(planned.color) - luminance(laid.color)) > 0.12
    assert style.FIBER_CORE == "#ffffff"  # existing fiber is a double line, new fiber a single one
    dashes = [look.dash for look in style.PAPER_BOUNDARY.values()]
    assert len(set(dashes)) == len(dashes)


def test_marks_differ_when_printed_in_grey():
    """Each stage as it is drawn, thresholded and compared pixel by pixel."""
    pictures = []
    for stage in Stage:
        ink = Ink(12.0, 12.0, 100)
        ink.marks(np.array([(6.0, 6.0)]), style.VILLAGE[stage], 8.0)
        figure = ink.figure()
        from matplotlib.backends.backend_agg import FigureCanvasAgg

        canvas = FigureCanvasAgg(figure)
        canvas.draw()
        pictures.append(np.asarray(canvas.buffer_rgba())[..., :3] @ np.array([0.2126, 0.7152, 0.0722]))
    for a, b in itertools.combinations(range(len(pictures)), 2):
        assert (np.abs(pictures[a] - pictures[b]) > 40).mean() > 0.02, (list(Stage)[a], list(Stage)[b])


def test_the_command_line_draws_walls_and_slides(tmp_path):
    made = run_cuntong("demo", str(tmp_path / "w"))
    assert made.returncode == 0, made.stderr
    done = run_cuntong("map", "wall", "--paper", "A4", "--checker", "李审核", "--json", "-C", str(tmp_path / "w"))
    files = [Path(p) for p in json.loads(done.stdout)["files"]]
    assert done.returncode == 0 and [f.name for f in files] == ["wall_A4.pdf"] and "李审核" in text_of(files[0])
    for kind in ("distribution", "route"):
        done = run_cuntong("map", kind, "--png", "--paper", "16:9", "-C", str(tmp_path / "w"))
        slide = tmp_path / "w" / "maps_out" / f"{kind}_16x9.png"
        assert done.returncode == 0 and size_of(slide) == (1920, 1080)
    wrong = run_cuntong("map", "wall", "--unit", "99", "-C", str(tmp_path / "w"))
    assert wrong.returncode == 1 and len(wrong.stderr.strip().splitlines()) == 1 and "99" in wrong.stderr
    assert run_cuntong("map", "wall", "--paper", "B5", "-C", str(tmp_path / "w")).returncode == 2
    assert run_cuntong("map", "route", "--level", "county", "-C", str(tmp_path / "w")).returncode == 2
