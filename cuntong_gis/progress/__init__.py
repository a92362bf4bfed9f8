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
from cuntong_gis.progress.lines import HEADER, OUTCOMES, Imported, Line
from cuntong_gis.progress.rules import Refusal
from cuntong_gis.progress.sheets import Sender, import_sheet
from cuntong_gis.progress.template import template_of, write_template

__all__ = [
    "CAMPAIGN",
    "ChainReport",
    "Entry",
    "HEADER",
    "Imported",
    "Kind",
    "Line",
    "Ledger",
    "Measure",
    "OUTCOMES",
    "Outcome",
    "PlanFacts",
    "Posted",
    "Refusal",
    "Report",
    "Sender",
    "View",
    "import_sheet",
    "differing_stages",
    "in_force",
    "laid_metres",
    "made_id",
    "open_ledger",
    "opening",
    "plan_facts",
    "template_of",
    "refuse_lost_work",
    "register_revision",
    "utc_now",
    "verify_ledger",
    "write_template",
]
