"""What a base map adds to a page: its images' hosts in the policy, one script, one style; and nothing where there is none."""

from __future__ import annotations

import dataclasses
import json
import re

import pytest
from showing import made_plan

from cuntong_gis.errors import SettingsError
from cuntong_gis.maps import distribution_map, route_map, shown_plan
from cuntong_gis.maps.basemap import SERVICES
from cuntong_gis.settings import Settings, settings_from

HOSTS = {
    "tianditu": [f"https://t{n}.tianditu.gov.cn" for n in range(8)],
    "gaode": [f"https://webrd0{n}.is.autonavi.com" for n in range(1, 5)],
    "osm": ["https://tile.openstreetmap.org"],
}


@pytest.fixture(scope="module")
def pages() -> dict[str, str]:
    plan = made_plan()
    found = {"": distribution_map(shown_plan(plan, Settings())).html()}
    for name in SERVICES:
        asked = settings_from({"maps": {"base_map": name, "tianditu_key": "Key123"}})
        found[name] = distribution_map(shown_plan(plan, asked)).html()
    return found


def images_allowed(page: str) -> list[str]:
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page).group(1)
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules.pop("default-src") == rules.pop("base-uri") == rules.pop("form-action") == "'none'"
    allowed = rules.pop("img-src").split()
    assert sorted(rules) == ["script-src", "style-src"]
    assert all(re.fullmatch(r"'sha256-[\w+/=]+'", word) for rule in rules.values() for word in rule.split())
    return allowed


@pytest.mark.parametrize("name", HOSTS)
def test_the_policy_names_the_hosts_of_the_tiles_and_no_other(pages, name):
    assert images_allowed(pages[name]) == ["data:", *HOSTS[name]]


def test_a_page_without_a_base_map_bears_no_trace_of_any(pages):
    page = pages[""]
    assert images_allowed(page) == ["data:"]
    for word in ("basemap", "gcj02", "tianditu", "autonavi", "openstreetmap", "TileLayer.prototype", ".ground"):
        assert word not in page
    stripped = pages["osm"]
    stripped = re.sub(
        r"<script>/\* Online tiles.*?</script>|<style>\.leaflet-tile-pane.*?</style>", "", stripped, flags=re.S
    )
    stripped = re.sub(r'<script type="application/json" id="cuntong-basemap">.*?</script>', "", stripped)

    def plain(text: str) -> str:
        return re.sub(r"\s+", " ", re.sub(r'content="default-src[^"]*"', "", text))

    assert plain(stripped) == plain(page)


def test_only_tianditu_gets_the_key_and_it_stands_only_in_its_addresses(pages):
    assert "Key123" not in pages["gaode"] + pages["osm"] + pages[""]
    told = json.loads(re.search(r'id="cuntong-basemap">(.*?)</script>', pages["tianditu"]).group(1))
    assert pages["tianditu"].count("Key123") == len(told["urls"]) == 2
    assert all(url.endswith("&tk=Key123") for url in told["urls"])


def test_every_service_has_a_credit_in_both_languages_and_gaode_alone_is_shifted():
    assert [name for name, service in SERVICES.items() if service.gcj02] == ["gaode"]
    assert all(service.credit.zh and service.credit.en for service in SERVICES.values())


def test_the_same_map_has_the_same_bytes():
    asked = settings_from({"maps": {"base_map": "gaode"}})
    shown = shown_plan(made_plan(), asked)
    assert route_map(shown).html() == route_map(dataclasses.replace(shown)).html()


@pytest.mark.parametrize("key", ["", "a&b=1", "x y", '"><script>', "键"])
def test_tianditu_wants_a_key_of_letters_and_digits(key):
    with pytest.raises(SettingsError, match="tianditu_key"):
        settings_from({"maps": {"base_map": "tianditu", "tianditu_key": key}})


def test_an_unknown_base_map_is_refused_by_name():
    with pytest.raises(SettingsError, match="google"):
        settings_from({"maps": {"base_map": "google"}})
