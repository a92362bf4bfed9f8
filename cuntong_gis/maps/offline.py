"""A folium map that opens with no network: every script and style inlined, nothing asked of anybody."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Sequence
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import folium
from branca.element import CssLink, Element, JavascriptLink

from cuntong_gis.errors import MapsError
from cuntong_gis.files import write_text
from cuntong_gis.words import Lang, Words

SCRIPTS = (
    "leaflet.js", "inflate.js", "decode.js", "campaign.js", "layer.js", "labels.js", "names.js", "areas.js",
    "filters.js", "draw.js", "cards.js", "search.js", "units.js", "panels.js", "timeline.js", "export.js", "route.js",
    "routepanel.js", "cuntong.js",
)  # fmt: skip
STYLES = ("leaflet.css", "cuntong.css", "route.css")
"""Files in `assets`, in the order of loading. A link to anything else raises."""
WITH_TILES = ("basemap.js", "basemap.css")
"""Also there where a map has online tiles."""

SCRIPT = re.compile(r"<script(?![^>]*\btype=)[^>]*>(.*?)</script>", re.S)
"""Scripts that run; one with a type is data."""
STYLE = re.compile(r"<style\b[^>]*>(.*?)</style>", re.S)
NEEDS_SCRIPT = Words(
    "请在浏览器中启用 JavaScript 后打开本图。", "Please enable JavaScript in the browser to see this map."
)


@cache
def asset(name: str) -> str:
    """Return a vendored text.

    Parameters
    ----------
    name : str
        File in ``maps/assets``.

    Returns
    -------
    str
        Its content.
    """
    return resources.files("cuntong_gis").joinpath(f"maps/assets/{name}").read_text("utf-8")


class Verbatim(Element):
    """A piece of a page that goes in as it is: branca renders the text of an `Element` as a Jinja template.

    Parameters
    ----------
    text : str
        HTML, style or script.
    """

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text

    def render(self, **_: Any) -> str:
        """Return the text.

        Parameters
        ----------
        **_
            Options of branca that have no meaning here.

        Returns
        -------
        str
            The text, untouched.
        """
        return self.text


class OfflineMap(folium.Map):
    """A `folium.Map` whose page holds all that it needs.

    Parameters
    ----------
    identity : str
        Text from which the ids inside the page are made, so that the same content gives the same bytes.
    lang : {"zh", "en"}
        Language of the page; it decides which forms of the Chinese characters a browser chooses.
    tile_hosts : tuple of str
        Scheme and host of every address from which the page may take images: those of a base map's tiles.
    **options
        As of `folium.Map`; there are no tiles unless given.
    """

    def __init__(
        self, identity: str, lang: Lang = "zh", *, tile_hosts: tuple[str, ...] = (), **options: Any
    ) -> None:  # fmt: skip
        super().__init__(tiles=None, zoom_control=False, attributionControl=False, fadeAnimation=False, **options)
        self._id = hashlib.sha256(identity.encode("utf-8")).hexdigest()[:16]
        self.get_root()._id = self._id
        self.lang, self.tile_hosts = lang, tile_hosts
        more = WITH_TILES if tile_hosts else ()
        # folium keeps these lists on the class: a link added to one map would stay in all later ones.
        self.default_js = [(name, name) for name in SCRIPTS + more[:1]]
        self.default_css = [(name, name) for name in STYLES + more[1:]]

    def render(self, **kwargs: Any) -> None:
        """Render into the figure, every link replaced by its vendored text.

        Parameters
        ----------
        **kwargs
            As of folium.

        Raises
        ------
        MapsError
            If a link's file is not vendored.
        """
        super().render(**kwargs)
        header = self.get_root().header
        for name, child in list(header._children.items()):
            if isinstance(child, JavascriptLink):
                header.add_child(Verbatim(f"<script>{vendored(child.url)}</script>"), name=name)
            elif isinstance(child, CssLink):
                header.add_child(Verbatim(f"<style>{vendored(child.url)}</style>"), name=name)

    def html(self) -> str:
        """Return the whole page.

        Returns
        -------
        str
            HTML with a content security policy that allows this page's own scripts by hash and no connection but
            for images of the hosts given.

        Raises
        ------
        MapsError
            If anything in the page would be fetched from elsewhere.
        """
        page = self.get_root().render()
        code = "zh-CN" if self.lang == "zh" else "en"
        page = page.replace("<html>", f'<html lang="{code}">', 1)
        hint = f'<noscript><p class="noscript">{NEEDS_SCRIPT.into(self.lang)}</p></noscript>'
        page = page.replace("<body>", f"<body>{hint}", 1)
        refuse_outside_links(page)
        return with_policy(page, self.tile_hosts)

    def save(self, outfile: Path | str, **_: Any) -> None:
        """Write the page, atomically; the same map gives the same bytes.

        Parameters
        ----------
        outfile : Path or str
            The file to replace.
        **_
            Options of folium that have no meaning here.
        """
        write_text(Path(outfile), self.html())


def vendored(url: str) -> str:
    """Return the text that stands in for a link.

    Parameters
    ----------
    url : str
        Link that folium would have put into the page.

    Returns
    -------
    str
        Script or style, safe inside its element.

    Raises
    ------
    MapsError
        If the file is not vendored.
    """
    name = url.rsplit("/", 1)[-1].split("?")[0]
    if name not in SCRIPTS + STYLES + WITH_TILES:
        raise MapsError(
            Words(f"地图引用了未随包提供的资源 {url}", f"the map links {url}, which is not vendored"),
            hint=Words("离线地图不能引用外部资源", "an offline map must not link anything outside"),
        )
    text = asset(name)
    text = re.sub(r"\n?//# sourceMappingURL=.*", "", text)
    text = re.sub(r"url\((?!['\"]?(data:|#))[^)]*\)", "none", text)
    return text.replace("</script", "<\\/script").replace("</style", "<\\/style")


def refuse_outside_links(page: str) -> None:
    """Raise if a page would fetch anything.

    Parameters
    ----------
    page : str
        HTML.

    Raises
    ------
    MapsError
        Naming the first script, style, image or import that lies outside.
    """
    bare = re.sub(r"(<(script|style)\b[^>]*>).*?</\2>", r"\1", page, flags=re.S)
    found = re.search(
        r"<(script|link|img|iframe|object|embed|source)\b[^>]*\b(?:src|href)\s*=\s*[\"']?(?!data:)[^\s>]+", bare
    )
    styles = "".join(re.findall(r"<style\b[^>]*>(.*?)</style>", page, flags=re.S))
    imported = re.search(r"@import[^;]*|url\((?!['\"]?(?:data:|#))[^)]*\)", styles)
    if found or imported:
        what = (found or imported).group(0)  # type: ignore[union-attr]
        raise MapsError(Words(f"页面会请求外部资源：{what}", f"the page would fetch {what}"))


def with_policy(page: str, tile_hosts: Sequence[str] = ()) -> str:
    """Return a page with a policy that allows its own scripts and styles and nothing else.

    Parameters
    ----------
    page : str
        HTML with a ``<head>``.
    tile_hosts : sequence of str
        Scheme and host of addresses from which it may take images.

    Returns
    -------
    str
        HTML; the policy and an empty icon come first in the head.
    """
    policy = (
        f"default-src 'none'; script-src {_hashes(SCRIPT, page)}; style-src {_hashes(STYLE, page)}; "
        f"img-src {' '.join(('data:', *tile_hosts))}; base-uri 'none'; form-action 'none'"
    )
    head = f'<meta http-equiv="Content-Security-Policy" content="{policy}"><link rel="icon" href="data:,">'
    return page.replace("<head>", f"<head>{head}", 1)


def _hashes(element: re.Pattern[str], page: str) -> str:
    texts = dict.fromkeys(element.findall(page))
    digests = [base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode() for text in texts]
    return " ".join(f"'sha256-{digest}'" for digest in digests) or "'none'"
