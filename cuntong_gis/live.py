"""What a command is doing right now: one live line on a terminal, log lines elsewhere; always on stderr."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from cuntong_gis.units import cny_from_fen, percent
from cuntong_gis.words import Words

if TYPE_CHECKING:
    from rich.console import Console
    from rich.status import Status

    from cuntong_gis.steiner import Progress

LOG_EVERY_S = 10.0
"""Where there is no terminal, the planner's progress is logged at most this often."""


class Live:
    """Show stages, notes and the planner's progress on a console.

    Parameters
    ----------
    console : Console
        Of stderr.
    text : callable
        Puts words into the language of the command, safe to print.
    status : Status, optional
        The live line; None where there is no terminal.
    """

    def __init__(self, console: Console, text: Callable[[Words], str], status: Status | None) -> None:
        self._console = console
        self._text = text
        self._status = status
        self._next_s = 0.0

    def __call__(self, words: Words) -> None:
        """Show the stage that begins; without a terminal nothing is said.

        Parameters
        ----------
        words : Words
            Name of the stage.
        """
        if self._status is not None:
            self._status.update(self._text(words) + " …")

    def note(self, words: Words) -> None:
        """Print a line that stays, above the live line.

        Parameters
        ----------
        words : Words
            What to know once.
        """
        self._console.print(self._text(words))

    def watch(self, progress: Progress) -> None:
        """Show where the planner stands; without a terminal one line every `LOG_EVERY_S`.

        Parameters
        ----------
        progress : Progress
            As the solver tells it.
        """
        line = self._text(progress_words(progress))
        if self._status is not None:
            self._status.update(line)
        elif progress.seconds >= self._next_s:
            self._next_s = progress.seconds + LOG_EVERY_S
            self._console.print(line)


@contextlib.contextmanager
def live_line(console: Console, text: Callable[[Words], str]) -> Iterator[Live]:
    """Open the live line of a command, and clear it when the command is done.

    Parameters
    ----------
    console : Console
        Of stderr.
    text : callable
        Puts words into the language of the command, safe to print.

    Yields
    ------
    Live
        To be told what happens.
    """
    if not console.is_terminal:
        yield Live(console, text, None)
        return
    with console.status("") as status:
        yield Live(console, text, status)


def progress_words(progress: Progress) -> Words:
    """Return cost, bound, gap and seconds in one line; money in whole yuan.

    Parameters
    ----------
    progress : Progress
        As the solver tells it, in fen.

    Returns
    -------
    Words
        E.g. ``规划 3,866,448 元 · 下界 3,860,112 元 · 差距 0.16 % · 12 s``.
    """
    cost, bound = (f"{cny_from_fen(fen):,.0f}" for fen in (progress.cost, progress.bound))
    gap, seconds = percent(progress.gap), f"{progress.seconds:.0f} s"
    return Words(
        f"规划 {cost} 元 · 下界 {bound} 元 · 差距 {gap} · {seconds}",
        f"plan {cost} CNY · bound {bound} CNY · gap {gap} · {seconds}",
    )
