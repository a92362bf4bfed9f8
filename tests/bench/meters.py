"""Processor time and memory of the process that asks; it imports nothing, so that it adds nothing to either."""

from __future__ import annotations

import resource
from pathlib import Path


def cpu_seconds() -> float:
    """Return the processor time of all threads and of ended children so far."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(u.ru_utime + u.ru_stime for u in used)


def peak_mb() -> float:
    """Return the peak memory of this process in MB (1e6 bytes).

    Not `ru_maxrss`: that one is inherited from whatever process started this one.
    """
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024 / 1e6
    raise RuntimeError("no VmHWM in /proc/self/status: memory is measured on Linux only")
