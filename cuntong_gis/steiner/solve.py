"""The door: a graph as arrays in, the edges of a cheap tree and a proven bound out."""

import logging
import operator
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from cuntong_gis.steiner.arrays import FAR, Bools, Ints
from cuntong_gis.steiner.clock import Clock

if TYPE_CHECKING:
    from cuntong_gis.steiner.reduce import Reduction
    from cuntong_gis.steiner.search import Search, Stage, Work

logger = logging.getLogger("cuntong_gis.steiner")

EFFORT_NAMES = ("quick", "normal", "thorough")


def _gap(cost: int, bound: int) -> float | None:
    """Return (cost - bound) / bound; 0 at 0/0, None if only the bound is 0."""
    if bound == 0:
        return 0.0 if cost == 0 else None
    return (cost - bound) / bound


@dataclass(frozen=True)
class Progress:
    """
    Where a solve stands.

    Attributes
    ----------
    step
        What was just done.
    cost
        Cost of the best tree so far.
    bound
        Proven so far: no tree costs less.
    gap
        (cost - bound) / bound; None if only the bound is 0.
    seconds
        Wall time since the solve began.
    """

    step: str
    cost: int
    bound: int
    gap: float | None
    seconds: float


Watch = Callable[[Progress], None]
"""Called when cost or bound has moved."""


@dataclass(frozen=True)
class SteinerResult:
    """
    A tree, what it costs, and what any tree costs at least.

    Attributes
    ----------
    edges
        Numbers of the tree's edges in the arrays given, ascending; int64, shape (k,). They hold no cycle.
    cost
        Sum of their costs.
    lower_bound
        Proven: no tree that connects the reached terminals costs less.
    unreached
        Terminals that no tree can connect, ascending: without a path to the root, or, when no root was
        given, to the
        largest group of connected terminals.
    root
        The node the others are connected to; None when there was neither a root nor a terminal.
    stopped
        Whether the time cap or the keyboard ended the work early. Without it the same call gives the same
        tree.
    ascents
        Number of dual ascents, a measure of the work done.
    seconds
        Wall time; the one field that differs from run to run.
    """

    edges: Ints
    cost: int
    lower_bound: int
    unreached: Ints
    root: int | None
    stopped: bool = False
    ascents: int = 0
    seconds: float = field(default=0.0, compare=False)

    @property
    def gap(self) -> float | None:
        """How much dearer than the bound the tree is, (cost - bound) / bound; None if only the bound is 0.

        Returns
        -------
        float | None
            How much dearer than the bound the tree is, (cost - bound) / bound; None if only the bound is 0.
        """
        return _gap(self.cost, self.lower_bound)


def solve_steiner_tree(
    n: int,
    u: Any,
    v: Any,
    w: Any,
    terminals: Any,
    *,
    root: int | None = None,
    effort: str = "normal",
    seconds: float | None = None,
    seed: int = 0,
    watch: Watch | None = None,
) -> SteinerResult:
    """
    Connect the terminals of a graph at low cost, and bound from below what any tree costs.

    Parameters
    ----------
    n
        Number of nodes; they are numbered from 0.
    u, v
        The two ends of each edge, integers in [0, n). Loops and parallel edges are allowed.
    w
        Cost of each edge, whole numbers >= 0 with a sum below 2**60.
    terminals
        Nodes that the tree must connect, integers in [0, n); may be empty, may repeat, may hold the root.
    root
        A node that the tree must hold; by default any node.
    effort
        How much work to do: "quick", "normal" or "thorough". It is counted, not timed: the same input,
        effort and
        seed give the same tree.
    seconds
        Wall time after which to return the best tree so far, never less than a first valid one. Checked
        between
        steps, so it may be passed by a little. By default no cap.
    seed
        Seed >= 0 of the random choices.
    watch
        Told where the solve stands when cost or bound has moved.

    Returns
    -------
    SteinerResult
        The tree and its bound. Interrupting from the keyboard after the first tree returns the best so far.

    Raises
    ------
    ValueError
        If an argument is out of its range; the message names it.
    """
    clock = Clock(_check_seconds(seconds))
    seed = _check_count("seed", seed)
    if effort not in EFFORT_NAMES:
        raise ValueError(f"effort: one of {', '.join(EFFORT_NAMES)} expected, found {effort!r}")
    n = _check_count("n", n)
    ends = _check_nodes("u", u, n), _check_nodes("v", v, n), _whole_numbers("w", w)
    _check_costs(*ends)
    wanted = np.unique(_check_nodes("terminals", terminals, n))
    if root is not None:
        root = _check_count("root", root)
        if root >= n:
            raise ValueError(f"root: a node in [0, {n}) expected, found {root}")
    root, unreached, terminal = _choose_root(n, ends, wanted, root)
    if root is None:
        return SteinerResult(np.zeros(0, np.int64), 0, 0, unreached, None, seconds=clock.elapsed)
    return _solve(n, ends, terminal, root, unreached, effort, clock, seed, watch)


