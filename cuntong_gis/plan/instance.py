"""The instance that the solver and the checker see: nodes, edges, prices, what to connect, and what is fixed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cuntong_gis.plan.spans import Ints
from cuntong_gis.plan.steering import Steered, steer, tied

if TYPE_CHECKING:
    from cuntong_gis.model import Network
    from cuntong_gis.settings import Settings


@dataclass(frozen=True)
class Instance:
    """A Steiner tree instance.

    Attributes
    ----------
    n : int
        Number of nodes.
    u, v, w : ndarray of int64
        Ends and price (fen) of each edge: those of the network, then one of no price from the root to each source.
    terminals : ndarray of int64
        Nodes to connect.
    root : int
        The node to connect them to; it stands for all existing fiber.
    must : ndarray of int64
        Edges that every plan uses; their ends are one node here, so that they are loops.
    fixed : int
        Their price (fen), to be added to what the solver says.
    """

    n: int
    u: Ints
    v: Ints
    w: Ints
    terminals: Ints
    root: int
    must: Ints
    fixed: int


def pose(steered: Steered) -> Instance:
    """Tie all sources to one root at no cost, and what must be used into one node.

    What must be used is in every plan: its nodes are one node to the solver, a terminal, and its price is added to
    cost and bound alike. So the bound holds for the cheapest of all plans that use it.

    Parameters
    ----------
    steered : Steered
        As of `steer`.

    Returns
    -------
    Instance
        To be solved.
    """
    network, must = steered.network, steered.must
    count = len(network.nodes)
    node = network.villages["node"].to_numpy(np.int64)[network.villages["reachable"].to_numpy(bool)]
    sources = np.unique(network.sources["node"].to_numpy(np.int64))
    u = np.concatenate([network.edges["u"].to_numpy(np.int64), np.full(len(sources), count)])
    v = np.concatenate([network.edges["v"].to_numpy(np.int64), sources])
    w = np.concatenate([network.edges["cost_fen"].to_numpy(np.int64), np.zeros(len(sources), np.int64)])
    one = tied(count + 1, u[must], v[must])
    terminals = one[np.concatenate([node, u[must]])]
    return Instance(count + 1, one[u], one[v], w, terminals, count, must, int(w[must].sum()))


def instance_of(network: Network, settings: Settings) -> Instance:
    """Return the instance that is solved to plan a network.

    Parameters
    ----------
    network : Network
        As of `build_network`.
    settings : Settings
        With the steering.

    Returns
    -------
    Instance
        The same for the same network and settings.
    """
    return pose(steer(network, settings))
