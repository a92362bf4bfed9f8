"""Names and codes of made-up places: plausible, distinct, and not those of any real county."""

from __future__ import annotations

import numpy as np

from cuntong_gis.sample.terrain import Bools, Ints
from cuntong_gis.sample.units import Unit

COUNTY_CODE = "529901"
"""No unit of GB/T 2260 has it, so that nobody takes the demo for a real county."""
COUNTY_NAME = "示范县(合成)"
NAMESAKE = "红星村"
"""Stands in two townships, as such names do."""

_TOWNSHIPS = (
    "龙泉 沙坪 双河 青杠 石门 白果 永兴 马鬃岭 茶店 云雾 木黄 三岔河 凤鸣 天星桥 老鹰岩 甘溪 枫香 黄泥 新舟 回龙 "
    "大水井 高坪 鱼塘 月亮坝 长岭 铜鼓 桃坪 落水洞"
)
_PEOPLES = ("苗族", "布依族", "仡佬族")
_FIRST = (
    "大 小 上 下 新 老 石 白 黑 青 红 黄 龙 马 牛 羊 金 银 铜 杨柳 桐梓 枫香 梨树 茶 竹 松 梅子 桂花 核桃 冷水 干 清水 "
    "高 平 中 岩 花 双 三 野鸭 兴隆 太平 安 田坝 麻 罗家 陈家 杨家 王家 张家 何家 周家"
)
_LOW_LAST = ("坝", "塘", "田", "河", "湾", "溪", "井", "桥", "沟", "滩", "寨", "场")
_HIGH_LAST = ("坡", "岩", "箐", "垭", "山", "坪", "岭", "洞", "屯", "冲", "关", "寨")
_SLOGANS = ("团结", "民主", "和平", "光明", "前进", "胜利", "新华", "友谊", "幸福", "合心")


def township_names(count: int, rng: np.random.Generator) -> list[tuple[str, str]]:
    """Return codes and names of townships; the first is the county seat.

    Parameters
    ----------
    count : int
        How many, at most the syllables at hand.
    rng : Generator
        Source of chance.

    Returns
    -------
    list of (str, str)
        Nine-digit code and name: towns 镇 from 100 on, townships 乡 from 200 on, one of them of a nationality.
    """
    known = _TOWNSHIPS.split()
    if count > len(known):
        raise ValueError(f"at most {len(known)} townships can be named")
    stems = [known[n] for n in rng.permutation(len(known))[:count]]
    towns = (count * 7 + 11) // 12
    people = _PEOPLES[int(rng.integers(len(_PEOPLES)))]
    named = []
    for number, stem in enumerate(stems):
        if number < towns:
            named.append((f"{COUNTY_CODE}{100 + number}", f"{stem}镇"))
        else:
            kind = f"{people}乡" if number == towns else "乡"
            named.append((f"{COUNTY_CODE}{200 + number - towns}", f"{stem}{kind}"))
    return named


def village_names(township: Ints, high: Bools, rng: np.random.Generator) -> list[str]:
    """Return names of villages that fit the ground.

    Parameters
    ----------
    township : ndarray of int64, shape (n,)
        Number of the township of each village.
    high : ndarray of bool, shape (n,)
        Whether it stands on a slope or a height, not in a valley.
    rng : Generator
        Source of chance.

    Returns
    -------
    list of str
        All different, but for the one namesake in two townships.
    """
    names = _drawn([0] * len(township), high, {0: {NAMESAKE}}, rng)
    if township.max(initial=0) > 0:
        first = int(rng.integers(np.count_nonzero(township == township[0])))
        elsewhere = np.flatnonzero(township != township[0])
        for number in (first, int(elsewhere[int(rng.integers(len(elsewhere)))])):
            names[number] = NAMESAKE
    return names


_SEAT_LAST = ("坝", "坪", "场", "溪", "桥", "塘", "河", "山", "岩", "关", "营", "堡")


def township_names_of(county: Unit, count: int, rng: np.random.Generator) -> list[tuple[str, str]]:
    """Return codes and names of the townships of a real county; they are made up all the same.

    Parameters
    ----------
    county : Unit
        The county.
    count : int
        How many, 1 to 100.
    rng : Generator
        Source of chance.

    Returns
    -------
    list of (str, str)
        Nine-digit code and name, all different within the county: in a city or district the first is a
        sub-district 街道 (001), else a town; towns 镇 from 100 on, townships 乡 from 200 on, one of a nationality.
    """
    known = [*_TOWNSHIPS.split(), *(first + last for first in _FIRST.split() for last in _SEAT_LAST)]
    known = list(dict.fromkeys(known))
    stems = [known[n] for n in rng.permutation(len(known))[:count]]
    urban = int(not county.name.endswith("县"))
    towns = urban + ((count - urban) * 7 + 11) // 12
    people = _PEOPLES[int(rng.integers(len(_PEOPLES)))]
    kinds = ["街道"] * urban + ["镇"] * (towns - urban) + [f"{people}乡"] + ["乡"] * count
    serial = [1, *range(100, 200)] if urban else [*range(100, 200)]
    serial = [*serial[:towns], *range(200, 400)]
    return [(f"{county.code}{n:03d}", stem + kind) for n, stem, kind in zip(serial, stems, kinds, strict=False)]


def village_names_within(township: Ints, high: Bools, rng: np.random.Generator) -> list[str]:
    """Return names of villages that fit the ground and differ within each township only, as real ones do.

    Parameters
    ----------
    township : ndarray of int64, shape (n,)
        Number of the township of each village.
    high : ndarray of bool, shape (n,)
        Whether it stands on a slope or a height, not in a valley.
    rng : Generator
        Source of chance.

    Returns
    -------
    list of str
        In the order of the villages.
    """
    return _drawn(township.tolist(), high, {}, rng)


def _drawn(group: list[int], high: Bools, taken: dict[int, set[str]], rng: np.random.Generator) -> list[str]:
    """Return names that differ from one another and from those taken, within each group."""
    firsts = _FIRST.split()
    names: list[str] = []
    for number, above in zip(group, high.tolist(), strict=True):
        used = taken.setdefault(number, set())
        name = ""
        while not name or name in used:
            name = _village_name(firsts, _HIGH_LAST if above else _LOW_LAST, rng)
        used.add(name)
        names.append(name)
    return names


def _village_name(firsts: list[str], last: tuple[str, ...], rng: np.random.Generator) -> str:
    if rng.random() < 0.05:
        return f"{_SLOGANS[int(rng.integers(len(_SLOGANS)))]}村"
    return f"{firsts[int(rng.integers(len(firsts)))]}{last[int(rng.integers(len(last)))]}村"
