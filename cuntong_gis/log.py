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


def to_stderr(level: int = logging.INFO) -> None:
    """Send the package's log lines to stderr, once.

    Parameters
    ----------
    level : int
        The lowest level shown.
    """
    logger = logging.getLogger(ROOT)
    if not any(isinstance(h, logging.StreamHandler) for h in logger.handlers):
        handler = logging.StreamHandler()
        handler.setFormatter(logging.Formatter("%(message)s"))
        logger.addHandler(handler)
    logger.setLevel(level)
