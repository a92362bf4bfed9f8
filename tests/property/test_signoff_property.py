"""Evidence, checks and reopenings in any order: nothing closes that lacks something, numbers have no gap and no twin."""

from __future__ import annotations

import datetime as dt
import json
import tempfile
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from showing import CODES, Folder, lit, made_plan, made_settings, opened, paper, photo

from cuntong_gis.errors import LedgerError
from cuntong_gis.progress import Check, Claim, attach_evidence, check_village, reopen, sign_off_register, verify_ledger
from cuntong_gis.progress.rollup.encode import encode
from cuntong_gis.progress.rollup.fold import certificates_on, checks_on, village_state
from cuntong_gis.progress.signoff.standing import missing_items, standing

VILLAGES = [CODES[0], CODES[1], "522301100201"]
"""Two of one county and one of another."""
ITEMS = ("power", "otdr", "photo_room", "committee")
FIRST = dt.date(2016, 6, 1)


@pytest.fixture(scope="module")
def plan():
    return made_plan([*CODES[:11], VILLAGES[2]])


village = st.sampled_from(VILLAGES)
deed = st.one_of(
    st.tuples(st.just("lit"), village),
    st.tuples(st.just("show"), village, st.sampled_from(ITEMS), st.integers(0, 5)),
    st.tuples(st.just("show all"), village, st.integers(0, 5)),
    st.tuples(st.just("check"), village, st.sampled_from(["county", "prefecture", "province"]), st.sampled_from("甲乙丙"),
              st.sampled_from([True, True, True, False])),
    st.tuples(st.just("reopen"), village, st.sampled_from([4, 5])),
)  # fmt: skip


def show(ledger, folder, code, item, seed, on):
    number = VILLAGES.index(code) * 100 + seed
    if item == "power":
        value = ["-21", "-21", "-22", "-26", "-8", "-30"][seed]  # the last is no pass
        return attach_evidence(ledger, Claim(code, item, "丁", value=value, on=on))
    if item == "otdr":
        way = ["both", "out", "back", "out", "back", "both"][seed]
        losses = "8.1/8.2" if way == "both" else "8.1"
        return attach_evidence(ledger, Claim(code, item, "丁", value=losses, direction=way, on=on))
    if item == "committee":
        return attach_evidence(ledger, Claim(code, item, "丁", value="村主任", on=on), folder.file(paper(number)))
    # seed 0 and 1 are the same photo for all villages
    data = photo(None, None, seed=seed if seed < 2 else number, kind="PNG", size=(24, 18))
    return attach_evidence(ledger, Claim(code, item, "丁", on=on), folder.file(data))


def do(ledger, folder, what, on):
    name, code, *rest = what
    if name == "lit":
        return ledger.post([lit(code, on)])
    if name == "show":
        return show(ledger, folder, code, *rest, on)
    if name == "show all":
        done = [show(ledger, folder, code, item, 0 if item in ("power", "otdr") else rest[0], on) for item in ITEMS]
        return done[0] if all(p.taken for p in done) else None
    if name == "check":
        level, by, passed = rest
        return check_village(ledger, Check(code, level, passed, by, on, () if passed else ("不牢",)))
    return reopen(ledger, code, reason="抽查不合格", approver="戊", by="己", on=on, to=list_of_stages()[rest[0]])


def list_of_stages():
    from cuntong_gis.model import Stage

    return list(Stage)


