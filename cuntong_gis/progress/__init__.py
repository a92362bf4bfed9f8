"""The ledger of the campaign: what was reported, signed off and supervised, and what it adds up to."""

from cuntong_gis.progress.carry import (
    differing_stages,
    in_force,
    laid_metres,
    opening,
    refuse_lost_work,
    register_revision,
)
from cuntong_gis.progress.chain import ChainReport, verify_ledger
from cuntong_gis.progress.entries import CAMPAIGN, Entry, Kind, Measure, Report, made_id
from cuntong_gis.progress.facts import PlanFacts, plan_facts
from cuntong_gis.progress.ledger import Ledger, Outcome, Posted, View, open_ledger, utc_now
from cuntong_gis.progress.rules import Refusal

__all__ = [
    "CAMPAIGN",
    "ChainReport",
    "Entry",
    "Kind",
    "Ledger",
    "Measure",
    "Outcome",
    "PlanFacts",
    "Posted",
    "Refusal",
    "Report",
    "View",
    "differing_stages",
    "in_force",
    "laid_metres",
    "made_id",
    "open_ledger",
    "opening",
    "plan_facts",
    "refuse_lost_work",
    "register_revision",
    "utc_now",
    "verify_ledger",
]
