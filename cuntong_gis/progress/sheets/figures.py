"""What stands of one village or span by the entries about it: the figures, who gave them, what is still in the way."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from cuntong_gis.progress.entries import Entry, Kind, Measure


@dataclass(frozen=True)
class Figures:
    """A subject as it stands.

    Attributes
    ----------
    history : sequence of Entry
        About the subject, in the order taken.
    """

    history: Sequence[Entry]

    def giver(self, measure: Measure) -> Entry | None:
        """Return the entry by which a figure came to be what it is.

        Parameters
        ----------
        measure : Measure
            Which figure.

        Returns
        -------
        Entry or None
            The last reset, or the first that reached the figure after it; None if nothing was said.
        """
        found: Entry | None = None
        said = [e for e in self.history if e.measure == measure and not e.conflicts_with and e.level is not None]
        for entry in sorted(said, key=lambda e: (e.counts_on, e.reported_at, e.chain, e.number)):
            if entry.resets or found is None or (entry.level or 0.0) > (found.level or 0.0):
                found = entry
        return found

    def figure(self, measure: Measure) -> float | None:
        """Return a figure.

        Parameters
        ----------
        measure : Measure
            Which.

        Returns
        -------
        float or None
            None if nothing was said.
        """
        giver = self.giver(measure)
        return None if giver is None else giver.level

    def before(self, giver: Entry) -> float:
        """Return the figure as it stood before an entry.

        Parameters
        ----------
        giver : Entry
            One of the history.

        Returns
        -------
        float
            0 if nothing was said before.
        """
        key = (giver.counts_on, giver.reported_at)
        earlier = [e for e in self.history if e.measure == giver.measure and (e.counts_on, e.reported_at) < key]
        return Figures(earlier).figure(Measure(giver.measure)) or 0.0

    def saying(self, giver: Entry, before: dt.date) -> list[Entry]:
        """Return the entries that say the same figure as the one that gave it.

        Parameters
        ----------
        giver : Entry
            One of the history.
        before : date
            Of earlier days than this.

        Returns
        -------
        list of Entry
            Those that count, `giver` among them, in the order taken.
        """
        return [
            e for e in self.history
            if e.measure == giver.measure and e.level == giver.level and not e.conflicts_with
            and giver.counts_on <= e.counts_on and e.happened_on < before
        ]  # fmt: skip

    def said(self, measure: Measure, level: float, day: dt.date | None = None, by: str = "") -> Entry | None:
        """Return an entry that says a figure already.

        Parameters
        ----------
        measure : Measure
            Which figure.
        level : float
            The figure.
        day : date, optional
            Of that day; default: of any.
        by : str
            By this reporter, also one that is kept as a conflict; "": one that counts, by anybody.

        Returns
        -------
        Entry or None
            The first.
        """
        for entry in self.history:
            if entry.measure != measure or entry.level != level or (day is not None and entry.happened_on != day):
                continue
            if (by and entry.reported_by == by) or (not by and not entry.conflicts_with):
                return entry
        return None

    @property
    def blockers(self) -> list[Entry]:
        """Return what is still in the way.

        Returns
        -------
        list of Entry
            In the order taken.
        """
        gone = {e.corrects for e in self.history if e.kind == Kind.UNBLOCK}
        return [e for e in self.history if e.kind == Kind.BLOCKER and e.entry_id not in gone]

    def disputed(self, measure: Measure) -> Entry | None:
        """Return the first entry kept as a conflict about a figure that nobody has decided.

        Parameters
        ----------
        measure : Measure
            Which figure.

        Returns
        -------
        Entry or None
            None if there is none.
        """
        decided = {e.corrects for e in self.history if e.corrects}
        for entry in self.history:
            open_still = entry.entry_id not in decided and entry.conflicts_with not in decided
            if entry.measure == measure and entry.conflicts_with and open_still:
                return entry
        return None
