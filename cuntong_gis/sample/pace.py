"""How a made-up campaign really goes: when each span is laid, and when each village comes to each stage."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cuntong_gis.sample.terrain import Ints

Floats = NDArray[np.float64]

NEVER = 1e6
"""Day of what does not happen within any campaign."""
SURVEYED, APPROVED, MATERIAL_READY, LAID, LIT = range(1, 6)
"""Ranks of stages whose days are known here; a village is closed when its papers are, which is told in `signoff`."""
SLOW_COUNTIES = 0.2
"""Share of counties that lag behind and report less."""
FIRST_LAID, LAST_LAID = 0.12, 0.94
"""Parts of the campaign's work that are over when the first and the last metre of a middling county is laid."""
RAINY_MONTHS, RAINY_SPEED, RUSH_SPEED, RUSH_DAYS = (6, 7), 0.6, 1.3, 60
"""Rain takes two fifths of the pace; the last days before the deadline see more crews."""


@dataclass(frozen=True)
class Pace:
    """What really happens, in days from the campaign's first (which is day 0).

    Attributes
    ----------
    village : ndarray of object, shape (n,)
        Codes.
    township, county : ndarray of int64, shape (n,)
        Numbers of the units in `townships` and `counties`.
    townships, counties : ndarray of object
        Codes of 9 and 6 digits, ascending.
    slow : ndarray of float64, shape (counties,)
        How much longer the county takes than planned, 1 = as planned.
    stage_day : ndarray of float64, shape (n, 6)
        Day on which the village comes to the stage of each rank; `NEVER` if it does not. Column 0 is of no use.
    span : ndarray of object, shape (m,)
        Span ids.
    span_township : ndarray of int64, shape (m,)
        Township that has most villages behind the span.
    span_begin, span_end, span_m : ndarray of float64, shape (m,)
        First and last day of laying, and planned metres.
    """

    village: NDArray[np.object_]
    township: Ints
    county: Ints
    townships: NDArray[np.object_]
    counties: NDArray[np.object_]
    slow: Floats
    stage_day: Floats
    span: NDArray[np.object_]
    span_township: Ints
    span_begin: Floats
    span_end: Floats
    span_m: Floats


def make_pace(
    villages: pd.DataFrame, spans: pd.DataFrame, routes: pd.DataFrame, start: dt.date, deadline: dt.date, seed: int
) -> Pace:
    """Return how the campaign goes.

    Parameters
    ----------
    villages, spans, routes : DataFrame
        Tables of a plan.
    start, deadline : date
        First and last day of the campaign.
    seed : int
        Source of chance.

    Returns
    -------
    Pace
        Work goes along the tree from the sources outwards: whatever is upstream of a span is laid before it.
    """
    rng = np.random.default_rng([seed, 1])
    code = villages["code"].astype(str).to_numpy(object)
    townships, township = np.unique(np.array([c[:9] for c in code], object), return_inverse=True)
    counties, county_of = np.unique(np.array([c[:6] for c in townships], object), return_inverse=True)
    county = county_of[township]
    slow = rng.uniform(0.86, 1.04, len(counties))
    laggards = rng.permutation(len(counties))[: round(SLOW_COUNTIES * len(counties))]
    slow[laggards] = rng.uniform(1.15, 1.5, len(laggards))

    route, span, last = _along(code, spans, routes)
    span_m = spans["length_m"].to_numpy(float)
    span_township = _most(span, township[route], len(spans), len(townships))
    end = _days_laid(route, span, span_m, county_of[span_township], slow, start, deadline, rng)
    begin = end - np.maximum(3.0, span_m / rng.uniform(150, 500, len(spans)))
    return Pace(
        village=code, township=township, county=county, townships=townships, counties=counties, slow=slow,
        stage_day=_stage_days(code, routes, last, end, slow[county], start, deadline, rng),
        span=spans["span_id"].astype(str).to_numpy(object), span_township=span_township,
        span_begin=np.maximum(begin, 1.0), span_end=end, span_m=span_m,
    )  # fmt: skip


def _along(code: NDArray[np.object_], spans: pd.DataFrame, routes: pd.DataFrame) -> tuple[Ints, Ints, Ints]:
    """Return villages and spans of all routes, each from its source outwards, and each village's last span (-1)."""
    path = routes["span_ids"].fillna("").astype(str).str.split().str[::-1]
    path.index = pd.Index(pd.Index(code).get_indexer(pd.Index(routes["village_code"].astype(str))))
    flat = path.explode()
    flat = flat[flat.notna().to_numpy() & (flat.index.to_numpy() >= 0)]
    village = flat.index.to_numpy(np.int64)
    span = pd.Index(spans["span_id"].astype(str)).get_indexer(pd.Index(flat)).astype(np.int64)
    village, span = village[span >= 0], span[span >= 0]
    last = np.full(len(code), -1, np.int64)
    last[village] = span  # of several the one written last, which is the outermost
    return village, span, last


