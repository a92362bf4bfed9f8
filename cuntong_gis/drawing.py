"""Maps, sheets and dashboards of a workspace, or of one of its units, on demand."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from cuntong_gis.files import locked
from cuntong_gis.workspace import Workspace, draw, shown_now

if TYPE_CHECKING:
    from cuntong_gis.maps import Shown


def _edition(workspace: Workspace, *, draft: bool, public: bool) -> Shown:
    """Return what is drawn: everything, or only what may be told."""
    from cuntong_gis.maps import public_of

    shown = shown_now(workspace, draft=draft)
    return public_of(shown) if public else shown


def draw_map(
    workspace: Workspace, kind: str, *, unit: str = "", draft: bool = False, public: bool = False
) -> list[Path]:  # fmt: skip
    """Write an interactive map of the plan in force; of the draft where none is issued.

    Parameters
    ----------
    workspace : Workspace
        With a plan.
    kind : {"distribution", "route"}
        Which map.
    unit : str
        Code of a unit; "": the whole.
    draft : bool, default False
        Of the draft in any case.
    public : bool, default False
        The public edition, beside the internal one.

    Returns
    -------
    list of Path
        In ``maps_out/``, of a unit in ``maps_out/<code>_<name>/``.

    Raises
    ------
    PlanError
        If there is no plan.
    MapsError
        If there is no such unit, or routes are asked of the public edition.
    """
    with locked(workspace.folder):
        shown = _edition(workspace, draft=draft, public=public)
        shown = shown.within(unit) if unit else shown
        return draw(shown.folder(workspace.maps_out), shown, (kind,))


def draw_wall(
    workspace: Workspace, kind: str, *, draft: bool = False, public: bool = False, unit: str = "", paper: str = "A3",
    formats: tuple[str, ...] = ("pdf",), scale: int | None = None, maker: str = "", checker: str = "",
) -> list[Path]:  # fmt: skip
    """Write a unit's map for a wall or a slide, of the plan in force; of the draft where none is issued.

    Parameters
    ----------
    workspace : Workspace
        With a plan.
    kind : {"wall", "distribution", "route"}
        What the sheet is about.
    draft : bool, default False
        Of the draft in any case.
    public : bool, default False
        The public edition, beside the internal one.
    unit, paper, formats, scale : str, str, tuple of str, int
        As of `maps.wall_map`.
    maker, checker : str
        As of `maps.wall_map`; default: of the settings.

    Returns
    -------
    list of Path
        As `draw_map`.

    Raises
    ------
    PlanError
        If there is no plan.
    MapsError
        As `maps.wall_map`.
    """
    from cuntong_gis import maps

    settings = workspace.settings
    with locked(workspace.folder):
        return maps.wall_map(
            _edition(workspace, draft=draft, public=public), workspace.maps_out, unit=unit, kind=kind, paper=paper,
            formats=formats, scale=scale, maker=maker or settings.maps.maker, checker=checker or settings.maps.checker,
        )  # fmt: skip


def draw_dashboards(
    workspace: Workspace, *, unit: str = "", level: str = "", draft: bool = False, public: bool = False
) -> list[Path]:  # fmt: skip
    """Write the dashboard of the campaign, of one unit, or of every unit of a level.

    Parameters
    ----------
    workspace : Workspace
        With a plan.
    unit : str
        Code of the unit; "": the campaign's own.
    level : str
        ``prefecture``, ``county`` or ``township``: of every unit of it (inside `unit`, if that is given too).
    draft : bool, default False
        Of the draft in any case.
    public : bool, default False
        The public edition, beside the internal one.

    Returns
    -------
    list of Path
        ``maps_out/dashboard.html``, and ``maps_out/<code>_<name>/dashboard.html`` of units.

    Raises
    ------
    PlanError
        If there is no plan.
    MapsError
        If there is no such unit, or none of the level.
    """
    from cuntong_gis.boards import boards_asked, write_boards

    with locked(workspace.folder):
        shown = _edition(workspace, draft=draft, public=public)
        return write_boards(workspace.maps_out, shown, boards_asked(shown, unit, level))
