"""Run the command `cuntong`, also as ``python -m cuntong_gis``."""

from __future__ import annotations

import json
import os
import sys
from typing import NoReturn

from cuntong_gis.words import LANGS, Lang, Words


def main() -> None:
    """Run the command line in the language of ``--lang``, else $CUNTONG_LANG, else the workspace's, else Chinese."""
    asked = _language(sys.argv[1:], os.environ.get("CUNTONG_LANG", ""))
    try:
        _run(asked)
    except KeyboardInterrupt:  # while the program is still being loaded
        sys.stderr.write(Words("已中断", "interrupted").into(asked or "zh") + "\n")
        sys.exit(130)


def _run(asked: Lang | None) -> None:
    from cuntong_gis import usage
    from cuntong_gis.cli import build_app

    lang = asked or "zh"
    usage.speak(lang)
    try:
        sys.exit(build_app(lang, asked=asked is not None)(standalone_mode=False))
    except Exception as error:
        if usage.is_misuse(error):
            _misused("" if usage.showed_help(error) else usage.told(error).into(lang), lang)
        if os.environ.get("CUNTONG_DEBUG"):
            raise
        what = f"{type(error).__name__}: {' '.join(str(error).split())}"
        words = Words(
            f"程序内部错误：{what}；没有留下半截文件。请设置环境变量 CUNTONG_DEBUG=1 再运行一次，把输出发给开发者",
            f"internal error: {what}; no half-written file was left. "
            "Run again with CUNTONG_DEBUG=1 set and send the output to the developers",
        )
        sys.stderr.write(words.into(lang) + "\n")
        sys.exit(3)


def _misused(line: str, lang: Lang) -> NoReturn:
    """Say in one line how the command is called rightly; nothing where its help was shown instead."""
    if line and "--json" in sys.argv[1:]:
        sys.stdout.write(json.dumps({"error": line}, ensure_ascii=False) + "\n")
    if line:
        sys.stderr.write(f"{Words('错误', 'error').into(lang)} {line}\n")
    sys.exit(2)


def _language(arguments: list[str], environment: str) -> Lang | None:
    """Find the language before the arguments are parsed, so that even the help is in it."""
    asked = environment
    for here, following in zip(arguments, [*arguments, ""][1:], strict=True):
        if here == "--lang":
            asked = following
        elif here.startswith("--lang="):
            asked = here.removeprefix("--lang=")
    return next((lang for lang in LANGS if lang == asked), None)


if __name__ == "__main__":
    main()
