"""Which dashboards are written where, and how they lead to one another."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from cuntong_gis.errors import MapsError
from cuntong_gis.files import safe_name, write_text
from cuntong_gis.words import Words

if TYPE_CHECKING:
    from cuntong_gis.maps import Shown

PAGE = "dashboard"
MAPS = {"distribution": "distribution_map", "route": "route_map"}
LEVELS = ("prefecture", "county", "township")
MOST_OF_A_BUILD = 40
"""Units below the campaign's own that a build writes dashboards of; a tenth of a second each."""


def boards_asked(shown: Shown, unit: str, level: str) -> list[str]:
    """Return the units that dashboards are asked for.

    Parameters
    ----------
    shown : Shown
        The campaign.
    unit : str
        Code; "": the campaign's own.
    level : str
        One of `LEVELS`: every unit of it inside `unit`; "": the unit itself.

    Returns
    -------
    list of str
        Codes.

    Raises
    ------
    MapsError
        If there is no such unit, or none of the level inside it.
    """
    from cuntong_gis.maps import whole_unit
    from cuntong_gis.progress import below

    units = shown.status.units
    code = unit or whole_unit(shown)
    if not ((units["code"] == code) & (units["level"] != "village")).any():
        raise MapsError(
            Words(f"没有单位 {code}", f"there is no unit {code}"),
            where="--unit",
            hint=Words("用区划代码，如 520500、520527", "use a code such as 520500 or 520527"),
        )
    if not level:
        return [code]
    inside = below(units, code) | (units["code"] == code).to_numpy(bool)
    found = units.loc[
        inside & (units["level"] == level).to_numpy(bool) & (units["villages"] > 0).to_numpy(bool), "code"
    ]
    if not len(found):
        raise MapsError(
            Words(f"{code} 之内没有这一级的单位", f"there is no unit of that level in {code}"),
            where="--level",
            hint=Words(f"可用：{'、'.join(LEVELS)}", f"known: {', '.join(LEVELS)}"),
        )
    return list(found)


def boards_of_a_build(shown: Shown) -> list[str]:
    """Return the units whose dashboards a build writes: the campaign's own and those just below it.

    Parameters
    ----------
    shown : Shown
        The campaign.

    Returns
    -------
    list of str
        Codes, the campaign's own first; it alone where there are more than `MOST_OF_A_BUILD` others.
    """
    from cuntong_gis.maps import whole_unit

    units, code = shown.status.units, whole_unit(shown)
    here = (units["parent"] == code) & (units["level"] != "village") & (units["villages"] > 0)
    found = list(units.loc[here, "code"])
    return [code, *(found if len(found) <= MOST_OF_A_BUILD else [])]


def write_boards(folder: Path, shown: Shown, codes: Sequence[str]) -> list[Path]:
    """Write dashboards; each leads to the maps and to the dashboards above and below that are there.

    Parameters
    ----------
    folder : Path
        ``maps_out``.
    shown : Shown
        The campaign.
    codes : sequence of str
        Units.

    Returns
    -------
    list of Path
        ``dashboard.html`` of the campaign's own unit, ``<code>_<name>/dashboard.html`` of others, in the same order;
        of the public edition ``dashboard_public.html``, which leads to public pages only.
    """
    from cuntong_gis.maps import Links, dashboard, whole_unit

    units = shown.status.units
    known = units[units["level"] != "village"]
    names = dict(zip(known["code"].tolist(), known["name"].tolist(), strict=True))
    parents = dict(zip(known["code"].tolist(), known["parent"].tolist(), strict=True))
    own = whole_unit(shown)
    page, files = shown.file_name(PAGE, "html"), {kind: shown.file_name(stem, "html") for kind, stem in MAPS.items()}
    places = {code: page if code == own else f"{safe_name(f'{code}_{name}')}/{page}" for code, name in names.items()}
    there = {code for code, place in places.items() if code in codes or (folder / place).exists()}
    made = []
    for code in codes:
        up = "" if code == own else "../"
        above, over = [], parents[code]
        while over and code != own:
            above.append((names[over], up + quote(places[over]) if over in there else ""))
            over = "" if over == own else parents[over]
        links = Links(
            {kind: up + name for kind, name in files.items() if (folder / name).exists()},
            tuple(reversed(above)),
            {
                child: up + quote(places[child])
                for child, parent in parents.items()
                if parent == code and child in there
            },
        )
        path = folder / places[code]
        path.parent.mkdir(parents=True, exist_ok=True)
        write_text(path, dashboard(shown if code == own else shown.within(code), links))
        made.append(path)
    return made
