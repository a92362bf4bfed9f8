"""Tell when kernels are being compiled, which takes a while and happens once: the machine code is kept on disk."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def compiling_told(tell: Callable[[], None]) -> Iterator[None]:
    """
    Say once when the first kernel is compiled; code that is loaded from disk is not compiled.

    Parameters
    ----------
    tell
        Called at most once, before the compiler begins.

    Yields
    ------
    None
        While this lasts, Numba is listened to.
    """
    # imported here: importing the package must stay quick
    from numba.core import event  # type: ignore[import-untyped, unused-ignore]

    class _Once(event.Listener):  # type: ignore[misc, unused-ignore]
        """Hear the first compilation only."""

        told = False

        def on_start(self, _: Any) -> None:
            if not self.told:
                self.told = True
                tell()

        def on_end(self, _: Any) -> None:
            """Ask for nothing: both must be defined."""

    with event.install_listener("numba:compile", _Once()):
        yield
