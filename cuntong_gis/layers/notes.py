"""What reading has to tell: findings that name file, row and field, and are bounded in number."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cuntong_gis.model import Finding, Severity
from cuntong_gis.words import Words

LISTED = 1000
"""Findings of one rule on one layer that are listed one by one; the rest are counted in one more."""

SHOWN = 80
"""Characters of a value from a file that a message repeats."""

NO_HINT = Words("", "")


@dataclass(frozen=True)
class Origin:
    """Where the rows of a table came from, in the user's own counting.

    Attributes
    ----------
    layer : str
        Our name of the layer, e.g. ``villages``.
    file : str
        Name of the file, without its folder.
    rows : ndarray of str
        Each row's number in the sheet, or the feature's id.
    features : bool
        Rows are features of a map file, not rows of a sheet.
    """

    layer: str
    file: str
    rows: NDArray[np.object_]
    features: bool = False

    def place(self, row: int, header: str = "") -> Words:
        """Return file, row and field as a reader of the file finds them.

        Parameters
        ----------
        row : int
            Row of the table, from 0.
        header : str
            The column's header in the file.

        Returns
        -------
        Words
            E.g. ``villages.xlsx row 214, 区划代码``.
        """
        label = quoted(self.rows[row], marks=False)
        head = quoted(header, marks=False)
        zh = f"{self.file} 要素 {label}" if self.features else f"{self.file} 第 {label} 行"
        en = f"{self.file} {'feature' if self.features else 'row'} {label}"
        return Words(f"{zh}“{head}”" if head else zh, f"{en}, {head}" if head else en)

    def take(self, which: NDArray[Any]) -> Origin:
        """Return the origin of some of the rows.

        Parameters
        ----------
        which : ndarray of bool or int
            The rows.

        Returns
        -------
        Origin
            Theirs.
        """
        return Origin(self.layer, self.file, self.rows[which], self.features)


def quoted(value: object, *, marks: bool = True) -> str:
    """Return a value of a file as it may stand in a message: short and printable.

    Parameters
    ----------
    value : object
        The value.
    marks : bool
        Put it in quotation marks.

    Returns
    -------
    str
        One line of at most `SHOWN` characters.
    """
    text = "".join(c if c.isprintable() else "�" for c in str(value)[: SHOWN + 1])
    text = text if len(text) <= SHOWN else text[:SHOWN] + "…"
    return f'"{text}"' if marks else text


class Notes:
    """Collects findings. Of each rule on each layer the first `LISTED` are kept and the others counted."""

    def __init__(self) -> None:
        self._found: list[Finding] = []
        self._count: Counter[tuple[str, str, Severity]] = Counter()

    def add(self, finding: Finding) -> None:
        """Keep one finding.

        Parameters
        ----------
        finding : Finding
            The finding.
        """
        key = (finding.layer, finding.code, finding.severity)
        self._count[key] += 1
        if self._count[key] <= LISTED:
            self._found.append(finding)

    def tell(
        self, severity: Severity, code: str, layer: str, zh: str, en: str, hint: Words = NO_HINT, *, field: str = ""
    ) -> None:
        """Keep one finding about a whole layer.

        Parameters
        ----------
        severity : Severity
            Its weight.
        code : str
            The rule.
        layer : str
            The layer.
        zh, en : str
            What was found.
        hint : Words
            What to do.
        field : str
            The column.
        """
        self.add(Finding(severity, code, Words(zh, en), hint, layer, field=field))

    def rows(
        self,
        severity: Severity,
        code: str,
        origin: Origin,
        rows: Iterable[int],
        what: Words | Callable[[int], Words],
        hint: Words = NO_HINT,
        *,
        field: str = "",
        lonlat: NDArray[np.float64] | None = None,
    ) -> None:
        """Keep one finding a row.

        Parameters
        ----------
        severity : Severity
            Their weight.
        code : str
            The rule.
        origin : Origin
            Where the rows came from.
        rows : iterable of int
            Rows of the table, from 0.
        what : Words, or callable of row → Words
            What is wrong with the row; file, row and field are put before it.
        hint : Words
            What to do.
        field : str
            Header of the column in the file.
        lonlat : ndarray of float64, shape (n, 2), optional
            Places of all rows of the table, in degrees.
        """
        key = (origin.layer, code, severity)
        for row in rows:
            if self._count[key] >= LISTED:
                self._count[key] += 1
                continue
            text = what if isinstance(what, Words) else what(row)
            place = origin.place(row, field)
            message = Words(f"{place.zh}：{text.zh}", f"{place.en}: {text.en}")
            label = quoted(origin.rows[row], marks=False)
            lon, lat = _finite(lonlat, row)
            self.add(Finding(severity, code, message, hint, origin.layer, label, quoted(field, marks=False), lon, lat))

    def all(self) -> tuple[Finding, ...]:
        """Return everything found, in the order of finding, and what was only counted.

        Returns
        -------
        tuple of Finding
            The findings.
        """
        rest = [
            Finding(
                severity,
                code,
                Words(
                    f"同类问题另有 {count - LISTED} 处，未逐一列出（共 {count} 处）",
                    f"{count - LISTED} more of the same kind are not listed one by one ({count} in all)",
                ),
                layer=layer,
            )
            for (layer, code, severity), count in self._count.items()
            if count > LISTED
        ]
        return (*self._found, *rest)


def _finite(lonlat: NDArray[np.float64] | None, row: int) -> tuple[float | None, float | None]:
    if lonlat is None or not np.isfinite(lonlat[row]).all():
        return None, None
    return float(lonlat[row, 0]), float(lonlat[row, 1])
