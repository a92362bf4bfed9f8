"""Workspaces to begin with: an empty one that explains itself, and the demo."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from cuntong_gis.errors import WorkspaceError
from cuntong_gis.files import LOCK, locked, write_text
from cuntong_gis.model import ScaleName
from cuntong_gis.settings import FILE_NAME
from cuntong_gis.words import Lang, Words
from cuntong_gis.workspace import Say, Workspace, open_workspace, quiet

SCALE_ZH: dict[ScaleName, str] = {"county": "县", "prefecture": "市州", "province": "省"}

LIVED: frozenset[ScaleName] = frozenset({"county"})
"""Scales whose campaign is lived through day by day; the ledger of larger ones begins with the villages' stages."""

FILLING = ".cuntong.filling"
"""Stands in a folder while it is being filled, and tells the leavings of a killed run from another's files."""


def make_empty(folder: Path, lang: Lang) -> list[Path]:
    """Make an empty workspace: settings that explain themselves, folders, Excel forms.

    Parameters
    ----------
    folder : Path
        A folder that is empty or does not exist.
    lang : {"zh", "en"}
        Language of the settings' comments and of the forms.

    Returns
    -------
    list of Path
        The files made.

    Raises
    ------
    WorkspaceError
        If the folder holds anything already.
    """
    from importlib import resources

    from cuntong_gis.layers import write_templates

    path = folder / FILE_NAME
    text = resources.files("cuntong_gis").joinpath(f"data/cuntong.{lang}.toml").read_text("utf-8")
    with _filling(folder):
        made = write_templates(folder / "layers" / "templates", lang)
        (folder / "maps_out").mkdir(exist_ok=True)
        write_text(path, text)
    return [path, *made]


def make_demo(folder: Path, say: Say = quiet, scale: ScaleName = "county") -> Workspace:
    """Return the demo workspace, generated when the folder holds none.

    Parameters
    ----------
    folder : Path
        Where; a folder that has a `cuntong.toml` is left as it is.
    say : callable
        Told each stage.
    scale : {"county", "prefecture", "province"}
        How large.

    Returns
    -------
    Workspace
        Ready to be built.

    Raises
    ------
    WorkspaceError
        If the folder holds something else, or a prefecture or province is asked for where another workspace is.
    """
    from cuntong_gis.sample import SCALES, at_start, make_region, write_lists, write_region

    if not (folder / FILE_NAME).exists():
        say(Words(f"生成合成示范工程({SCALE_ZH[scale]})", f"generating the synthetic demo {scale}"))
        with _filling(folder):
            region = make_region(scale)
            if scale in LIVED:
                region = at_start(region)
                write_lists(region, folder)
            write_region(region, folder)
    here = open_workspace(folder)
    if scale != "county" and here.settings.campaign.unit_code != SCALES[scale].unit:
        raise WorkspaceError(
            Words("目录里已有另一个工程", "the folder holds another workspace"),
            where=str(folder),
            hint=Words("另选一个目录", "choose another folder"),
        )
    return here


def begin_ledger(workspace: Workspace, say: Say = quiet, *, note: Say = quiet) -> None:
    """Issue the demo's draft, unless a plan is issued already, and begin its ledger.

    Parameters
    ----------
    workspace : Workspace
        With a draft.
    say : callable
        Told each stage.
    note : callable
        Told what the ledger holds, where it is not a campaign lived through to the cut-off day.
    """
    from cuntong_gis.campaign import has_ledger, open_campaign
    from cuntong_gis.demo import live
    from cuntong_gis.plan import revisions
    from cuntong_gis.workspace import issue

    settings = workspace.settings
    if not settings.campaign.synthetic:
        return  # somebody's own workspace: nobody asked to issue its plan
    fresh = not has_ledger(settings)
    if not revisions(workspace.issued):
        say(Words("发布规划，建立台账", "issuing the plan, beginning the ledger"))
        issue(workspace)
    with locked(workspace.folder):
        say(Words("逐日上报示范进度", "posting the demo's reports day by day"))
        if live(settings):
            return
        open_campaign(settings).close()
    if fresh:
        note(
            Words(
                "台账从行政村图层所写的阶段开始，没有此前各日的经过",
                "the ledger begins with the stages of the villages layer; it holds no days before",
            )
        )


@contextlib.contextmanager
def _filling(folder: Path) -> Iterator[None]:
    """Hold a new folder while it is filled; what a killed run left half-filled is filled again, nothing else is."""
    folder.mkdir(parents=True, exist_ok=True)
    mark = folder / FILLING
    if not mark.exists() and any(path.name != LOCK for path in folder.iterdir()):
        raise WorkspaceError(
            Words("目录不是空的，也不是工程目录", "the folder is not empty and is no workspace"),
            where=str(folder),
            hint=Words("另选一个目录", "choose another folder"),
        )
    with locked(folder):
        mark.touch()
        yield
        mark.unlink()
