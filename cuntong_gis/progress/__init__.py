"""The ledger of the campaign: what was reported, signed off and supervised, and what it adds up to."""

from cuntong_gis.progress.closed import closed_figures, difference, read_closed
from cuntong_gis.progress.encode import Encoded, as_happened, encode
from cuntong_gis.progress.entries import CAMPAIGN, Entry, Kind, Measure, Report, made_id
from cuntong_gis.progress.periods import Period, PeriodKind, parse_period, period_of
from cuntong_gis.progress.rollup import Status, roll_up
from cuntong_gis.progress.tree import Tree, tree_on
from cuntong_gis.progress.units import UnitBook, unit_book

__all__ = [
    "CAMPAIGN",
    "Encoded",
    "Entry",
    "Kind",
    "Measure",
    "Period",
    "PeriodKind",
    "Report",
    "Status",
    "Tree",
    "UnitBook",
    "as_happened",
    "closed_figures",
    "difference",
    "encode",
    "made_id",
    "parse_period",
    "period_of",
    "read_closed",
    "roll_up",
    "tree_on",
    "unit_book",
]
