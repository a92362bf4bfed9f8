"""What a dashboard speaks of: one unit, its figures of the day, its pace, and the units below it in their order."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from cuntong_gis.maps.pace import Pace, pace_of
from cuntong_gis.maps.standings import Standings, standings_of
from cuntong_gis.words import Lang

if TYPE_CHECKING:
    import pandas as pd

    from cuntong_gis.maps.shown import Shown


@dataclass(frozen=True)
class Board:
    """A unit and what is said of it.

    Attributes
    ----------
    shown : Shown
        The unit.
    code : str
        Its code.
    row : Series
        Its row of ``unit_status``.
    pace : Pace
        How fast it is, and how fast it would have to be.
    below : Standings
        The units below it, worst first.
    lang : {"zh", "en"}
        Language of the page.
    """

    shown: Shown
    code: str
    row: pd.Series
    pace: Pace
    below: Standings
    lang: Lang

    @property
    def of_villages(self) -> bool:
        """Tell whether villages come just below the unit.

        Returns
        -------
        bool
            Also where nothing is below it.
        """
        return self.below.level == "village" or not len(self.below.rows)

    def say(self, zh: str, en: str) -> str:
        """Return a text of the page.

        Parameters
        ----------
        zh, en : str
            In either language.

        Returns
        -------
        str
            Markup.
        """
        return escape(zh if self.lang == "zh" else en)


def board_of(shown: Shown, code: str) -> Board:
    """Return what the dashboard of a unit speaks of.

    Parameters
    ----------
    shown : Shown
        The campaign, or a unit of it that `code` is or lies in.
    code : str
        The unit.

    Returns
    -------
    Board
        Of that unit alone.
    """
    here = shown if shown.unit == code else shown.within(code)
    units = here.status.units
    row = units[units["code"] == code].iloc[0]
    return Board(here, code, row, pace_of(here, code), standings_of(here), here.settings.campaign.lang)
