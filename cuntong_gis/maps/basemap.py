"""Online tiles under the interactive maps: only where the settings ask, and a page does without them when they fail."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from branca.element import Element

from cuntong_gis.maps.compact import inert_json
from cuntong_gis.maps.offline import Verbatim
from cuntong_gis.maps.style import both
from cuntong_gis.words import Words

if TYPE_CHECKING:
    from cuntong_gis.settings import MapsSettings

TEXTS = {
    "ground": Words("底图", "base map"),
    "lost": Words("底图不可用", "base map not available"),
    "needs_address": Words("底图须经网址打开本页", "base map needs a web address"),
}


@dataclass(frozen=True)
class TileService:
    """Whose tiles they are and where they are found.

    Attributes
    ----------
    urls : tuple of str
        Addresses of a tile of each layer, the lowest first: ``{x}``, ``{y}``, ``{z}`` of the common scheme (Web
        Mercator, 256 pixels), ``{s}`` one of `subdomains`, ``{key}`` the user's own.
    subdomains : str
        One character each; "" where the addresses name none.
    max_zoom : int
        The last level there is; beyond it tiles are enlarged.
    gcj02 : bool
        Whether the tiles are in GCJ-02: the page then moves the tiles, never the data.
    needs_address : bool
        Whether it refuses pages that do not come from a web address, as those opened from a file do not.
    credit : Words
        Always seen with the tiles.
    link : str
        Where the credit leads.
    """

    urls: tuple[str, ...]
    subdomains: str
    max_zoom: int
    gcj02: bool
    needs_address: bool
    credit: Words
    link: str

    @property
    def hosts(self) -> tuple[str, ...]:
        """Return the addresses that the tiles are taken from.

        Returns
        -------
        tuple of str
            Scheme and host, for the policy of a page.
        """
        named = (url.replace("{s}", letter) for url in self.urls for letter in self.subdomains or " ")
        return tuple(dict.fromkeys("{0.scheme}://{0.netloc}".format(urlsplit(url)) for url in named))


def _tianditu(layer: str) -> str:
    return (
        f"https://t{{s}}.tianditu.gov.cn/{layer}_w/wmts?SERVICE=WMTS&REQUEST=GetTile&VERSION=1.0.0&LAYER={layer}"
        "&STYLE=default&TILEMATRIXSET=w&FORMAT=tiles&TILEMATRIX={z}&TILEROW={y}&TILECOL={x}&tk={key}"
    )


SERVICES: dict[str, TileService] = {
    "tianditu": TileService(
        (_tianditu("vec"), _tianditu("cva")), "01234567", 18, False, False,
        Words("天地图", "Tianditu"), "https://www.tianditu.gov.cn/",
    ),
    "gaode": TileService(
        ("https://webrd0{s}.is.autonavi.com/appmaptile?lang=zh_cn&size=1&scale=1&style=8&x={x}&y={y}&z={z}",),
        "1234", 18, True, False, Words("高德地图 © AutoNavi", "Gaode © AutoNavi"), "https://www.amap.com/",
    ),
    "osm": TileService(
        ("https://tile.openstreetmap.org/{z}/{x}/{y}.png",), "", 19, False, True,
        Words("© OpenStreetMap 贡献者", "© OpenStreetMap contributors"), "https://www.openstreetmap.org/copyright",
    ),
}  # fmt: skip
"""By their names in the settings. OpenStreetMap's servers refuse pages without a web address: its tile usage policy."""


def service_of(settings: MapsSettings) -> TileService | None:
    """Return the tiles that the settings ask for.

    Parameters
    ----------
    settings : MapsSettings
        `base_map` and the key.

    Returns
    -------
    TileService or None
        None where none are asked for.
    """
    return SERVICES[settings.base_map] if settings.base_map else None


class TileBlock(Element):
    """Tell the page's own script, ``basemap.js``, where its tiles are.

    Parameters
    ----------
    service : TileService
        Whose tiles.
    key : str
        The user's own, where the service wants one: letters and digits.
    """

    def __init__(self, service: TileService, key: str = "") -> None:
        super().__init__()
        told: dict[str, Any] = {
            "urls": [url.replace("{key}", key) for url in service.urls], "subdomains": service.subdomains,
            "maxZoom": service.max_zoom, "gcj02": service.gcj02, "needsAddress": service.needs_address,
            "credit": both(service.credit), "link": service.link,
            "texts": {name: both(words) for name, words in TEXTS.items()},
        }  # fmt: skip
        self.text = f'<script type="application/json" id="cuntong-basemap">{inert_json(told)}</script>'

    def render(self, **_: Any) -> None:
        """Add the block to the body of the page.

        Parameters
        ----------
        **_
            Options of branca that have no meaning here.
        """
        self.get_root().html.add_child(Verbatim(self.text), name="cuntong_basemap")
