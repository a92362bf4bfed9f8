"""A workspace's campaign as its maps show it: the plan that the ledger speaks of, or the draft where there is none."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import TYPE_CHECKING

from cuntong_gis import schema
from cuntong_gis.campaign import Loaded, cut_off, follows_ledger, load, loaded_of, marked

if TYPE_CHECKING:
    from cuntong_gis.maps import Shown
    from cuntong_gis.model import Plan
    from cuntong_gis.settings import Settings


def shown_of(settings: Settings, draft: Plan | None = None) -> Shown:
    """Return what the maps of a workspace show.

    Parameters
    ----------
    settings : Settings
        Of the workspace.
    draft : Plan, optional
        Show this plan, with the progress of the ledger where there is one. Default: the revision in force.

    Returns
    -------
    Shown
        On the cut-off day.

    Raises
    ------
    LedgerError
        If no plan is given and there is no ledger.
    """
    from cuntong_gis.maps import shown_plan

    if draft is not None and not follows_ledger(settings):
        return with_as_built(shown_plan(draft, settings))
    day = cut_off(settings)
    loaded = load(settings, day)
    if draft is not None:
        loaded = loaded_of(settings, draft, loaded.entries, {})
    return with_as_built(shown_on(loaded, day))


def with_as_built(shown: Shown) -> Shown:
    """Add the workspace's as-built lines.

    Parameters
    ----------
    shown : Shown
        Without them.

    Returns
    -------
    Shown
        With the lines of layer ``as_built``, and what is wrong with it among the plan's findings.

    Raises
    ------
    LayersError
        If there is such a layer and it cannot be read at all.
    """
    from cuntong_gis.layers import read_as_built

    plan = shown.plan
    last = plan.routes["span_ids"].str.split(" ", n=1).str[0]
    lines, findings = read_as_built(
        shown.settings, dict(zip(plan.routes["village_code"], last, strict=True)), frozenset(plan.spans["span_id"])
    )
    return dataclasses.replace(
        shown, as_built=lines, plan=dataclasses.replace(plan, findings=(*plan.findings, *findings))
    )


def shown_on(loaded: Loaded, day: dt.date) -> Shown:
    """Return a loaded ledger as its maps show it on a day.

    Parameters
    ----------
    loaded : Loaded
        Read for the day.
    day : date
        The day.

    Returns
    -------
    Shown
        With its figures on the days before.
    """
    from cuntong_gis.maps import Shown
    from cuntong_gis.progress import days_to_show, evidence_shown, judge_lights, open_blockers, timeline

    found, settings = loaded.status(day, "month"), loaded.settings
    officials, plan = loaded.lists["officials"], marked(loaded.plan, found.status)
    return Shown(
        settings=dataclasses.replace(settings, campaign=dataclasses.replace(settings.campaign, as_of=day)),
        plan=plan,
        status=found.status,
        timeline=timeline(
            loaded.encoded, plan, settings, days_to_show(settings, day), units=loaded.book,
            targets=loaded.lists["targets"],
        ),
        officials=schema.empty("officials") if officials is None else officials,
        blockers=open_blockers(loaded.entries, plan, day),
        evidence=evidence_shown(loaded.entries, plan, day),
        as_built=schema.empty("as_built"),
        lights=judge_lights(loaded.months(day), settings.supervision, became=loaded.became(day)).table,
        has_ledger=True,
    )  # fmt: skip
