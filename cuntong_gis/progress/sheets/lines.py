"""What became of the rows of a sheet, one line a thing that they say."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from cuntong_gis.words import Lang, Words

NOTHING = Words("", "")

OUTCOMES = {
    "taken": Words("已导入", "taken"),
    "adjusted": Words("计入本期", "adjusted"),
    "unchanged": Words("无变化", "unchanged"),
    "conflict": Words("冲突", "conflict"),
    "refused": Words("拒绝", "refused"),
    "held": Words("未导入", "held"),
    "noticed": Words("提示", "noticed"),
}
"""What becomes of a row; held: nothing wrong with it, but the whole file was kept out."""

HEADER = (
    Words("文件", "file"), Words("行", "row"), Words("对象", "subject"), Words("名称", "name"), Words("栏目", "field"),
    Words("结果", "outcome"), Words("原值", "before"), Words("新值", "after"), Words("原因", "reason"),
    Words("处理", "hint"),
)  # fmt: skip


@dataclass(frozen=True)
class Line:
    """What became of one thing that a row says.

    Attributes
    ----------
    file : str
        File, with the sheet.
    row : str
        Number of the row as the user counts; "" for the file.
    subject, name : str
        Village code or span id, and the village's name.
    field : str
        Header and cell.
    outcome : str
        A key of `OUTCOMES`.
    before, after : Words
        What stood and what is said.
    reason, hint : Words
        Why, and what to do.
    """

    file: str
    row: str
    subject: str
    name: str
    field: str
    outcome: str
    before: Words = NOTHING
    after: Words = NOTHING
    reason: Words = NOTHING
    hint: Words = NOTHING

    def cells(self, lang: Lang) -> list[str]:
        """Return the line as a row under `HEADER`.

        Parameters
        ----------
        lang : {"zh", "en"}
            Language.

        Returns
        -------
        list of str
            Plain text; it may begin with any sign, so whoever writes a spreadsheet makes it inert.
        """
        words = (OUTCOMES[self.outcome], self.before, self.after, self.reason, self.hint)
        return [self.file, self.row, self.subject, self.name, self.field, *(w.into(lang) for w in words)]


@dataclass(frozen=True)
class Imported:
    """What became of a file.

    Attributes
    ----------
    file, sha256 : str
        Its name and content.
    lines : tuple of Line
        In the order of its rows.
    taken : bool
        Whether it was taken; also when it says nothing new. With `accept_valid` some rows may be refused.
    new : int
        Entries that the ledger holds more than before, the receipt among them.
    """

    file: str
    sha256: str
    lines: tuple[Line, ...]
    taken: bool
    new: int

    @property
    def counts(self) -> dict[str, int]:
        """Return how many lines have each outcome.

        Returns
        -------
        dict of str to int
            In the order of `OUTCOMES`; none that is zero.
        """
        found = Counter(line.outcome for line in self.lines)
        return {outcome: found[outcome] for outcome in OUTCOMES if found[outcome]}
