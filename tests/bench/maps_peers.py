"""The peers' ways to draw a province; nothing of ours is imported here, so that nothing of ours is in their memory.

They get what ours gets, to their advantage: the same villages with the same facts in a popup, lines and outlines with no more
than a colour, no tiles; coordinates rounded to 1e-5 degree as ours are, but for one element each, where nobody does that.
"""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import shapely

FACTS = ("code", "name", "place", "stage", "date", "due", "households", "route_m")
"""What a popup of a village tells."""
VECTORGRID = "https://unpkg.com/leaflet.vectorgrid@1.3.0/dist/Leaflet.VectorGrid.bundled.min.js"

SLICED = """
{% macro script(this, kwargs) %}
L.DomEvent.fakeStop = L.DomEvent.fakeStop || function () { return true; };
(function () {
  var map = {{ this._parent.get_name() }}, tables = {{ this.tables }}, colours = {{ this.colours }};
  var styles = {
    outlines: function () { return {fill: false, color: "{{ this.outline }}", weight: 1}; },
    spans: function (facts) { return {color: colours.spans[facts.stage], weight: 2}; },
    villages: function (facts) { return {fill: true, fillColor: colours.villages[facts.stage], fillOpacity: 1,
                                         color: "#fff", weight: 1, radius: 4}; }
  };
  Object.keys(tables).forEach(function (name) {
    var layer = L.vectorGrid.slicer(tables[name], {
      rendererFactory: L.canvas.tile, vectorTileLayerStyles: {sliced: styles[name]}, maxZoom: 18,
      interactive: name === "villages", getFeatureId: function (feature) { return feature.properties.code; }
    });
    if (name === "villages") layer.on("click", function (event) {
      var facts = event.layer.properties, text = document.createElement("div");
      Object.keys(facts).forEach(function (key) {
        text.appendChild(document.createElement("p")).textContent = key + ": " + facts[key];
      });
      L.popup().setLatLng(event.latlng).setContent(text).openOn(map);
    });
    layer.addTo(map);
  });
})();
{% endmacro %}
"""


@dataclass(frozen=True)
class Tables:
    """What a peer draws: villages with facts, spans by stage, outlines of counties, in rounded degrees; colours by stage."""

    villages: gpd.GeoDataFrame
    spans: gpd.GeoDataFrame
    outlines: gpd.GeoDataFrame
    village_colours: dict[str, str]
    span_colours: dict[str, str]
    outline_colour: str

    @property
    def bounds(self) -> list[list[float]]:
        """Return south-west and north-east corner."""
        west, south, east, north = self.villages.total_bounds
        return [[south, west], [north, east]]


def naive(tables: Tables) -> Any:
    """Return a map as most begin: an element a feature."""
    import folium

    page = folium.Map(tiles=None)
    for shape in tables.outlines.geometry:
        for ring in shapely.get_rings(shape):
            folium.PolyLine(_latlon(ring), color=tables.outline_colour, weight=1).add_to(page)
    for stage, shape in zip(tables.spans["stage"], tables.spans.geometry, strict=True):
        folium.PolyLine(_latlon(shape), color=tables.span_colours[stage], weight=2).add_to(page)
    facts = tables.villages[list(FACTS)].to_dict("records")
    for row, at in zip(facts, tables.villages.geometry, strict=True):
        text = "<br>".join(f"{name}: {value}" for name, value in row.items())
        popup = folium.Popup(text, max_width=300)
        folium.CircleMarker(
            [at.y, at.x], radius=4, color="#fff", weight=1, fill=True, fill_color=tables.village_colours[row["stage"]], fill_opacity=1,
            popup=popup,
        ).add_to(page)  # fmt: skip
    page.fit_bounds(tables.bounds)
    return page


def _latlon(line: Any) -> list[list[float]]:
    return shapely.get_coordinates(line)[:, ::-1].tolist()


def canvas(tables: Tables) -> Any:
    """Return a map of one `folium.GeoJson` a table, drawn on a canvas."""
    import folium

    page = folium.Map(tiles=None, prefer_canvas=True)
    folium.GeoJson(
        tables.outlines, style_function=lambda _: {"fill": False, "color": tables.outline_colour, "weight": 1}
    ).add_to(page)
    spans = folium.GeoJson(
        tables.spans, style_function=lambda f: {"color": tables.span_colours[f["properties"]["stage"]], "weight": 2}
    )
    spans.add_to(page)
    folium.GeoJson(
        tables.villages,
        marker=folium.CircleMarker(radius=4, color="#fff", weight=1, fill=True, fill_opacity=1),
        style_function=lambda feature: {"fillColor": tables.village_colours[feature["properties"]["stage"]]},
        popup=folium.GeoJsonPopup(list(FACTS)),
    ).add_to(page)
    page.fit_bounds(tables.bounds)
    return page


def explore(tables: Tables) -> Any:
    """Return the map that `geopandas.explore` draws."""
    page = tables.outlines.explore(
        color=tables.outline_colour, style_kwds={"fill": False, "weight": 1}, tooltip=False, tiles=None
    )
    page = tables.spans.explore(m=page, color=tables.spans["stage"].map(tables.span_colours).tolist(), tooltip=False)
    page = tables.villages.explore(
        m=page, color=tables.villages["stage"].map(tables.village_colours).tolist(), tooltip=False, popup=list(FACTS),
        marker_kwds={"radius": 4},
    )  # fmt: skip
    page.fit_bounds(tables.bounds)
    return page


def vectorgrid(tables: Tables) -> Any:
    """Return a folium map in which Leaflet.VectorGrid slices the tables into tiles in the page."""
    import folium
    from branca.element import Figure, JavascriptLink, MacroElement
    from jinja2 import Template

    class Sliced(MacroElement):
        _template = Template(SLICED)

        def __init__(self, tables: Tables) -> None:
            super().__init__()
            parts = {"outlines": tables.outlines, "spans": tables.spans, "villages": tables.villages}
            whole = (f'"{name}":{_compact(part.to_json(drop_id=True))}' for name, part in parts.items())
            self.tables = "{" + ",".join(whole).replace("<", "\\u003c") + "}"
            self.colours = json.dumps({"spans": tables.span_colours, "villages": tables.village_colours})
            self.outline = tables.outline_colour

        def render(self, **kwargs: Any) -> None:
            figure = self.get_root()
            assert isinstance(figure, Figure)
            figure.header.add_child(JavascriptLink(VECTORGRID), name="vectorgrid")
            super().render(**kwargs)

    page = folium.Map(tiles=None, max_zoom=18)
    page.fit_bounds(tables.bounds)
    page.add_child(Sliced(tables))
    return page


def _compact(text: str) -> str:
    return json.dumps(json.loads(text), ensure_ascii=False, separators=(",", ":"))


WAYS: dict[str, tuple[Callable[[Tables], Any], tuple[str, ...]]] = {
    "naive": (naive, ("folium",)),
    "canvas": (canvas, ("folium",)),
    "explore": (explore, ("folium", "matplotlib.pyplot", "mapclassify")),
    "vectorgrid": (vectorgrid, ("folium",)),
}
"""Name → how it draws, and the packages that it imports while drawing."""


def ready(way: str) -> Callable[[Tables], Any]:
    """Import what a way needs and return how it draws."""
    draw, needs = WAYS[way]
    for name in needs:
        importlib.import_module(name)
    return draw
