"""One text in the two languages of the product: Chinese first, English on request."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

Lang = Literal["zh", "en"]
LANGS: tuple[Lang, ...] = get_args(Lang)


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
