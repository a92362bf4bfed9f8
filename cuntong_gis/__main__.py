"""Run the command `cuntong`, also as ``python -m cuntong_gis``."""

from __future__ import annotations

import os
import sys

from cuntong_gis.words import LANGS, Lang


def main() -> None:
    """Run the command line in the language of ``--lang``, else of $CUNTONG_LANG, else Chinese."""
    from cuntong_gis.cli import build_app

    build_app(_language(sys.argv[1:], os.environ.get("CUNTONG_LANG", "")))()


def _language(arguments: list[str], environment: str) -> Lang:
    """Find the language before the arguments are parsed, so that even the help is in it."""
    asked = environment
    for here, following in zip(arguments, [*arguments[1:], ""], strict=True):
        if here == "--lang":
            asked = following
        elif here.startswith("--lang="):
            asked = here.removeprefix("--lang=")
    return next((lang for lang in LANGS if lang == asked), "zh")


if __name__ == "__main__":
    main()
