"""One text in the two languages of the product: Chinese first, English on request; and texts of users, made plain."""

from __future__ import annotations

import datetime as dt
import unicodedata
from dataclasses import dataclass
from typing import Any, Literal, get_args

Lang = Literal["zh", "en"]
LANGS: tuple[Lang, ...] = get_args(Lang)

LONGEST_TEXT = 2_000
"""Characters of one text that are kept; a spreadsheet holds 32,767, a reader far less."""

BREAKS = "\t\r\n\v\f\u0085\u2028\u2029"
"""Characters that end a line or jump on it; a text of a list reads as one line."""

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True)
class Words:
    """Say the same thing in Chinese and in English.

    Attributes
    ----------
    zh, en : str
        The text in either language. Both are plain text, never markup.
    """

    zh: str
    en: str

    def into(self, lang: Lang) -> str:
        """Return the text in `lang`.

        Parameters
        ----------
        lang : {"zh", "en"}
            The language wanted.

        Returns
        -------
        str
            The plain text.
        """
        return self.zh if lang == "zh" else self.en

    def __str__(self) -> str:
        return self.zh


def same(text: str) -> Words:
    """Return words that read the same in both languages: a file name, a code, a number.

    Parameters
    ----------
    text : str
        The text.

    Returns
    -------
    Words
        The text for either language.
    """
    return Words(text, text)


def plain(text: Any) -> str:
    """Return a text that shows as it is: one line, no control characters, nothing that turns the writing around.

    Parameters
    ----------
    text : object
        Any value; None is "".

    Returns
    -------
    str
        At most `LONGEST_TEXT` characters.
    """
    whole = "" if text is None else str(text)
    if whole.isascii() and whole.isprintable() and len(whole) <= LONGEST_TEXT:
        return whole.strip()
    kept = "".join(" " if char in BREAKS else char for char in whole if _shows(char))
    line = " ".join(kept.split())
    return line if len(line) <= LONGEST_TEXT else line[: LONGEST_TEXT - 1] + "…"


def _shows(char: str) -> bool:
    """Tell whether a character may stand in a cell: XML forbids some, others hide or turn what follows."""
    return char in BREAKS or (unicodedata.category(char) not in ("Cc", "Cf", "Cs") and char not in "\ufffe\uffff")


def day_words(day: dt.date) -> Words:
    """Return a day as it stands in sentences.

    Parameters
    ----------
    day : date
        The day.

    Returns
    -------
    Words
        ``2016年6月30日``; ``30 Jun 2016``.
    """
    return Words(f"{day.year}年{day.month}月{day.day}日", f"{day.day} {MONTHS[day.month - 1]} {day.year}")
