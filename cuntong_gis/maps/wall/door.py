"""The door of the wall maps: a campaign in, files out."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from cuntong_gis.maps.wall.fonts import faces
from cuntong_gis.maps.wall.ink import write_sheets
from cuntong_gis.maps.wall.keys import Imprint
from cuntong_gis.maps.wall.paper import paper_named
from cuntong_gis.maps.wall.scene import Kind, Scene, scene_of
from cuntong_gis.maps.wall.sheet import single_sheet

if TYPE_CHECKING:
    from cuntong_gis.maps.shown import Shown

FORMATS = ("pdf", "png", "svg")


def wall_map(
    shown: Shown, out: Path, *, unit: str = "", kind: Kind = "wall", paper: str = "A3",
    formats: Sequence[str] = ("pdf",), scale: int | None = None, maker: str = "", checker: str = "", date: str = "",
) -> list[Path]:  # fmt: skip
    """Draw a unit's wall map and write it.
    """
    faces()
    scene = scene_of(shown, unit, kind)
    sheet = single_sheet(scene, paper_named(paper), Imprint(maker, checker, date, f"{scene.code}"))
    made = []
    for one in formats:
        made += write_sheets([sheet.ink], out / f"{kind}_{sheet.paper.file_name}", one)
    return made
