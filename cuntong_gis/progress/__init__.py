"""The ledger of the campaign: what was reported, signed off and supervised, and what it adds up to."""

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
    "made_id",
    "open_ledger",
    "plan_facts",
    "utc_now",
    "verify_ledger",
]
