"""The codec, both ends: what Python packs is what decode.js and inflate.js give back in a real browser."""

from __future__ import annotations

import base64
import math
import random
import zlib

import numpy as np
import pytest

from browser.conftest import HOSTILE, Page, options
from cuntong_gis import maps
from cuntong_gis.maps import compact, shown_plan
from cuntong_gis.maps.offline import asset

ALL = """
const plain = v => v instanceof Float64Array ? Array.from(v, x => isNaN(x) ? 'missing' : x)
  : ArrayBuffer.isView(v) ? Array.from(v)
  : Array.isArray(v) ? v.map(plain)
  : v && typeof v === 'object' ? Object.fromEntries(Object.entries(v).map(([k, x]) => [k, plain(x)])) : v;
"""


@pytest.fixture
def codec(driver, tmp_path):
    """Return a page with nothing but the codec."""
    scripts = "".join(f"<script>{asset(name)}</script>" for name in ("inflate.js", "decode.js"))
    (tmp_path / "codec.html").write_text(f"<html><body>{scripts}</body></html>", "utf-8")
    return Page(driver, tmp_path / "codec.html")


def back(codec: Page, data: object, own: bool = False) -> object:
    packed = compact.pack(data)
    script = (
        ALL + "const [plainly, columns, bytes, size, own, done] = arguments, parts = window.cuntongParts;"
        "const raw = Uint8Array.from(atob(bytes), c => c.charCodeAt(0));"
        "(own ? Promise.resolve().then(() => parts.inflate(raw, size)) : parts.inflated(raw, size))"
        ".then(b => done(plain(parts.unpack(plainly, columns, b))), e => done('failed: ' + e));"
    )
    return codec.driver.execute_async_script(
        script, packed.plain, packed.columns, compact.base64_of(packed.content), len(packed.content), own
    )


def expected(data: object) -> object:
    if isinstance(data, compact.Texts):
        return list(data.values)
    if isinstance(data, compact.Decimals):
        return [
            "missing" if math.isnan(v) else float(np.rint(v * 10**data.digits) / 10**data.digits) for v in data.values
        ]
    if isinstance(data, np.ndarray):
        return data.astype(int).tolist()
    if isinstance(data, dict):
        return {key: expected(value) for key, value in data.items()}
    if isinstance(data, list):
        return [expected(value) for value in data]
    return data


def some_whole(rng: np.random.Generator) -> np.ndarray:
    """Return whole numbers as they come: small, huge, growing, constant, of one or two dimensions, or none at all."""
    shape = (int(rng.integers(0, 40)),) if rng.random() < 0.6 else (int(rng.integers(0, 9)), int(rng.integers(0, 9)))
    top = int(2 ** rng.uniform(0, 46)) - 1
    values = (
        rng.integers(-top, top, shape, endpoint=True)
        if rng.random() < 0.7
        else rng.integers(0, top, shape, endpoint=True)
    )
    if rng.random() < 0.3:
        values = np.sort(values, axis=-1)
    return values.astype(rng.choice(["int64", "int32"])) if top < 2**31 else values


def some_text(rng: np.random.Generator) -> str:
    pieces = [
        "村",
        "a",
        "\x00",
        "\n",
        "\r\n",
        "\ufeff",
        "\u2028",
        "😀",
        "\U0010ffff",
        "\ud800",
        "é",
        "e\u0301",
        "</script>",
        "0",
        "\u202e",
    ]
    return "".join(rng.choice(pieces, int(rng.integers(0, 6))))


def test_whatever_is_packed_comes_back(codec):
    rng = np.random.default_rng(11)
    for own in (False, True):
        for _ in range(40):
            count = int(rng.integers(0, 30))
            missing = np.where(rng.random(count) < 0.3, np.nan, 1.0)
            digits = int(rng.integers(0, 4))
            data = {
                "whole": [some_whole(rng) for _ in range(4)],
                "flags": rng.random((3, count)) < rng.random(),
                "decimals": compact.decimals(np.round(rng.normal(0, 10 ** rng.uniform(0, 8), count), digits) * missing, digits),
                "texts": compact.texts([some_text(rng) for _ in range(count)]),
                "words": compact.words([f"词{n}" for n in rng.integers(0, 3, count)]),
                "codes": compact.texts([f"{n:012d}" for n in rng.integers(0, 10**12, count)]),
                "plain": {"n": None, "t": "</script>&", "f": 1.5, "l": [1, "a", False]},
            }  # fmt: skip
            assert back(codec, data, own) == expected(data)
    assert codec.console() == []


