"""The record of a part, replayed on its own multigraph; each step is allowed only if its reason holds."""

from __future__ import annotations

from itertools import combinations

from cuntong_gis.verify.steps import Ints, Steps

DROP, TAKE, SERIES, STAR = 1, 2, 3, 4
RAYS = range(3, 9)
"""Edges that a star may have; the subsets of their ends are all looked at."""
NO_WAY = 1 << 200
"""Cost between two nodes that no walk joins; costs are Python integers and cannot overflow."""


class Replay:
    """A multigraph whose nodes merge and whose edges come and go.

    Parameters
    ----------
    u, v, w : ndarray of int64
        Ends, in [0, count), and cost >= 0 of each edge.
    terminal : list of bool
        Which nodes are terminals; the root is one.
    steps : Steps
        Where the proof stands.
    """

    def __init__(self, u: Ints, v: Ints, w: Ints, terminal: list[bool], steps: Steps) -> None:
        count = len(terminal)
        self.u: list[int] = u.tolist()
        self.v: list[int] = v.tolist()
        self.w: list[int] = w.tolist()
        self.steps = steps
        self.alive = [True] * len(self.u)
        self.terminal = terminal
        self.terminals = sum(terminal)
        self.fixed = 0
        self.up = list(range(count))
        # the halves of the edges at a class, edge k has 2 k (at u) and 2 k + 1, form a ring: two rings join in one move
        self.degree = [0] * count
        self.ring = [-1] * count
        self.after: list[int] = []
        for a, b in zip(self.u, self.v, strict=True):
            self._hang(a)
            self._hang(b)
        self.words: list[int] = []
        self.at = 0

    def run(self, record: Ints) -> None:
        """Replay a record.

        Parameters
        ----------
        record : ndarray of int64
            Its words.

        Raises
        ------
        CertificateError
            At the first step that is not allowed.
        """
        self.words, self.at = record.tolist(), 0
        moves = {DROP: self._drop, TAKE: self._take, SERIES: self._series, STAR: self._star}
        while self.at < len(self.words):
            self.steps.count += 1
            move = moves.get(self._word())
            if move is None:
                raise self.steps.refuse("没有这种步骤", "there is no such kind of step")
            move()
        self.words = []

    def node(self, x: int) -> int:
        """Return the class that a node belongs to.

        Parameters
        ----------
        x : int
            The node.

        Returns
        -------
        int
            The node that stands for the class.
        """
        up = self.up
        while up[x] != x:
            up[x] = x = up[up[x]]
        return x

    # what the record says

    def _word(self) -> int:
        if self.at >= len(self.words):
            raise self.steps.refuse("记录中断", "the record is cut off")
        self.at += 1
        return self.words[self.at - 1]

    def _edge(self) -> int:
        k = self._word()
        if not 0 <= k < len(self.alive) or not self.alive[k]:
            raise self.steps.refuse(f"边 {k} 不存在", f"there is no edge {k}")
        return k

    def _path(self, length: int) -> list[int]:
        end = self.at + length
        if length < 0 or end > len(self.words):
            raise self.steps.refuse("记录中断", "the record is cut off")
        path = self.words[self.at : end]
        self.at = end
        for k in path:
            if not 0 <= k < len(self.alive) or not self.alive[k]:
                raise self.steps.refuse(f"路径上的边 {k} 不存在", f"there is no edge {k} to walk on")
        return path

    # the steps

    def _drop(self) -> None:
        e = self._edge()
        path = self._path(self._word())
        a, b = self._ends(e)
        if path:
            if e in path:
                raise self.steps.refuse(f"绕行路径用了边 {e} 自己", f"the way around edge {e} uses it")
            longest = self._between(a, b, path)
            if longest is None:
                raise self.steps.refuse(f"绕行路径不连接边 {e} 的两端", f"the way around edge {e} misses its ends")
            if longest > self.w[e]:
                raise self.steps.refuse(f"绕行路径比边 {e} 更贵", f"the way around edge {e} is dearer than the edge")
        elif a != b and not self._leaf(a) and not self._leaf(b):
            raise self.steps.refuse(
                f"边 {e} 不是自环，也不通向叶节点", f"edge {e} is no loop and leads to no leaf that may go"
            )
        self._cut(e)

    def _take(self) -> None:
        e = self._edge()
        path = self._path(self._word())
        a, b = self._ends(e)
        if a == b:
            raise self.steps.refuse(f"边 {e} 是自环", f"edge {e} is a loop")
        if self.degree[a] > self.degree[b]:  # the end with fewer edges is quicker to look at
            a, b = b, a
        if self.w[e] and not self._must(e, a, b, path) and not self._must(e, b, a, path):
            raise self.steps.refuse(
                f"没有证明最省的方案用到边 {e}", f"nothing shows that a cheapest plan takes edge {e}"
            )
        self.fixed += self.w[e]
        self._cut(e)
        self._merge(a, b)

    def _must(self, e: int, t: int, x: int, path: list[int]) -> bool:
        """Tell whether some cheapest tree holds edge e, seen from its end t."""
        if not self.terminal[t] or self.terminals < 2:
            return False
        if not path:
            if self.degree[t] == 1:
                return True
            return self.terminal[x] and self._cheapest(e, t, self.w[e])
        walked = self._walk(x, path, avoid=t)  # around t, so it cannot use e either
        if walked is None or not self.terminal[walked[0]]:
            return False
        return self._cheapest(e, t, self.w[e] + walked[2])

    def _cheapest(self, e: int, t: int, cost: int) -> bool:
        """Tell whether no other edge at t, loops aside, is cheaper than a cost."""
        for half in self._halves(t):
            k = half >> 1
            if self.w[k] < cost and k != e and self.node(self.u[k]) != self.node(self.v[k]):
                return False
        return True

    def _series(self) -> None:
        e, f = self._edge(), self._edge()
        a, b = self._ends(e)
        c, d = self._ends(f)
        if e != f and a != b and c != d:
            for x, y in ((a, b), (b, a)):
                if x in (c, d) and self.degree[x] == 2 and not self.terminal[x]:
                    self._cut(e)
                    self._cut(f)
                    self._make(y, c + d - x, self.w[e] + self.w[f])
                    return
        raise self.steps.refuse(
            f"边 {e} 和 {f} 之间没有二度的非终端节点", f"edges {e} and {f} do not meet at a non-terminal of degree two"
        )

    def _star(self) -> None:
        rays = self._word()
        if rays not in RAYS:
            raise self.steps.refuse("星形的边数不对", "a star of that many edges is not known")
        edges = [self._edge() for _ in range(rays)]
        x = self._middle(edges)
        ends = [sum(self._ends(e)) - x for e in edges]
        if len(set(ends)) < rays or x in ends:
            raise self.steps.refuse("星形的外端不互异", "the outer ends of the star are not all different")
        between = [[NO_WAY] * rays for _ in range(rays)]
        pairs = [(i, j) for i in range(rays) for j in range(i)]
        for i, j in pairs:
            length = self._word()
            if length != -1:
                longest = self._between(ends[i], ends[j], self._path(length), avoid=x)
                if longest is None:
                    raise self.steps.refuse("星形的绕行路径不通", "a way around the star misses its ends")
                between[i][j] = between[j][i] = longest
        cost = [self.w[e] for e in edges]
        for size in range(3, rays + 1):
            for some in combinations(range(rays), size):
                if _spanning(between, some) > sum(cost[i] for i in some):
                    raise self.steps.refuse("绕行路径比星形更贵", "the ways around the star are dearer than the star")
        for e in edges:
            self._cut(e)
        for i, j in pairs:
            self._make(ends[i], ends[j], cost[i] + cost[j])

    def _middle(self, edges: list[int]) -> int:
        """Return the non-terminal at which exactly these edges are."""
        for x in set(self._ends(edges[0])):
            if (
                not self.terminal[x]
                and self.degree[x] == len(edges) == len(set(edges))
                and all(x in self._ends(e) for e in edges)
            ):
                return x
        raise self.steps.refuse(
            "这些边不是一个非终端节点的全部边", "these are not all the edges of one non-terminal node"
        )

    # what the steps are made of

    def _ends(self, k: int) -> tuple[int, int]:
        return self.node(self.u[k]), self.node(self.v[k])

    def _leaf(self, x: int) -> bool:
        return self.degree[x] == 1 and not self.terminal[x]

    def _between(self, a: int, b: int, path: list[int], avoid: int = -1) -> int | None:
        """Return the longest stretch of a walk between two nodes, written from either; None if it is none."""
        for begin, end in ((a, b), (b, a)):
            walked = self._walk(begin, path, avoid)
            if walked is not None and walked[0] == end:
                return walked[1]
        return None

    def _walk(self, at: int, path: list[int], avoid: int = -1) -> tuple[int, int, int] | None:
        """Return where a walk ends, its longest stretch between terminals, and its cost; None if it breaks off."""
        stretch = longest = total = 0
        for k in path:
            a, b = self.node(self.u[k]), self.node(self.v[k])
            if at == a:
                at = b
            elif at == b:
                at = a
            else:
                return None
            if at == avoid:
                return None
            stretch += self.w[k]
            total += self.w[k]
            longest = max(longest, stretch)
            if self.terminal[at]:
                stretch = 0
        return at, longest, total

    def _cut(self, e: int) -> None:
        self.alive[e] = False
        self.degree[self.node(self.u[e])] -= 1
        self.degree[self.node(self.v[e])] -= 1

    def _make(self, a: int, b: int, cost: int) -> None:
        self.u.append(a)
        self.v.append(b)
        self.w.append(cost)
        self.alive.append(True)
        self._hang(a)
        self._hang(b)

    def _hang(self, x: int) -> None:
        """Put the next half into the ring of a class."""
        half, first = len(self.after), self.ring[x]
        self.after.append(half if first < 0 else self.after[first])
        if first >= 0:
            self.after[first] = half
        self.ring[x] = half
        self.degree[x] += 1

    def _halves(self, x: int) -> list[int]:
        """Return the halves at a class; those of edges that left are taken out of its ring."""
        first = half = self.ring[x]
        found = []
        while half >= 0:
            if self.alive[half >> 1]:
                found.append(half)
            half = self.after[half]
            if half == first:
                break
        for half, following in zip(found, found[1:] + found[:1], strict=True):
            self.after[half] = following
        self.ring[x] = found[-1] if found else -1
        return found

    def _merge(self, a: int, b: int) -> None:
        if self.degree[a] < self.degree[b]:
            a, b = b, a
        self.up[b] = a
        self.terminals -= self.terminal[a] and self.terminal[b]
        self.terminal[a] = self.terminal[a] or self.terminal[b]
        self.degree[a] += self.degree[b]
        ours, theirs = self.ring[a], self.ring[b]
        if theirs >= 0:
            if ours >= 0:
                self.after[ours], self.after[theirs] = self.after[theirs], self.after[ours]
            else:
                self.ring[a] = theirs


def _spanning(cost: list[list[int]], nodes: tuple[int, ...]) -> int:
    """Return the cost of the minimum spanning tree of some nodes (Prim)."""
    near = {i: cost[nodes[0]][i] for i in nodes[1:]}
    total = 0
    while near:
        nearest = min(near, key=near.__getitem__)
        total += near.pop(nearest)
        for i in near:
            near[i] = min(near[i], cost[nearest][i])
    return total
