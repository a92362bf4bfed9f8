"""Which planner runs on which graph, within what budget, and how what was measured is kept."""

from __future__ import annotations

import datetime as dt
import hashlib
import importlib.metadata
import json
import os
import platform
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.instances import ROADS, ROOT
from cuntong_gis.files import write_text

BUDGETS = {"gz1m": 10.0, "gz200k": 28.0, "gz50k": 27.0}
"""CPU allowed on a road graph, in multiples of rustworkx's CPU on the same graph in the same run."""
TELECOM_BUDGET_S = 60.0
"""CPU seconds allowed on a telecom graph."""
PEERS = ("scipy", "networkx")
TIMEOUT_S = 3600
PACKAGES = ("numpy", "scipy", "numba", "networkx", "rustworkx")

RESERVE = 0.97
"""Part of a budget that is asked for, because the planner looks at the clock between two steps only."""


def cap(cpu_budget_s: float) -> float:
    """Return the `seconds=` to ask for so that the CPU stays within a budget; `measure` lets that cap count CPU."""
    return RESERVE * cpu_budget_s


@dataclass(frozen=True)
class Job:
    """One planner on one graph, once."""

    instance: str
    planner: str
    variant: str
    repeat: int
    options: dict[str, Any] = field(default_factory=dict, hash=False)
    budget_cpu_s: float | None = None

    @property
    def key(self) -> tuple[str, str, str, int]:
        """Return what tells it from other jobs."""
        return self.instance, self.planner, self.variant, self.repeat


class Results:
    """What was measured, kept in a file after every run; of another machine or seed only with `keep`."""

    def __init__(self, path: Path, seed: int, *, say: Callable[[str], None] = print, keep: bool = False) -> None:
        self.path = path
        self.data: dict[str, Any] = {
            "seed": seed,
            "machine": machine(),
            "runs": [],
            "chain": [],
            "rollup": [],
            "reporters": [],
            "maps": [],
            "wall": [],
        }
        if not path.exists():
            return
        old = json.loads(path.read_text("utf-8"))
        same = all(old["machine"].get(name) == self.data["machine"][name] for name in ("cpu", "cores"))
        if keep:
            self.data |= old
        elif same and old["seed"] == seed:
            kept = {name: old.get(name, []) for name in ("rollup", "reporters", "maps", "wall")}
            self.data |= {"runs": old["runs"], "chain": old["chain"], **kept}
        else:
            say(f"{path.name} was measured on another machine or seed: starting anew")

    def find(self, instance: str, planner: str, variant: str) -> list[dict[str, Any]]:
        """Return the runs that gave an answer, by repeat."""
        wanted = instance, planner, variant
        found = [r for r in self.data["runs"] if (r["instance"], r["planner"], r["variant"]) == wanted]
        return [r for r in sorted(found, key=lambda r: r["repeat"]) if "error" not in r]

    def middle(self, instance: str, planner: str, variant: str, name: str) -> float | None:
        """Return the median of a measured figure."""
        values = [r[name] for r in self.find(instance, planner, variant)]
        return statistics.median(values) if values else None

    def has(self, job: Job) -> bool:
        """Tell whether a job was run with the code and the versions that are here now."""
        stored = {_key(r): r for r in self.data["runs"]}.get(job.key)
        return stored is not None and "error" not in stored and stored["code"] == code_of(job.planner)

    def keep(self, run: dict[str, Any]) -> None:
        """Put a run in the place of an earlier one of the same job, and write the file."""
        others = [r for r in self.data["runs"] if _key(r) != _key(run)]
        self.data["runs"] = sorted([*others, run], key=_key)
        self.write()

    def forget(self, instance: str) -> None:
        """Drop what was measured on a graph, so that its rows come from one run."""
        self.data["runs"] = [r for r in self.data["runs"] if r["instance"] != instance]

    def write(self) -> None:
        """Write the file, aside and renamed."""
        write_text(self.path, json.dumps(self.data, ensure_ascii=False, indent=1) + "\n")