def test_extremes_come_back(codec):
    data = {
        "edges": [
            np.array([0]), np.array([2**46 - 1, -(2**46) + 1, 0]), np.array([2**31 - 1, -(2**31)]), np.array([2**31, -(2**31) - 1]),
            np.array([255, 256, 65535, 65536, 2**24, 2**32]), np.array([-1, 0, -1, 0]), np.array([], int), np.zeros((0, 5), int),
            np.zeros((5, 0), int), np.array([[2**40, 0], [0, -(2**40)]]), np.array([2**62 // 2**17] * 3, np.uint64),
            np.array([True]), np.array([[True, False]]),
        ],
        "texts": [
            compact.texts([]), compact.texts([""]), compact.texts(["", "\ufeff", "\x00\x00", "\n"]), compact.texts(HOSTILE),
            compact.texts(["007", "012"]), compact.texts(["7", "12"]), compact.texts(["٣", "٤"]), compact.texts(["1" * 16, "2" * 16]),
            compact.texts(["999999999999999"[:13], "0" * 13]), compact.texts(["x" * 300_000, "é"]),
        ],
        "decimals": [
            compact.decimals([None, None], 1), compact.decimals([0.1, 0.2, 0.3, 2.675, -0.05], 1),
            compact.decimals([905935954.97, 12.0], 2), compact.decimals([], 3), compact.decimals([7e13, -7e13], 0),
        ],
    }  # fmt: skip
    assert back(codec, data) == expected(data)
    assert back(codec, data, own=True) == expected(data)


def streams() -> list[tuple[bytes, bytes]]:
    """Return contents and zlib streams with stored, fixed and dynamic blocks, alone and mixed."""
    chance = random.Random(5)
    noise = [chance.randbytes(n) for n in (0, 1, 7, 65_535, 65_536, 150_000)]
    text = [("村通" * n).encode() for n in (1, 50, 40_000)] + [bytes(range(256)) * 300, b"\x00" * 200_000]
    skewed = [bytes(chance.choices(range(256), [1.6**-n for n in range(256)], k=60_000))]
    made = []
    for content in (*noise, *text, *skewed):
        for level, strategy in (
            (0, 0),
            (1, 0),
            (6, 0),
            (9, 0),
            (9, zlib.Z_FIXED),
            (9, zlib.Z_HUFFMAN_ONLY),
            (9, zlib.Z_RLE),
        ):
            packer = zlib.compressobj(level, zlib.DEFLATED, 15, 9, strategy)
            made.append((content, packer.compress(content) + packer.flush()))
    packer = zlib.compressobj(9)
    parts = [skewed[0], noise[3], text[1], b"", noise[2]]
    mixed = b"".join(packer.compress(part) + packer.flush(zlib.Z_FULL_FLUSH) for part in parts) + packer.flush()
    return [*made, (b"".join(parts), mixed)]


def test_the_own_inflater_reads_what_zlib_writes(codec):
    script = (
        "const raw = Uint8Array.from(atob(arguments[0]), c => c.charCodeAt(0));"
        "const out = cuntongParts.inflate(raw, arguments[1]); let text = '';"
        "for (let i = 0; i < out.length; i += 32768) text += String.fromCharCode.apply(null, out.subarray(i, i + 32768));"
        "return btoa(text);"
    )
    kinds = set()
    for content, stream in streams():
        kinds.add((stream[2] >> 1) & 3)
        assert base64.b64decode(str(codec.run(script, base64.b64encode(stream).decode(), len(content)))) == content
    assert kinds == {0, 1, 2}, "stored, fixed and dynamic blocks"


def test_the_own_inflater_refuses_every_broken_stream(codec):
    content = (b"abcdefgh" * 30 + random.Random(2).randbytes(300)) * 3
    good = zlib.compress(content, 9)
    chance = random.Random(1)
    broken = [good[:n] for n in range(0, len(good), 29)] + [b"", b"\x78\x9c", b"PK\x03\x04" + good[4:]]
    for _ in range(120):
        turned = bytearray(good)
        turned[chance.randrange(len(good))] ^= 1 << chance.randrange(8)
        broken.append(bytes(turned))
    script = (
        "return arguments[0].map(text => { const raw = Uint8Array.from(atob(text), c => c.charCodeAt(0));"
        "try { cuntongParts.inflate(raw, arguments[1]); return ''; } catch (e) { return e instanceof Error ? e.message : 'no error'; } });"
    )
    said = codec.run(script, [base64.b64encode(b).decode() for b in broken], len(content))
    for stream, message in zip(broken, said, strict=True):
        try:
            same = zlib.decompress(stream) == content
        except zlib.error:
            same = False
        assert bool(message) != same and (same or message.startswith("deflate: ")), (stream[:4], message)


@pytest.fixture
def old_browser(driver):
    """Take DecompressionStream and Uint8Array.fromBase64 away before any page's script runs."""
    source = "delete window.DecompressionStream; delete Uint8Array.fromBase64;"
    script = driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": source})["identifier"]
    yield driver
    driver.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", {"identifier": script})


def test_a_browser_without_decompression_shows_the_same_map(driver, plan, tmp_path, request):
    maps.route_map(shown_plan(plan, options())).save(tmp_path / "r.html")
    image = "return document.querySelector('.cuntong-canvas').toDataURL()"
    new = Page(driver, tmp_path / "r.html")
    assert new.run("return !!window.DecompressionStream")
    drawn, shown = new.run(image), new.text(".figures")
    old = Page(request.getfixturevalue("old_browser"), tmp_path / "r.html")
    assert not old.run("return !!window.DecompressionStream")
    assert old.run(image) == drawn and old.text(".figures") == shown
    assert old.console() == [] and len(old.requests()) == 1


@pytest.mark.parametrize("harm", ["short", "changed", "no columns"])
def test_a_page_whose_data_cannot_be_read_says_so(driver, plan, tmp_path, harm):
    text = maps.route_map(shown_plan(plan, options())).html()
    at = text.index('id="cuntong-bytes">') + 2000
    if harm == "short":
        text = text[: at + 1] + text[at + 5001 :]
    elif harm == "changed":
        text = text[:at] + ("AAAA" if text[at : at + 4] != "AAAA" else "BBBB") + text[at + 4 :]
    else:
        text = text.replace('id="cuntong-columns">{', 'id="cuntong-columns">')
    (tmp_path / "broken.html").write_text(text, "utf-8")
    driver.get((tmp_path / "broken.html").as_uri())
    script = "const done = arguments[0], e = document.getElementById('cuntong-loading');setTimeout(() => done(e.textContent), 400)"
    assert driver.execute_async_script(script) == compact.FAILED.zh
    assert driver.find_element("id", "cuntong-loading").is_displayed()
    assert len([line for line in driver.get_log("browser") if line["level"] == "SEVERE"]) == 1, (
        "the cause, for who looks for it"
    )
