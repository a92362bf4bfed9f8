"""A command that was called wrongly: one line in the user's language, and the words around every help text."""

from __future__ import annotations

import re
from typing import Any

import typer

from cuntong_gis.words import Lang, Words

WORDS = {
    "ARGUMENTS_PANEL_TITLE": Words("参数", "Arguments"),
    "OPTIONS_PANEL_TITLE": Words("选项", "Options"),
    "COMMANDS_PANEL_TITLE": Words("命令", "Commands"),
    "REQUIRED_LONG_STRING": Words("[必填]", "[required]"),
    "DEFAULT_STRING": Words("[默认：{}]", "[default: {}]"),
}
"""Names of `typer.rich_utils` → what it writes into help texts."""


class Misuse(typer.BadParameter):
    """Report an option or argument that cannot be used as given.

    Parameters
    ----------
    words : Words
        What is wrong, and what is known.
    """

    def __init__(self, words: Words) -> None:
        super().__init__(words.en)
        self.words = words


def speak(lang: Lang) -> None:
    """Let help texts be framed in a language.

    Parameters
    ----------
    lang : {"zh", "en"}
        The language.
    """
    from typer import rich_utils

    for name, words in WORDS.items():
        setattr(rich_utils, name, words.into(lang))


def one_of(value: str, known: tuple[str, ...], words: dict[str, str] | None = None) -> str:
    """Return a value that must be one of some, also where it is said in the user's own words.

    Parameters
    ----------
    value : str
        As given.
    known : tuple of str
        What it may be.
    words : dict of str to str, optional
        Other words for some of them.

    Returns
    -------
    str
        One of `known`.

    Raises
    ------
    Misuse
        If it is none of them.
    """
    found = (words or {}).get(value, value)
    if found in known:
        return found
    listed = " | ".join(known)
    raise Misuse(Words(f"没有“{value}”，可用：{listed}", f"there is no {value!r}, known: {listed}"))


def is_misuse(error: BaseException) -> bool:
    """Tell whether an error is of the command line.

    Parameters
    ----------
    error : BaseException
        Any.

    Returns
    -------
    bool
        True for what ends with 2.
    """
    return isinstance(error, typer.BadParameter.__mro__[1])


def showed_help(error: BaseException) -> bool:
    """Tell whether the help was shown already, as nothing was asked for.

    Parameters
    ----------
    error : BaseException
        For which `is_misuse` holds.

    Returns
    -------
    bool
        True when there is no more to say.
    """
    return type(error).__name__ == "NoArgsIsHelpError"


def told(error: Any) -> Words:
    """Return what is wrong with a command line, and where help is.

    Parameters
    ----------
    error : Exception
        For which `is_misuse` holds.

    Returns
    -------
    Words
        One line.
    """
    words, context = _what(error), getattr(error, "ctx", None)
    command = getattr(context, "command_path", "cuntong") or "cuntong"
    return Words(f"{words.zh}；用法见 {command} --help", f"{words.en}; see '{command} --help'")


def _what(error: Any) -> Words:
    kind, said = type(error).__name__, " ".join(error.format_message().split())
    name = _name(getattr(error, "param", None))
    if isinstance(error, Misuse):
        return error.words
    if kind == "MissingParameter":
        return Words(f"缺少 {name}", f"{name} is missing")
    if kind == "NoSuchOption":
        near = [one for one in error.possibilities or [] if one]
        hint = Words(f"，相近的：{'、'.join(near)}", f", the nearest: {', '.join(near)}") if near else Words("", "")
        return Words(f"没有选项 {error.option_name}{hint.zh}", f"there is no option {error.option_name}{hint.en}")
    if kind == "BadOptionUsage":
        return Words(f"选项 {error.option_name} 要带一个值", f"option {error.option_name} needs a value")
    if isinstance(error, typer.BadParameter):
        allowed = _allowed(error)
        return Words(f"{name} 的值不合适{allowed.zh}".strip(), f"the value of {name} does not fit{allowed.en}")
    if found := re.search(r"No such command '(.*?)'", said):
        return Words(f"没有命令 {found[1]}", f"there is no command {found[1]}")
    if found := re.search(r"unexpected extra arguments? ?(?:\(s\) )?\((.*)\)", said):
        return Words(f"多余的参数：{found[1]}", f"too many arguments: {found[1]}")
    if said.startswith("Missing command"):
        return Words("缺少命令", "a command is missing")
    return Words(f"用法不对：{said}", said)


def _name(parameter: Any) -> str:
    """Return how people write a parameter: ``--by``, ``VILLAGE``."""
    if parameter is None:
        return ""
    long = [name for name in getattr(parameter, "opts", ()) if name.startswith("-")]
    return max(long, key=len) if long else str(parameter.metavar or parameter.name)


LIMITS = {
    "less than or equal to": Words("至多为", "at most"),
    "greater than or equal to": Words("至少为", "at least"),
    "valid integer": Words("应为整数", "a whole number is expected"),
    "valid number": Words("应为数字", "a number is expected"),
}
"""What the checks of values say, in plain words."""


def _allowed(error: Any) -> Words:
    """Return what would fit: the choices, the limit, or else what the check of the value says."""
    if found := re.search(r"is not one of (.*?)\.?$", error.message):
        shown = found[1].replace("'", "").replace(", ", " | ")
        return Words(f"，可用：{shown}", f", known: {shown}")
    for check, words in LIMITS.items():
        if check in error.message:
            bound = error.message.partition(check)[2].split(",")[0].strip() if "equal" in check else ""
            return Words(f"，{words.zh} {bound}".rstrip(), f", {words.en} {bound}".rstrip())
    return Words("", "")
