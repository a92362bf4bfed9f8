"""The errors of the package: one branch a room, each one clear line for the user.

CuntongError
├── SettingsError     cuntong.toml
├── WorkspaceError    the folder, its lock, its stages
├── LayersError       an input layer cannot be read, or holds nothing usable
├── NetworkError      no network can be built of the layers
├── PlanError         no plan can be made, found or issued
├── CertificateError  a certificate does not prove what it claims, or is none
├── LedgerError       the ledger cannot be opened, read, or believed; a report that it refuses
├── MapsError         a map cannot be drawn
├── DocumentsError    a paper cannot be made
└── ExportError       a table cannot be written in the format asked for
"""

from __future__ import annotations

from cuntong_gis.words import Lang, Words, same


class CuntongError(Exception):
    """Stop with one line that names the place and the remedy.

    Parameters
    ----------
    message : Words or str
        What is wrong.
    where : str, optional
        File, row and field, e.g. ``villages.xlsx row 214, 区划代码``.
    hint : Words or str, optional
        What to do about it.
    """

    def __init__(self, message: Words | str, *, where: str = "", hint: Words | str = "") -> None:
        self.message = message if isinstance(message, Words) else same(message)
        self.where = where
        self.hint = hint if isinstance(hint, Words) else same(hint)
        super().__init__(self.line("en"))

    def line(self, lang: Lang) -> str:
        """Return the whole message as one line.

        Parameters
        ----------
        lang : {"zh", "en"}
            The language wanted.

        Returns
        -------
        str
            ``where: message; hint``, control characters removed.
        """
        colon, semicolon = ("：", "；") if lang == "zh" else (": ", "; ")
        text = self.message.into(lang)
        if self.where:
            text = f"{self.where}{colon}{text}"
        if hint := self.hint.into(lang):
            text = f"{text}{semicolon}{hint}"
        return "".join(c if c.isprintable() else " " for c in text)


class SettingsError(CuntongError):
    """Report an unknown key or a wrong value in ``cuntong.toml``."""


class WorkspaceError(CuntongError):
    """Report a folder that is no workspace, is locked, or lacks a stage."""


class LayersError(CuntongError):
    """Report an input layer that cannot be read or holds nothing usable."""


class NetworkError(CuntongError):
    """Report layers of which no network can be built."""


class PlanError(CuntongError):
    """Report a plan that cannot be made, found or issued."""


class CertificateError(CuntongError):
    """Report a certificate that does not prove what it claims, or a file that is none."""


class LedgerError(CuntongError):
    """Report a ledger that cannot be opened, read or believed, or a fact that it refuses."""


class MapsError(CuntongError):
    """Report a map that cannot be drawn."""


class DocumentsError(CuntongError):
    """Report a paper that cannot be made of what was given."""


class ExportError(CuntongError):
    """Report a table that cannot be written in the format asked for."""
