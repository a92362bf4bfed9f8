"""Who answers for a unit: two chains, the government's and the company's."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cuntong_gis.model import Finding, Severity
from cuntong_gis.progress.rollup.tree import Tree
from cuntong_gis.progress.rollup.units import VILLAGE, Ints, Texts, canonical_code, row_names
from cuntong_gis.words import Words

CHAINS = {"government": Words("政府", "government"), "company": Words("公司", "company")}


def officials_of(
    tree: Tree, villages: Ints, table: pd.DataFrame | None
) -> tuple[dict[str, Texts], tuple[Finding, ...]]:
    """Return the responsible officials of every unit.

    Parameters
    ----------
    tree : Tree
        The units.
    villages : ndarray of int64, shape (u,)
        Villages of each unit.
    table : DataFrame or None
        Schema ``officials``.

    Returns
    -------
    named : dict of str to ndarray of str, shape (u,)
        By chain: names in the order of the table, joined by 、; "" where nobody is named.
    findings : tuple of Finding
        Units from province to township, and overlays, that have villages but lack somebody in a chain; rows about
        units that do not exist. Without a table one finding says so.
    """
    named = {chain: np.full(len(tree.codes), "", object) for chain in CHAINS}
    if table is None:
        return named, (Finding(
            Severity.WARNING, "officials_missing",
            Words("没有责任人表，各单位的责任人都空缺", "there is no table of officials: nobody answers for any unit"),
            Words("填写 layers/officials.xlsx", "fill in layers/officials.xlsx"), layer="officials",
        ),)  # fmt: skip
    codes = np.array([canonical_code(c) for c in table["unit"]], object)
    unit = tree.rows_of(codes)
    lost = np.flatnonzero((unit < 0) & ~tree.known(codes))
    notes = [
        Finding(
            Severity.WARNING, "official_unknown_unit",
            Words(f"officials 第 {row} 行：没有代码为 {code} 的单位", f"officials row {row}: there is no unit {code}"),
            Words("改正单位代码", "correct the code of the unit"), layer="officials", row=str(row), field="unit",
        )
        for row, code in zip(row_names(table)[lost], codes[lost], strict=True)
    ]  # fmt: skip
    for chain in CHAINS:
        here = (unit >= 0) & (table["chain"] == chain).to_numpy(bool) & (table["name"] != "").to_numpy(bool)
        joined = table["name"][here].groupby(unit[here]).agg(lambda names: "、".join(dict.fromkeys(names)))
        named[chain][joined.index.to_numpy(np.int64)] = joined.to_numpy(object)
    needed = (villages > 0) & ((tree.levels < VILLAGE) | tree.overlay)
    lacking = {chain: needed & (names == "") for chain, names in named.items()}
    for row in np.flatnonzero(np.logical_or.reduce(list(lacking.values()))).tolist():
        chains = [words for chain, words in CHAINS.items() if lacking[chain][row]]
        zh, en = "、".join(w.zh for w in chains), " and ".join(w.en for w in chains)
        notes.append(Finding(
            Severity.WARNING, "official_missing",
            Words(
                f"{tree.called(row)} 没有{zh}责任人",
                f"{tree.called(row)} has no responsible official of the {en}",
            ),
            Words("在 layers/officials.xlsx 补上", "add a row to layers/officials.xlsx"),
            layer="officials", field="unit",
        ))  # fmt: skip
    return named, tuple(notes)
