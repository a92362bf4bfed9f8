"""What is said while a command works: a live line on a terminal, log lines elsewhere, an interrupt that keeps the plan."""

from __future__ import annotations

import contextlib
import importlib.util
import io
import json
import os
import pty
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pyogrio
import pytest
from rich.console import Console

from cuntong_gis.live import live_line, progress_words
from cuntong_gis.steiner import Progress, compiling_told
from cuntong_gis.words import Words, same

ROOT = Path(__file__).resolve().parents[3]
BLOCKED = """
import sys, time
from cuntong_gis import live
from cuntong_gis.__main__ import main

def watch(self, progress):
    if not hasattr(self, "seen"):
        self.seen = True
        print("planner at work", file=sys.stderr, flush=True)
        time.sleep(60)

live.Live.watch = watch
main()
"""


def at(seconds: float, cost: int = 386_644_812) -> Progress:
    bound = 386_011_200
    return Progress("prune", cost, bound, (cost - bound) / bound, seconds)


@pytest.fixture
def county(tmp_path) -> Path:
    (tmp_path / "layers").mkdir()
    (tmp_path / "cuntong.toml").write_bytes((ROOT / "cuntong.toml").read_bytes())
    for file in (ROOT / "layers").iterdir():
        (tmp_path / "layers" / file.name).write_bytes(file.read_bytes())
    return tmp_path


def test_cost_bound_gap_and_seconds_in_one_line_of_whole_yuan():
    words = progress_words(at(12.4))
    assert words.zh == "规划 3,866,448 元 · 下界 3,860,112 元 · 差距 0.16 % · 12 s"
    assert words.en == "plan 3,866,448 CNY · bound 3,860,112 CNY · gap 0.16 % · 12 s"
    assert "差距 — ·" in progress_words(Progress("first plan", 100, 0, None, 0.1)).zh


def shown(force_terminal: bool, say) -> str:
    out = io.StringIO()
    console = Console(file=out, force_terminal=force_terminal, soft_wrap=True, width=120)
    with live_line(console, str) as live:
        say(live)
    return out.getvalue()


def test_on_a_terminal_one_line_is_drawn_over_and_notes_stay():
    def say(live):
        live(Words("读取图层", "reading layers"))
        live.note(same("首次运行"))
        live.watch(at(1.0))
        live.watch(at(2.0))

    text = shown(True, say)
    assert "规划 3,866,448 元 · 下界 3,860,112 元 · 差距 0.16 % · 2 s" in text
    assert "\x1b[2K" in text, "the line is cleared, not repeated"
    assert text.count("首次运行") == 1


def test_elsewhere_the_planner_logs_a_line_every_ten_seconds_without_escapes():
    def say(live):
        live(Words("读取图层", "reading layers"))
        live.note(same("首次运行"))
        for tenth in range(250):
            live.watch(at(tenth / 10))

    lines = shown(False, say).splitlines()
    assert lines[0] == "首次运行"
    assert [line.rsplit(" · ", 1)[1] for line in lines[1:]] == ["0 s", "10 s", "20 s"]


def test_compiling_is_told_once_and_loading_from_disk_is_not_compiling(tmp_path):
    source = tmp_path / "kernels_of_a_test.py"
    source.write_text(
        "import numba\n@numba.njit(cache=True)\ndef one(x):\n    return x + 1\n"
        "@numba.njit(cache=True)\ndef two(x):\n    return one(x) + 1\n"
    )

    def run() -> int:
        spec = importlib.util.spec_from_file_location(source.stem, source)
        module = importlib.util.module_from_spec(spec)
        sys.modules[source.stem] = module
        spec.loader.exec_module(module)
        told = []
        with compiling_told(lambda: told.append(1)):
            assert module.two(1) == 3
            assert module.two(1) == 3
        return len(told)

    assert run() == 1
    assert run() == 0


def test_json_on_stdout_and_the_live_line_on_a_terminal_do_not_meet(county):
    ours, theirs = pty.openpty()
    command = [sys.executable, "-W", "error", "-m", "cuntong_gis", "plan", "-C", str(county), "--json"]
    seen = []

    def read() -> None:
        with contextlib.suppress(OSError):  # how a terminal whose other end was closed says so
            while piece := os.read(ours, 4096):
                seen.append(piece)

    surroundings = {**os.environ, "TERM": "xterm", "COLUMNS": "120"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=theirs, env=surroundings) as process:
        os.close(theirs)
        reader = threading.Thread(target=read)
        reader.start()
        stdout, _ = process.communicate(timeout=300)
        reader.join()
    os.close(ours)
    assert process.returncode == 0
    assert json.loads(stdout)["reached"] == 126
    screen = b"".join(seen).decode("utf-8")
    assert "规划 " in screen and " · 下界 " in screen and " · 差距 " in screen


def test_an_interrupt_keeps_the_best_plan_and_says_so(county):
    command = [sys.executable, "-c", BLOCKED, "plan", "-C", str(county)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert any("planner at work" in line for line in process.stderr)
        process.send_signal(signal.SIGINT)
        stdout, stderr = process.communicate(timeout=300)
    assert process.returncode == 0, stderr
    assert "提前结束" in " ".join(stdout.split()) and "可达 126" in stdout
    findings = pyogrio.read_dataframe(county / "campaign" / "plan.gpkg", layer="findings")
    assert "planning_stopped" in set(findings["code"])
