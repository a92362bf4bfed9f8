"""Measure, and write RESULTS.md: ``python -m bench [--only gz50k …] [--seed N] [--resume] [--chain] [--readme]``.

``python -m bench --maps`` compares maps instead; with ``--only`` some of them, and then not into the committed results.
"""

from __future__ import annotations

import argparse
import datetime as dt
import functools
import sys
import time
from pathlib import Path

from bench import browser, chain, maps, report, runs
from bench.instances import KEPT, ROADS, ROOT, absent, telecom_names
from cuntong_gis.files import write_text

HERE = ROOT / "tests" / "bench"


def main(arguments: list[str] | None = None) -> None:
    """Run what was asked for and write the results after every run."""
    asked = _parse(arguments)
    if asked.maps and asked.only is not None and (unknown := set(asked.only) - set(maps.WAYS)):
        raise SystemExit(f"no such map: {', '.join(sorted(unknown))}; there are {', '.join(maps.WAYS)}")
    usual = HERE if asked.seed == 1 else KEPT / f"seed-{asked.seed}"
    folder = asked.out or (maps.FOLDER if asked.maps and asked.only is not None else usual)
    folder.mkdir(parents=True, exist_ok=True)
    results = runs.Results(folder / "results.json", asked.seed, say=_say, keep=asked.maps)
    if asked.readme:
        _say("\n\n".join(report.paragraph(results)))
        return
    telecom = telecom_names() if asked.seed == 1 else []
    apart = asked.chain_only or asked.rollup or asked.reporters or asked.maps or asked.wall
    everything = asked.only is None and not apart
    graphs = [] if apart else [*ROADS, *telecom]
    names = graphs if asked.only is None or asked.maps else asked.only
    lacking = list(absent(names))
    for line in lacking:
        _say(line)
    names = [name for name in names if not any(line.startswith(f"{name}:") for line in lacking)]
    if names and runs.version("rustworkx") == "absent":
        _say(
            "rustworkx is absent, its rows and the budgets on the road graphs are skipped: pip install 'cuntong-gis[bench]'"
        )
    for name in names:
        _measure(name, asked.repeats, results, resume=asked.resume)
        write_text(folder / "RESULTS.md", report.page(results))
    if asked.rollup or everything:
        _rollup(results)
    if asked.reporters or everything:
        _reporters(results)
    if asked.chain or asked.chain_only or everything:
        _chain(asked, results)
    if asked.maps or everything:
        _maps(asked, results)
    if asked.wall or everything:
        _wall(results)
    results.write()
    write_text(folder / "RESULTS.md", report.page(results))
    _say(f"→ {folder / 'RESULTS.md'}")


def _parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measure planner and maps beside their peers.")
    parser.add_argument(
        "--only",
        nargs="+",
        metavar="NAME",
        help=f"only these graphs: {', '.join(ROADS)}, instance009 …; with --maps only these maps: {', '.join(maps.WAYS)}",
    )
    parser.add_argument(
        "--seed", type=int, default=1, help="seed of the road graphs; of others than 1 no optimum is known"
    )
    parser.add_argument("--repeats", type=int, default=3, help="runs of what decides a figure (default 3)")
    parser.add_argument("--resume", action="store_true", help="keep what this machine has measured of the same code")
    parser.add_argument("--chain", action="store_true", help="with --only: also the way from files to plan")
    parser.add_argument("--chain-only", action="store_true", help="only the way from files to plan")
    parser.add_argument("--rollup", action="store_true", help="only the roll-up of a province's year of entries")
    parser.add_argument("--reporters", action="store_true", help="only 88 reporters at once on either store")
    parser.add_argument("--wall", action="store_true", help="only the wall maps of a province and a county")
    parser.add_argument("--maps", action="store_true", help="only our interactive maps beside peers, in Chromium")
    parser.add_argument("--workspace", type=Path, help="folder of the chain; by default a generated one")
    parser.add_argument(
        "--scale", help="size of the generated workspace: county, prefecture, province (default the largest)"
    )
    parser.add_argument("--effort", default="normal", help="effort of the chain (default normal)")
    parser.add_argument("--out", type=Path, help="folder of RESULTS.md and results.json")
    parser.add_argument("--readme", action="store_true", help="print the READMEs' paragraph from results.json")
    return parser.parse_args(arguments)


@functools.cache
def _warm_cache() -> None:
    """Compile everything once before the first run, so that no measured process does."""
    _say("compiling …")
    for effort in ("quick", "normal", "thorough"):
        spec = {"planner": "cuntong", "instance": "small", "seed": 1, "options": {"effort": effort}}
        runs.in_own_process("bench.measure", spec)


