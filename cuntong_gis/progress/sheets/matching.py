"""Which village a row of a sheet speaks of: by its code, else by township and name, never by name alone."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from cuntong_gis.progress.facts import PlanFacts, nearest
from cuntong_gis.progress.rules import Refusal
from cuntong_gis.words import Words

VILLAGE_DIGITS = 12
NO_HINT = Words("", "")
SHOWN = 5
"""Candidates that a message lists."""
_KIND_OF_VILLAGE = re.compile(r"(村民委员会|居民委员会|村委会|居委会|行政村|社区|村|居)$")
_KIND_OF_TOWNSHIP = re.compile(r"(街道办事处|街道办|街道|(?:[一-龥]{1,4}族)+乡|民族乡|乡|镇)$")
_KIND_OF_COUNTY = re.compile(r"((?:[一-龥]{1,4}族)+自治县|自治县|特区|县|区|市)$")


@dataclass(frozen=True)
class Match:
    """The subject of a row.

    Attributes
    ----------
    subject : str
        Village code or span id; "" when there is none.
    refusal : Refusal or None
        Why there is none; its field is a column of the form.
    notices : tuple of Refusal
        What should be known though there is one.
    """

    subject: str
    refusal: Refusal | None = None
    notices: tuple[Refusal, ...] = ()


@dataclass(frozen=True)
class Matcher:
    """Finds villages and spans of an issued plan.

    Attributes
    ----------
    facts : PlanFacts
        The plan.
    unit : str
        Unit that reports: its own villages come first where names are alike.
    """

    facts: PlanFacts
    unit: str

    def village(self, code: str, name: str, township: str, county: str) -> Match:
        """Return the village of a row.

        Parameters
        ----------
        code, name, township, county : str
            As written, "" where empty.

        Returns
        -------
        Match
            By code where there is one; else by township and name.
        """
        if code:
            return self._by_code(code, name, township)
        if not name:
            return _refused("no_subject", "code", Words("没有区划代码，也没有村名", "neither code nor name is given"))
        if not township:
            return self._name_alone(name)
        return self._by_name(name, township, county)

    def span(self, span_id: str) -> Match:
        """Return the span of a row.

        Parameters
        ----------
        span_id : str
            As written, "" where empty.

        Returns
        -------
        Match
            Spans go by their number only.
        """
        if span_id in self.facts.planned_m:
            return Match(span_id)
        if not span_id:
            return _refused("no_subject", "span_id", Words("没有光缆段编号", "no span is given"))
        near = "、".join(nearest(span_id, self.facts.planned_m))
        return _refused(
            "unknown_span", "span_id",
            Words(f"版本 {self.facts.revision} 中没有光缆段 {span_id}",
                  f"revision {self.facts.revision} has no span {span_id}"),
            Words(f"相近的：{near}", f"the nearest: {near}") if near else
            Words("规划若已重新发布，请用新模板", "if the plan was issued anew, take a new form"),
        )  # fmt: skip

    @cached_property
    def _by_place(self) -> Mapping[tuple[str, str], Sequence[str]]:
        found: dict[tuple[str, str], list[str]] = {}
        for code, fact in self.facts.villages.items():
            found.setdefault((place(fact.township), place(fact.name)), []).append(code)
        return found

    @cached_property
    def _by_stem(self) -> Mapping[tuple[str, str], Sequence[str]]:
        found: dict[tuple[str, str], list[str]] = {}
        for code, fact in self.facts.villages.items():
            found.setdefault((stem(fact.township, _KIND_OF_TOWNSHIP), stem(fact.name, _KIND_OF_VILLAGE)), []).append(
                code
            )
        return found

    @cached_property
    def _called(self) -> Mapping[str, Sequence[str]]:
        found: dict[str, list[str]] = {}
        for code, fact in self.facts.villages.items():
            found.setdefault(stem(fact.name, _KIND_OF_VILLAGE), []).append(code)
        return found

    def _by_code(self, code: str, name: str, township: str) -> Match:
        fact = self.facts.villages.get(code)
        if fact is None:
            return self._unknown_code(code, name, township)
        if not name or stem(name, _KIND_OF_VILLAGE) == stem(fact.name, _KIND_OF_VILLAGE):
            return Match(code)
        other = [c for c in self._called.get(stem(name, _KIND_OF_VILLAGE), ()) if c[:9] == code[:9]]
        if other:
            return _refused(
                "code_and_name_differ", "name",
                Words(f"代码 {code} 是{fact.name}，村名写的却是另一个村 {self._named(other[0])}",
                      f"code {code} is {fact.name}, but the name is that of another village, {self._named(other[0])}"),
                Words("是否错行? 核对代码与村名", "did the rows slip? check code and name"),
            )  # fmt: skip
        return Match(code, None, (Refusal(
            "name_differs", "name",
            Words(f"村名 {name} 与台账的 {fact.name} 不同，按代码导入",
                  f"the name {name} is not the ledger's, {fact.name}; the code counts"),
            Words("异体字或自造字请改为台账用字", "write it as the ledger does"),
        ),))  # fmt: skip

    def _unknown_code(self, code: str, name: str, township: str) -> Match:
        likely = self._likely(code, name, township)
        shown = "、".join(self._named(c) for c in likely)
        lost = code.isdigit() and len(code) != VILLAGE_DIGITS
        what = (
            Words(f"区划代码应为 {VILLAGE_DIGITS} 位，实为 {len(code)} 位：{code}",
                  f"a code has {VILLAGE_DIGITS} digits, found {len(code)}: {code}")
            if lost else
            Words(f"版本 {self.facts.revision} 中没有行政村 {code}",
                  f"revision {self.facts.revision} has no village {code}")
        )  # fmt: skip
        zeros = Words("；表格可能丢了 0，请把该列设为文本", "; the sheet may have lost zeros: make the column text")
        hint = Words(f"可能是 {shown}", f"probably {shown}") if shown else Words("核对区划代码", "check the code")
        if lost:
            hint = Words(hint.zh + zeros.zh, hint.en + zeros.en)
        return _refused("code_digits" if lost else "unknown_village", "code", what, hint)

    def _likely(self, code: str, name: str, township: str) -> list[str]:
        """Return the villages that a wrong code may stand for: lost zeros first, then the name, then the nearest."""
        known = self.facts.villages
        found = [c for c in (code.zfill(VILLAGE_DIGITS), code.ljust(VILLAGE_DIGITS, "0")) if c in known]
        if not found and code.isdigit():
            bare = code.replace("0", "")
            found = [c for c in known if len(c) != len(code) and c.replace("0", "") == bare and _within(code, c)]
        if not found and name and township:
            found = list(self._by_stem.get((stem(township, _KIND_OF_TOWNSHIP), stem(name, _KIND_OF_VILLAGE)), ()))
        return (found or nearest(code, known))[:3]

    def _name_alone(self, name: str) -> Match:
        same = self._called.get(stem(name, _KIND_OF_VILLAGE), ())
        if not same:
            return self._unknown_name(name, "")
        shown = self._listed(same)
        return _refused(
            "name_alone", "township",
            Words(f"只写了村名 {name}，不能确定是哪个村", f"only the name {name} is given: that is not enough"),
            Words(f"填写区划代码或乡镇；同名的有：{shown}", f"give the code or the township; of that name: {shown}"),
        )  # fmt: skip

    def _by_name(self, name: str, township: str, county: str) -> Match:
        found = list(self._by_place.get((place(township), place(name)), ()))
        exact = bool(found)
        if not found:
            found = list(self._by_stem.get((stem(township, _KIND_OF_TOWNSHIP), stem(name, _KIND_OF_VILLAGE)), ()))
        if county:
            known = self.facts.villages
            found = [c for c in found if stem(known[c].county, _KIND_OF_COUNTY) == stem(county, _KIND_OF_COUNTY)]
        own = [c for c in found if self.facts.is_of(c, self.unit)]
        found = own or found
        if not found:
            return self._unknown_name(name, township)
        if len(found) > 1:
            shown = self._listed(found)
            return _refused(
                "name_twice", "code",
                Words(f"{township}{name} 有 {len(found)} 个", f"there are {len(found)} of {township} {name}"),
                Words(f"填写区划代码：{shown}", f"give the code: {shown}"),
            )  # fmt: skip
        fact = self.facts.villages[found[0]]
        notice = Refusal(
            "matched_by_name", "name",
            Words(f"按乡镇、村名对应为 {self._named(found[0])}", f"taken for {self._named(found[0])} by its name"),
            Words("" if exact else f"台账的写法：{fact.township} {fact.name}",
                  "" if exact else f"the ledger writes {fact.township} {fact.name}"),
        )  # fmt: skip
        return Match(found[0], None, (notice,))

    def _unknown_name(self, name: str, township: str) -> Match:
        places = {
            fact.township + fact.name if township else fact.name: code for code, fact in self.facts.villages.items()
        }
        shown = "、".join(self._named(places[near]) for near in nearest(township + name, places))
        said = f"{township} {name}".strip()
        return _refused(
            "unknown_village", "name",
            Words(f"版本 {self.facts.revision} 中没有 {said}", f"revision {self.facts.revision} has no {said}"),
            Words(f"相近的：{shown}", f"the nearest: {shown}") if shown else
            Words("填写区划代码", "give the code"),
        )  # fmt: skip

    def _named(self, code: str) -> str:
        fact = self.facts.villages[code]
        return f"{code}（{fact.township}{fact.name}）"

    def _listed(self, codes: Sequence[str]) -> str:
        more = " …" if len(codes) > SHOWN else ""
        return "、".join(self._named(code) for code in sorted(codes)[:SHOWN]) + more


def place(name: str) -> str:
    """Return a name without spaces and width.

    Parameters
    ----------
    name : str
        As written.

    Returns
    -------
    str
        For comparing.
    """
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", name))


def stem(name: str, kind: re.Pattern[str]) -> str:
    """Return a name without the word for its kind: 红星 of 红星村委会.

    Parameters
    ----------
    name : str
        As written.
    kind : re.Pattern
        Words for the kind at its end.

    Returns
    -------
    str
        For comparing; the whole name where nothing else is in it.
    """
    bare = place(name)
    return kind.sub("", bare) or bare


def _within(short: str, long: str) -> bool:
    """Tell whether the digits of one code stand in the other in their order."""
    rest = iter(long)
    return len(short) < len(long) and all(digit in rest for digit in short)


def _refused(code: str, column: str, message: Words, hint: Words = NO_HINT) -> Match:
    return Match("", Refusal(code, column, message, hint))
