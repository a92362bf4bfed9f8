"""What many tests need: small worlds given in metres, and where the real data lie."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pyproj
import pytest
import shapely
from databases import Server, UnavailableError, running_server

from cuntong_gis import schema
from cuntong_gis.model import Layers

SHARED = Path(__file__).resolve().parents[1].parent / "shared"
"""Real data beside the checkout; tests that need it skip by name when it is absent."""

LOCAL = pyproj.Transformer.from_crs(
    "+proj=aeqd +lat_0=26.6 +lon_0=106.5 +ellps=GRS80 +units=m", "EPSG:4326", always_xy=True
)


def lonlat(points: Sequence[Sequence[float]]) -> np.ndarray:
    """Return degrees of points given in metres east and north of (106.5 E, 26.6 N)."""
    xy = np.asarray(points, float).reshape(-1, 2)
    return np.column_stack(LOCAL.transform(xy[:, 0], xy[:, 1]))


def line(*points: Sequence[float]) -> shapely.LineString:
    return shapely.LineString(lonlat(points))


def point(x: float, y: float) -> shapely.Point:
    return shapely.Point(lonlat([[x, y]])[0])


def box(west: float, south: float, east: float, north: float) -> shapely.Polygon:
    return shapely.Polygon(lonlat([[west, south], [east, south], [east, north], [west, north]]))


def world(
    roads: Sequence[shapely.LineString] | None = (),
    villages: Sequence[tuple[float, float]] = (),
    access_points: Sequence[tuple[float, float]] = (),
    fiber: Sequence[shapely.LineString] = (),
    **more: dict,
) -> Layers:
    """Return layers of a small world given in metres; `more` adds columns, e.g. ``road={"bridge": [True]}``."""
    table = {
        "villages": schema.conform(
            {
                "code": [f"5299011002{n:02d}" for n in range(1, len(villages) + 1)],
                "name": [f"村{n}" for n in range(1, len(villages) + 1)],
                "geometry": [point(*v) for v in villages],
                **more.get("village", {}),
            },
            "villages",
        ),
        "access_points": schema.conform(
            {
                "id": [f"A{n}" for n in range(1, len(access_points) + 1)],
                "name": [f"机房{n}" for n in range(1, len(access_points) + 1)],
                "geometry": [point(*p) for p in access_points],
            },
            "access_points",
        ),
        "fiber": schema.conform({"geometry": list(fiber), **more.get("cable", {})}, "fiber"),
        "roads": None
        if roads is None
        else schema.conform(
            {"geometry": list(roads), "road_class": ["village"] * len(roads), **more.get("road", {})}, "roads"
        ),
        "areas": schema.conform(more.get("area", {}), "areas"),
        "supports": schema.conform(more.get("support", {}), "supports"),
        "boundaries": schema.empty("boundaries"),
    }
    return Layers(**table, elevation=None, findings=(), roads_from_osm=more.get("osm", False))


@pytest.fixture
def shared() -> Path:
    if not SHARED.exists():
        pytest.skip("../shared is absent")
    return SHARED


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """Return a PostgreSQL server of the tests' own."""
    try:
        with running_server() as server:
            yield server
    except UnavailableError as reason:
        pytest.skip(str(reason))


@pytest.fixture
def postgres_url(postgres: Server) -> Iterator[str]:
    """Return the URL of a fresh database."""
    with postgres.database() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgres"])
def ledger_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return the URL of an empty ledger, once on each store."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'ledger.sqlite'}"
    return str(request.getfixturevalue("postgres_url"))


def run_cuntong(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command as a user would, in a process of its own."""
    command = [sys.executable, "-W", "error", "-m", "cuntong_gis", *arguments]
    return subprocess.run(command, capture_output=True, text=True, env={**os.environ, **environment}, timeout=600)
