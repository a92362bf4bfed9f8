"""A workspace folder: `cuntong.toml`, `layers/`, `campaign/`, `maps_out/`; which stage is stale, run it."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cuntong_gis.errors import DocumentsError, LedgerError, MapsError, PlanError
from cuntong_gis.files import locked, write_text
from cuntong_gis.record import as_json, inputs_of, keep_record, kept_record, peak_mb
from cuntong_gis.settings import FILE_NAME, Settings, load_settings
from cuntong_gis.words import Lang, Words

if TYPE_CHECKING:
    from cuntong_gis.maps import Shown
    from cuntong_gis.model import Effort, Finding, Layers, Plan, PlanTotals
    from cuntong_gis.plan import PlanChange
    from cuntong_gis.steiner import Watch
    from cuntong_gis.verify import Verdict

Say = Callable[[Words], None]
"""Called with the name of each stage as it begins."""

COMPILING = Words(
    "首次运行，正在编译计算内核（约半分钟，只此一次）…",
    "first run: compiling the solver (about half a minute, this once) …",
)

TABLES_TO_EXPORT = ("villages", "spans", "routes", "sites")


@dataclass(frozen=True)
class Workspace:
    """A folder with a `cuntong.toml`.

    Attributes
    ----------
    folder : Path
        The folder.
    settings : Settings
        Of its `cuntong.toml`, with what was asked for instead.
    asked : frozenset of str
        Which of `effort`, `seconds`, `seed` were asked for when opening.
    """

    folder: Path
    settings: Settings
    asked: frozenset[str] = frozenset()

    @property
    def draft(self) -> Path:
        """Return the path of the drafted plan.

        Returns
        -------
        Path
            Path of the drafted plan.
        """
        return self.settings.draft

    @property
    def draft_record(self) -> Path:
        """Return the path of what the draft was made of.

        Returns
        -------
        Path
            Path of what the draft was made of.
        """
        return self.folder / "campaign" / "plan.json"

    @property
    def certificate(self) -> Path:
        """Return the path of the draft's certificate.

        Returns
        -------
        Path
            Path of the draft's certificate, where one was asked for.
        """
        return self.draft.with_suffix(".certificate.npz")

    @property
    def issued(self) -> Path:
        """Return the folder of issued revisions.

        Returns
        -------
        Path
            Folder of issued revisions.
        """
        return self.settings.issued

    @property
    def maps_out(self) -> Path:
        """Return the folder of everything that a run prints and draws.

        Returns
        -------
        Path
            Folder of everything that a run prints and draws.
        """
        return self.folder / "maps_out"


@dataclass(frozen=True)
class Run:
    """What a run made.

    Attributes
    ----------
    plan : Plan
        The plan in force.
    made : tuple of Path
        Files written, in the order made.
    planned : bool
        False when the draft was still fresh and was used as it was.
    measurements : dict
        `seconds`, `cpu_seconds`, `peak_mb` of the planning run; exempt from determinism.
    made_of : dict
        What decided the plan, as of `record.inputs_of` when it was made.
    change : PlanChange or None
        How the plan differs from the draft before it; None if there was none, or nothing was planned.
    """

    plan: Plan
    made: tuple[Path, ...]
    planned: bool
    measurements: dict[str, float]
    made_of: dict[str, Any]
    change: PlanChange | None = None


def open_workspace(
    folder: Path | str,
    *,
    lang: Lang | None = None,
    effort: Effort | None = None,
    seconds: float | None = None,
    seed: int | None = None,
) -> Workspace:
    """Open a workspace; what is given here goes before its `cuntong.toml`.

    Parameters
    ----------
    folder : Path or str
        A folder with a `cuntong.toml`.
    lang : {"zh", "en"}, optional
        Language of what is made.
    effort : {"quick", "normal", "thorough"}, optional
        Deterministic amount of planning work.
    seconds : float, optional
        Cap on the seconds of solving.
    seed : int, optional
        Seed of the random choices.

    Returns
    -------
    Workspace
        Nothing is read but the settings.

    Raises
    ------
    SettingsError
        As `load_settings`.
    """
    folder = Path(folder)
    settings = load_settings(folder / FILE_NAME)
    wishes = {"effort": effort, "seconds": seconds, "seed": seed}
    asked = {name: wish for name, wish in wishes.items() if wish is not None}
    plan = dataclasses.replace(settings.plan, **asked)  # type: ignore[arg-type]
    campaign = dataclasses.replace(settings.campaign, lang=lang or settings.campaign.lang)
    return Workspace(folder, dataclasses.replace(settings, plan=plan, campaign=campaign), frozenset(asked))


def quiet(_: Words) -> None:
    """Say nothing.

    Parameters
    ----------
    _ : Words
        A stage that begins.
    """


def check(workspace: Workspace, say: Say = quiet) -> tuple[Layers, list[Path]]:
    """Read the layers and write what was found as CSV and HTML.

    Parameters
    ----------
    workspace : Workspace
        The workspace.
    say : callable
        Told each stage.

    Returns
    -------
    layers : Layers
        With their findings.
    made : list of Path
        ``maps_out/findings.csv`` and ``maps_out/findings.html``.
    """
    from cuntong_gis.layers import read_layers

    say(Words("读取图层", "reading layers"))
    layers = read_layers(workspace.settings)
    with locked(workspace.folder):
        made = _write_findings(workspace, layers.findings)
    return layers, made


def draft_plan(
    workspace: Workspace,
    say: Say = quiet,
    *,
    note: Say = quiet,
    watch: Watch | None = None,
    again: bool = True,
    certificate: bool = False,
) -> Run:
    """Plan and keep the result as the draft.

    Parameters
    ----------
    workspace : Workspace
        The workspace.
    say : callable
        Told each stage.
    note : callable
        Told what the user should know once: that kernels are compiled.
    watch : callable, optional
        As of `plan_routes`.
    again : bool
        False: a draft made of the same inputs in the same way is used as it is.
    certificate : bool
        Whether a new draft gets the certificate of its bound, for `verify`.

    Returns
    -------
    Run
        With the plan and the draft's files.
    """
    with locked(workspace.folder):
        return _draft(workspace, say, note, watch, again=again, certificate=certificate)


def _draft(
    workspace: Workspace, say: Say, note: Say, watch: Watch | None, *, again: bool, certificate: bool = False
) -> Run:
    from cuntong_gis.certificate import Certificate, save_certificate
    from cuntong_gis.layers import read_layers
    from cuntong_gis.network import build_network
    from cuntong_gis.plan import compare_plans, keep_steered, load_plan, plan_routes, save_plan
    from cuntong_gis.steiner import compiling_told

    settings = workspace.settings
    record = inputs_of(settings)
    fresh = None if again else _fresh_record(workspace, record)
    if fresh is not None:
        say(Words("输入未变，沿用已有草案", "inputs unchanged: using the draft as it is"))
        made_of = {name: fresh[name] for name in record}
        return Run(load_plan(workspace.draft), (), False, fresh["measurements"], made_of)
    started, cpu = time.perf_counter(), time.process_time()
    say(Words("读取图层", "reading layers"))
    layers = read_layers(settings)
    say(Words("构建路网", "building the network"))
    network = build_network(layers, settings)
    say(Words(f"规划路由（{len(network.edges)} 条边）", f"planning routes ({len(network.edges)} edges)"))
    proof: list[Certificate] = []
    with compiling_told(lambda: note(COMPILING)):
        plan = plan_routes(network, settings, watch=watch, prove=proof.append if certificate else None)
    measurements = {
        "seconds": round(time.perf_counter() - started, 2),
        "cpu_seconds": round(time.process_time() - cpu, 2),
        "peak_mb": peak_mb(),
    }
    before = _draft_before(workspace)
    keep_steered(plan, settings.steered)  # first: the draft may be the only one that still knows them
    workspace.certificate.unlink(missing_ok=True)  # it is that of the draft before
    save_plan(plan, workspace.draft)
    made = [workspace.draft, *(save_certificate(one, workspace.certificate) for one in proof)]
    keep_record(workspace.draft, workspace.draft_record, {**record, "measurements": measurements})
    plan = load_plan(workspace.draft)
    change = None if before is None else compare_plans(before, plan)
    return Run(plan, (*made, *_write_change(workspace, change)), True, measurements, record, change)


def verify(workspace: Workspace, say: Say = quiet) -> Verdict:
    """Replay the draft's certificate on the network, built of the layers anew.

    Parameters
    ----------
    workspace : Workspace
        With a draft made with a certificate.
    say : callable
        Told each stage.

    Returns
    -------
    Verdict
        The draft's cost and bound in fen, now proven by code that shares nothing with the solver.

    Raises
    ------
    PlanError
        If there is no plan.
    CertificateError
        If there is no certificate, it is that of other layers, settings or another plan, or a step does not hold.
    """
    from cuntong_gis.certificate import load_certificate
    from cuntong_gis.layers import read_layers
    from cuntong_gis.network import build_network
    from cuntong_gis.plan import load_plan, verify_plan

    plan, certificate = load_plan(workspace.draft), load_certificate(workspace.certificate)
    say(Words("读取图层", "reading layers"))
    layers = read_layers(workspace.settings)
    say(Words("构建路网", "building the network"))
    network = build_network(layers, workspace.settings)
    say(Words("重放证书", "replaying the certificate"))
    return verify_plan(plan, certificate, network, workspace.settings)


def _draft_before(workspace: Workspace) -> Plan | None:
    """Return the draft that is about to be replaced, if there is one that can be read."""
    from cuntong_gis.plan import load_plan

    try:
        return load_plan(workspace.draft)
    except PlanError:
        return None


def _write_change(workspace: Workspace, change: PlanChange | None) -> list[Path]:
    """Write how the plan changed; where it did not, no older list may stay and look like it."""
    from cuntong_gis.plan import change_csv

    path = workspace.maps_out / "plan_change.csv"
    if change is None or not change.changed:
        path.unlink(missing_ok=True)
        return []
    write_text(path, change_csv(change, workspace.settings.campaign.lang))
    return [path]


def _fresh_record(workspace: Workspace, record: dict[str, Any]) -> dict[str, Any] | None:
    """Return the record of the draft if it was made of the same inputs, and in the way that was asked for."""
    kept = kept_record(workspace.draft, workspace.draft_record)
    if kept is None:
        return None
    matter = {"inputs", "settings", "versions"} | workspace.asked
    return kept if all(kept.get(name) == record[name] for name in matter) else None


def stale(workspace: Workspace) -> bool:
    """Tell whether the layers or the settings have changed since the draft was made.

    Parameters
    ----------
    workspace : Workspace
        With or without a draft.

    Returns
    -------
    bool
        True also when it is not known what the draft was made of.
    """
    kept, now = kept_record(workspace.draft, workspace.draft_record), inputs_of(workspace.settings)
    return kept is None or any(kept.get(name) != now[name] for name in ("inputs", "settings"))


def issue(workspace: Workspace, mapped: Mapping[str, str] | None = None) -> tuple[Path, dict[str, int]]:
    """Freeze the draft as the next revision; the ledger, if there is one, carries reported work over to it.

    Parameters
    ----------
    workspace : Workspace
        The workspace.
    mapped : mapping of str to str, optional
        Where the work of old spans without successor goes: a new span, or ``none``.

    Returns
    -------
    path : Path
        ``campaign/issued/R….gpkg``.
    crosswalk : dict of str to int
        How many old spans were found again by each method.

    Raises
    ------
    PlanError
        If there is no draft, nothing changed, or the draft is older than the layers or the settings.
    LedgerError
        If metres were reported of an old span that has no successor.
    """
    from cuntong_gis.campaign import carry_over, lost_work
    from cuntong_gis.plan import issue_plan

    with locked(workspace.folder):
        if workspace.draft.exists() and stale(workspace):
            raise PlanError(
                Words("图层或设置在规划之后有改动", "the layers or the settings have changed since the plan was made"),
                where=str(workspace.draft),
                hint=Words("先运行 cuntong plan", "run 'cuntong plan' first"),
            )
        path, crosswalk = issue_plan(
            workspace.draft, workspace.issued, mapped=mapped, check=lost_work(workspace.settings)
        )
        carry_over(workspace.settings)
    counts = crosswalk.drop_duplicates("old_span")["method"].value_counts()
    return path, {method: int(counts.get(method, 0)) for method in ("same", "overlap", "none")}


def draw(folder: Path, shown: Shown, kinds: tuple[str, ...] = ("distribution", "route")) -> list[Path]:
    """Write interactive maps.

    Parameters
    ----------
    folder : Path
        Where to.
    shown : Shown
        What is drawn.
    kinds : tuple of {"distribution", "route"}
        Which maps.

    Returns
    -------
    list of Path
        ``distribution_map.html``, ``route_map.html``; of the public edition ``distribution_map_public.html``.

    Raises
    ------
    MapsError
        If routes are asked of the public edition.
    """
    from cuntong_gis import maps

    doors = {"distribution": maps.distribution_map, "route": maps.route_map}
    made = []
    for kind in kinds:
        path = folder / shown.file_name(f"{kind}_map", "html")
        doors[kind](shown).save(path)
        made.append(path)
    return made


def shown_now(workspace: Workspace, *, draft: bool = False, plan: Plan | None = None) -> Shown:
    """Return what maps show: the revision in force where there is a ledger, else the draft.

    Parameters
    ----------
    workspace : Workspace
        With a plan.
    draft : bool, default False
        The draft in any case.
    plan : Plan, optional
        The draft, where it is at hand.

    Returns
    -------
    Shown
        On the cut-off day.

    Raises
    ------
    PlanError
        If there is no plan.
    """
    from cuntong_gis.campaign import follows_ledger
    from cuntong_gis.plan import load_plan
    from cuntong_gis.showing import shown_of

    if follows_ledger(workspace.settings) and not draft:
        return shown_of(workspace.settings)
    return shown_of(workspace.settings, load_plan(workspace.draft) if plan is None else plan)


def build(workspace: Workspace, say: Say = quiet, *, note: Say = quiet, watch: Watch | None = None) -> Run:
    """Run every stage whose input changed: plan, maps, the tables for QGIS, the month's report, the start page.

    Parameters
    ----------
    workspace : Workspace
        The workspace.
    say : callable
        Told each stage.
    note : callable
        Told what the user should know once: that kernels are compiled.
    watch : callable, optional
        As of `plan_routes`.

    Returns
    -------
    Run
        With every file made; the last is ``maps_out/index.html``.
    """
    from cuntong_gis import maps
    from cuntong_gis.plan import save_plan

    with locked(workspace.folder):
        run = _draft(workspace, say, note, watch, again=False)
        say(Words("绘制地图", "drawing the maps"))
        shown = shown_now(workspace, plan=run.plan)
        _tell_unissued(run.plan, shown.plan, note)
        made = draw(workspace.maps_out, shown)
        boards, picture = _write_boards(workspace, shown, note)
        made += boards
        say(Words("写出表格", "writing the tables"))
        package = workspace.maps_out / "campaign.gpkg"
        save_plan(shown.plan, package)
        made += [package, *_write_findings(workspace, shown.plan.findings), *_write_report(workspace, note)]
        record = workspace.maps_out / "run.json"
        write_text(record, as_json(_run_record(run)))
        index = workspace.maps_out / "index.html"
        made.append(record)
        maps.write_index(index, shown.plan, shown.settings, made, picture)
    return dataclasses.replace(run, plan=shown.plan, made=(*run.made, *made, index))


def _write_boards(workspace: Workspace, shown: Shown, note: Say) -> tuple[list[Path], str]:
    """Write the dashboards of the campaign and of the units just below; what hinders them is told and stops no map."""
    from cuntong_gis.boards import boards_of_a_build, write_boards
    from cuntong_gis.maps import dashboard_picture

    try:
        made = write_boards(workspace.maps_out, shown, boards_of_a_build(shown))
        return made, dashboard_picture(shown)
    except MapsError as error:
        note(Words(f"未写工程看板：{error.line('zh')}", f"no dashboard was written: {error.line('en')}"))
        return [], ""


def _tell_unissued(draft: Plan, drawn: Plan, note: Say) -> None:
    """Tell that the maps show the revision in force and not the new draft."""
    if drawn.revision and set(draft.spans["span_id"]) != set(drawn.spans["span_id"]):
        note(
            Words(
                f"地图与进度按在用版本 {drawn.revision}；草案已不同：看图用 cuntong map … --draft，"
                "采用用 cuntong plan issue",
                f"maps and progress are of revision {drawn.revision}, in force; the draft differs: see it with "
                "'cuntong map … --draft', take it with 'cuntong plan issue'",
            )
        )


def _write_report(workspace: Workspace, note: Say) -> list[Path]:
    """Write the month's report, where there is a ledger; what hinders only the report is told and stops no map."""
    from cuntong_gis.campaign import cut_off, follows_ledger
    from cuntong_gis.reports import TABLES, period_report

    settings = workspace.settings
    if not follows_ledger(settings):
        return []
    try:
        told = period_report(settings, "month", as_of=cut_off(settings))
        papers = [told.paper(table) for table in TABLES if table != "score"]
    except (LedgerError, DocumentsError) as error:
        note(Words(f"未写进度报表：{error.line('zh')}", f"no progress report was written: {error.line('en')}"))
        return []
    return [told.write(papers, settings.campaign.lang)]


