"""One map built in a process of its own: ``python -m bench.maps_build '{"way": "naive", "data": …, "out": …}'``; JSON on stdout.

A peer's process imports nothing of ours; what a way imports and reads counts as memory, not as seconds of building.
"""

from __future__ import annotations

import json
import os
import pickle
import sys
import time
from pathlib import Path
from typing import Any

from bench.meters import cpu_seconds, peak_mb


def main(asked: dict[str, Any]) -> dict[str, Any]:
    """Import and read what the way needs, then draw and write; return what that took."""
    if asked["way"] in {"villages", "routes", "distribution", "both"}:
        from bench import maps_ours as room
    else:
        from bench import maps_peers as room
    draw = room.ready(asked["way"])
    imported = resident_mb()
    with Path(asked["data"]).open("rb") as file:
        data = pickle.load(file)
    before, begin, cpu = resident_mb(), time.perf_counter(), cpu_seconds()
    draw(data).save(asked["out"])
    return {
        "build_s": round(time.perf_counter() - begin, 3),
        "build_cpu_s": round(cpu_seconds() - cpu, 3),
        "imported_mb": round(imported, 1),
        "before_mb": round(before, 1),
        "peak_mb": round(peak_mb(), 1),
        "mb": Path(asked["out"]).stat().st_size / 1e6,
    }


def resident_mb() -> float:
    """Return the memory of this process now in MB (1e6 bytes)."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(json.loads(sys.argv[1]))) + "\n")
