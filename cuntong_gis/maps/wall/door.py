"""The door of the wall maps: a campaign in, files out."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from cuntong_gis.errors import MapsError
from cuntong_gis.files import safe_name
from cuntong_gis.maps.public import NO_PUBLIC_ROUTES
from cuntong_gis.maps.wall.paper import Paper, paper_named
from cuntong_gis.maps.wall.scene import KINDS, Scene, scene_of
from cuntong_gis.words import Words

if TYPE_CHECKING:
    from cuntong_gis.maps.shown import Shown
    from cuntong_gis.maps.wall.keys import Imprint
    from cuntong_gis.maps.wall.sheet import Sheet

FORMATS = ("pdf", "png", "svg")
LEAST_SCALE, MOST_SCALE = 1_000, 50_000_000


def wall_map(
    shown: Shown, out: Path, *, unit: str = "", kind: str = "wall", paper: str = "A3",
    formats: Sequence[str] = ("pdf",), scale: int | None = None, maker: str = "", checker: str = "", date: str = "",
) -> list[Path]:  # fmt: skip
    """Draw a unit for a wall or a slide and write it.

    Parameters
    ----------
    shown : Shown
        The whole campaign on a day; every figure on the sheet is from its status.
    out : Path
        Folder of the files; a unit below the whole gets a folder of its own in it, ``<code>_<name>``.
    unit : str
        Code of the unit, province to township; "" for the whole.
    kind : {"wall", "distribution", "route"}
        作战图 with tasks, villages by stage, or spans by completion.
    paper : str
        ``A4`` … ``A0``, turned by the unit's shape, or ``16:9``.
    formats : sequence of {"pdf", "png", "svg"}
        Files wanted.
    scale : int, optional
        Denominator of a fixed scale; where the unit has no room at it, a series of sheets with an index of them.
        Default: the largest round scale at which it has room.
    maker, checker, date : str
        For the title block; "" leaves a blank to be signed by hand.

    Returns
    -------
    list of Path
        A PDF holds all sheets; of pictures there is one a sheet. The same input gives the same bytes.

    Raises
    ------
    MapsError
        If there is no such unit, kind, paper or format, nothing has coordinates, no Chinese font is installed, a
        series would have more than 300 sheets, or routes are asked of the public edition.
    """
    from cuntong_gis.maps.wall.fonts import faces
    from cuntong_gis.maps.wall.ink import write_sheets
    from cuntong_gis.maps.wall.keys import Imprint

    faces()
    chosen = paper_named(paper)
    _refuse(kind, formats, scale, public=shown.public)
    scene = scene_of(shown, unit, kind)
    sheets = draw_sheets(scene, chosen, scale, Imprint(maker, checker, date, _number(scene)))
    folder = out if unit in ("", shown.settings.campaign.unit_code) else out / safe_name(f"{scene.code}_{scene.name}")
    name = shown.file_name(f"{kind}_{chosen.file_name}" + (f"_1-{scale}" if scale else ""), "")
    made: list[Path] = []
    for one in dict.fromkeys(formats):
        made += write_sheets([sheet.ink for sheet in sheets], folder / name, one)
    return made


def draw_sheets(scene: Scene, paper: Paper, scale: int | None, imprint: Imprint) -> list[Sheet]:
    """Draw a unit on one sheet, or at a scale for which one is too small on a series of them.

    Parameters
    ----------
    scene : Scene
        The unit.
    paper : Paper
        Landscape.
    scale : int or None
        Denominator of a fixed scale.
    imprint : Imprint
        Of the title blocks.

    Returns
    -------
    list of Sheet
        Of a series the index first.
    """
    from cuntong_gis.maps.wall.series import draw_series, fits, series_of
    from cuntong_gis.maps.wall.sheet import single_sheet

    if scale is None or fits(scene, paper, scale):
        return [single_sheet(scene, paper, imprint, scale)]
    return draw_series(series_of(scene, paper, scale), paper, imprint)


def _refuse(kind: str, formats: Sequence[str], scale: int | None, *, public: bool) -> None:
    if public and kind == "route":
        raise MapsError(NO_PUBLIC_ROUTES)
    for asked, known in (*((one, FORMATS) for one in formats), (kind, tuple(KINDS))):
        if asked not in known:
            listed = ", ".join(known)
            raise MapsError(
                Words(f"没有“{asked}”", f"there is no {asked!r}"), hint=Words(f"可用：{listed}", f"known: {listed}")
            )
    if scale is not None and not LEAST_SCALE <= scale <= MOST_SCALE:
        raise MapsError(
            Words(f"比例尺 1:{scale} 不可用", f"1:{scale} is no usable scale"),
            where="--scale",
            hint=Words(f"{LEAST_SCALE} 至 {MOST_SCALE} 之间", f"between {LEAST_SCALE} and {MOST_SCALE}"),
        )


def _number(scene: Scene) -> str:
    """Return the sheet number within the campaign: unit and day. It is no 审图号, which only an authority gives."""
    return "-".join(part for part in (scene.code, f"{scene.shown.status.as_of:%Y%m%d}") if part)
