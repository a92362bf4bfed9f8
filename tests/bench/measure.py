"""One planner on one graph in a process of its own: ``python -m bench.measure '{"planner": …}'``; JSON on stdout."""

from __future__ import annotations

import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from bench import checker, instances
from bench.meters import cpu_seconds, peak_mb
from bench.planners import PLANNERS


def count_cpu_as_time() -> None:
    """Let the planner's time cap count the CPU of this process, which is what a budget is about.

    On a quiet machine and one thread the two are the same. Must come before the solver is imported.
    """
    if "cuntong_gis.steiner.clock" in sys.modules:
        raise RuntimeError("the solver's clock was imported already")
    time.perf_counter = cpu_seconds


def verified(result: Any, instance: instances.Instance) -> dict[str, Any]:
    """Replay the certificate of an answer on the original edges.

    Returns `state` ("valid", "invalid" or "not run"), and of a replayed one its `mb` and the `seconds` it took.
    """
    from cuntong_gis import save_certificate, verify_certificate
    from cuntong_gis.errors import CertificateError

    certificate = getattr(result, "certificate", None)
    if certificate is None:
        return {"state": "not run"}
    same = certificate.n == instance.n and all(
        np.array_equal(ours, theirs)
        for ours, theirs in ((certificate.u, instance.u), (certificate.v, instance.v), (certificate.w, instance.w))
    )
    with tempfile.TemporaryDirectory() as folder:
        size = save_certificate(certificate, Path(folder) / "certificate.npz").stat().st_size
    begin = time.process_time()
    try:
        verdict = verify_certificate(certificate)
    except CertificateError:
        return {"state": "invalid"}
    valid = same and (verdict.cost, verdict.bound) == (result.cost, result.lower_bound)
    return {
        "state": "valid" if valid else "invalid",
        "mb": size / 1e6,
        "seconds": time.process_time() - begin,
    }


def measure(job: dict[str, Any]) -> dict[str, Any]:
    """Warm up, solve, and check the answer; return everything that a table shows.

    Parameters
    ----------
    job
        `planner`, `instance`, `seed`, and `options` of the planner.
    """
    planner, options, wall_clock = PLANNERS[job["planner"]], job["options"], time.perf_counter
    if "seconds" in options:
        count_cpu_as_time()
    planner.solve(planner.prepare(instances.small()), **options)
    instance = instances.load(job["instance"], job["seed"])
    before = cpu_seconds()
    made = planner.prepare(instance)
    ready, begin = cpu_seconds(), wall_clock()
    answer = planner.solve(made, **options)
    cpu, wall, peak = cpu_seconds() - ready, wall_clock() - begin, peak_mb()
    edges = planner.edges(instance, answer)
    found = checker.check(instance, edges)
    bound = getattr(answer, "lower_bound", None)
    wrong = checker.complaints(instance, getattr(answer, "cost", None), bound, found)
    return {
        "cpu_s": round(cpu, 4),
        "wall_s": round(wall, 4),
        "prepare_cpu_s": round(ready - before, 4),
        "peak_mb": round(peak, 1),
        "nodes": instance.n,
        "edges": len(instance.u),
        "terminals": len(instance.terminals),
        "known": instance.known,
        "proven": instance.proven,
        **found,
        "bound": bound,
        "stopped": getattr(answer, "stopped", None),
        "complaints": wrong,
        "certificate": verified(answer, instance) if bound is not None else None,
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(measure(json.loads(sys.argv[1]))) + "\n")