def _solve(
    n: int,
    ends: tuple[Ints, Ints, Ints],
    terminal: Bools,
    root: int,
    unreached: Ints,
    effort: str,
    clock: Clock,
    seed: int,
    watch: Watch | None,
) -> SteinerResult:
    """Solve an instance that was checked and whose terminals are all connected."""
    # imported here: the kernels bring Numba in, and importing the package must stay quick
    from cuntong_gis.steiner.reduce import reduce_graph
    from cuntong_gis.steiner.search import EFFORTS, Search, Stage
    from cuntong_gis.steiner.tree import clean_edges

    reduction = reduce_graph(n, *ends, terminal, root)
    stage = Stage(reduction.graph)
    search = Search(clock, seed)
    work = EFFORTS[effort]
    search.start(stage, work.passes)

    def tell(step: str) -> None:
        _tell_state(step, stage, reduction, clock, watch)

    interrupted = _improve(search, stage, work, tell)
    edges = clean_edges(n, ends, reduction.expand(stage.edges), terminal, root)
    cost = int(ends[2][edges].sum())
    bound = min(cost, stage.bound + reduction.fixed_cost)
    result = SteinerResult(
        edges, cost, bound, unreached, root, interrupted or clock.over, search.ascents, clock.elapsed
    )
    tell("result")
    return result


def _improve(search: "Search", stage: "Stage", work: "Work", tell: Callable[[str], None]) -> bool:
    """Work on the stage; say whether the keyboard ended it."""
    try:
        tell("first plan")
        search.run(stage, work, "level 0")
    except KeyboardInterrupt:
        logger.warning("interrupted: the best tree so far is kept")
        return True
    return False


def _tell_state(step: str, stage: "Stage", reduction: "Reduction", clock: Clock, watch: Watch | None) -> None:
    """Log cost, bound, gap and seconds, and tell them to whoever watches."""
    cost = stage.cost + reduction.fixed_cost
    bound = min(cost, stage.bound + reduction.fixed_cost)
    state = Progress(step, cost, bound, _gap(cost, bound), clock.elapsed)
    gap = "-" if state.gap is None else f"{100 * state.gap:.3f} %"
    logger.info("%s: cost %d, bound %d, gap %s, %.1f s", step, cost, bound, gap, state.seconds)
    if watch is not None:
        watch(state)


def _choose_root(
    n: int, ends: tuple[Ints, Ints, Ints], wanted: Ints, root: int | None
) -> tuple[int | None, Ints, Bools]:
    """Find the root, the terminals it does not reach, and a mask of the root and the terminals it reaches."""
    from cuntong_gis.steiner.paths import component_labels

    terminal = np.zeros(n, np.bool_)
    if root is None and len(wanted) == 0:
        return None, wanted, terminal
    label = component_labels(n, ends[0], ends[1])
    group = label[wanted]
    if root is None:
        _, first, count = np.unique(group, return_index=True, return_counts=True)
        largest = np.flatnonzero(count == count.max())
        # the terminals are sorted, so the first place of a group is its smallest node
        root = int(wanted[first[largest].min()])
    reached = group == label[root]
    terminal[wanted[reached]] = True
    terminal[root] = True
    return root, wanted[~reached], terminal


def _whole_numbers(name: str, values: Any) -> Ints:
    """Turn values into a fresh int64 array, or say which argument is wrong."""
    found = np.asarray(values)
    if found.ndim != 1:
        raise ValueError(f"{name}: a one-dimensional array expected, found shape {found.shape}")
    if found.size == 0:
        return np.zeros(0, np.int64)
    if found.dtype.kind == "f":
        wrong = ~np.isfinite(found) | (found != np.rint(found)) | (np.abs(found) >= 2.0**53)
    elif found.dtype.kind == "u":
        wrong = found >= np.uint64(FAR)
    elif found.dtype.kind == "i":
        wrong = np.zeros(found.shape, np.bool_)
    else:
        raise ValueError(f"{name}: whole numbers expected, found {found.dtype}")
    if wrong.any():
        at = int(np.flatnonzero(wrong)[0])
        raise ValueError(f"{name}: whole numbers expected, found {found[at]} at place {at}")
    # a copy: kernels are compiled for writable arrays in C order only
    return np.array(found, dtype=np.int64, order="C")


def _check_nodes(name: str, values: Any, n: int) -> Ints:
    """Turn values into node numbers."""
    nodes = _whole_numbers(name, values)
    wrong = np.flatnonzero((nodes < 0) | (nodes >= n))
    if len(wrong):
        raise ValueError(f"{name}: nodes in [0, {n}) expected, found {nodes[wrong[0]]} at place {wrong[0]}")
    return nodes


def _check_costs(u: Ints, v: Ints, w: Ints) -> None:
    """Check that the edge arrays belong together and the costs can be added up."""
    if len(u) != len(v):
        raise ValueError(f"v: as many ends as in u expected, {len(u)}, found {len(v)}")
    if len(u) != len(w):
        raise ValueError(f"w: one cost for each edge expected, {len(u)}, found {len(w)}")
    if len(w) and w.min() < 0:
        at = int(np.argmin(w))
        raise ValueError(f"w: costs >= 0 expected, found {w[at]} at place {at}")
    if len(w) and (w.max() >= 1 << 60 or float(w.sum(dtype=np.float64)) >= 2.0**60):
        raise ValueError("w: costs with a sum below 2**60 expected; use a larger unit")


def _check_count(name: str, value: Any) -> int:
    """Turn a value into an integer >= 0."""
    try:
        count = operator.index(value)
    except TypeError:
        raise ValueError(f"{name}: an integer expected, found {value!r}") from None
    if count < 0:
        raise ValueError(f"{name}: an integer >= 0 expected, found {count}")
    return count


def _check_seconds(seconds: Any) -> float | None:
    """Turn the time cap into a number >= 0."""
    if seconds is None:
        return None
    try:
        cap = float(seconds)
    except (TypeError, ValueError):
        raise ValueError(f"seconds: a number or None expected, found {seconds!r}") from None
    if not cap >= 0:
        raise ValueError(f"seconds: a number >= 0 expected, found {seconds!r}")
    return cap