def _most(span: Ints, township: Ints, spans: int, townships: int) -> Ints:
    """Return the township with most villages behind each span; ties go to the lower code."""
    key, count = np.unique(span * max(townships, 1) + township, return_counts=True)
    who, where = key // max(townships, 1), key % max(townships, 1)
    order = np.lexsort((-where, count, who))  # the best one of each span last
    found = np.zeros(spans, np.int64)
    found[who[order]] = where[order]
    return found


def _days_laid(
    route: Ints, span: Ints, length: Floats, county: Ints, slow: Floats, start: dt.date, deadline: dt.date,
    rng: np.random.Generator,
) -> Floats:  # fmt: skip
    """Return the day on which each span is laid: an S-curve of metres in each county, never before what is upstream."""
    first = np.r_[True, route[1:] != route[:-1]]
    effort = length * rng.uniform(0.3, 1.7, len(length)) + 1.0
    begin = rng.uniform(0, 15_000.0, len(length))  # metres of work elsewhere before the crew comes to this source
    step = np.where(first, begin[span], 0.0) + effort[span]
    total = np.cumsum(step)
    before = np.where(first, total - step, 0.0)
    key = np.zeros(len(length))
    key[span] = total - np.maximum.accumulate(before)
    order = np.lexsort((key, county))
    done = np.cumsum(length[order])
    heads = np.r_[True, county[order][1:] != county[order][:-1]] if len(order) else np.zeros(0, bool)
    base = np.maximum.accumulate(np.where(heads, done - length[order], 0.0))
    whole = np.bincount(county, length, len(slow))
    part = np.empty(len(length))
    part[order] = (done - base) / np.maximum(whole[county[order]], 1e-9)
    curve = 0.5 - np.sin(np.arcsin(1 - 2 * np.clip(part, 0, 1)) / 3)  # inverse of 3x² - 2x³
    work = (FIRST_LAID + (LAST_LAID - FIRST_LAID) * curve) * slow[county]
    day = _calendar(work, start, deadline)
    # A route may pass through a county that is slower than its own.
    high = float(day.max(initial=0.0)) + 1.0
    number = np.cumsum(first) if len(route) else np.zeros(0, np.int64)
    day[span] = np.maximum.accumulate(day[span] + number * high) - number * high
    return np.round(day, 6)  # the same for a span whichever route is summed up


def _calendar(work: Floats, start: dt.date, deadline: dt.date) -> Floats:
    """Return the day on which a part of the campaign's work (1 = all that was planned) is done."""
    length = (deadline - start).days
    day = np.arange(2 * length + 1)
    month = (np.datetime64(start) + day).astype("datetime64[M]").astype(int) % 12 + 1
    speed = np.where(np.isin(month, RAINY_MONTHS), RAINY_SPEED, 1.0)
    speed[(day > length - min(RUSH_DAYS, length // 4)) & (day <= length)] = RUSH_SPEED
    done = np.r_[0.0, np.cumsum(speed)]
    return np.asarray(np.interp(work, done / done[length], np.r_[day, day[-1] + 1].astype(float)), float)


def _stage_days(
    code: NDArray[np.object_], routes: pd.DataFrame, last: Ints, end: Floats, slow: Floats, start: dt.date,
    deadline: dt.date, rng: np.random.Generator,
) -> Floats:  # fmt: skip
    """Return the day of each stage: surveyed and approved well before, lit some days after the cable is there."""
    n = len(code)
    at_source = np.isin(code, routes["village_code"].astype(str).to_numpy(object)) & (last < 0)
    laid = np.full(n, NEVER)
    laid[last >= 0] = end[last[last >= 0]]
    laid[at_source] = _calendar(rng.uniform(0.15, 0.8, at_source.sum()) * slow[at_source], start, deadline)
    day = np.full((n, 6), NEVER)
    day[:, SURVEYED] = np.minimum(laid, (deadline - start).days) * rng.uniform(0.12, 0.5, n)
    day[:, APPROVED] = day[:, SURVEYED] + (laid - day[:, SURVEYED]) * rng.uniform(0.2, 0.45, n)
    day[:, MATERIAL_READY] = day[:, APPROVED] + (laid - day[:, APPROVED]) * rng.uniform(0.3, 0.7, n)
    day[:, LAID] = laid
    day[:, LIT] = laid + rng.uniform(3, 22, n) * slow
    day[laid >= NEVER, APPROVED:] = NEVER
    return day