def _run_record(run: Run) -> dict[str, Any]:
    return {**run.made_of, "totals": totals_json(run.plan.totals), "measurements": run.measurements}


def totals_json(totals: PlanTotals) -> dict[str, Any]:
    """Return the figures of a plan for machines; money as text, so that no digit is lost.

    Parameters
    ----------
    totals : PlanTotals
        The figures.

    Returns
    -------
    dict
        Names of `PlanTotals` → values.
    """
    figures = dataclasses.asdict(totals)
    figures["cost_cny"], figures["lower_bound_cny"] = str(totals.cost_cny), str(totals.lower_bound_cny)
    return figures


def export(workspace: Workspace, to: str) -> tuple[list[Path], list[Words]]:
    """Write the plan's tables for other programs.

    Parameters
    ----------
    workspace : Workspace
        With a drafted plan.
    to : {"gpkg", "geojson", "shp", "kml"}
        Format.

    Returns
    -------
    made : list of Path
        Files in ``maps_out/export/``.
    notes : list of Words
        What the format could not hold.

    Raises
    ------
    PlanError
        If there is no plan.
    ExportError
        If the format is unknown.
    """
    from cuntong_gis.campaign import with_progress
    from cuntong_gis.plan import LAYERS, load_plan, save_plan
    from cuntong_gis.tables import export_table

    plan, _ = with_progress(load_plan(workspace.draft), workspace.settings)
    folder = workspace.maps_out / "export"
    with locked(workspace.folder):
        if to == "gpkg":
            save_plan(plan, folder / "campaign.gpkg")
            return [folder / "campaign.gpkg"], []
        done = [export_table(folder / t, t, LAYERS[t], getattr(plan, t), to) for t in TABLES_TO_EXPORT]
    return [path for made, _ in done for path in made], [note for _, notes in done for note in notes]


def _write_findings(workspace: Workspace, findings: tuple[Finding, ...]) -> list[Path]:
    from cuntong_gis import maps
    from cuntong_gis.tables import findings_csv

    table = workspace.maps_out / "findings.csv"
    write_text(table, findings_csv(findings))
    page = workspace.maps_out / "findings.html"
    maps.write_findings(page, findings, workspace.settings)
    return [table, page]
