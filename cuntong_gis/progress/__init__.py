"""The ledger of the campaign: what was reported, signed off and supervised, and what it adds up to."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cuntong_gis.progress.carry import (
        in_force,
        laid_metres,
        opening,
        refuse_lost_work,
        register_revision,
    )
    from cuntong_gis.progress.chain import ChainReport, verify_ledger
    from cuntong_gis.progress.entries import CAMPAIGN, KIND_OF, KINDS, Entry, Kind, Measure, Report, made_id
    from cuntong_gis.progress.facts import PlanFacts, nearest, plan_facts
    from cuntong_gis.progress.ledger import Ledger, open_ledger, utc_now
    from cuntong_gis.progress.rollup.blockers import open_blockers
    from cuntong_gis.progress.rollup.closed import closed_figures, difference, read_closed
    from cuntong_gis.progress.rollup.encode import Encoded, as_happened, encode
    from cuntong_gis.progress.rollup.periods import Period, PeriodKind, parse_period, period_of
    from cuntong_gis.progress.rollup.status import Status, roll_up
    from cuntong_gis.progress.rollup.timeline import FIGURES, Timeline, days_to_show, timeline
    from cuntong_gis.progress.rollup.tree import Tree, tree_on
    from cuntong_gis.progress.rollup.units import UnitBook, unit_book
    from cuntong_gis.progress.rules import Refusal, shown_figure, stage_rank, stage_words
    from cuntong_gis.progress.sheets.importing import Sender, import_sheet, unreadable
    from cuntong_gis.progress.sheets.lines import HEADER, OUTCOMES, Imported, Line
    from cuntong_gis.progress.sheets.template import template_of, write_template
    from cuntong_gis.progress.signoff.acceptance import (
        attach_evidence,
        check_village,
        missing_files,
        reopen,
        what_is_missing,
        withdraw_evidence,
    )
    from cuntong_gis.progress.signoff.checks import Check
    from cuntong_gis.progress.signoff.claims import Claim
    from cuntong_gis.progress.signoff.evidence import keep as keep_file
    from cuntong_gis.progress.signoff.photos import DOUBTS
    from cuntong_gis.progress.signoff.register import evidence_shown, sign_off_register
    from cuntong_gis.progress.signoff.standing import DIRECTIONS, ITEMS, LEVEL_NAMES, item_named, level_named
    from cuntong_gis.progress.store import Closed
    from cuntong_gis.progress.supervision.checklist import CHECKLIST, inspected, result_report
    from cuntong_gis.progress.supervision.inspection import Draw, draw_inspection, draw_report, recorded_draw, seed_of
    from cuntong_gis.progress.supervision.lights import Lights, Month, judge_lights
    from cuntong_gis.progress.supervision.proposals import decision_report, propose_measures
    from cuntong_gis.progress.supervision.ranking import below, level_below, rank_units
    from cuntong_gis.progress.supervision.score import score_year
    from cuntong_gis.progress.view import Outcome, Posted, View

__all__ = [
    "CAMPAIGN",
    "CHECKLIST",
    "ChainReport",
    "Check",
    "Claim",
    "Closed",
    "below",
    "Draw",
    "Encoded",
    "Entry",
    "FIGURES",
    "HEADER",
    "DIRECTIONS",
    "DOUBTS",
    "ITEMS",
    "LEVEL_NAMES",
    "Imported",
    "KINDS",
    "KIND_OF",
    "Kind",
    "Ledger",
    "Lights",
    "Line",
    "Measure",
    "Month",
    "OUTCOMES",
    "Outcome",
    "Period",
    "PeriodKind",
    "PlanFacts",
    "Posted",
    "Refusal",
    "Report",
    "Sender",
    "Status",
    "Timeline",
    "Tree",
    "UnitBook",
    "View",
    "as_happened",
    "attach_evidence",
    "check_village",
    "closed_figures",
    "days_to_show",
    "decision_report",
    "difference",
    "draw_inspection",
    "draw_report",
    "encode",
    "import_sheet",
    "in_force",
    "evidence_shown",
    "inspected",
    "item_named",
    "judge_lights",
    "keep_file",
    "laid_metres",
    "level_below",
    "level_named",
    "made_id",
    "missing_files",
    "nearest",
    "open_blockers",
    "open_ledger",
    "opening",
    "parse_period",
    "period_of",
    "plan_facts",
    "propose_measures",
    "rank_units",
    "read_closed",
    "recorded_draw",
    "refuse_lost_work",
    "register_revision",
    "reopen",
    "result_report",
    "roll_up",
    "score_year",
    "seed_of",
    "shown_figure",
    "sign_off_register",
    "stage_rank",
    "stage_words",
    "template_of",
    "timeline",
    "tree_on",
    "unit_book",
    "unreadable",
    "utc_now",
    "verify_ledger",
    "what_is_missing",
    "withdraw_evidence",
    "write_template",
]

_ROOMS = {
    "carry": "in_force laid_metres opening refuse_lost_work register_revision",
    "chain": "ChainReport verify_ledger",
    "entries": "CAMPAIGN KIND_OF KINDS Entry Kind Measure Report made_id",
    "facts": "PlanFacts nearest plan_facts",
    "ledger": "Ledger open_ledger utc_now",
    "rollup.blockers": "open_blockers",
    "rollup.closed": "closed_figures difference read_closed",
    "rollup.encode": "Encoded as_happened encode",
    "rollup.periods": "Period PeriodKind parse_period period_of",
    "rollup.status": "Status roll_up",
    "rollup.timeline": "FIGURES Timeline days_to_show timeline",
    "rollup.tree": "Tree tree_on",
    "rollup.units": "UnitBook unit_book",
    "rules": "Refusal shown_figure stage_rank stage_words",
    "sheets.importing": "Sender import_sheet unreadable",
    "sheets.lines": "HEADER OUTCOMES Imported Line",
    "sheets.template": "template_of write_template",
    "signoff.acceptance": "attach_evidence check_village missing_files reopen what_is_missing withdraw_evidence",
    "signoff.checks": "Check",
    "signoff.claims": "Claim",
    "signoff.evidence": "keep_file",
    "signoff.photos": "DOUBTS",
    "signoff.register": "evidence_shown sign_off_register",
    "signoff.standing": "DIRECTIONS ITEMS LEVEL_NAMES item_named level_named",
    "store": "Closed",
    "supervision.checklist": "CHECKLIST inspected result_report",
    "supervision.inspection": "Draw draw_inspection draw_report recorded_draw seed_of",
    "supervision.lights": "Lights Month judge_lights",
    "supervision.proposals": "decision_report propose_measures",
    "supervision.ranking": "below level_below rank_units",
    "supervision.score": "score_year",
    "view": "Outcome Posted View",
}
"""Loaded when first used: who draws a map needs no database."""
_ROOM_OF = {name: room for room, names in _ROOMS.items() for name in names.split()}
_OWN_NAMES = {"keep_file": "keep"}


def __getattr__(name: str) -> Any:
    if name in _ROOM_OF:
        room = importlib.import_module(f"{__name__}.{_ROOM_OF[name]}")
        return getattr(room, _OWN_NAMES.get(name, name))
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
