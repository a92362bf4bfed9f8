"""The torture in short: nothing acknowledged is lost by SIGKILL or by loss of power, and the harness would see it."""

from __future__ import annotations

import numpy as np
import pytest

from torture import power, report
from torture.__main__ import cut, killed, wrong
from torture.kills import CONTROLS, TASKS

SECTOR = power.SECTOR


def test_loss_of_power_takes_nothing_acknowledged_and_would_with_less_syncing():
    if reason := power.no_trace():
        pytest.skip(reason)
    parts = [cut(settings, 90, 40, 7) for settings in ("FULL", "NORMAL")]
    full, normal = parts
    assert full["acknowledged"] > 1000 and full["unsynced"] > 20
    assert (full["lost"], full["broken"]) == (0, 0), full["complaints"]
    assert normal["lost"] > 0
    assert wrong({"kills": [], "power": parts}) == []


def test_a_kill_at_any_moment_takes_nothing_acknowledged_and_leaves_no_half_file():
    parts = [*killed([*TASKS], 3, 3), *killed([*CONTROLS], 6, 3)]
    for part in parts[: len(TASKS)]:
        assert part["kills"] == 3 and part["complaints"] == [], part
    early, in_place = parts[len(TASKS) :]
    assert early["lost"] > 0 and in_place["half"] > 0
    assert wrong({"kills": parts, "power": []}) == []


def log(*events: power.Event) -> power.Log:
    return power.Log("/f", list(events))


def given(offset: int, data: bytes, line: int) -> power.Event:
    return power.Event("write", "/f/a", line, line, offset, data)


MADE = power.Event("create", "/f/a", 0, 0)
SYNCED_NAME = power.Event("sync", "/f", 1, 1)


def contents(events: list[power.Event], moment: int, count: int = 200) -> set[bytes | None]:
    rng = np.random.default_rng(0)
    return {power.image(log(*events), moment, rng)[0].get("a") for _ in range(count)}


def test_an_image_holds_what_was_synced_and_any_sectors_of_what_was_not():
    old, new = b"o" * 3 * SECTOR, b"n" * 2 * SECTOR
    events = [MADE, SYNCED_NAME, given(0, old, 2), power.Event("sync", "/f/a", 3, 3), given(0, new, 4)]
    assert contents(events, 4) == {old}
    parts = {"o" * 3, "noo", "ono", "nno"}
    assert contents(events, 5) == {"".join(c * SECTOR for c in part).encode() for part in parts}
    assert contents([*events, power.Event("sync", "/f/a", 5, 5)], 6) == {b"n" * 2 * SECTOR + b"o" * SECTOR}


def test_a_sync_covers_only_what_was_given_before_it_began():
    late = [MADE, SYNCED_NAME, given(0, b"a", 3), power.Event("sync", "/f/a", 2, 4)]
    assert {b"", b"a"} <= contents(late, 5)
    unfinished = [MADE, SYNCED_NAME, given(0, b"a", 2), power.Event("sync", "/f/a", 3, 9)]
    assert {b"", b"a"} <= contents(unfinished, 5)


def test_a_name_may_be_as_old_as_the_last_sync_of_its_folder():
    assert contents([MADE, given(0, b"a", 1), power.Event("sync", "/f/a", 2, 2)], 3) == {None, b"a"}
    gone = power.Event("unlink", "/f/a", 3, 3)
    events = [MADE, given(0, b"a", 1), power.Event("sync", "/f/a", 2, 2), SYNCED_NAME, gone]
    assert contents(events, 4) == {None, b"a"}
    assert contents([*events, power.Event("sync", "/f", 4, 4)], 5) == {None}


def test_the_results_stand_at_the_end_of_the_page_once():
    results = {
        "when": "2016", "commit": "abc", "seed": 1,
        "kills": [{"task": "post", "seconds": 1.0, "kills": 2, "acknowledged": 3, "lost": 0, "half": 0, "unsound": 0,
                   "unequal": 1, "complaints": ["unequal: x"]}],
        "power": [{"settings": "NORMAL", "images": 5, "unsynced": 4, "acknowledged": 9, "lost": 0, "broken": 0,
                   "complaints": []}],
    }  # fmt: skip
    page = report.spliced("# Benchmarks\n", results)
    assert report.spliced(page, results) == page
    assert page.startswith("# Benchmarks\n\n## What") and "| post | 2 | 1.00 | 3 | 0 | 0 | 0 | 1 |" in page
    assert len(wrong(results)) == 2
