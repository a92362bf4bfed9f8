"""Findings across layers."""

from __future__ import annotations

from cuntong_gis.model import Finding
from cuntong_gis.settings import Settings


def cross_findings(layers: dict, settings: Settings) -> list[Finding]:
    """Return findings."""
    return []
