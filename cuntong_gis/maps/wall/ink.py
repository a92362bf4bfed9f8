"""A sheet being drawn: areas, lines, marks and text in millimetres, and its files as PDF, PNG and SVG.

What is drawn is kept as a list and given to a matplotlib renderer at the end, each kind in as few calls as the format
allows: a province on A0 is 11,000 names, 20,000 spans and 350,000 vertices of outlines. Nothing global is touched but
for the moment of writing.
"""

from __future__ import annotations

import contextlib
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path as FilePath
from typing import Any

import matplotlib as mpl
import numpy as np
import shapely
from matplotlib.artist import Artist
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_pdf import FigureCanvasPdf, PdfPages
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.path import Path
from matplotlib.transforms import Affine2D, Bbox, IdentityTransform
from numpy.typing import NDArray

from cuntong_gis.files import written_aside
from cuntong_gis.maps.style import PointStyle
from cuntong_gis.maps.wall.fonts import advance, faces, glyph, plain, width_mm
from cuntong_gis.maps.wall.paper import POINT_MM, Box
from cuntong_gis.maps.wall.symbols import detail, outline

Floats = NDArray[np.float64]
Draw = Callable[[Any, Any, float], None]
"""Called with renderer, graphics context and pixels a millimetre."""

TEXT = "#1d2733"
MUTED = "#5d6873"
RULE = "#c9d0d6"
MOST_VERTICES = 8_000
"""In one path: the rasterizer takes no more than some ten thousand cells."""
SETTINGS: dict[Any, Any] = {
    "pdf.fonttype": 3,  # 42 with this face renders blank in MuPDF
    "pdf.compression": 6,
    "svg.fonttype": "path",  # another machine may lack the face
    "svg.hashsalt": "cuntong",
    "path.simplify": True,
    "agg.path.chunksize": 0,
}
NO_DATES = {
    "pdf": {"Creator": None, "Producer": None, "CreationDate": None},
    "png": {"Software": None},
    "svg": {"Date": None, "Creator": None},
}


