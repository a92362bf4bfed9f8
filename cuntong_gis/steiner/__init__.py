"""Steiner trees on graphs given as arrays: a cheap tree and a proven lower bound of any tree."""

from cuntong_gis.steiner.notice import compiling_told
from cuntong_gis.steiner.solve import Progress, SteinerResult, Watch, solve_steiner_tree

__all__ = ["Progress", "SteinerResult", "Watch", "compiling_told", "solve_steiner_tree"]
