"""First come, first served: a semaphore of which nobody is starved."""

from __future__ import annotations

import threading
from collections import deque
from types import TracebackType


class Turns:
    """Let so many threads through at once, in the order in which they came.

    Parameters
    ----------
    count : int
        How many at once.

    Notes
    -----
    `threading.Semaphore` lets a running thread overtake those that wait; with 88 reporters some waited for seconds.
    """

    def __init__(self, count: int) -> None:
        self._free = count
        self._guard = threading.Lock()
        self._waiting: deque[threading.Lock] = deque()

    def __enter__(self) -> None:
        with self._guard:
            if self._free:
                self._free -= 1
                return
            turn = threading.Lock()
            turn.acquire()
            self._waiting.append(turn)
        turn.acquire()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        """Hand the place to the one who has waited longest."""
        with self._guard:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._free += 1
