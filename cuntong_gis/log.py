"""Logging of the package: quiet as a library, one line an event on the command line."""

from __future__ import annotations

import logging

ROOT = "cuntong_gis"

logging.getLogger(ROOT).addHandler(logging.NullHandler())


def get(name: str) -> logging.Logger:
    """Return the logger of a module.

    Parameters
    ----------
    name : str
        The module's ``__name__``.

    Returns
    -------
    logging.Logger
        A child of the package's logger; nothing is printed unless a handler is added.
    """
    return logging.getLogger(name)
