"""What was survived, as the last part of tests/bench/RESULTS.md."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).with_name("results.json")
HEADING = "## What the ledger survives"
METHOD = """\
SIGKILL: each victim is a fork of a warmed process, killed at a random moment of its run, one in five just after it has printed something;
what it had printed is acknowledged. After each kill every file under its final name is as before or as after the command, the ledger's
chains verify, and running the command again (of `build` after every fifth kill) ends in the same workspace as a run that nobody disturbed.
Loss of power: strace takes down every write and sync of a ledger that three reporters post to; an image of a random moment holds what was
synced, and of what was not any 512-byte sectors in any order, none, all, up to a torn write, or with rubbish in between. Every image is
opened, recovered, checked, and must hold every entry acknowledged before the moment. With `synchronous=NORMAL`, the control, some must
be lost, or the harness would see nothing."""


def load() -> dict[str, Any] | None:
    """Return what was measured, None if nothing was."""
    return json.loads(RESULTS.read_text("utf-8")) if RESULTS.exists() else None


def section(results: dict[str, Any] | None) -> str:
    """Return the part of the page, "" if nothing was measured."""
    if results is None:
        return ""
    kills = [
        (
            k["task"],
            k["kills"],
            f"{k['seconds']:.2f}",
            k["acknowledged"],
            k["lost"],
            k["half"],
            k["unsound"],
            k["unequal"],
        )
        for k in results["kills"]
    ]
    power = [
        (p["settings"], p["images"], p["unsynced"], p["acknowledged"], p["lost"], p["broken"]) for p in results["power"]
    ]
    complaints = [f"- {told}" for part in (*results["kills"], *results["power"]) for told in part["complaints"]
                  if part.get("settings", "FULL") == "FULL" and not part.get("task", "").startswith("control")]  # fmt: skip
    return "\n".join(
        [
            f"{HEADING}\n",
            f"Written by `make torture` on {results['when']}, commit {results['commit']}, seed {results['seed']}.\n",
            _table(
                (
                    "killed",
                    "kills",
                    "s undisturbed",
                    "acknowledged",
                    "lost",
                    "half files",
                    "ledgers unsound",
                    "unequal after",
                ),
                kills,
            ),
            _table(
                (
                    "power lost, synchronous=",
                    "images",
                    "with unsynced calls",
                    "acknowledged",
                    "images that lost",
                    "broken",
                ),
                power,
            ),
            METHOD + "\n",
            *complaints,
        ]
    )


def spliced(page: str, results: dict[str, Any]) -> str:
    """Return a page with this part at its end, in the place of an older one."""
    return page.split(HEADING)[0].rstrip("\n") + "\n\n" + section(results)


def _table(head: tuple[str, ...], rows: list[tuple[Any, ...]]) -> str:
    lines = [head, ("---",) * len(head), *[[f"{c:,}" if isinstance(c, int) else c for c in row] for row in rows]]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"
