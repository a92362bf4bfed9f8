"""Post to a ledger and write down what was acknowledged: ``python -m torture.recorder FOLDER FULL|NORMAL POSTS``.

Run under strace, whose log then holds every write and sync of the ledger in their order, and every acknowledgement.
"""

from __future__ import annotations

import datetime as dt
import os
import sqlite3
import sys
import threading
from pathlib import Path

import sqlalchemy as sa
from ledgers import facts, settings, stage

from cuntong_gis.progress import Ledger, Report, open_ledger
from cuntong_gis.progress.entries import Kind

VILLAGES = tuple(f"5205{county:02d}100{number:03d}" for county in (27, 21) for number in range(200, 240))
REPORTERS = 3
ACKS = "acks"
LOOKED_AT = 40
"""Now and then somebody looks at the ledger for so many posts: the file's log is then not folded in after each."""


def reports(number: int) -> list[Report]:
    """Return the reports of one post: one to five villages, a stage further each round."""
    day = dt.date(2016, 3, 1) + dt.timedelta(days=number // 4)
    count = 1 + number % 5
    subjects = [VILLAGES[(number * 7 + k) % len(VILLAGES)] for k in range(count)]
    rank = min(5, 1 + number * 5 // 400)
    return [
        stage(code, rank, day.isoformat(), f"p{number}-{code}", note="路由复测" * (number % 40)) for code in subjects
    ]


def visit(number: int) -> list[Report]:
    """Return a long post, which takes many pages."""
    day = dt.date(2016, 3, 1) + dt.timedelta(days=number // 4)
    return [
        Report(f"v{number}-{code}", Kind.VISIT, code, code[:6], day, "李四", detail={"official": "副县长", "purpose": "督导"})
        for code in VILLAGES
    ]  # fmt: skip


def main(folder: Path, synchronous: str, posts: int) -> None:
    """Post with some reporters at once; each writes the ids of its post once they are taken for good."""
    path = folder / "ledger.sqlite"
    acks = os.open(folder / ACKS, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    with open_ledger(f"sqlite:///{path}", facts(VILLAGES), settings(), now=lambda: dt.datetime(2017, 1, 1)) as ledger:
        if synchronous != "FULL":
            pragma = f"PRAGMA synchronous={synchronous}"
            sa.event.listen(ledger.store.engine, "connect", lambda connection, _: connection.execute(pragma).close())
        for first in range(0, posts, LOOKED_AT):
            looker = sqlite3.connect(path) if first // LOOKED_AT % 2 == 0 else None
            if looker is not None:
                looker.execute("SELECT count(*) FROM entries").fetchall()
            _report(ledger, acks, range(first, min(first + LOOKED_AT, posts)))
            if looker is not None:
                looker.close()
            _freeze(ledger, acks, first)


def _report(ledger: Ledger, acks: int, numbers: range) -> None:
    def one(which: int) -> None:
        for number in numbers[which::REPORTERS]:
            said = visit(number) if number % 17 == 0 else reports(number)
            posted = ledger.post(said, accept_valid=True)
            taken = [o.entry.entry_id for o in posted.outcomes if o.entry is not None]
            os.write(acks, ("\n".join(taken) + "\n").encode())

    threads = [threading.Thread(target=one, args=(which,)) for which in range(REPORTERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _freeze(ledger: Ledger, acks: int, first: int) -> None:
    last = dt.date(2016, 1, 31) + dt.timedelta(days=first // 4)
    posted = ledger.freeze(f"{last:%Y-%m-%d}", last, lambda table: str(len(table)).encode() * 5000, "调度员", "520500")
    for outcome in posted.outcomes:
        if outcome.entry is not None:
            os.write(acks, f"{outcome.entry.entry_id}\n".encode())


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
