"""88 reporters at once on one ledger, on either store: ``python -m bench.reporters '{"posts": 60}'``."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from databases import UnavailableError, running_server
from ledgers import settings, stage

from cuntong_gis.model import Stage
from cuntong_gis.progress import PlanFacts, Report, open_ledger, verify_ledger
from cuntong_gis.progress.facts import VillageFact

REPORTERS = 88
VILLAGES = 20
FIRST = dt.date(2016, 3, 2)


def a_plan() -> PlanFacts:
    """Return 88 counties of twenty villages each."""
    fact = VillageFact("村", "镇", "县", "", 105.0, 27.0, Stage.NOT_STARTED, None)
    return PlanFacts("R001", {code(c, v): fact for c in range(REPORTERS) for v in range(VILLAGES)}, {}, {})


def code(county: int, village: int) -> str:
    return f"52{county + 1001:04d}1002{village:02d}"


def reports(county: int, posts: int) -> list[Report]:
    """Return what one reporter posts, one fact a post: the villages' stages, day by day."""
    days = -(-posts // VILLAGES)
    told = [
        stage(code(county, v), min(d // 3 + 1, 5), (FIRST + dt.timedelta(days=d)).isoformat(), f"{county}-{v}-{d}")
        for d in range(days)
        for v in range(VILLAGES)
    ]
    return told[:posts]


def measure(url: str, posts: int) -> dict[str, Any]:
    """Let all report at once: each opens its connection with a first post, then all begin together."""
    waits: list[float] = []
    spent: list[float] = []
    faults: list[str] = []
    start = threading.Barrier(REPORTERS)
    same: list[str] = []
    with open_ledger(url, a_plan(), settings()) as ledger:

        def work(county: int) -> None:
            try:
                first, *rest = reports(county, posts + 1)
                ledger.post([first])
                start.wait()
                begin = time.perf_counter()
                for report in rest:
                    at = time.perf_counter()
                    posted = ledger.post([report])
                    waits.append(time.perf_counter() - at)
                    if [o.word for o in posted.outcomes] != ["new"]:
                        faults.append(f"{report.entry_id}: {posted.outcomes[0].word}")
                spent.append(time.perf_counter() - begin)
                start.wait()
                one = stage(code(0, 0), 5, "2016-06-30", "one")
                same.append(ledger.post([one]).outcomes[0].word)
            except Exception as error:
                faults.append(repr(error))
                start.abort()

        threads = [threading.Thread(target=work, args=(county,)) for county in range(REPORTERS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        report = verify_ledger(ledger.store)
    rates = [posts / seconds for seconds in spent]
    ordered = sorted(waits)
    return {
        "entries": len(waits), "errors": [*faults, *(f.en for f in report.faults)][:5],
        "rate": round(len(waits) / max(spent), 1), "p50_ms": round(1000 * statistics.median(ordered), 1),
        "p99_ms": round(1000 * ordered[int(0.99 * len(ordered))], 1), "max_ms": round(1000 * ordered[-1], 1),
        "slowest_of_mean": round(min(rates) / statistics.mean(rates), 3),
        "identical": {word: same.count(word) for word in sorted(set(same))},
        "in_ledger": report.entries, "expected": REPORTERS * (posts + 1) + 1,
    }  # fmt: skip


@contextlib.contextmanager
def urls() -> Iterator[dict[str, str]]:
    """Give an empty ledger on each store that there is."""
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        found = {"SQLite": f"sqlite:///{Path(folder) / 'ledger.sqlite'}"}
        with contextlib.suppress(UnavailableError):
            found["PostgreSQL"] = stack.enter_context(stack.enter_context(running_server()).database())
        yield found


def main(asked: dict[str, Any]) -> None:
    """Measure every store."""
    with urls() as found:
        rows = [{"store": store, **measure(url, asked["posts"])} for store, url in found.items()]
    sys.stdout.write(json.dumps({"posts": asked["posts"], "stores": rows}) + "\n")


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