class Ink:
    """A sheet of paper to draw on.

    Parameters
    ----------
    width, height : float
        In mm.
    dpi : int
        Pixels an inch of its PNG.
    """

    def __init__(self, width: float, height: float, dpi: int) -> None:
        self.width, self.height, self.dpi = width, height, dpi
        self._draws: list[tuple[Draw, Box | None]] = []
        self._clip: Box | None = None

    @contextlib.contextmanager
    def within(self, box: Box) -> Iterator[None]:
        """Draw only inside a box.

        Parameters
        ----------
        box : Box
            In mm.

        Yields
        ------
        None
            While it holds.
        """
        before, self._clip = self._clip, box
        yield
        self._clip = before

    def _add(self, draw: Draw) -> None:
        self._draws.append((draw, self._clip))

    def area(self, polygons: Any, color: str, alpha: float = 1.0) -> None:
        """Fill polygons.

        Parameters
        ----------
        polygons : array of shapely geometry
            In mm.
        color : str
            As #rrggbb.
        alpha : float
            1: opaque.
        """
        paths = _paths(shapely.orient_polygons(_parts(polygons)), closed=True)

        def _draw(renderer: Any, gc: Any, scale: float) -> None:
            gc.set_linewidth(0)
            fill = (*mpl.colors.to_rgb(color), alpha)
            gc.set_alpha(alpha)
            for path in paths:
                renderer.draw_path(gc, path, Affine2D().scale(scale), fill)

        self._add(_draw)

    def rectangle(self, box: Box, color: str, alpha: float = 1.0) -> None:
        """Fill a box.

        Parameters
        ----------
        box : Box
            In mm.
        color : str
            As #rrggbb.
        alpha : float
            1: opaque.
        """
        self.area([shapely.box(box.x, box.y, box.right, box.top)], color, alpha)

    def line(
        self,
        lines: Any,
        color: str,
        width: float,
        dash: Sequence[float] = (),
        *,
        alpha: float = 1.0,
        cap: str = "round",
    ) -> None:
        """Stroke lines.

        Parameters
        ----------
        lines : array of shapely geometry
            In mm; of polygons the rings.
        color : str
            As #rrggbb.
        width : float
            In mm.
        dash : sequence of float
            In mm; empty: solid.
        alpha : float
            1: opaque.
        cap : {"round", "butt"}
            Ends of the lines.
        """
        paths = _paths(_parts(lines), closed=False)

        def _draw(renderer: Any, gc: Any, scale: float) -> None:
            _pen(gc, color, width)
            gc.set_alpha(alpha)
            gc.set_capstyle("butt" if dash else cap)
            if dash:
                gc.set_dashes(0, [length / POINT_MM for length in dash])
            for path in paths:
                renderer.draw_path(gc, path, Affine2D().scale(scale))

        self._add(_draw)

    def rule(
        self, start: tuple[float, float], end: tuple[float, float], color: str = RULE, width: float = 0.15
    ) -> None:
        """Draw one straight line.

        Parameters
        ----------
        start, end : tuple of float
            In mm.
        color : str
            As #rrggbb.
        width : float
            In mm.
        """
        self.line([shapely.LineString([start, end])], color, width, cap="butt")

    def marks(self, xy: Floats, look: PointStyle, size: float) -> None:
        """Draw one symbol at many places.

        Parameters
        ----------
        xy : ndarray of float64, shape (n, 2)
            In mm.
        look : PointStyle
            Shape and colours.
        size : float
            How wide, in mm.
        """
        if not len(xy):
            return
        open_shape = look.shape in ("cross", "ring")
        shape, inside = outline(look.shape), detail(look.shape)
        places = Path(np.asarray(xy, float))

        def _draw(renderer: Any, gc: Any, scale: float) -> None:
            grown, fill = Affine2D().scale(size * scale), mpl.colors.to_rgb(look.fill)
            _pen(gc, look.line, size * (0.17 if open_shape else 0.09))
            placed = Affine2D().scale(scale)
            renderer.draw_markers(gc, shape, grown, places, placed, None if open_shape else fill)
            if inside is not None:
                _pen(gc, "#ffffff", size * 0.13)
                renderer.draw_markers(gc, inside, grown, places, placed, None)

        self._add(_draw)

    def text(
        self, xy: tuple[float, float], text: str, size: float, color: str = TEXT, *, bold: bool = False,
        align: str = "left", angle: float = 0.0, halo: float = 0.0, spacing: float = 0.0,
    ) -> None:  # fmt: skip
        """Set one line of text.

        Parameters
        ----------
        xy : tuple of float
            Where its base line begins, has its middle or ends, in mm.
        text : str
            Of a file: anything.
        size : float
            In points.
        color : str
            As #rrggbb.
        bold : bool
            Which face.
        align : {"left", "center", "right"}
            What `xy` is.
        angle : float
            Degrees counter-clockwise: 0 or 90.
        halo : float
            White edge, in mm; only of level text.
        spacing : float
            Between characters, in ems.
        """
        shown = plain(text)
        gap = spacing * size * POINT_MM
        wide = width_mm(shown, size, bold) + gap * max(len(shown) - 1, 0)
        back = {"left": 0.0, "center": wide / 2, "right": wide}[align]
        x, y = (xy[0] - back, xy[1]) if angle == 0 else (xy[0], xy[1] - back)
        if not spacing:
            self.texts(np.array([(x, y)]), [shown], size, color, bold=bold, angle=angle, halo=halo)
            return
        steps = np.cumsum([0.0, *[width_mm(char, size, bold) + gap for char in shown[:-1]]])
        self.texts(np.column_stack([x + steps, np.full(len(steps), y)]), list(shown), size, color, bold=bold, halo=halo)

    def texts(
        self, xy: Floats, texts: Sequence[str], size: float, color: str = TEXT, *, bold: bool = False,
        angle: float = 0.0, halo: float = 0.0,
    ) -> None:  # fmt: skip
        """Set many lines of text of one look.

        Parameters
        ----------
        xy : ndarray of float64, shape (n, 2)
            Where the base line of each begins, in mm.
        texts : sequence of str
            As of `fonts.plain`.
        size : float
            In points.
        color : str
            As #rrggbb.
        bold : bool
            Which face.
        angle : float
            Degrees counter-clockwise.
        halo : float
            White edge, in mm.
        """
        if halo:
            self._halo(xy, texts, size, bold, halo)

        def _draw(renderer: Any, gc: Any, scale: float) -> None:
            gc.set_foreground(color)
            face = FontProperties(fname=faces().bold if bold else faces().regular, size=size)
            turned = self.height * scale if renderer.flipy() else None
            for (x, y), text in zip(xy * scale, texts, strict=True):
                if text:
                    renderer.draw_text(gc, x, y if turned is None else turned - y, text, face, angle)

        self._add(_draw)

    def _halo(self, xy: Floats, texts: Sequence[str], size: float, bold: bool, halo: float) -> None:
        """Stroke each glyph in white underneath, as marks: stroked text would be neither small nor searchable."""
        em = size * POINT_MM
        places: dict[str, list[tuple[float, float]]] = defaultdict(list)
        for (x, y), text in zip(xy.tolist(), texts, strict=True):
            for char in text:
                if char != " ":
                    places[char].append((x, y))
                x += advance(char, bold) * em

        def _draw(renderer: Any, gc: Any, scale: float) -> None:
            _pen(gc, "#ffffff", 2 * halo)
            gc.set_alpha(0.85)
            for char, at in places.items():
                grown = Affine2D().scale(em * scale)
                renderer.draw_markers(gc, glyph(char, bold), grown, Path(at), Affine2D().scale(scale), None)

        self._add(_draw)

    def figure(self) -> Figure:
        """Return the sheet as a figure of matplotlib, without pyplot.

        Returns
        -------
        Figure
            With everything drawn so far.
        """
        figure = Figure(figsize=(self.width / 25.4, self.height / 25.4), facecolor="#ffffff")
        figure.add_artist(_Drawing(self._draws))
        return figure


