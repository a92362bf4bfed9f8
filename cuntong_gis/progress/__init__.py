"""The ledger of the campaign: what was reported, signed off and supervised, and what it adds up to."""

from cuntong_gis.progress.entries import CAMPAIGN, Entry, Kind, Measure, Report, made_id

__all__ = ["CAMPAIGN", "Entry", "Kind", "Measure", "Report", "made_id"]
