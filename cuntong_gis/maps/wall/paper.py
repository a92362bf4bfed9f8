"""Sheets of paper, and boxes on them. Everything is in millimetres from the lower left corner."""

from __future__ import annotations

from dataclasses import dataclass

from cuntong_gis.errors import MapsError
from cuntong_gis.words import Words

POINT_MM = 25.4 / 72
"""One typographic point in millimetres."""


@dataclass(frozen=True)
class Box:
    """A rectangle: its left and lower edge, its width and height, in mm."""

    x: float
    y: float
    w: float
    h: float

    @property
    def right(self) -> float:
        """Return the right edge.

        Returns
        -------
        float
            Right edge in mm.
        """
        return self.x + self.w

    @property
    def top(self) -> float:
        """Return the upper edge.

        Returns
        -------
        float
            Upper edge in mm.
        """
        return self.y + self.h

    @property
    def middle(self) -> tuple[float, float]:
        """Return the middle.

        Returns
        -------
        tuple of float
            Middle in mm.
        """
        return self.x + self.w / 2, self.y + self.h / 2

    def inset(self, by: float) -> Box:
        """Return the box made smaller on all sides.

        Parameters
        ----------
        by : float
            How much on each side, in mm; negative: larger.

        Returns
        -------
        Box
            The inner box.
        """
        return Box(self.x + by, self.y + by, self.w - 2 * by, self.h - 2 * by)


@dataclass(frozen=True)
class Paper:
    """A paper and what is fitted to its size.

    Attributes
    ----------
    name : str
        ``A4`` … ``A0``, ``16:9``.
    width, height : float
        In mm.
    body_pt, title_pt : float
        Size of running text and of the title, in points.
    margin : float
        Blank edge in mm.
    dpi : int
        Pixels an inch of a PNG.
    """

    name: str
    width: float
    height: float
    body_pt: float
    title_pt: float
    margin: float
    dpi: int

    @property
    def upright(self) -> Paper:
        """Return the paper turned to portrait.

        Returns
        -------
        Paper
            Higher than wide.
        """
        return Paper(self.name, self.height, self.width, self.body_pt, self.title_pt, self.margin, self.dpi)

    @property
    def file_name(self) -> str:
        """Return the name as a part of file names.

        Returns
        -------
        str
            Without a colon.
        """
        return self.name.replace(":", "x")

    def mm(self, lines: float) -> float:
        """Return a length that grows with the text.

        Parameters
        ----------
        lines : float
            In heights of the running text.

        Returns
        -------
        float
            Millimetres.
        """
        return lines * self.body_pt * POINT_MM


PAPERS = {
    "A4": Paper("A4", 297.0, 210.0, 6.5, 17.0, 8.0, 300),
    "A3": Paper("A3", 420.0, 297.0, 8.0, 24.0, 10.0, 250),
    "A2": Paper("A2", 594.0, 420.0, 10.0, 34.0, 13.0, 200),
    "A1": Paper("A1", 841.0, 594.0, 12.5, 46.0, 16.0, 150),
    "A0": Paper("A0", 1189.0, 841.0, 16.0, 64.0, 20.0, 120),
    "16:9": Paper("16:9", 338.667, 190.5, 8.5, 22.0, 8.0, 144),
}
"""Landscape. A slide of 16:9 is 1920 × 1080 pixels; the others are ISO 216."""


def paper_named(name: str) -> Paper:
    """Return a paper by its name.

    Parameters
    ----------
    name : str
        One of `PAPERS`, in any case.

    Returns
    -------
    Paper
        Landscape.

    Raises
    ------
    MapsError
        If there is no such paper.
    """
    found = PAPERS.get(name.upper().replace("X", ":").replace("×", ":"))
    if found is None:
        names = "、".join(PAPERS)
        raise MapsError(
            Words(f"没有纸张“{name}”", f"there is no paper {name!r}"),
            where="--paper",
            hint=Words(f"可用：{names}", f"one of {', '.join(PAPERS)}"),
        )
    return found