def _key(run: dict[str, Any]) -> tuple[str, str, str, int]:
    return run["instance"], run["planner"], run["variant"], run["repeat"]


def jobs_of(name: str, repeats: int, results: Results) -> Iterator[Job]:
    """Yield the jobs on a graph; those with a budget come after the runs that decide it."""
    on_roads = name in ROADS
    for repeat in range(repeats):
        # in turns, so that both sides of a ratio meet the same machine
        yield Job(name, "rustworkx", "", repeat)
        if on_roads or repeat == 0:
            yield Job(name, "cuntong", "first", repeat, {"effort": "normal", "seconds": 0})
    yield Job(name, "cuntong", "quick", 0, {"effort": "quick", "certificate": True})
    for peer in PEERS:
        yield Job(name, peer, "", 0)
    budget = TELECOM_BUDGET_S
    if on_roads:
        theirs = results.middle(name, "rustworkx", "", "cpu_s")
        budget = 0.0 if theirs is None else BUDGETS[name] * theirs
    if budget:
        for repeat in range(repeats):
            options = {"effort": "normal", "seconds": cap(budget), "seed": repeat, "certificate": True}
            yield Job(name, "cuntong", "budget", repeat, options, budget)
    yield Job(name, "cuntong", "normal", 0, {"effort": "normal", "certificate": True})


def run(job: Job, seed: int) -> dict[str, Any]:
    """Run a job in a process of its own; what goes wrong is kept as `error`."""
    spec = {"planner": job.planner, "instance": job.instance, "seed": seed, "options": job.options}
    head = {
        "instance": job.instance,
        "planner": job.planner,
        "variant": job.variant,
        "repeat": job.repeat,
        "options": job.options,
        "budget_cpu_s": job.budget_cpu_s,
        "when": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        "commit": commit(),
        "code": code_of(job.planner),
    }
    return head | in_own_process("bench.measure", spec)


def in_own_process(module: str, spec: dict[str, Any]) -> dict[str, Any]:
    """Run a measuring module on a specification; return its JSON, or `error`."""
    command = [sys.executable, "-m", module, json.dumps(spec)]
    paths = [str(ROOT / "tests"), str(ROOT), os.environ.get("PYTHONPATH", "")]
    surroundings = {**os.environ, "PYTHONPATH": os.pathsep.join(p for p in paths if p)}
    try:
        done = subprocess.run(command, capture_output=True, text=True, env=surroundings, timeout=TIMEOUT_S)
    except subprocess.TimeoutExpired:
        return {"error": f"not done after {TIMEOUT_S} s"}
    if done.returncode:
        last = done.stderr.strip().splitlines()[-1:] or [""]
        return {"error": f"exit code {done.returncode}: {last[0]}"}
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


def machine() -> dict[str, Any]:
    """Return what the figures depend on."""
    model = platform.processor()
    information = Path("/proc/cpuinfo")
    if information.exists():
        lines = information.read_text().splitlines()
        model = next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), model)
    return {
        "cpu": model,
        "cores": len(os.sched_getaffinity(0)),
        "system": f"{platform.system()} {platform.machine()}",
        "versions": {"python": platform.python_version()} | {name: version(name) for name in PACKAGES},
    }


def version(package: str) -> str:
    """Return the version of a package, or that there is none."""
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "absent"


def code_of(planner: str) -> str:
    """Return what decides how a planner runs: its version, or of ours the text of the solver."""
    if planner != "cuntong":
        return f"{planner} {version(planner)}"
    digest = hashlib.sha256()
    for path in sorted((ROOT / "cuntong_gis" / "steiner").glob("*.py")):
        digest.update(path.read_bytes())
    return f"steiner {digest.hexdigest()[:12]}"


def commit() -> str:
    """Return the commit that is checked out, with a + when files were changed since."""
    git = ["git", "-C", str(ROOT)]
    try:
        head = subprocess.run([*git, "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=True)
        changed = subprocess.run([*git, "status", "--porcelain", "cuntong_gis"], capture_output=True, text=True)
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return head.stdout.strip() + ("+" if changed.stdout.strip() else "")
