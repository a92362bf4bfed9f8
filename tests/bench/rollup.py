"""Every unit of a province on one day from a year of entries: ``python -m bench.rollup '{"entries": 500000}'``.

The entries are made and kept aside first; what is measured is a process that has them in memory and nothing else.
"""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from bench.chain import Stages
from bench.meters import cpu_seconds, peak_mb

DAY = "2016-09-30"


def make(path: Path, entries: int) -> None:
    """Write plan and ledger of a year to a file."""
    from bench.year import a_province, a_year

    plan = a_province()
    path.write_bytes(pickle.dumps((plan, a_year(plan, entries))))


def measure(path: Path) -> dict[str, Any]:
    """Roll up one day: after the first load, and again from the same load."""
    from plans import campaign

    from cuntong_gis import progress

    with path.open("rb") as file:
        plan, entries = pickle.load(file)
    loaded, cpu, stages = peak_mb(), cpu_seconds(), Stages()
    encoded = stages.run("encode the entries", lambda: progress.encode(entries, plan))
    status = stages.run("roll up the day", lambda: progress.roll_up(encoded, plan, campaign(), as_of=DAY))
    both = round(cpu_seconds() - cpu, 2)
    stages.run("roll up another day", lambda: progress.roll_up(encoded, plan, campaign(), as_of="2016-06-30"))
    stages.run("bytes of closed figures", lambda: progress.closed_figures(status))
    counts = {"entries": len(entries), "units": len(status.units), "villages": len(status.villages)}
    return {**counts, "loaded_mb": round(loaded, 1), "cpu_s": both, "stages": stages.rows}


def main(asked: dict[str, Any]) -> None:
    """Make the entries in a process of its own, so that its memory is not counted; then measure."""
    if "path" in asked:
        make(Path(asked["path"]), asked["entries"])
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "year.pickle"
        spec = json.dumps({**asked, "path": str(path)})
        subprocess.run([sys.executable, "-m", "bench.rollup", spec], check=True)
        sys.stdout.write(json.dumps(measure(path)) + "\n")


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
