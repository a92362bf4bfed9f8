"""The graphs that are measured: twelve telecom graphs with proven optima, and three made road graphs."""

from __future__ import annotations

import csv
import lzma
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
SHARED = Path(os.environ.get("CUNTONG_SHARED") or ROOT.parent / "shared")
"""Where the public graphs lie; $CUNTONG_SHARED names another place."""

TELECOM = SHARED / "data" / "steiner"
GENERATOR = SHARED / "bench" / "road_graph.py"
KEPT = ROOT / "build" / "bench"
"""Made graphs are kept here, outside of version control."""

ROADS = ("gz50k", "gz200k", "gz1m")


@dataclass(frozen=True)
class Instance:
    """
    A graph and what must be connected.

    Attributes
    ----------
    name
        What it is called in tables.
    n, u, v, w
        Number of nodes, and the ends and the cost of each edge.
    terminals
        Nodes to connect, the root first.
    known
        Cost of the cheapest tree known; None when nothing is known.
    proven
        Whether no tree is cheaper than `known`.
    """

    name: str
    n: int
    u: np.ndarray
    v: np.ndarray
    w: np.ndarray
    terminals: np.ndarray
    known: int | None = None
    proven: bool = False


def telecom_names() -> list[str]:
    """Return the names of the telecom graphs that are here."""
    return sorted(p.name.removesuffix(".gr.xz") for p in TELECOM.glob("*.gr.xz"))


def absent(names: list[str]) -> Iterator[str]:
    """Say of which graphs the source is not here."""
    for name in names:
        if name in ROADS and not GENERATOR.exists():
            yield f"{name}: skipped, {GENERATOR} is absent"
        if name not in ROADS and not (TELECOM / f"{name}.gr.xz").exists():
            yield f"{name}: skipped, {TELECOM / name}.gr.xz is absent"


def load(name: str, seed: int = 1) -> Instance:
    """Return a graph by name; "small" is the graph to warm up on; a road graph is made when not kept yet."""
    if name == "small":
        return small()
    return _road_graph(name, seed) if name in ROADS else _telecom_graph(name)


def small(side: int = 20, seed: int = 0) -> Instance:
    """Return a street grid of random costs to warm up on."""
    random = np.random.default_rng(seed)
    at = np.arange(side * side).reshape(side, side)
    u = np.concatenate([at[:, :-1].ravel(), at[:-1].ravel()])
    v = np.concatenate([at[:, 1:].ravel(), at[1:].ravel()])
    terminals = random.choice(side * side, side, replace=False)
    return Instance("small", side * side, u, v, random.integers(1, 1000, len(u)), terminals)


def _road_graph(name: str, seed: int) -> Instance:
    path = KEPT / f"{name}-{seed}.npz"
    if not path.exists():
        KEPT.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(".draft.npz")
        command = [sys.executable, str(GENERATOR), name, str(draft), "--seed", str(seed)]
        subprocess.run(command, check=True, cwd=KEPT)
        draft.replace(path)
    with np.load(path) as data:
        arrays = [data[key].astype(np.int64) for key in ("u", "v", "w", "terminals")]
        n = int(data["n"])
    known, proven = _known(f"{name} seed {seed}")
    return Instance(name, n, *arrays, known, proven)


def _telecom_graph(name: str) -> Instance:
    edges, terminals, n = [], [], 0
    with lzma.open(TELECOM / f"{name}.gr.xz", "rt") as lines:
        for line in lines:
            match line.split():
                case ["Nodes", count]:
                    n = int(count)
                case ["E", a, b, cost]:
                    edges.append((int(a) - 1, int(b) - 1, int(cost)))
                case ["T", node]:
                    terminals.append(int(node) - 1)
    u, v, w = np.ascontiguousarray(np.array(edges, np.int64).T)
    known, proven = _known(f"{name}.gr")
    return Instance(name, n, u, v, w, np.array(terminals, np.int64), known, proven)


def _known(name: str) -> tuple[int | None, bool]:
    """Find the cost of the cheapest tree known, and whether it is proven optimal."""
    if not (TELECOM / "OPTIMA.csv").exists():
        return None, False
    with (TELECOM / "OPTIMA.csv").open() as rows:
        for row in csv.DictReader(rows):
            if row["file"] == name:
                return int(row["optimum"]), True
            if row["file"] == f"{name} (best known)":
                return int(row["optimum"]), False
    return None, False
