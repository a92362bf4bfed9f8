"""Killed at any moment, a run leaves whole files only, and the next one ends as if nothing had happened."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from cuntong_gis.campaign import open_campaign
from cuntong_gis.desk import verify
from cuntong_gis.files import LOCK
from cuntong_gis.settings import load_settings
from cuntong_gis.starters import FILLING

WATCHED = """
import os, sys, threading
event, delay, folder = int(sys.argv[1]), float(sys.argv[2]), sys.argv[3]
seen = 0
def watch(name, arguments):
    global seen
    if name in ("open", "os.rename", "os.mkdir", "os.rmdir", "os.remove") and str(arguments[0]).startswith(folder):
        seen += 1
        if seen == event:
            threading.Timer(delay, os.kill, (os.getpid(), 9)).start() if delay else os.kill(os.getpid(), 9)
sys.addaudithook(watch)
sys.argv[1:3] = [sys.argv[4], folder]
del sys.argv[3:]
from cuntong_gis.__main__ import main
try:
    main()
finally:
    print(seen, file=sys.stderr)
"""
"""The command, ending itself by SIGKILL at, or soon after, the n-th time it touches a file of the workspace."""

NEVER = 10**9
MEASURED = {"run.json", "plan.json"}
"""Hold seconds and memory, which differ from run to run."""
LEDGER = "ledger.sqlite"
"""Says when each entry was taken: it is compared by what it holds."""


def run(command: str, folder: Path, event: int = NEVER, delay: float = 0.0) -> subprocess.CompletedProcess[str]:
    call = [sys.executable, "-c", WATCHED, str(event), str(delay), str(folder), command]
    return subprocess.run(call, capture_output=True, text=True, timeout=600, env={**os.environ, "LANG": "C.UTF-8"})


def files(folder: Path) -> dict[str, Path]:
    """Return every file under its final name."""
    found = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    return {str(p): folder / p for p in sorted(found) if not any(part.endswith(".aside") for part in p.parts)}


def assert_whole(folder: Path, clean: Path) -> None:
    """Every file is the one that an undisturbed run makes, to the last byte; those that measure are whole."""
    for name, path in files(folder).items():
        if path.name in MEASURED:
            assert {"measurements", "inputs"} <= json.loads(path.read_text("utf-8")).keys(), name
        elif path.name not in (LOCK, FILLING) and not path.name.startswith(LEDGER):
            assert path.read_bytes() == (clean / name).read_bytes(), name


@pytest.fixture(scope="module")
def clean(tmp_path_factory):
    """A run that nobody disturbed: its folder, and how often it touched files."""
    folder = tmp_path_factory.mktemp("clean") / "demo"
    done = run("demo", folder)
    assert done.returncode == 0, done.stderr
    return folder, int(done.stderr.split()[-1])


@pytest.mark.parametrize("seed", range(2))
def test_killed_at_any_moment_nothing_is_half_written_and_the_next_run_ends_well(clean, tmp_path, seed):
    whole, events = clean
    rng = np.random.default_rng(seed)
    folder = tmp_path / "demo"
    killed = 0
    for moment in sorted(rng.integers(1, events, 5).tolist()):
        done = run("demo", folder, moment, delay=float(rng.choice([0.0, 0.02, 0.2])))
        killed += done.returncode == -9
        assert_whole(folder, whole)
    assert killed > 0
    done = run("demo", folder)
    assert done.returncode == 0, done.stdout + done.stderr
    assert not list(folder.rglob("*.aside"))
    assert files(folder).keys() == files(whole).keys()
    assert_whole(folder, whole)
    assert held(folder) == held(whole)


def held(folder: Path) -> list[tuple[str, ...]]:
    """Return what the ledger of a folder says, once every hash of it holds."""
    settings = load_settings(folder / "cuntong.toml")
    assert verify(settings).faults == ()
    with open_campaign(settings) as ledger:
        entries = ledger.entries().sort_values("entry_id")
    return [tuple(map(str, row)) for row in entries[["entry_id", "kind", "subject", "happened_on", "level"]].to_numpy()]


def test_a_killed_init_is_taken_up_again_but_no_folder_of_others(tmp_path):
    folder = tmp_path / "new"
    events = int(run("init", tmp_path / "whole").stderr.split()[-1])
    for moment in (3, events // 2, events - 3):
        assert run("init", folder, moment).returncode == -9
    assert run("init", folder).returncode == 0
    assert files(folder).keys() == files(tmp_path / "whole").keys()
    again = run("init", folder)
    assert again.returncode == 1 and "目录不是空的" in again.stderr
