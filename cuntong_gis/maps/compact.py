"""The data of a page: plain values as JSON, columns as bytes, deflated together into one inert block.

`pack` takes nested dicts and lists whose leaves are JSON values, `Texts`, `Decimals`, and arrays of whole numbers or of
yes and no, of one or two dimensions. The page's `decode.js` gives back the same shape: typed arrays and arrays of
strings; a matrix comes back as an array of its rows. Each column is decoded when it is first asked for.

A column of whole numbers is stored less its first value, as it is or as its first or second differences along an axis,
whichever deflates smallest; then zigzag, then the lowest bytes of all values, the next bytes of all values, and so on.
"""

from __future__ import annotations

import base64
import io
import json
import re
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from branca.element import Element
from numpy.typing import NDArray

from cuntong_gis.maps.offline import Verbatim
from cuntong_gis.words import Lang, Words

LARGEST = 2**46
"""Whole numbers must be smaller, so that their distance from the first one, coded, has `EXACT_PLANES` bytes."""
EXACT_PLANES = 6
"""Bytes of the largest coded difference; more would not be exact as a number of JavaScript."""
LONE = re.compile("[\ud800-\udfff]")
"""Halves of characters, which UTF-8 cannot carry."""
LONGEST_DIGITS = 15
LOADING = Words("正在载入地图…", "loading the map…")
FAILED = Words(
    "本页数据无法读出，文件可能不完整。请重新获取此文件，或换用新版浏览器打开。",
    "The data of this page cannot be read; the file may be incomplete. Get it anew, or open it in a newer browser.",
)


@dataclass(frozen=True)
class Texts:
    """A column of texts; on the page, an array of strings."""

    values: tuple[str, ...]


@dataclass(frozen=True)
class Decimals:
    """A column of numbers with a fixed number of decimals; on the page, a Float64Array with NaN where missing."""

    values: NDArray[np.float64]
    digits: int


@dataclass(frozen=True)
class Packed:
    """What a page carries.

    Attributes
    ----------
    plain : object
        The data without its columns, as JSON values; in a list a column leaves a None.
    columns : list of dict
        Of each column its path in the data, where its bytes begin, and how they are to be read.
    content : bytes
        The bytes of all columns.
    """

    plain: Any
    columns: list[dict[str, Any]]
    content: bytes


def texts(column: Iterable[Any]) -> Texts:
    """Return a column of texts.

    Parameters
    ----------
    column : iterable of str
        Texts, any characters; halves of surrogate pairs become U+FFFD, so that they are seen.

    Returns
    -------
    Texts
        A leaf for `pack`.

    Raises
    ------
    TypeError
        If a value is not a text.
    """
    values = tuple(column)
    for text in values:
        if not isinstance(text, str):
            raise TypeError(f"a text column holds {text!r}")
    return Texts(tuple(LONE.sub("\ufffd", text) for text in values))


def decimals(column: Any, digits: int) -> Decimals:
    """Return a column of numbers of which `digits` decimals are kept.

    Parameters
    ----------
    column : Series or array of numbers or Decimal
        Values; None, NaN or NA where missing.
    digits : int
        Decimals kept, 0 to 9.

    Returns
    -------
    Decimals
        A leaf for `pack`.
    """
    values = pd.Series(column).to_numpy(dtype=np.float64, na_value=np.nan)
    return Decimals(values, digits)


def words(column: Iterable[Any]) -> dict[str, Any]:
    """Return a text column as a dictionary and the number of each row's entry.

    Parameters
    ----------
    column : iterable of str
        Texts, many of them alike.

    Returns
    -------
    dict
        `of`: distinct texts in order of appearance; `at`: entry of each row.
    """
    at, of = pd.factorize(np.asarray([*column], object))
    return {"of": texts(of), "at": at}


