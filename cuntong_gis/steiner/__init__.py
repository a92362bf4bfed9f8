"""Steiner trees on graphs given as arrays: a cheap tree and a proven lower bound of any tree."""

from cuntong_gis.steiner.solve import SteinerResult, solve_steiner_tree

__all__ = ["SteinerResult", "solve_steiner_tree"]