def follow(entries: list[dict]) -> list[str]:
    """Walk through the entries with none of the product's rules, and return the certificates in order."""
    seen: dict[str, dict] = {}
    numbers = []
    for entry in entries:
        code, kind = entry["subject"], entry["kind"]
        said = json.loads(entry["detail"]) if entry["detail"] else {}
        now = seen.setdefault(code, {"lit": False, "items": {}, "ways": set(), "checks": {}, "closed": False})
        if kind == "stage":
            now["lit"] = True
        elif kind in ("evidence", "signature"):
            item = said.get("item") or said["role"]
            now["items"][item] = said.get("value")
            if item == "otdr":
                now["ways"] |= {"out", "back"} if said["direction"] == "both" else {said["direction"]}
        elif kind == "check":
            now["checks"][said["level"]] = (said["passed"], entry["reported_by"])
        elif kind == "reopen":
            assert now["closed"]
            seen[code] = {"lit": entry["level"] >= 5, "items": {}, "ways": set(), "checks": {}, "closed": False}
        elif kind == "close":
            assert now["lit"]
            assert not now["closed"]
            assert set(now["items"]) >= set(ITEMS)
            assert -27 <= now["items"]["power"] <= -8
            assert now["ways"] == {"out", "back"}
            assert now["checks"]["county"][0] and now["checks"]["prefecture"][0]
            assert now["checks"]["county"][1] != now["checks"]["prefecture"][1] == entry["reported_by"]
            now["closed"] = True
            numbers.append(said["certificate"])
    return numbers


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(st.lists(deed, min_size=10, max_size=45))
def test_in_any_order_nothing_closes_that_lacks_something(plan, deeds):
    with tempfile.TemporaryDirectory() as name:
        options = made_settings(Path(name), required=["lit_date", *ITEMS], photo_min_pixels=8)
        folder = Folder(Path(name) / "from")
        with opened(f"sqlite:///{name}/ledger.sqlite", plan, options) as ledger:
            for n, what in enumerate(deeds):
                before = [ledger.about(code) for code in VILLAGES]
                try:
                    posted = do(ledger, folder, what, FIRST + dt.timedelta(days=n // 2))
                except LedgerError:
                    posted = None
                if posted is not None and not posted.taken:
                    assert [ledger.about(code) for code in VILLAGES] == before
            entries = ledger.entries()
            numbers = follow(entries.to_dict("records"))
            for county in ("529901", "522301"):
                of_county = [number for number in numbers if number.startswith(county)]
                assert of_county == [f"{county}-2016-{n:04d}" for n in range(1, len(of_county) + 1)]
            shown = [set(group) for _, group in entries[entries["evidence"] != ""].groupby("evidence")["subject"]]
            assert all(len(villages) == 1 for villages in shown)
            assert verify_ledger(ledger.store).faults == ()
            table = sign_off_register(entries, plan, options.evidence).set_index("code")
            day, folded = FIRST + dt.timedelta(days=60), encode(entries, plan)
            rank = village_state(folded, day).rank
            rolled_up = pd.DataFrame(
                checks_on(folded, day), plan.villages["code"], ["county", "prefecture", "province"]
            )
            rolled_up["certificate"] = certificates_on(folded, day, rank >= 6)
            rolled_up = rolled_up.loc[table.index]
            for level in ("county", "prefecture"):
                assert (table[f"{level}_on"].notna() == rolled_up[level]).all()
            assert ((table["province"] == "passed") == rolled_up["province"]).all()
            assert (table["certificate"] == rolled_up["certificate"]).all()
            for code in VILLAGES:
                now = standing(ledger.about(code))
                lacks = missing_items(now, options.evidence).values()
                assert table.loc[code, "missing"] == "、".join(w.zh for w in lacks)
                assert (table.loc[code, "state"] == "closed") == (now.close is not None)
                assert table.loc[code, "certificate"] == (now.close.said["certificate"] if now.close else "")
                assert (table.loc[code, "lit_on"].date() if now.lit else None) == (
                    now.lit.counts_on if now.lit else None
                )


def test_a_long_campaign_does_close_and_reopen(plan, tmp_path):
    """The walk above would prove nothing if nothing ever closed."""
    options = made_settings(tmp_path, required=["lit_date", *ITEMS], photo_min_pixels=8)
    folder = Folder(tmp_path / "from")
    with opened(f"sqlite:///{tmp_path}/ledger.sqlite", plan, options) as ledger:
        for n, code in enumerate(VILLAGES * 2):
            day = FIRST + dt.timedelta(days=n)
            deeds = [
                ("lit", code), ("show all", code, 2 + n // 3), ("check", code, "county", "甲", True),
                ("check", code, "prefecture", "乙", True), ("reopen", code, 5),
            ]  # fmt: skip
            assert all(do(ledger, folder, what, day).taken for what in deeds)
        numbers = follow(ledger.entries().to_dict("records"))
    assert sorted(numbers) == [
        "522301-2016-0001", "522301-2016-0002", *(f"529901-2016-{n:04d}" for n in range(1, 5)),
    ]  # fmt: skip
