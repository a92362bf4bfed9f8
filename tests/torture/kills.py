"""SIGKILL at random moments: ``python -m torture.kills [TASK …] [--kills N] [--seed N]`` prints one JSON line a task.

Everything is imported and has run once before the first kill; each victim is a fork of that process, so that a kill costs
no start of Python. What a victim prints is acknowledged. Run in a process of its own, since a fork wants no threads.
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import datetime as dt
import hashlib
import io
import json
import os
import re
import shutil
import signal
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from cuntong_gis.files import LOCK
from cuntong_gis.progress import Ledger, Report, missing_files, open_ledger, verify_ledger
from torture import workspaces

LEDGER = "ledger.sqlite"
MEASURED = {"run.json", "plan.json"}
"""Hold seconds and memory, which differ from run to run."""
GROWING = (LEDGER, f"{LEDGER}-wal", f"{LEDGER}-shm", f"{LEDGER}-journal", LOCK, "audit.log")
"""Files that are written in place; each is looked at in its own way."""
JUST_SAID = 0.2
"""Share of kills that come just after something was printed; the others come at any moment."""
CLOCK = dt.datetime(2017, 6, 1, 4)


@dataclass(frozen=True)
class Task:
    """One thing that writes.

    Attributes
    ----------
    prepare : callable of folder
        Makes the workspace in which it runs.
    run : callable of folder
        Does it, and prints ids of entries, and at the end its last words, after they are durable.
    held : callable of folder → dict of str to str
        Entries that the workspace holds, by id; checks the ledger too.
    again_every : int
        After each so many kills the whole task is run again to its end.
    """

    prepare: Callable[[Path], None]
    run: Callable[[Path], None]
    held: Callable[[Path], dict[str, str]]
    again_every: int = 1


def _ledger(folder: Path, world: object = None):
    from campaigns import county

    here = world or county(villages=12, townships=2)
    return open_ledger(f"sqlite:///{folder / LEDGER}", here.facts, here.settings, now=lambda: CLOCK)


def _days() -> list[tuple[dt.date, list[Report]]]:
    from campaigns import county

    return [(day.on, day.right) for day in county(villages=12, townships=2).days()]


def _begun(share: float) -> Callable[[Path], None]:
    """Return what makes a ledger with a part of the campaign in it."""

    def prepare(folder: Path) -> None:
        days = _days()
        with _ledger(folder) as ledger:
            assert ledger.post([report for _, right in days[: round(share * len(days))] for report in right]).taken

    return prepare


def _post(folder: Path) -> None:
    days = [right for _, right in _days() if right]
    with _ledger(folder) as ledger:
        for right in days[-60:]:
            for outcome in ledger.post(right).outcomes:
                assert outcome.entry is not None, outcome.judgement.refusal
            print(*sorted({r.entry_id for r in right}), sep="\n", flush=True)


def _post_in_one(folder: Path) -> None:
    """Post half a year in one transaction, as a large sheet does."""
    right = [report for _, reports in _days() for report in reports]
    with _ledger(folder) as ledger:
        assert ledger.post(right).taken
        print(*sorted({r.entry_id for r in right}), sep="\n", flush=True)


def _held(folder: Path) -> dict[str, str]:
    with _ledger(folder) as ledger:
        return held_by(ledger)


def _held_here(folder: Path) -> dict[str, str]:
    with workspaces.opened(folder) as ledger:
        assert not list(missing_files(ledger)), "an entry refers to evidence that is not there"
        return held_by(ledger)


def held_by(ledger: Ledger) -> dict[str, str]:
    """Return all entries of a ledger that is sound, but for when they were taken and what follows from it."""
    report = verify_ledger(ledger.store)
    assert not report.faults, [fault.en for fault in report.faults]
    table = ledger.entries().drop(columns=["number", "reported_at", "hash"])
    assert table["entry_id"].is_unique
    return {row.entry_id: str(row) for row in table.itertuples(index=False)}


def no_ledger(folder: Path) -> dict[str, str]:
    """Return nothing: a task without a ledger."""
    return {}


TASKS: dict[str, Task] = {
    "post, day by day": Task(_begun(0.9), _post, _held),
    "post, all in one": Task(_begun(0.1), _post_in_one, _held),
    "cuntong progress import": Task(workspaces.issued, workspaces.import_sheets, _held_here),
    "cuntong progress sign-off": Task(workspaces.imported, workspaces.sign_off, _held_here),
    "cuntong progress freeze": Task(workspaces.imported, workspaces.freeze, _held_here),
    "cuntong build": Task(workspaces.plain, workspaces.build, no_ledger, again_every=5),
}


def _said_too_early(folder: Path) -> None:
    reports = [report for _, right in _days() for report in right]
    print(*sorted({r.entry_id for r in reports}), sep="\n", flush=True)
    with _ledger(folder) as ledger:
        ledger.post(reports)


def _written_in_place(folder: Path) -> None:
    with (folder / "table.csv").open("w") as file:
        for number in range(100):
            file.write(f"{number}\n" * 1000)
            time.sleep(0.001)


CONTROLS: dict[str, Task] = {
    "control: said before it was durable": Task(_begun(0.1), _said_too_early, _held),
    "control: written in place": Task(lambda folder: None, _written_in_place, no_ledger),
}
"""What is not safe: here something must be lost, and half files found, or the harness sees nothing."""


def files(folder: Path) -> dict[str, str]:
    """Return the hash of every file under its final name, of those that are written in one piece."""
    found = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    names = [p for p in sorted(found) if not any(part.endswith(".aside") for part in p.parts) and p.name not in GROWING]
    return {str(p): hashlib.sha256((folder / p).read_bytes()).hexdigest() for p in names if p.name not in MEASURED}


def victim(task: Task, folder: Path, delay: float | None = None, *, spoken: int = 0) -> tuple[list[str], bool, float]:
    """Run a task in a fork; kill it after `delay` seconds, counted from when it has printed `spoken` bytes.

    Returns
    -------
    tuple
        What it printed, whether it ended well, and the seconds it took.
    """
    with tempfile.TemporaryFile() as printed:
        begin = time.monotonic()
        child = os.fork()
        if child == 0:
            os.dup2(printed.fileno(), 1)
            sys.stdout = io.TextIOWrapper(os.fdopen(1, "wb", 0), "utf-8", write_through=True)
            code = 1
            try:
                task.run(folder)
                code = 0
            except BaseException as error:
                sys.stderr.write(f"{type(error).__name__}: {error}\n")
            finally:
                os._exit(code)
        status = None
        if delay is not None:
            while status is None and os.fstat(printed.fileno()).st_size < spoken:
                ended, code = os.waitpid(child, os.WNOHANG)
                status = code if ended else None
            time.sleep(delay)
            if status is None:
                os.kill(child, signal.SIGKILL)
        if status is None:
            _, status = os.waitpid(child, 0)
        seconds = time.monotonic() - begin
        if os.WIFEXITED(status) and os.WEXITSTATUS(status):
            raise RuntimeError(f"the task failed in {folder}")
        printed.seek(0)
        text = printed.read().decode("utf-8", "replace")
    # A line without its end was not printed whole.
    return text.split("\n")[:-1], os.WIFEXITED(status), seconds


@dataclass
class Found:
    """What kills of a task left: each figure counts kills, but for the acknowledged lines.

    Attributes
    ----------
    task, seconds : object
        Which, and how long it takes undisturbed.
    kills : int
        That came before its end.
    acknowledged : int
        Lines printed before the kills.
    lost, half, unsound, unequal : int
        Kills after which an acknowledged entry was gone; a file was half-written; the ledger was not sound; the task
        run again did not end as when nobody disturbed it.
    complaints : list of str
        The same in words, the first ones.
    """

    task: str
    seconds: float
    kills: int = 0
    acknowledged: int = 0
    lost: int = 0
    half: int = 0
    unsound: int = 0
    unequal: int = 0
    complaints: list[str] = field(default_factory=list)

    def count(self, what: str, faults: list[str]) -> None:
        """Count a kill that left faults."""
        setattr(self, what, getattr(self, what) + bool(faults))
        self.complaints += [f"{what}: {fault}" for fault in faults[:3]][: 20 - len(self.complaints)]


@dataclass(frozen=True)
class Undisturbed:
    """How a task goes when nobody kills it: files before and after, what it says, the ledger it leaves, the seconds."""

    before: dict[str, str]
    after: dict[str, str]
    said: list[str]
    held: dict[str, str]
    seconds: float


def undisturbed(task: Task, scratch: Path) -> Undisturbed:
    """Prepare a task in ``scratch/before``, and run it four times elsewhere, the first time in this process to warm it."""
    before, whole = scratch / "before", scratch / "whole"
    before.mkdir(parents=True)
    task.prepare(before)
    shutil.copytree(before, whole)
    with contextlib.redirect_stdout(io.StringIO()):
        task.run(whole)
    seconds, said = [], [""]
    for _ in range(3):
        shutil.rmtree(whole)
        shutil.copytree(before, whole)
        said, _, took = victim(task, whole)
        seconds.append(took)
    return Undisturbed(files(before), files(whole), said, task.held(whole), statistics.median(seconds))


def tortured(name: str, kills: int, seed: int, scratch: Path) -> Found:
    """Kill a task at random moments, each time in a fresh copy of its workspace, and look at what it leaves."""
    task, rng = (TASKS | CONTROLS)[name], np.random.default_rng(seed)
    calm = undisturbed(task, scratch)
    found = Found(name, round(calm.seconds, 3))
    folder, size = scratch / "victim", len("\n".join([*calm.said, ""]).encode())
    while found.kills < kills:
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(scratch / "before", folder)
        if calm.said and rng.random() < JUST_SAID:
            printed, ended, _ = victim(task, folder, 0.0, spoken=int(rng.integers(1, size + 1)))
        else:
            printed, ended, _ = victim(task, folder, float(rng.uniform(0, calm.seconds)))
        if ended:
            continue
        found.kills += 1
        found.count("half", _half(folder, calm))
        try:
            held = task.held(folder)
        except Exception as error:
            held = {}
            found.count("unsound", [f"{type(error).__name__}: {error}"])
        told = set(re.findall(r'[^\s",]+', "\n".join(printed))) & calm.held.keys()
        lost = [f"{entry}, one of {len(told)}" for entry in sorted(told - held.keys())]
        whole = bool(calm.said) and printed == calm.said
        found.acknowledged += len(told) + whole
        found.count("lost", lost + (_unequal(folder, calm, task) if whole else []))
        if found.kills % task.again_every == 0:
            victim(task, folder)
            found.count("unequal", _unequal(folder, calm, task))
    return found


def _half(folder: Path, calm: Undisturbed) -> list[str]:
    """Return files that are neither as before nor as after the task, or no JSON where they should be."""
    bad = [name for name, sha in files(folder).items() if sha not in (calm.before.get(name), calm.after.get(name))]
    for path in folder.rglob("*.json"):
        if path.name in MEASURED and not any(part.endswith(".aside") for part in path.parts):
            try:
                json.loads(path.read_text("utf-8"))
            except ValueError:
                bad.append(str(path.relative_to(folder)))
    return bad


def _unequal(folder: Path, calm: Undisturbed, task: Task) -> list[str]:
    """Return in what a workspace differs from that of an undisturbed run."""
    now = files(folder)
    bad = [name for name in sorted(now.keys() | calm.after.keys()) if now.get(name) != calm.after.get(name)]
    bad += [str(path.relative_to(folder)) for path in folder.rglob("*.aside")]
    try:
        held = task.held(folder)
    except Exception as error:
        return [*bad, f"{type(error).__name__}: {error}"]
    return bad + [entry for entry in sorted(held.keys() | calm.held.keys()) if held.get(entry) != calm.held.get(entry)]


def main(arguments: list[str] | None = None) -> None:
    """Torture the tasks named, or all."""
    parser = argparse.ArgumentParser(prog="python -m torture.kills")
    parser.add_argument("tasks", nargs="*", default=[*TASKS, *CONTROLS], help=", ".join(TASKS))
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args(arguments)
    for number, name in enumerate(asked.tasks):
        with tempfile.TemporaryDirectory(prefix="cuntong-kills-") as scratch:
            result = tortured(name, asked.kills, asked.seed + number, Path(scratch))
        sys.stdout.write(json.dumps(dataclasses.asdict(result), ensure_ascii=False) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
