"""The full torture: ``python -m torture [--kills 200] [--images 500] [--tasks …]``; results into tests/bench/RESULTS.md."""

from __future__ import annotations

import argparse
import dataclasses
import datetime as dt
import json
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from bench.runs import commit

from cuntong_gis.files import write_text
from torture import power, report
from torture.kills import CONTROLS, TASKS

POSTS = 400
PAGE = Path(__file__).parents[1] / "bench" / "RESULTS.md"


def main(arguments: list[str] | None = None) -> None:
    """Kill, cut the power, write the results; end with 1 if anything was lost that must not be."""
    parser = argparse.ArgumentParser(prog="python -m torture")
    parser.add_argument("--kills", type=int, default=200, help="of each task")
    parser.add_argument("--images", type=int, default=500, help="of each setting")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--tasks", nargs="+", choices=[*TASKS, *CONTROLS], help="only these; default: all")
    parser.add_argument("--jobs", type=int, default=2, help="tasks tortured side by side")
    asked = parser.parse_args(arguments)
    results: dict[str, Any] = {
        "when": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        "commit": commit(),
        "seed": asked.seed,
        "power": [cut(settings, POSTS, asked.images, asked.seed) for settings in ("FULL", "NORMAL")],
        "kills": killed_side_by_side(asked.tasks or [*TASKS, *CONTROLS], asked.kills, asked.seed, asked.jobs),
    }
    write_text(report.RESULTS, json.dumps(results, ensure_ascii=False, indent=1) + "\n")
    write_text(PAGE, report.spliced(PAGE.read_text("utf-8"), results))
    faults = wrong(results)
    sys.stdout.write("\n".join(faults or ["nothing lost"]) + "\n")
    sys.exit(bool(faults))


def cut(settings: str, posts: int, images: int, seed: int) -> dict[str, Any]:
    """Record a run with a setting of `synchronous` and judge images of it."""
    with tempfile.TemporaryDirectory(prefix="cuntong-power-") as scratch:
        log = power.recorded(Path(scratch) / "run", settings, posts)
        found = power.verdict(log, images, seed)
    result = {"settings": settings, **dataclasses.asdict(found)}
    result["complaints"] = found.complaints[:20]
    sys.stdout.write(f"power, synchronous={settings}: {found.lost} of {found.images} images lost something\n")
    sys.stdout.flush()
    return result


def killed_side_by_side(tasks: list[str], kills: int, seed: int, jobs: int) -> list[dict[str, Any]]:
    """Torture tasks, some of them at once, and return what is said of each in their order."""
    with ThreadPoolExecutor(jobs) as pool:
        return [row for rows in pool.map(lambda task: killed([task], kills, seed), tasks) for row in rows]


def killed(tasks: list[str], kills: int, seed: int) -> list[dict[str, Any]]:
    """Torture tasks in a process of their own and return what it says of each."""
    call = [sys.executable, "-m", "torture.kills", *tasks, "--kills", str(kills), "--seed", str(seed)]
    found = []
    with subprocess.Popen(
        call, cwd=Path(__file__).parents[1], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None and process.stderr is not None
        for line in process.stdout:
            found.append(json.loads(line))
            told = {name: value for name, value in found[-1].items() if name != "complaints"}
            sys.stdout.write(f"{told}\n")
            sys.stdout.flush()
        errors = process.stderr.read()
    if process.returncode or len(found) != len(tasks):
        raise RuntimeError(f"the torture itself failed: {errors[-2000:]}")
    return found


def wrong(results: dict[str, Any]) -> list[str]:
    """Return what must not be."""
    faults = []
    for part in results["kills"]:
        if part["task"] not in CONTROLS:
            faults += part["complaints"]
        elif not part["lost"] + part["half"]:
            faults.append(f"{part['task']}: nothing was lost: the harness sees nothing")
    for part in results["power"]:
        if part["settings"] == "FULL":
            faults += part["complaints"]
        elif not part["lost"]:
            faults.append(f"with synchronous={part['settings']} nothing was lost: the harness sees nothing")
    return faults


if __name__ == "__main__":
    main()
