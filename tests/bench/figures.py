"""The figures that must hold: measured, beside goal and stretch."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bench.instances import ROADS
from bench.runs import Results

Runs = list[dict[str, Any]]

TELECOM_GRAPHS = 12


@dataclass(frozen=True)
class Figure:
    """
    One figure, smaller is better.

    Attributes
    ----------
    key, name
        For machines and for readers.
    goal, stretch
        What it may be at most.
    unit
        "×", "%", "GB" or nothing.
    values
        Measured, one a repeat.
    faults
        Why it does not count as met, whatever its value.
    """

    key: str
    name: str
    goal: float
    stretch: float | None
    unit: str
    values: tuple[float, ...]
    faults: tuple[str, ...] = ()

    @property
    def median(self) -> float | None:
        """Return the middle of what was measured."""
        return statistics.median(self.values) if self.values else None

    def met(self, limit: float | None) -> str:
        """Say whether a limit is kept."""
        if limit is None:
            return ""
        if self.median is None:
            return "not run"
        return "yes" if self.median <= limit and not self.faults else "**no**"


def figures(results: Results) -> list[Figure]:
    """Return every figure of the table, whether it could be measured or not."""
    first, final = results.find("gz1m", "cuntong", "first"), results.find("gz1m", "cuntong", "budget")
    theirs = results.find("gz1m", "rustworkx", "")
    their_cpu, their_cost = results.middle("gz1m", "rustworkx", "", "cpu_s"), theirs[0]["cost"] if theirs else None
    dearer = [f"dearer than rustworkx: {r['cost']:,}" for r in first if their_cost and r["cost"] > their_cost]
    made = [
        Figure(
            "first_plan",
            "gz1m first plan: CPU against rustworkx, at a cost no higher",
            0.25, 0.12, "×",
            tuple(r["cpu_s"] / their_cpu for r in first) if their_cpu else (),
            (*unsound(first), *dearer),
        ),
        Figure(
            "final_cost",
            "gz1m final cost / rustworkx cost",
            0.9550, 0.9540, "",
            tuple(r["cost"] / their_cost for r in final) if their_cost else (),
            (*unsound(final), *over_budget(final)),
        ),
        _gap(results, "gz1m", "10× rustworkx's CPU", 0.35, 0.15),
        _gap(results, "gz200k", "28× rustworkx's CPU", 0.15, 0.05),
        _gap(results, "gz50k", "27× rustworkx's CPU", 0.05, 0.0),
        _telecom(results),
    ]  # fmt: skip
    ours = [
        run for variant in ("first", "quick", "budget", "normal") for run in results.find("gz1m", "cuntong", variant)
    ]
    worst = max((r["peak_mb"] for r in ours), default=None)
    name = "gz1m peak memory, the highest of all our runs"
    made.append(Figure("memory", name, 1.0, 0.7, "GB", () if worst is None else (worst / 1000,)))
    return [*made, _growth(results, "first", "first plan"), _growth(results, "normal", "effort normal")]


def unsound(runs: Runs) -> list[str]:
    """Return what the independent check found wrong."""
    return sorted({c for r in runs for c in r["complaints"]})


def over_budget(runs: Runs) -> list[str]:
    """Return which runs used more CPU than they were allowed."""
    return [
        f"{r['instance']}: {r['cpu_s']:.2f} CPU s of {r['budget_cpu_s']:.2f}"
        for r in runs
        if r["budget_cpu_s"] is not None and r["cpu_s"] > r["budget_cpu_s"]
    ]


def percent(part: float, whole: float) -> float:
    """Return by how many per cent `part` is above `whole`."""
    return 0.0 if part == whole else 100 * (part - whole) / whole if whole else float("inf")


def _gap(results: Results, instance: str, within: str, goal: float, stretch: float) -> Figure:
    runs = results.find(instance, "cuntong", "budget")
    name = f"{instance} certified gap within {within}"
    values = tuple(percent(r["cost"], r["bound"]) for r in runs)
    return Figure(f"gap_{instance}", name, goal, stretch, "%", values, (*unsound(runs), *over_budget(runs)))


def _telecom(results: Results) -> Figure:
    """Return the mean over the graphs, one value a repeat that every graph has."""
    names = telecom_measured(results)
    runs = {name: results.find(name, "cuntong", "budget") for name in names}
    every = [run for of_one in runs.values() for run in of_one]
    repeats = min((len(of_one) for of_one in runs.values()), default=0)
    values = tuple(
        statistics.mean(percent(of_one[at]["cost"], of_one[at]["known"]) for of_one in runs.values())
        for at in range(repeats)
    )
    name = f"{TELECOM_GRAPHS} telecom graphs: mean cost over the optimum, 60 CPU s each"
    few = [f"only {len(names)} of {TELECOM_GRAPHS} graphs measured"] if 0 < len(names) < TELECOM_GRAPHS else []
    return Figure("telecom", name, 0.3, 0.05, "%", values, (*unsound(every), *over_budget(every), *few))


def telecom_measured(results: Results) -> list[str]:
    """Return the telecom graphs that have any run."""
    return sorted({r["instance"] for r in results.data["runs"]} - set(ROADS))


def _growth(results: Results, variant: str, called: str) -> Figure:
    small, large = (results.find(name, "cuntong", variant) for name in ("gz50k", "gz1m"))
    base = _middle([r["cpu_s"] / r["nodes"] for r in small])
    values = tuple(r["cpu_s"] / r["nodes"] / base for r in large) if base else ()
    return Figure(f"growth_{variant}", f"growth: CPU per node from gz50k to gz1m, {called}", 1.5, None, "×", values)


def _middle(values: Sequence[float]) -> float | None:
    return statistics.median(values) if values else None
