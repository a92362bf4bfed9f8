"""One typed door to Numba, so that the kernels keep their Python types for the checker and the reader."""

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba  # type: ignore[import-untyped, unused-ignore]

Kernel = TypeVar("Kernel", bound=Callable[..., Any])


def kernel(function: Kernel) -> Kernel:
    """
    Compile a function on first call and keep the machine code on disk.

    A kernel takes int64 and bool arrays (C order, writable) and plain integers only, so that each is
    compiled once.

    Parameters
    ----------
    function
        A function in Numba's subset of Python.

    Returns
    -------
    Kernel
        The compiled function, with the same call.
    """
    return cast(Kernel, numba.njit(cache=True, error_model="numpy")(function))