def _measure(name: str, repeats: int, results: runs.Results, *, resume: bool) -> None:
    """Run all jobs on a graph."""
    if not resume:
        results.forget(name)
    for job in runs.jobs_of(name, repeats, results):
        if job.planner == "rustworkx" and runs.version("rustworkx") == "absent":
            continue
        label = " ".join(filter(None, (name, job.planner, job.variant, f"#{job.repeat + 1}")))
        if resume and results.has(job):
            _say(f"{label}: kept")
            continue
        _warm_cache()
        begin = time.perf_counter()
        run = runs.run(job, results.data["seed"])
        results.keep(run)
        if "error" in run:
            _say(f"{label}: FAILED, {run['error']}")
            continue
        bound = (
            "" if run["bound"] is None else f", gap {100 * (run['cost'] - run['bound']) / max(run['bound'], 1):.3f} %"
        )
        known = (
            "" if run["known"] is None else f", {100 * (run['cost'] - run['known']) / run['known']:+.3f} % over known"
        )
        wrong = "".join(f"; WRONG: {c}" for c in run["complaints"])
        spent = f"{run['cpu_s']:.2f} CPU s, {run['peak_mb']:.0f} MB, cost {run['cost']:,}"
        _say(f"{label}: {spent}{known}{bound}{wrong} ({time.perf_counter() - begin:.0f} s in all)")


def _chain(asked: argparse.Namespace, results: runs.Results) -> None:
    """Measure the way from files to plan in one process of its own."""
    scale = "workspace given" if asked.workspace else asked.scale or chain.scales()[-1]
    folder = asked.workspace or KEPT / f"chain-{scale}-{dt.datetime.now(dt.UTC):%Y%m%d%H%M%S}"
    _say(f"from files to plan: {scale} …")
    spec = {"folder": str(folder.resolve()), "scale": scale, "effort": asked.effort}
    row = {
        "scale": scale,
        "effort": asked.effort,
        "when": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        "commit": runs.commit(),
    } | runs.in_own_process("bench.chain", spec)
    results.data["chain"] = [r for r in results.data["chain"] if r["scale"] != scale] + [row]
    stages = ", ".join(f"{stage['stage']} {stage['cpu_s']} CPU s" for stage in row.get("stages", []))
    _say(f"from files to plan: {row.get('error') or stages}")


def _rollup(results: runs.Results) -> None:
    """Measure the figures of a province on one day, from half a million entries."""
    _say("a year of entries, rolled up …")
    row = {"when": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"), "commit": runs.commit()}
    row |= runs.in_own_process("bench.rollup", {"entries": 500_000})
    results.data["rollup"] = [row]
    _say(f"a year of entries, rolled up: {row.get('error') or str(row['cpu_s']) + ' CPU s'}")


def _reporters(results: runs.Results) -> None:
    """Measure 88 reporters at once on one ledger, on either store."""
    _say("88 reporters at once …")
    row = {"when": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"), "commit": runs.commit()}
    row |= runs.in_own_process("bench.reporters", {"posts": 120})
    results.data["reporters"] = [row]
    told = ", ".join(f"{r['store']} {r['rate']:.0f}/s, p99 {r['p99_ms']:.0f} ms" for r in row.get("stores", []))
    _say(f"88 reporters at once: {row.get('error') or told}")


def _maps(asked: argparse.Namespace, results: runs.Results) -> None:
    """Draw a province with each way and open it in Chromium."""
    if browser.installed() is None:
        _say("maps: skipped, Chromium is absent: sudo apt-get install -y chromium")
        return
    names = list(maps.WAYS) if asked.only is None else [name for name in maps.WAYS if name in asked.only]
    results.data["maps"] = [maps.measure(names, asked.repeats, _say)]


def _wall(results: runs.Results) -> None:
    """Measure the wall maps of a province and of a county."""
    _say("wall maps …")
    row = {"when": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"), "commit": runs.commit()}
    row |= runs.in_own_process("bench.walls", {})
    results.data["wall"] = [row]
    told = ", ".join(
        f"{one['name']} on {one['paper']} {one['pdf_wall_s']:.0f} s, {one['peak_mb']:,.0f} MB, {100 * one['share']:.1f} % of names"
        for one in row.get("sheets", [])
    )
    _say(f"wall maps: {row.get('error') or told}")


def _say(line: str) -> None:
    """Print a line at once, so that a long run can be followed."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
