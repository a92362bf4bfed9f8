"""The certificate of a plan: its form and its file. It shows, step by step, that no plan can be much cheaper."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from cuntong_gis.errors import CertificateError
from cuntong_gis.files import written_aside
from cuntong_gis.words import Words

Ints = npt.NDArray[np.int64]

FORMAT = 1

NOTHING = np.zeros(0, np.int64)

FLAT = ("edges", "record", "owner", "node", "value", "tree")
"""The arrays of all parts and blocks, one after the other in the file."""


@dataclass(frozen=True)
class BlockProof:
    """What bounds one block of a reduced graph.

    Attributes
    ----------
    edge
        Any edge of the block, by its number in the part.
    owner, node, value
        Potentials: for a terminal `owner` and a node a value > 0, both by their number in the instance. A tree leads
        from the root, where every potential is 0, to each owner, and pays on each arc for the rise of all potentials.
    tree
        Edges of a tree of the block, by their number in the part; empty when no edge was left out for being too dear.
    rest
        The proof of what is left after edges were left out with which no tree is cheaper than `tree`.
    cut_off
        Whether what is left no longer connects the terminals, so that `tree` is the cheapest.
    """

    edge: int
    owner: Ints
    node: Ints
    value: Ints
    tree: Ints = field(default_factory=lambda: NOTHING)
    rest: PartProof | None = None
    cut_off: bool = False


@dataclass(frozen=True)
class PartProof:
    """What bounds a part of the graph.

    Attributes
    ----------
    edges
        Its edges, by their number in the part above; for the whole graph by their number in the instance.
    record
        What was done to it, as words: 1 DROP edge k path… · 2 TAKE edge k path… · 3 SERIES edge edge ·
        4 STAR d edge… (k path…)… Edges are numbered in the order of `edges`, then in the order in which they are made.
    blocks
        The proofs of its blocks of more than one edge; a block left out counts 0.
    """

    edges: Ints
    record: Ints
    blocks: tuple[BlockProof, ...]


@dataclass(frozen=True)
class Certificate:
    """The instance, the plan, and the proof of its bound.

    Attributes
    ----------
    n, u, v, w
        Number of nodes; ends and cost of each edge.
    terminals, root
        Nodes to connect, and the one to connect them to.
    tree
        The edges of the plan.
    cost, bound
        What is claimed: the plan's cost and the bound.
    proof
        Why the bound holds.
    """

    n: int
    u: Ints
    v: Ints
    w: Ints
    terminals: Ints
    root: int
    tree: Ints
    cost: int
    bound: int
    proof: PartProof


def save_certificate(certificate: Certificate, path: str | Path) -> Path:
    """Write a certificate as one compressed NumPy archive.

    Parameters
    ----------
    certificate : Certificate
        What to write.
    path : path-like
        Where; an existing file is replaced in one step.

    Returns
    -------
    Path
        The file. The same certificate gives the same bytes.
    """
    flat: dict[str, list[Ints]] = {name: [NOTHING] for name in FLAT}
    parts: list[list[int]] = []
    blocks: list[list[int]] = []
    _flatten(certificate.proof, flat, parts, blocks)
    arrays: dict[str, Ints] = {
        "head": np.array(
            [FORMAT, certificate.n, certificate.root, certificate.cost, certificate.bound], np.int64
        ),
        "u": certificate.u, "v": certificate.v, "w": certificate.w,
        "terminals": certificate.terminals, "plan": certificate.tree,
        "parts": np.array(parts, np.int64).reshape(-1, 3), "blocks": np.array(blocks, np.int64).reshape(-1, 5),
        **{name: np.concatenate(pieces) for name, pieces in flat.items()},
    }  # fmt: skip
    path = Path(path)
    with written_aside(path) as aside, aside.open("wb") as out:
        np.savez_compressed(out, allow_pickle=False, **{name: _small(values) for name, values in arrays.items()})
    return path


def _flatten(part: PartProof, flat: dict[str, list[Ints]], parts: list[list[int]], blocks: list[list[int]]) -> None:
    """Add a part, and what is below it, to the lists: the order is that of reading."""
    parts.append([len(part.edges), len(part.record), len(part.blocks)])
    flat["edges"].append(part.edges)
    flat["record"].append(part.record)
    for block in part.blocks:
        blocks.append([block.edge, len(block.owner), len(block.tree), int(block.cut_off), int(block.rest is not None)])
        for name in ("owner", "node", "value", "tree"):
            flat[name].append(getattr(block, name))
        if block.rest is not None:
            _flatten(block.rest, flat, parts, blocks)


def _small(values: Ints) -> npt.NDArray[Any]:
    """Store in four bytes what fits in four bytes."""
    fits = not len(values) or (values.min() >= -(1 << 31) and values.max() < 1 << 31)
    return values.astype(np.int32) if fits and values.ndim == 1 else values


def load_certificate(path: str | Path) -> Certificate:
    """Read a certificate.

    Parameters
    ----------
    path : path-like
        As of `save_certificate`.

    Returns
    -------
    Certificate
        What it says; nothing of it has been verified.

    Raises
    ------
    CertificateError
        If the file is not such an archive.
    """
    path = Path(path)
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            data = {name: _whole(archive[name]) for name in archive.files}
        return _rebuilt(data)
    except FileNotFoundError:
        raise CertificateError(
            Words("没有证书文件", "there is no certificate"),
            where=str(path),
            hint=Words("运行 cuntong plan --certificate", "run 'cuntong plan --certificate'"),
        ) from None
    except Exception as error:  # whatever the archive's many formats stumble over, the file is no certificate
        raise CertificateError(
            Words("证书文件已损坏或不是证书", "the file is damaged, or no certificate"),
            where=str(path),
            hint=Words("重新运行 cuntong plan --certificate", "run 'cuntong plan --certificate' again"),
        ) from error


def _whole(values: npt.NDArray[Any]) -> Ints:
    """Return whole numbers as they are; nothing else is silently cut to one."""
    if values.dtype.kind != "i":
        raise ValueError("whole numbers expected")
    return np.asarray(values, np.int64)


def _rebuilt(data: dict[str, Ints]) -> Certificate:
    form, n, root, cost, bound = (int(x) for x in data["head"])
    if form != FORMAT:
        raise ValueError("unknown format")
    at = dict.fromkeys((*FLAT, "parts", "blocks"), 0)

    def take(name: str, count: int) -> Ints:
        begin = at[name]
        if count < 0 or begin + count > len(data[name]):
            raise ValueError(f"{name} is cut off")
        at[name] = begin + count
        return data[name][begin : begin + count]

    def part() -> PartProof:
        edges, words, count = (int(x) for x in take("parts", 1)[0])
        mine = take("edges", edges), take("record", words)
        found = []
        for _ in range(count):
            edge, potentials, tree, cut_off, rest = (int(x) for x in take("blocks", 1)[0])
            found.append(
                BlockProof(
                    edge,
                    take("owner", potentials),
                    take("node", potentials),
                    take("value", potentials),
                    take("tree", tree),
                    part() if rest else None,
                    bool(cut_off),
                )
            )
        return PartProof(*mine, tuple(found))

    proof = part()
    return Certificate(n, data["u"], data["v"], data["w"], data["terminals"], root, data["plan"], cost, bound, proof)
