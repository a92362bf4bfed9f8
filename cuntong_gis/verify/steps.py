"""Where the checker stands, how it refuses, and how it reads arrays that may hold anything."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from cuntong_gis.errors import CertificateError
from cuntong_gis.words import Words

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

LARGEST = 1 << 60
"""Sums of costs and of potentials stay below this, so that no sum of a few of them leaves 64 bits."""


class Steps:
    """Count the steps of a proof, and name the one that fails."""

    def __init__(self) -> None:
        self.count = 0

    def refuse(self, zh: str, en: str) -> CertificateError:
        """Return the error that says what fails and at which step.

        Parameters
        ----------
        zh, en : str
            What does not hold.

        Returns
        -------
        CertificateError
            To be raised.
        """
        if not self.count:
            return CertificateError(Words(zh, en))
        return CertificateError(Words(f"第 {self.count} 步：{zh}", f"step {self.count}: {en}"))

    def ints(self, name: str, values: Any, below: int = LARGEST, least: int = 0) -> Ints:
        """Return values as whole numbers in [least, below).

        Parameters
        ----------
        name : str
            What they are, for the error.
        values : array-like
            One-dimensional.
        below, least : int
            The range.

        Returns
        -------
        ndarray of int64
            The values.

        Raises
        ------
        CertificateError
            If they are something else.
        """
        found = np.asarray(values)
        if found.ndim != 1 or (found.size and found.dtype.kind not in "iu"):
            raise self.refuse(f"{name} 不是整数数列", f"{name}: not a list of whole numbers")
        if found.size and (int(found.min()) < least or int(found.max()) >= below):
            raise self.refuse(f"{name} 中有越界的数", f"{name}: a number is out of range")
        return found.astype(np.int64)

    def distinct(self, name: str, values: Any, below: int) -> Ints:
        """Return values as whole numbers in [0, below), no two alike.

        Parameters
        ----------
        name : str
            What they are, for the error.
        values : array-like
            One-dimensional.
        below : int
            The end of the range.

        Returns
        -------
        ndarray of int64
            The values.

        Raises
        ------
        CertificateError
            If they are something else.
        """
        found = self.ints(name, values, below)
        if len(np.unique(found)) != len(found):
            raise self.refuse(f"{name} 中有重复的数", f"{name}: a number stands there twice")
        return found


def lookup(sorted_values: Ints, wanted: Ints) -> Ints:
    """Return the place of each number in a sorted array, -1 where it is not in it.

    Parameters
    ----------
    sorted_values : ndarray of int64
        Ascending, no two alike.
    wanted : ndarray of int64
        The numbers.

    Returns
    -------
    ndarray of int64
        As long as `wanted`.
    """
    if not len(sorted_values):
        return np.full(len(wanted), -1, np.int64)
    at = np.minimum(np.searchsorted(sorted_values, wanted), len(sorted_values) - 1)
    return np.where(sorted_values[at] == wanted, at, -1)


def costs_in_range(costs: list[int]) -> bool:
    """Tell whether costs, and their sums, can be handled as 64-bit numbers.

    Parameters
    ----------
    costs : list of int
        Whole numbers >= 0 of any size.

    Returns
    -------
    bool
        Whether their sum is below `LARGEST`.
    """
    return sum(costs) < LARGEST
