"""Which villages lie behind which span, and the one village that a span is counted with."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from cuntong_gis.model import Plan
from cuntong_gis.progress.rollup.units import Ints


@dataclass(frozen=True)
class Behind:
    """All pairs of a span and a village behind it.

    Attributes
    ----------
    span, village : ndarray of int64, shape (p,)
        Rows of the plan's spans and villages.
    away : ndarray of int64, shape (p,)
        How many spans lie between the two on the village's route: 0 for the span that ends at the village.
    order : ndarray of int64, shape (n,)
        Place of each village by its code.
    upstream : ndarray of int64, shape (s,)
        Row of the span that leads to the beginning of each span; -1 where none does.
    """

    span: Ints
    village: Ints
    away: Ints
    order: Ints
    upstream: Ints


def villages_behind(plan: Plan) -> Behind:
    """Return which villages lie behind which span.

    Parameters
    ----------
    plan : Plan
        Its routes name their spans from the village to the source.

    Returns
    -------
    Behind
        One pair for each span of each route.
    """
    lists = [text.split() for text in plan.routes["span_ids"]]
    counts = np.array([len(spans) for spans in lists], np.int64)
    villages = pd.Index(plan.villages["code"].astype(object))
    route = np.repeat(np.arange(len(lists)), counts)
    span = pd.Index(plan.spans["span_id"].astype(object)).get_indexer([s for spans in lists for s in spans])
    village = villages.get_indexer(plan.routes["village_code"].astype(object))[route]
    away = np.arange(len(route)) - np.repeat(np.cumsum(counts) - counts, counts)
    ends = plan.spans.drop_duplicates("to_site")
    up = pd.Index(ends["to_site"].astype(object)).get_indexer(plan.spans["from_site"].astype(object))
    both = (span >= 0) & (village >= 0)
    return Behind(
        span[both].astype(np.int64), village[both].astype(np.int64), away[both].astype(np.int64),
        np.argsort(np.argsort(villages.to_numpy(), kind="stable"), kind="stable").astype(np.int64),
        np.where(up >= 0, ends.index.to_numpy(np.int64)[up] if len(ends) else -1, -1).astype(np.int64),
    )  # fmt: skip


def span_homes(behind: Behind, townships: Ints) -> Ints:
    """Return the village that each span is counted with, so that units of every level add up.

    Parameters
    ----------
    behind : Behind
        Which villages lie behind which span.
    townships : ndarray of int64, shape (n,)
        Township of each village; lower number, lower code.

    Returns
    -------
    ndarray of int64, shape (s,)
        Row of the village: in the township with most villages behind the span (ties: the lower code) the village
        that the span leads to first (ties: the lower code). Where no village lies behind it (a span that must be
        used): that of the span it branches off; else the village of the lowest code. -1 where there is no village.
    """
    count = len(behind.upstream)
    home = np.full(count, -1, np.int64)
    if not len(behind.order):
        return home
    width = int(townships.max()) + 2
    key = behind.span * width + townships[behind.village] + 1
    groups, of, size = np.unique(key, return_inverse=True, return_counts=True)
    best = np.lexsort((groups, -size, groups // width))
    first = best[np.unique(groups[best] // width, return_index=True)[1]]
    chosen = np.flatnonzero(np.isin(of, first))
    order = chosen[np.lexsort((behind.order[behind.village[chosen]], behind.away[chosen], behind.span[chosen]))]
    spans, at = np.unique(behind.span[order], return_index=True)
    home[spans] = behind.village[order[at]]
    for _ in range(count):
        open_ = np.flatnonzero((home < 0) & (behind.upstream >= 0))
        found = home[behind.upstream[open_]]
        if not (found >= 0).any():
            break
        home[open_] = found
    return np.where(home >= 0, home, int(np.argmin(behind.order)))