def pack(data: Any) -> Packed:
    """Take the columns out of the data of a page.

    Parameters
    ----------
    data : object
        Nested dicts (keys are texts) and lists; see the module.

    Returns
    -------
    Packed
        JSON values and bytes.

    Raises
    ------
    TypeError
        If a leaf is none of those named, e.g. an array of floats, which needs `decimals`.
    ValueError
        If a number is too large or not finite.
    """
    columns: list[dict[str, Any]] = []
    content = io.BytesIO()
    for path, leaf in _columns(data, ()):
        entry, parts = _encoded(leaf, ".".join(map(str, path)))
        columns.append({"path": list(path), "at": content.tell(), **entry})
        content.writelines(parts)
    return Packed(_plain(data, ""), columns, content.getvalue())


def _columns(data: Any, path: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    """Yield the columns in the data, in its order."""
    if isinstance(data, dict):
        for key, value in data.items():
            yield from _columns(value, (*path, key))
    elif isinstance(data, list | tuple):
        for n, value in enumerate(data):
            yield from _columns(value, (*path, n))
    elif isinstance(data, np.ndarray | Texts | Decimals):
        yield path, data


def _plain(data: Any, where: str) -> Any:
    """Return the data without its columns."""
    if isinstance(data, dict):
        for key in data:
            if not isinstance(key, str):
                raise TypeError(f"{where}: the key {key!r} is no text")
        columns = (np.ndarray, Texts, Decimals)
        return {key: _plain(v, f"{where}.{key}") for key, v in data.items() if not isinstance(v, columns)}
    if isinstance(data, list | tuple):
        return [_plain(value, f"{where}.{n}") for n, value in enumerate(data)]
    if isinstance(data, np.ndarray | Texts | Decimals):
        return None
    if isinstance(data, str):
        return LONE.sub("\ufffd", data)
    if data is None or isinstance(data, bool | int | float):
        return data
    if isinstance(data, np.generic):
        return data.item()
    raise TypeError(f"{where}: a page cannot hold {type(data).__name__}")


def _encoded(leaf: Any, where: str) -> tuple[dict[str, Any], list[bytes]]:
    """Return how a column is to be read, and its bytes."""
    if isinstance(leaf, Texts):
        return _text_bytes(leaf.values)
    if isinstance(leaf, Decimals):
        missing = np.isnan(leaf.values)
        scaled = np.rint(np.where(missing, 0.0, leaf.values) * 10.0**leaf.digits)
        if not np.isfinite(scaled).all() or (np.abs(scaled) >= LARGEST).any():
            raise ValueError(f"{where}: a number is not finite or too large")
        entry, content = _whole_bytes(scaled.astype(np.int64), where)
        entry, parts = {"kind": "decimals", "digits": leaf.digits, "whole": entry}, [content]
        if missing.any():
            entry["missing"], content = _whole_bytes(missing.astype(np.int64), where)
            parts.append(content)
        return entry, parts
    if leaf.dtype.kind not in "bui" or leaf.ndim not in (1, 2):
        raise TypeError(f"{where}: a column of {leaf.dtype}, {leaf.ndim} dimensions; floats need `decimals`")
    if leaf.dtype == np.uint64 and leaf.size and leaf.max() >= LARGEST:
        raise ValueError(f"{where}: a number is too large")
    entry, content = _whole_bytes(leaf.astype(np.int64), where)
    return {"kind": "flags" if leaf.dtype.kind == "b" else "whole", "whole": entry}, [content]


def _text_bytes(values: tuple[str, ...]) -> tuple[dict[str, Any], list[bytes]]:
    """Return digits of one width as whole numbers, other texts one behind the other after their lengths in UTF-16."""
    joined = "".join(values)
    width = len(values[0]) if values else 0
    plain_digits = joined.isascii() and joined.isdecimal() and 1 <= width <= LONGEST_DIGITS
    if plain_digits and all(len(text) == width for text in values):
        entry, content = _whole_bytes(np.array([int(text) for text in values], np.int64), "")
        return {"kind": "digits", "width": width, "whole": entry}, [content]
    astral = 0 if joined.isascii() else max(joined) > "\uffff"
    lengths = [len(text) + sum(char > "\uffff" for char in text) if astral else len(text) for text in values]
    entry, content = _whole_bytes(np.array(lengths, np.int64), "")
    text = joined.encode("utf-8")
    return {"kind": "texts", "whole": entry, "bytes": len(text)}, [content, text]


def _whole_bytes(values: NDArray[np.int64], where: str) -> tuple[dict[str, Any], bytes]:
    """Return whole numbers as byte planes of what deflates smallest: the values, or differences along an axis."""
    shape = list(values.shape)
    if not values.size:
        return {"shape": shape, "base": 0, "steps": 0, "axis": 0, "planes": 0}, b""
    if values.max() >= LARGEST or values.min() <= -LARGEST:
        raise ValueError(f"{where}: a number is too large")
    base = int(values.flat[0])
    best: tuple[int, dict[str, Any], bytes] | None = None
    for axis in range(values.ndim):
        differences = values - base
        for steps in range(3):
            if steps:
                differences = np.diff(differences, axis=axis, prepend=0)
            if axis and not steps:
                continue
            content, planes = _planes(differences)
            if planes > EXACT_PLANES:
                continue
            cost = len(zlib.compress(content, 1))
            if best is None or cost < best[0]:
                entry = {"shape": shape, "base": base, "steps": steps, "axis": axis, "planes": planes}
                best = cost, entry, content
    assert best is not None
    if values.max() >= 2**31 or values.min() < -(2**31):
        best[1]["wide"] = True
    return best[1], best[2]


def _planes(values: NDArray[np.int64]) -> tuple[bytes, int]:
    """Return zigzag-coded values as planes of bytes, lowest first, and the number of planes."""
    coded = ((values << 1) ^ (values >> 63)).astype("<u8").ravel()
    planes = (int(coded.max()).bit_length() + 7) // 8
    return coded.view(np.uint8).reshape(-1, 8)[:, :planes].T.tobytes(), planes


class DataBlock(Element):
    """Put data into the page as inert blocks, and call the page's own script on it.

    Parameters
    ----------
    data : dict
        What the script reads, see `pack`. It goes in verbatim: branca would run every text as a template.
    lang : {"zh", "en"}
        Language of what is said while the data is read.
    """

    def __init__(self, data: dict[str, Any], lang: Lang = "zh") -> None:
        super().__init__()
        packed = pack(data)
        columns = {"bytes": len(packed.content), "list": packed.columns}
        self.text = (
            f'<p id="cuntong-loading" role="status" data-failed="{FAILED.into(lang)}">{LOADING.into(lang)}</p>'
            f'<script type="application/json" id="cuntong-data">{inert_json(packed.plain)}</script>'
            f'<script type="application/json" id="cuntong-columns">{inert_json(columns)}</script>'
            f'<script type="text/plain" id="cuntong-bytes">{base64_of(packed.content)}</script>'
        )

    def render(self, **_: Any) -> None:
        """Add the blocks to the body of the page and the call to its script.

        Parameters
        ----------
        **_
            Options of branca that have no meaning here.
        """
        figure = self.get_root()
        figure.html.add_child(Verbatim(self.text), name="cuntong_data")
        figure.script.add_child(Verbatim(f"cuntong({self._parent.get_name()});"), name="cuntong_call")


def base64_of(content: bytes) -> str:
    """Return bytes deflated (zlib format), as base64.

    Parameters
    ----------
    content : bytes
        Any bytes.

    Returns
    -------
    str
        Letters, digits, ``+``, ``/``, ``=``.
    """
    return base64.b64encode(zlib.compress(content, 9)).decode("ascii")


def inert_json(data: Any) -> str:
    """Return JSON that means nothing to HTML.

    Parameters
    ----------
    data : object
        Anything that JSON can hold.

    Returns
    -------
    str
        No ``<``, ``>``, ``&``, U+2028 or U+2029 stands in it as itself.
    """
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for char in "<>&\u2028\u2029":
        text = text.replace(char, f"\\u{ord(char):04x}")
    return text
