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
from cuntong_gis.progress.closed import closed_figures, difference, read_closed
from cuntong_gis.progress.encode import Encoded, encode
from cuntong_gis.progress.entries import CAMPAIGN, KINDS, Entry, Kind, Measure, Report, made_id
from cuntong_gis.progress.facts import PlanFacts, nearest, plan_facts
from cuntong_gis.progress.ledger import Ledger, Outcome, Posted, View, open_ledger, utc_now
from cuntong_gis.progress.lines import HEADER, OUTCOMES, Imported, Line
from cuntong_gis.progress.periods import Period, PeriodKind, parse_period, period_of
from cuntong_gis.progress.register import sign_off_register
from cuntong_gis.progress.rollup import Status, roll_up
from cuntong_gis.progress.rules import Refusal, shown_figure, stage_rank, stage_words
from cuntong_gis.progress.sheets import Sender, import_sheet, unreadable
from cuntong_gis.progress.signoff import Check
from cuntong_gis.progress.template import template_of, write_template
from cuntong_gis.progress.units import unit_book

__all__ = [
    "CAMPAIGN",
    "ChainReport",
    "Check",
    "Claim",
    "Entry",
    "HEADER",
    "Imported",
    "KINDS",
    "Kind",
    "Ledger",
    "Line",
    "Measure",
    "OUTCOMES",
    "Outcome",
    "PlanFacts",
    "Posted",
    "Refusal",
    "Report",
    "Status",
    "Period",
    "PeriodKind",
    "Encoded",
    "closed_figures",
    "difference",
    "encode",
    "nearest",
    "parse_period",
    "period_of",
    "read_closed",
    "roll_up",
    "stage_rank",
    "stage_words",
    "unit_book",
    "unreadable",
    "Sender",
    "View",
    "attach_evidence",
    "check_village",
    "differing_stages",
    "import_sheet",
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
    "template_of",
    "utc_now",
    "verify_ledger",
    "what_is_missing",
    "withdraw_evidence",
    "write_template",
]
