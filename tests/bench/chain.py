"""The whole way from files to a saved plan, stage by stage, through the public doors.

``python -m bench.chain '{"folder": …, "scale": …}'`` prints JSON; ``python -m bench --chain`` calls it.
"""

from __future__ import annotations

import inspect
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from bench import instances
from bench.meters import cpu_seconds, peak_mb

Made = TypeVar("Made")


class Stages:
    """Time one stage after the other."""

    def __init__(self) -> None:
        self.rows: list[dict[str, Any]] = []

    def run(self, name: str, work: Callable[[], Made]) -> Made:
        """Do the work of a stage and note what it took; the memory is the peak of the process so far."""
        cpu, begin = cpu_seconds(), time.perf_counter()
        made = work()
        self.note(name, cpu_seconds() - cpu, time.perf_counter() - begin)
        return made

    def note(self, name: str, cpu: float, wall: float) -> None:
        """Add a row."""
        row = {"stage": name, "cpu_s": round(cpu, 2), "wall_s": round(wall, 2), "peak_mb": round(peak_mb(), 1)}
        self.rows.append(row)


def scales() -> list[str]:
    """Return the sizes that the sample generator knows."""
    from cuntong_gis.starters import make_demo

    return ["county", "prefecture", "province"] if "scale" in inspect.signature(make_demo).parameters else ["county"]


def write_workspace(folder: Path, scale: str) -> None:
    """Write the generated workspace of a size, without building it."""
    from cuntong_gis.starters import make_demo

    if scale not in scales():
        raise SystemExit(f"the sample generator here makes no {scale!r}, only: {', '.join(scales())}")
    options: dict[str, Any] = {} if scales() == ["county"] else {"scale": scale}
    make_demo(folder, **options)


def measure(folder: Path, scale: str, effort: str) -> dict[str, Any]:
    """Go the whole way in a workspace folder, which is written first when it is none yet."""
    import cuntong_gis as ct
    from cuntong_gis.plan import routes
    from cuntong_gis.steiner import solve_steiner_tree

    small = instances.small()
    solve_steiner_tree(small.n, small.u, small.v, small.w, small.terminals, root=0, effort=effort)
    stages = Stages()
    if not (folder / "cuntong.toml").exists():
        stages.run("write files", lambda: write_workspace(folder, scale))
    settings = ct.load_settings(folder / "cuntong.toml")
    layers = stages.run("read", lambda: ct.read_layers(settings))
    network = stages.run("network", lambda: ct.build_network(layers, settings))
    solved: list[tuple[float, float]] = []

    def timed(*arguments: Any, **more: Any) -> Any:
        cpu, begin = cpu_seconds(), time.perf_counter()
        result = solve_steiner_tree(*arguments, **more)
        solved.append((cpu_seconds() - cpu, time.perf_counter() - begin))
        return result

    routes.solve_steiner_tree = timed  # the door plans in one step: the solver's part of it is told apart here
    plan = stages.run("solve", lambda: ct.plan_routes(network, settings, effort=effort, seed=0))
    whole = stages.rows.pop()
    cpu, wall = sum(c for c, _ in solved), sum(w for _, w in solved)
    stages.note("solve", cpu, wall)
    stages.note("spans", whole["cpu_s"] - cpu, whole["wall_s"] - wall)
    stages.run("save", lambda: ct.save_plan(plan, folder / "campaign" / "plan.gpkg"))
    totals = plan.totals
    return {
        "villages": totals.villages,
        "reached": totals.reached,
        "vertices": int(layers.roads.count_coordinates().sum()) if layers.roads is not None else 0,
        "network_nodes": len(network.nodes),
        "network_edges": len(network.edges),
        "cost_cny": str(totals.cost_cny),
        "gap": totals.gap,
        "stages": stages.rows,
    }


if __name__ == "__main__":
    asked = json.loads(sys.argv[1])
    sys.stdout.write(json.dumps(measure(Path(asked["folder"]), asked["scale"], asked["effort"])) + "\n")
