"""Lights, ranking, proposals, inspections, the year's score."""
