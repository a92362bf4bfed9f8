"""Loss of power: what a disk may hold when it goes at any moment of a recorded run.

The run's own writes and syncs are taken down by strace. An image of a moment holds everything that was synced before;
whatever a file was given since may be there or not, sector by sector, in any order; names of files may be as old as the
folder's last sync.
"""

from __future__ import annotations

import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from cuntong_gis.progress import verify_ledger
from cuntong_gis.progress.store import Store
from torture.recorder import ACKS

SECTOR = 512
TRACED = (
    "openat,open,creat,write,pwrite64,writev,pwritev,pwritev2,ftruncate,truncate,fallocate,fsync,fdatasync,sync_file_range,"
    "rename,renameat,renameat2,unlink,unlinkat,link,linkat,mkdir,mkdirat,msync,copy_file_range,sendfile"
)
UNLOGGED = "-shm"
"""SQLite's index of its log is shared memory, made anew by whoever opens first: in an image it is absent or rubbish."""
MOODS = ("lost", "kept", "random", "torn", "rubbish")
"""What becomes of unsynced sectors: none, all, each by chance, those up to one torn write, by chance with rubbish for
what a longer file has instead."""


@dataclass
class Event:
    """One call: `start` and `end` are its lines in the log, since threads overlap."""

    name: str
    path: str
    start: int
    end: int
    offset: int = 0
    data: bytes = b""
    size: int = 0


@dataclass
class Inode:
    """One file: what is synced of it, and what it was given since."""

    synced: bytearray = field(default_factory=bytearray)
    pending: list[Event] = field(default_factory=list)

    def sync(self, before: int) -> None:
        """Make durable what was given before a line."""
        for event in self.pending:
            if event.start < before:
                _apply(self.synced, event, None, b"")
        self.pending = [event for event in self.pending if event.start >= before]


@dataclass
class Log:
    """All that happened in a folder."""

    folder: str
    events: list[Event]

    def acknowledged(self, moment: int) -> list[str]:
        """Return the ids acknowledged before a line."""
        told = b"".join(e.data for e in self.events if e.path.endswith(f"/{ACKS}") and e.data and e.start < moment)
        return told.decode().split()

    @property
    def moments(self) -> list[int]:
        """Return the lines at which something happens to the ledger."""
        return sorted({line for e in self.events for line in (e.start, e.end)})


def no_trace() -> str:
    """Return why calls cannot be taken down here, "" if they can."""
    if not shutil.which("strace"):
        return "strace is absent: sudo apt-get install -y strace"
    done = subprocess.run(["strace", "-f", "--seccomp-bpf", "-o", "/dev/null", "true"], capture_output=True, text=True)
    return f"strace is not allowed here: {done.stderr.strip()}" if done.returncode else ""


def recorded(folder: Path, synchronous: str, posts: int) -> Log:
    """Run the recorder under strace and return its log."""
    if reason := no_trace():
        raise RuntimeError(reason)
    trace = folder.with_suffix(".strace")
    folder.mkdir()
    command = ["strace", "-f", "--seccomp-bpf", "-y", "-xx", "-s", "4000000", "-e", f"trace={TRACED}", "-o", str(trace)]
    run = [sys.executable, "-m", "torture.recorder", str(folder), synchronous, str(posts)]
    done = subprocess.run([*command, *run], cwd=Path(__file__).parents[1], capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"the recorder failed: {done.stderr[-2000:]}")
    return Log(str(folder), list(_events(trace, str(folder))))


_WHOLE = re.compile(r"^(\d+) +(\w+)\((.*)\) += (-?\d+|\?)")
_BEGUN = re.compile(r"^(\d+) +(\w+)\((.*) <unfinished \.\.\.>$")
_ENDED = re.compile(r"^(\d+) +<\.\.\. (\w+) resumed>(.*)\) += (-?\d+|\?)")


