"""The network of a job without roads: straight edges between neighbours, never mistaken for a survey."""

from __future__ import annotations

import numpy as np
from scipy.spatial import Delaunay, KDTree, QhullError

from cuntong_gis.crs import Floats
from cuntong_gis.network.mesh import Ints

NEIGHBOURS = 8


def proximity_pairs(xy: Floats) -> tuple[Ints, Ints]:
    """Return the edges Delaunay ∪ nearest neighbours over points.

    Parameters
    ----------
    xy : ndarray of float64, shape (n, 2)
        Distinct points in metres.

    Returns
    -------
    a, b : ndarray of int64, shape (e,)
        Pairs with a < b, each once, sorted. The graph is connected and holds the Euclidean minimum spanning tree.
    """
    count = len(xy)
    if count < 2:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    found = [_nearest(xy)]
    try:
        if count < 4:
            raise QhullError("too few points for a triangulation")
        corners = Delaunay(xy).simplices
        found += [corners[:, [0, 1]], corners[:, [1, 2]], corners[:, [0, 2]]]
        seen = np.unique(corners)
    except QhullError:
        seen = np.empty(0, np.int64)
    if len(seen) < count:
        along = np.lexsort((xy[:, 1], xy[:, 0]))
        found.append(np.column_stack([along[:-1], along[1:]]))
    pairs = np.unique(np.sort(np.vstack(found), axis=1).astype(np.int64), axis=0)
    pairs = pairs[pairs[:, 0] != pairs[:, 1]]
    return pairs[:, 0], pairs[:, 1]


def _nearest(xy: Floats) -> Ints:
    k = min(NEIGHBOURS + 1, len(xy))
    _, near = KDTree(xy).query(xy, k=k)
    mine = np.repeat(np.arange(len(xy)), k - 1)
    return np.column_stack([mine, near[:, 1:].ravel()]).astype(np.int64)