class _Drawing(Artist):
    """Gives what was drawn to a renderer."""

    def __init__(self, draws: list[tuple[Draw, Box | None]]) -> None:
        super().__init__()
        self._draws = draws

    def draw(self, renderer: Any) -> None:
        scale = renderer.points_to_pixels(1.0) / POINT_MM
        for draw, clip in self._draws:
            gc = renderer.new_gc()
            gc.set_joinstyle("round")
            if clip is not None:
                gc.set_clip_rectangle(Bbox([[clip.x, clip.y], [clip.right, clip.top]]).transformed(_scaled(scale)))
            draw(renderer, gc, scale)
            gc.restore()


def _scaled(scale: float) -> Any:
    return Affine2D().scale(scale) if scale != 1.0 else IdentityTransform()


def _pen(gc: Any, color: str, width: float) -> None:
    gc.set_foreground(color)
    gc.set_linewidth(width / POINT_MM)


def _parts(geometry: Any) -> NDArray[np.object_]:
    parts = shapely.get_parts(np.asarray(geometry, object))
    if len(parts) and (shapely.get_type_id(parts) >= 4).any():  # collections of a clip
        parts = shapely.get_parts(parts)
    kept: NDArray[np.object_] = parts[~shapely.is_empty(parts)]
    return kept


def _paths(parts: NDArray[np.object_], *, closed: bool) -> list[Path]:
    """Return a few compound paths; a polygon stays in one with its holes."""
    paths: list[Path] = []
    if not len(parts):
        return paths
    rings, of_ring = parts, np.arange(len(parts))
    if shapely.get_type_id(parts[0]) == 3:
        rings, of_ring = shapely.get_rings(parts, return_index=True)
    points, ring = shapely.get_coordinates(rings, return_index=True)
    codes = np.full(len(points), Path.LINETO, np.uint8)
    first = np.r_[True, ring[1:] != ring[:-1]]
    if closed:
        codes[np.r_[first[1:], True]] = Path.CLOSEPOLY
    codes[first] = Path.MOVETO
    begins = np.flatnonzero(np.r_[True, of_ring[ring][1:] != of_ring[ring][:-1]])
    ends = np.r_[begins[1:], len(points)]
    start = 0
    for at, end in enumerate(ends.tolist()):
        if at == len(ends) - 1 or ends[at + 1] - start > MOST_VERTICES:
            paths.append(Path(points[start:end], codes[start:end]))
            start = end
    return paths


def write_sheets(sheets: Sequence[Ink], path: FilePath, kind: str) -> list[FilePath]:
    """Write sheets: one PDF of them all, or a picture each.

    Parameters
    ----------
    sheets : sequence of Ink
        In order.
    path : Path
        File without ending; where there are several pictures ``_1`` … is added.
    kind : {"pdf", "png", "svg"}
        Format.

    Returns
    -------
    list of Path
        The files written. The same sheets give the same bytes.
    """
    with mpl.rc_context(SETTINGS):
        if kind == "pdf":
            target = path.with_name(f"{path.name}.pdf")
            with written_aside(target) as draft, PdfPages(draft, metadata=NO_DATES["pdf"]) as pages:
                for sheet in sheets:
                    figure = sheet.figure()
                    FigureCanvasPdf(figure)
                    pages.savefig(figure)
            return [target]
        made = []
        for number, sheet in enumerate(sheets, 1):
            tail = f"_{number:02d}" if len(sheets) > 1 else ""
            target = path.with_name(f"{path.name}{tail}.{kind}")
            figure = sheet.figure()
            canvas = FigureCanvasAgg(figure) if kind == "png" else FigureCanvasSVG(figure)
            with written_aside(target) as draft:
                canvas.print_figure(draft, format=kind, dpi=sheet.dpi if kind == "png" else 72, metadata=NO_DATES[kind])
            made.append(target)
        return made