def _events(trace: Path, folder: str) -> Iterator[Event]:
    """Read strace's log: the calls that succeeded and touch the folder."""
    waiting: dict[str, tuple[str, str, int]] = {}
    with trace.open() as lines:
        for number, line in enumerate(lines):
            if match := _BEGUN.match(line):
                waiting[match[1]] = (match[2], match[3], number)
                continue
            if match := _WHOLE.match(line):
                name, arguments, start, result = match[2], match[3], number, match[4]
            elif match := _ENDED.match(line):
                name, begun, start = waiting.pop(match[1])
                arguments, result = begun + match[3], match[4]
            else:
                continue
            if result == "?" or int(result) < 0:
                continue
            yield from _event(name, arguments, start, number, int(result), folder)
    for name, arguments, start in waiting.values():  # cut short by the end: begun, never synced
        yield from _event(name, arguments, start, 10**9, -1, folder)


def _event(name: str, arguments: str, start: int, end: int, result: int, folder: str) -> Iterator[Event]:
    strings = [_bytes(text) for text in re.findall(r'"((?:\\x[0-9a-f]{2})*)"(?:\.\.\.)?', arguments)]
    opened = re.match(r"(?:\d+|AT_FDCWD)<((?:\\x[0-9a-f]{2}|[^>])*)>", arguments)
    handle = _path(opened[1]) if opened else ""
    if handle.endswith(UNLOGGED) or "(deleted)" in handle:
        return
    numbers = [int(n) for n in re.findall(r", (\d+)(?=,|$)", re.sub(r'"[^"]*"', "", arguments))]
    if name in ("write", "pwrite64") and handle.startswith(folder):
        offset = numbers[-1] if name == "pwrite64" else 0
        if name == "write" and not handle.endswith(f"/{ACKS}"):
            raise NotImplementedError(f"{name} without a place in {handle}")
        if 0 <= result != len(strings[0]):
            raise NotImplementedError(f"a write of {result} of {len(strings[0])} bytes")
        yield Event("write", handle, start, end, offset, strings[0])
    elif name == "ftruncate" and handle.startswith(folder):
        yield Event("truncate", handle, start, end, size=numbers[-1])
    elif name in ("fsync", "fdatasync") and handle.startswith(folder):
        yield Event("sync", handle, start, end)
    elif name in ("openat", "open") and "O_CREAT" in arguments and strings:
        path = strings[0].decode()
        if path.startswith(folder) and not path.endswith(UNLOGGED):
            yield Event("create", path, start, end)
    elif name in ("unlink", "unlinkat") and strings:
        path = strings[0].decode()
        if path.startswith(folder) and not path.endswith(UNLOGGED):
            yield Event("unlink", path, start, end)
    elif handle.startswith(folder) and name not in ("openat", "open"):
        raise NotImplementedError(f"{name} of {handle}")
    elif any(s.decode("utf-8", "replace").startswith(folder) for s in strings) and name.startswith(("rename", "link")):
        raise NotImplementedError(f"{name} in {folder}")


def _bytes(text: str) -> bytes:
    return bytes.fromhex(text.replace("\\x", ""))


def _path(text: str) -> str:
    return _bytes(text).decode() if text.startswith("\\x") else text


