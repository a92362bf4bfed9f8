"""The ledger of the campaign: what was reported, signed off and supervised, and what it adds up to."""

from cuntong_gis.progress.acceptance import (
    attach_evidence,
    check_village,
    missing_files,
    reopen,
    what_is_missing,
    withdraw_evidence,
)
from cuntong_gis.progress.carry import (
    differing_stages,
    in_force,
    laid_metres,
    opening,
    refuse_lost_work,
    register_revision,
)
from cuntong_gis.progress.chain import ChainReport, verify_ledger
from cuntong_gis.progress.claims import Claim
from cuntong_gis.progress.entries import CAMPAIGN, KINDS, Entry, Kind, Measure, Report, made_id
from cuntong_gis.progress.facts import PlanFacts, plan_facts
from cuntong_gis.progress.ledger import Ledger, Outcome, Posted, View, open_ledger, utc_now
from cuntong_gis.progress.register import sign_off_register
from cuntong_gis.progress.rules import Refusal, shown_figure
from cuntong_gis.progress.signoff import Check

__all__ = [
    "CAMPAIGN",
    "ChainReport",
    "Check",
    "Claim",
    "Entry",
    "KINDS",
    "Kind",
    "Ledger",
    "Measure",
    "Outcome",
    "PlanFacts",
    "Posted",
    "Refusal",
    "Report",
    "View",
    "attach_evidence",
    "check_village",
    "differing_stages",
    "in_force",
    "laid_metres",
    "made_id",
    "missing_files",
    "open_ledger",
    "opening",
    "plan_facts",
    "refuse_lost_work",
    "register_revision",
    "reopen",
    "shown_figure",
    "sign_off_register",
    "utc_now",
    "verify_ledger",
    "what_is_missing",
    "withdraw_evidence",
]
