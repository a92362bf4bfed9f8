"""The day of which figures speak, and what is late on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cuntong_gis.model import Stage

if TYPE_CHECKING:
    from cuntong_gis.settings import Settings


def cut_off_date(villages: pd.DataFrame, settings: Settings) -> pd.Timestamp | None:
    """Return the day of which the figures speak (数据截止日).

    Parameters
    ----------
    villages : DataFrame
        With `stage_date`.
    settings : Settings
        `campaign.as_of` decides when given.

    Returns
    -------
    Timestamp or None
        Else the latest stage date; None where there is none.
    """
    if settings.campaign.as_of is not None:
        return pd.Timestamp(settings.campaign.as_of)
    latest = villages["stage_date"].max()
    return None if pd.isna(latest) else pd.Timestamp(latest)


def late_villages(due: pd.Series, stage: pd.Series, day: pd.Timestamp | None) -> NDArray[np.bool_]:
    """Return which villages are late: not lit although their due day has passed.

    Parameters
    ----------
    due : Series of datetime64
        Due days; missing: never late.
    stage : Series of str
        Stages.
    day : Timestamp or None
        The cut-off date; None: nothing is late.

    Returns
    -------
    ndarray of bool
        One a village.
    """
    if day is None:
        return np.zeros(len(due), bool)
    return np.asarray((due < day) & ~stage.isin([Stage.LIT, Stage.CLOSED]), bool)
