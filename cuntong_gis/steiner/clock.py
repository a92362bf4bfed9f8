"""The wall-time cap of a solve."""

import time
from dataclasses import dataclass, field


@dataclass
class Clock:
    """
    Say when the time is over, and how much has gone by.

    Attributes
    ----------
    seconds
        Wall time allowed; None for no cap.
    stopped
        Whether it was ended from outside.
    """

    seconds: float | None = None
    stopped: bool = False
    _begin: float = field(default_factory=time.perf_counter)

    @property
    def elapsed(self) -> float:
        """Give the seconds since the clock was made.

        Returns
        -------
        float
            Seconds since the clock was made.
        """
        return time.perf_counter() - self._begin

    @property
    def over(self) -> bool:
        """Whether the time allowed has gone by.

        Returns
        -------
        bool
            Whether the time allowed has gone by.
        """
        return self.stopped or (self.seconds is not None and self.elapsed >= self.seconds)

    def stop(self) -> None:
        """End the time now, because the keyboard said so."""
        self.stopped = True
