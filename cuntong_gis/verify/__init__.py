r"""The independent checker of certificates: replays the proof of a plan's bound and shares no code with the solver.

What is checked, and why it holds. OPT(G) is the least cost of edges that connect all terminals of G with its root.

**Parts.** A part is a multigraph whose nodes are classes of merged nodes. Each step of its record turns G into G'
with OPT(G) ≥ OPT(G') + what the step fixes, so the bound of what is left, plus all that was fixed, bounds the part.

- DROP e. A loop or the edge of a non-terminal leaf is in no minimal tree. Otherwise a walk without e joins its ends,
  and no stretch of it between terminals is dearer than e: take e out of a tree, and one stretch leads from one half
  to the other, for every terminal is in one of them [1].
- TAKE e. Contracting an edge of cost 0 makes no tree dearer; the only edge of a terminal is in every tree. Between
  two terminals, when no other edge at one of them is cheaper, e can replace the first edge of the tree's path from
  that terminal to the other. Nearest vertex [1]: e leads from a terminal t to x, a walk from x ends in another
  terminal, and e and the walk together are not dearer than any other edge at t: they can replace the first edge of
  the tree's path between the two.
- SERIES e f. A minimal tree holds both edges at a non-terminal of degree 2, or none.
- STAR. If for every three or more neighbours of a non-terminal x the minimum spanning tree under s (the longest
  stretch between terminals of a walk around x) is not dearer than their edges to x, some cheapest tree has degree two
  or less at x, and an edge for each pair of neighbours stands for x [1, 2].

**Blocks.** A cheapest tree of a part is the union of cheapest trees of its biconnected blocks; in each the root is
where the block is entered from the root, and the terminals are its own and the cut nodes with terminals behind.

**Potentials.** Let π_t ≥ 0 be 0 at the root. A tree leads from the root to each terminal t, and climbs from 0 to
π_t(t). If on each arc y→x the load Σ_t max(0, π_t(x) − π_t(y)) is at most its cost, every tree costs LB = Σ_t π_t(t)
or more: linear duality of the directed cut formulation, whose cuts are the level sets of the potentials [3].

**Rest.** Let UB be the cost of a tree of the block. What a tree pays beyond LB is at least the reduced cost (cost less
load) of its arcs. One that uses the arc y→x leads from the root to y, over the arc, and from x to a terminal. If LB and
that detour come to UB, no tree with the arc is cheaper than UB, so the block costs at least min(UB, OPT(rest)) [2]. If
the other edges do not connect the terminals, it costs UB.

References
----------
[1] C. W. Duin, A. Volgenant (1989): Reduction tests for the Steiner problem in graphs. Networks 19.
[2] T. Polzin (2003): Algorithms for the Steiner problem in networks. Universität des Saarlandes.
[3] R. T. Wong (1984): A dual ascent approach for Steiner tree problems on a directed graph. Math. Programming 28.
"""

from cuntong_gis.verify.check import Verdict, verify_certificate

__all__ = ["Verdict", "verify_certificate"]