def _apply(content: bytearray, event: Event, keep: np.ndarray | None, filler: bytes) -> None:
    """Give a file what a call gave it, of a write only the sectors to keep (None: all)."""
    if event.name == "truncate":
        del content[event.size :]
        content.extend(b"\0" * (event.size - len(content)))
        return
    end = event.offset + len(event.data)
    first = event.offset // SECTOR
    kept = range(first, -(-end // SECTOR)) if keep is None else [first + k for k in np.flatnonzero(keep)]
    for sector in kept:
        low, high = max(event.offset, sector * SECTOR), min(end, (sector + 1) * SECTOR)
        if len(content) < high:
            gap = high - len(content)
            content.extend((filler * (gap // max(len(filler), 1) + 1))[:gap] if filler else b"\0" * gap)
        content[low:high] = event.data[low - event.offset : high - event.offset]


def image(log: Log, moment: int, rng: np.random.Generator) -> tuple[dict[str, bytes], int]:
    """Return the files that a disk may hold when power goes at a line of the log, and how many calls were not synced."""
    files: list[Inode] = []
    names: list[tuple[Event, int]] = []  # what happened to the folder: create or unlink, number of the file
    now: dict[str, int] = {}
    settled = 0
    for event in log.events:
        if event.start >= moment or event.path.endswith(f"/{ACKS}"):
            continue
        done = event.end < moment
        if event.name == "create" and event.path not in now:
            now[event.path] = len(files)
            names.append((event, len(files)))
            files.append(Inode())
        elif event.name == "unlink" and event.path in now:
            names.append((event, now.pop(event.path)))
        elif event.name in ("write", "truncate"):
            files[now[event.path]].pending.append(event)
        elif event.name == "sync" and done:
            if event.path == log.folder:
                settled = sum(named.end < event.start for named, _ in names)
            else:
                files[now[event.path]].sync(event.start)
    mood = str(rng.choice(MOODS))
    known = {"lost": settled, "kept": len(names)}.get(mood, int(rng.integers(settled, len(names) + 1)))
    there: dict[str, int] = {}
    for event, number in names[:known]:
        if event.name == "create":
            there[event.path] = number
        else:
            there.pop(event.path, None)
    found = {Path(path).name: bytes(_content(files[number], mood, rng)) for path, number in there.items()}
    if mood in ("random", "rubbish") and "ledger.sqlite" in found:
        found[f"ledger.sqlite{UNLOGGED}"] = rng.bytes(32768)
    return found, len(names) - settled + sum(len(file.pending) for file in files)


def _content(file: Inode, mood: str, rng: np.random.Generator) -> bytearray:
    content = bytearray(file.synced)
    torn = int(rng.integers(len(file.pending) + 1)) if mood == "torn" else -1
    chance = float(rng.uniform(0.05, 0.95))
    for number, event in enumerate(file.pending):
        sectors = -(-(event.offset + len(event.data)) // SECTOR) - event.offset // SECTOR
        part = {"lost": 0.0, "kept": 1.0}.get(mood, chance)
        if mood == "torn":
            part = 1.0 if number < torn else 0.5 if number == torn else 0.0
        if event.name == "truncate":
            if rng.random() < part:
                _apply(content, event, None, b"")
            continue
        filler = rng.bytes(SECTOR) if mood == "rubbish" else b""
        keep = rng.random(sectors) < part
        if mood == "rubbish" and not keep[-1]:  # the file grew, but what it was given is not there
            longer = max(0, event.offset + len(event.data) - len(content))
            content.extend(rng.bytes(longer))
        _apply(content, event, keep, filler)
    return content


@dataclass
class Verdict:
    """What became of the images: those with anything unsynced, those that lost an acknowledged entry, those broken."""

    images: int = 0
    acknowledged: int = 0
    unsynced: int = 0
    lost: int = 0
    broken: int = 0
    complaints: list[str] = field(default_factory=list)


def verdict(log: Log, images: int, seed: int) -> Verdict:
    """Open images of random moments, let the ledger recover, and look for what was acknowledged."""
    rng = np.random.default_rng(seed)
    moments = log.moments
    result = Verdict()
    with tempfile.TemporaryDirectory() as scratch:
        for number in range(images):
            moment = moments[int(rng.integers(len(moments)))] + 1
            (files, unsynced), acknowledged = image(log, moment, rng), log.acknowledged(moment)
            folder = Path(scratch) / str(number)
            folder.mkdir()
            for name, data in files.items():
                (folder / name).write_bytes(data)
            result.images += 1
            result.unsynced += unsynced > 0
            result.acknowledged += len(acknowledged)
            complaint, gone = looked_at(folder / "ledger.sqlite", acknowledged)
            result.lost += bool(gone)
            result.broken += bool(complaint)
            if complaint or gone:
                result.complaints.append(f"image {number}, line {moment}: {complaint or f'{len(gone)} entries lost'}")
            shutil.rmtree(folder)
    return result


def looked_at(path: Path, acknowledged: list[str]) -> tuple[str, set[str]]:
    """Return what is wrong with a ledger after it was opened again, and which acknowledged entries it lacks."""
    wanted = Counter(acknowledged).keys()
    try:
        tables = Store(f"sqlite:///{path}")
        report = verify_ledger(tables)
        tables.close()
        with sqlite3.connect(path) as connection:
            sound = [row[0] for row in connection.execute("PRAGMA integrity_check")]
            held = {row[0] for row in connection.execute("SELECT entry_id FROM entries")}
        connection.close()
    except Exception as error:
        return f"{type(error).__name__}: {error}", set(wanted)
    faults = [fault.en for fault in report.faults] + ([] if sound == ["ok"] else sound)
    return "; ".join(faults[:3]), wanted - held
