"""Reading dashboards without a browser, and campaigns changed to be shown on them."""

from __future__ import annotations

import dataclasses
import re
from html.parser import HTMLParser

import numpy as np

from cuntong_gis.maps import Links, Shown, dashboard


class Reader(HTMLParser):
    """The texts of a page by their figure, the rows of its tables, and every tag and attribute."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.figures: dict[str, str] = {}
        self.rows: list[list[str]] = []
        self.codes: list[str] = []
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.links: list[str] = []
        self._open: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        said = dict(attrs)
        self.tags.add(tag)
        self.attributes |= set(said)
        self._figure = said.get("data-figure", "")
        if tag == "tr":
            self.rows.append([])
            self.codes.append(said.get("data-code", ""))
        if tag in ("td", "th") and self.rows:
            self.rows[-1].append("")
        if tag == "a":
            self.links.append(said["href"])
        self._in_cell = tag in ("td", "th") or (getattr(self, "_in_cell", False) and tag not in ("tr", "h2", "p"))

    def handle_endtag(self, tag):
        if tag in ("td", "th"):
            self._in_cell = False
        self._figure = ""

    def handle_data(self, text):
        if getattr(self, "_figure", ""):
            self.figures[self._figure] = self.figures.get(self._figure, "") + text
        if getattr(self, "_in_cell", False) and self.rows and self.rows[-1]:
            self.rows[-1][-1] += text


def read(shown: Shown, links: Links | None = None) -> Reader:
    page = dashboard(shown, links)
    assert "<script" not in page and "default-src 'none'" in page and "script-src 'none'" in page
    assert "nan" not in re.sub(r"<style>.*?</style>", "", page).lower().replace("nanjing", "")
    return Reader(page)


def with_settings(shown: Shown, **campaign: object) -> Shown:
    chosen = dataclasses.replace(shown.settings.campaign, **campaign)
    return dataclasses.replace(shown, settings=dataclasses.replace(shown.settings, campaign=chosen))


def with_units(shown: Shown, **columns: object) -> Shown:
    """Return what is shown with other figures of every unit, on the last day too."""
    units = shown.status.units.assign(**columns)
    figures = {
        name: np.vstack([values[:-1], np.full((1, values.shape[1]), columns[name])]) if name in columns else values
        for name, values in shown.timeline.figures.items()
    }
    return dataclasses.replace(
        shown, status=dataclasses.replace(shown.status, units=units),
        timeline=dataclasses.replace(shown.timeline, figures=figures),
    )  # fmt: skip
