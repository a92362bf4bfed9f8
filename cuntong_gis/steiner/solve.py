"""The door: a graph as arrays in, the edges of a cheap tree and a proven bound out."""

import logging
import operator
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from cuntong_gis.certificate import Certificate
from cuntong_gis.steiner.arrays import FAR, Bools, Ints
from cuntong_gis.steiner.clock import Clock

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
    certificate
        Why the bound holds, for `verify_certificate`; None unless asked for.
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
    certificate: Certificate | None = None
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
    certificate: bool = False,
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
    certificate
        Whether to write down why the bound holds.

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
    root, unreached, terminal, keep = _choose_root(n, ends, wanted, root)
    if root is None:
        return SteinerResult(np.zeros(0, np.int64), 0, 0, unreached, None, seconds=clock.elapsed)
    return _solve(n, ends, keep, terminal, root, unreached, effort, clock, seed, watch, certificate)


def _solve(
    n: int,
    ends: tuple[Ints, Ints, Ints],
    keep: Ints,
    terminal: Bools,
    root: int,
    unreached: Ints,
    effort: str,
    clock: Clock,
    seed: int,
    watch: Watch | None,
    certificate: bool,
) -> SteinerResult:
    """Solve an instance that was checked, on the edges that are connected to the root, as all terminals are."""
    # imported here: the kernels bring Numba in, and importing the package must stay quick
    from cuntong_gis.steiner.part import Part
    from cuntong_gis.steiner.search import EFFORTS, FIRST, Search

    u, v, w = (values[keep] for values in ends)
    part = Part(n, u, v, w, terminal, root, np.arange(n if certificate else 0))
    search = Search(clock, seed, certificate)
    begin = EFFORTS["quick"] if effort == "quick" else FIRST
    first = best = search.solve(part, None, begin, exact=True, rounds=0)
    bound, proof = first.bound, first.proof
    teller = _Teller(clock, watch)
    try:
        teller.tell("first plan", first.cost, first.bound)
        if effort != "quick" and best.cost > bound and not clock.over:
            found = search.solve(
                part,
                first.edges,
                EFFORTS[effort],
                exact=True,
                report=lambda cost, bound: teller.hear(min(cost, first.cost), max(bound, first.bound)),
            )
            if found.cost < best.cost:
                best = found
            if found.bound > bound:
                bound, proof = found.bound, found.proof
    except KeyboardInterrupt:
        clock.stop()
    if clock.stopped:
        logger.warning("interrupted: the best tree so far is kept")
    bound = min(bound, best.cost)
    made = None
    if proof is not None:
        made = Certificate(
            n,
            *ends,
            np.flatnonzero(terminal),
            root,
            keep[best.edges],
            best.cost,
            bound,
            replace(proof, edges=keep),
        )
    result = SteinerResult(
        keep[best.edges], best.cost, bound, unreached, root, clock.over, search.ascents, made, clock.elapsed
    )
    teller.tell("result", best.cost, bound)
    return result


class _Teller:
    """Log cost, bound, gap and seconds, and tell them to whoever watches."""

    def __init__(self, clock: Clock, watch: Watch | None) -> None:
        self._clock = clock
        self._watch = watch
        self._last = 0.0

    def tell(self, step: str, cost: int, bound: int) -> None:
        """Tell now."""
        state = Progress(step, cost, bound, _gap(cost, bound), self._clock.elapsed)
        shown = "-" if state.gap is None else f"{100 * state.gap:.3f} %"
        logger.info("%s: cost %d, bound %d, gap %s, %.1f s", step, cost, bound, shown, state.seconds)
        if self._watch is not None:
            self._watch(state)

    def hear(self, cost: int, bound: int) -> None:
        """Tell whoever watches, ten times a second at the most."""
        if self._watch is not None and self._clock.elapsed - self._last >= 0.1:
            self._last = self._clock.elapsed
            self._watch(Progress("better", cost, bound, _gap(cost, bound), self._last))


def _choose_root(
    n: int, ends: tuple[Ints, Ints, Ints], wanted: Ints, root: int | None
) -> tuple[int | None, Ints, Bools, Ints]:
    """Find the root, the terminals it does not reach, a mask of it and those it reaches, and the edges it reaches."""
    from cuntong_gis.steiner.paths import component_labels

    terminal = np.zeros(n, np.bool_)
    if root is None and len(wanted) == 0:
        return None, wanted, terminal, wanted[:0]
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
    return root, wanted[~reached], terminal, np.flatnonzero(label[ends[0]] == label[root])


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
