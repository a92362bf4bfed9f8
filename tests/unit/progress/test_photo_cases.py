"""The photo cases P01–P07 through the real door and a real ledger; and one photo that would close twelve villages."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import pytest
from PIL import Image
from showing import (
    CODES,
    NOW,
    PLACES,
    TAKEN,
    Folder,
    close,
    exif,
    lit,
    made_plan,
    made_settings,
    opened,
    photo,
    picture,
    show_all,
    trace,
)

from cuntong_gis.errors import LedgerError
from cuntong_gis.progress import Check, Claim, Ledger, attach_evidence, check_village, withdraw_evidence
from cuntong_gis.progress.signoff.evidence import copy_path, path_of, unreferenced

HOME = CODES[0]


@pytest.fixture(scope="module")
def plan():
    return made_plan()


@pytest.fixture
def ledger(ledger_url, plan, tmp_path):
    with opened(ledger_url, plan, made_settings(tmp_path)) as ledger:
        assert ledger.post([lit(code) for code in CODES]).taken
        yield ledger


@pytest.fixture
def shown(tmp_path):
    return Folder(tmp_path / "from")


def room(village: str = HOME, **more: object) -> Claim:
    return Claim(village, "photo_room", "李巡检", **more)


def state(ledger: Ledger) -> tuple[object, ...]:
    """Return everything that the ledger and the store hold, to the byte."""
    folder = ledger.settings.folder
    kept = sorted((str(p), p.read_bytes()) for p in ledger.settings.evidence_folder.rglob("*") if p.is_file())
    database = [(folder / f"ledger.sqlite{end}") for end in ("", "-wal")]
    entries = ledger.entries().to_csv()
    return entries, kept, [hashlib.sha256(p.read_bytes()).hexdigest() for p in database if p.exists()]


def refused(ledger: Ledger, claim: Claim, file: Path) -> str:
    """Return why a file is refused, and see that nothing at all has changed."""
    before = state(ledger)
    try:
        posted = attach_evidence(ledger, claim, file)
    except LedgerError as error:
        told = error.line("zh")
    else:
        assert [o.word for o in posted.outcomes] == ["refused"]
        refusal = posted.outcomes[0].judgement.refusal
        told = f"{refusal.message.zh}；{refusal.hint.zh}"
    assert state(ledger) == before
    return told


def taken(ledger: Ledger, claim: Claim, file: Path):
    posted = attach_evidence(ledger, claim, file)
    assert [o.word for o in posted.outcomes] == ["new"], posted
    outcome = posted.outcomes[0]
    return outcome.entry, [n.code for n in outcome.judgement.notices]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("CON.jpg", "CON.jpg"),
        ("夜\u202egpj.exe", "夜gpj.exe"),
        ("a\nb\t.jpg", "ab.jpg"),
        ("长" * 80 + ".jpg", "长" * 80 + ".jpg"),
    ],
)
def test_p01_a_file_is_stored_by_its_hash_and_its_name_is_only_text(ledger, shown, name, text):
    data = photo()
    entry, _ = taken(ledger, room(), shown.file(data, name))
    sha256 = hashlib.sha256(data).hexdigest()
    kept = path_of(ledger.settings.evidence_folder, sha256)
    assert entry.evidence == sha256
    assert kept.read_bytes() == data
    assert kept.stat().st_mode & 0o777 == 0o600
    assert entry.said["file"]["name"] == text
    places = {p.name for p in ledger.settings.evidence_folder.rglob("*") if p.is_file()}
    assert places == {sha256, f"{sha256}.jpg"}


def test_p01_a_path_or_a_long_name_is_cut_to_harmless_text():
    from cuntong_gis.progress.signoff.evidence import plain_name

    assert plain_name("../../etc/x.jpg") == "x.jpg"
    assert plain_name("C:\\照片\\x.jpg") == "x.jpg"
    long = plain_name("x" * 296 + ".jpg")
    assert len(long) == 120
    assert long.endswith(".jpg")
    assert plain_name("坏\udcff名\0.jpg") == "坏?名.jpg"
    with pytest.raises(ValueError):
        path_of(Path("campaign"), "../../etc/passwd")


SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
HTML = b"<!DOCTYPE html><html><body>photo</body></html>"
ZIP = b"PK\x03\x04" + b"\0" * 30


@pytest.mark.parametrize(
    ("data", "real"),
    [
        (SVG, "SVG"), (HTML, "HTML"), (ZIP, "压缩包"), (b"MZ\x90\0", "可执行程序"), (b"", "空文件"),
        (b"\0\0\0\x18ftypheic" + b"\0" * 40, "HEIC"), (b"GIF89a" + b"\0" * 40, "GIF"), (b"%PDF-1.4 x", "PDF"),
        (trace(), "SOR"), (b"photo", "不认识"),
    ],
)  # fmt: skip
def test_p02_what_is_no_photo_is_refused_by_its_content(ledger, shown, data, real):
    told = refused(ledger, room(), shown.file(data, "机房.jpg"))
    assert real in told
    assert told.startswith("机房.jpg：")


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("behind", [SVG, HTML, b"<script>alert(1)</script>", ZIP, b"some bytes"])
def test_p02_a_photo_with_something_behind_its_end_is_refused(ledger, shown, kind, behind):
    told = refused(ledger, room(), shown.file(photo(kind=kind) + behind))
    assert "别的" in told


def test_p02_a_script_in_a_comment_is_refused_and_an_honest_comment_is_not(ledger, shown):
    def commented(text: bytes) -> bytes:
        return b"\xff\xd8\xff\xfe" + struct.pack(">H", len(text) + 2) + text + photo()[2:]

    assert "script" in refused(ledger, room(), shown.file(commented(b"<script>alert(1)</script>")))
    assert "PK" in refused(ledger, room(), shown.file(commented(ZIP)))
    taken(ledger, room(), shown.file(commented("机房内景 <1 号>".encode())))


def test_p02_padding_a_second_picture_and_samsungs_block_are_honest(ledger, shown):
    data = photo()
    for more in (b"\0" * 40, b"\r\n", photo(seed=9), b"\0\0\x01\x0aImage_UTC_Data1464744600000SEFH\0\0\0SEFT"):
        taken(ledger, room(), shown.file(data + more))
        data = photo(seed=len(data))


def flood(kind: str) -> bytes:
    """Return a picture of 50,000 × 50,000 pixels in a few hundred kilobytes."""
    if kind == "JPEG":
        data = bytearray(photo())
        at = data.index(b"\xff\xc0")
        data[at + 5 : at + 9] = struct.pack(">HH", 50_000, 50_000)
        return bytes(data)
    if kind == "WEBP":  # 16,384 is the most that its header can say
        data = bytearray(photo(kind="WEBP"))
        at = data.index(b"VP8X")
        data[at + 12 : at + 18] = struct.pack("<I", 16_383)[:3] * 2
        return bytes(data)
    packer = zlib.compressobj(9)
    rows = b"".join(packer.compress(b"\0" * 6251 * 500) for _ in range(100)) + packer.flush()

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    header = struct.pack(">IIBBBBB", 50_000, 50_000, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_p03_a_flood_of_pixels_is_refused(ledger, shown, kind):
    told = refused(ledger, room(), shown.file(flood(kind)))
    assert ("16384 × 16384" if kind == "WEBP" else "50000 × 50000") in told
    assert "100 百万像素" in told


MEASURED = """
import resource, sys
from pathlib import Path
from PIL import Image, JpegImagePlugin, PngImagePlugin, WebPImagePlugin
from cuntong_gis.errors import LedgerError
from cuntong_gis.progress.signoff.photos import look_at
from cuntong_gis.settings import EvidenceSettings
data = Path(sys.argv[1]).read_bytes()
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    look_at(data, EvidenceSettings(), name="x")
except LedgerError:
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_p03_a_flood_of_pixels_is_never_decoded(shown, kind):
    file = shown.file(flood(kind))
    done = subprocess.run([sys.executable, "-c", MEASURED, str(file)], capture_output=True, text=True)
    assert int(done.stdout) < 20_000, done.stderr  # kB; decoded it would be 300 MB and more


def test_p03_a_thumbnail_and_a_large_file_are_refused(ledger, shown, tmp_path):
    assert "缩略图" in refused(ledger, room(), shown.file(photo(size=(640, 300))))
    assert "超过 20 MB" in refused(ledger, room(), shown.file(photo() + b"\0" * 20_000_000))
    huge = tmp_path / "huge.jpg"
    with huge.open("wb") as handle:
        handle.truncate(10**12)  # takes no room, and reading it would take all memory
    assert "超过 20 MB" in refused(ledger, room(), huge)


def test_p04_a_photo_taken_30_km_away_is_not_accepted_without_a_word(ledger, shown):
    file = shown.file(photo(place=(30_000.0, 0.0)))
    told = refused(ledger, room(), file)
    assert "30.0 公里" in told
    assert "--vouch" in told
    entry, notices = taken(ledger, room(vouch="赵站长"), file)
    assert notices == ["far"]
    assert entry.said["vouched_by"] == "赵站长"
    assert entry.said["away_m"] == pytest.approx(30_000, rel=1e-4)
    assert entry.said["doubts"] == ["far"]


def test_p04_a_photo_taken_in_the_village_is_accepted_as_it_is(ledger, shown):
    for kind in ("JPEG", "PNG", "WEBP"):
        entry, notices = taken(ledger, room(), shown.file(photo(place=(1200.0, 900.0), kind=kind, seed=len(kind))))
        assert notices == []
        assert entry.said["away_m"] == pytest.approx(1500, abs=2)
        assert entry.said["taken_at"] == TAKEN.isoformat()
        assert entry.happened_on == TAKEN.date()


def test_p04_south_and_west_are_read_as_such_and_no_fix_is_no_place(ledger, shown):
    def placed(gps: dict[int, object], seed: int) -> Path:
        out, said = io.BytesIO(), exif()
        said[0x8825] = gps
        picture(seed).save(out, "JPEG", exif=said)
        return shown.file(out.getvalue())

    south = {1: "S", 2: (26.0, 36.0, 0.0), 3: "E", 4: (106.0, 30.0, 0.0)}
    assert "公里" in refused(ledger, room(), placed(south, 1))
    nowhere = [
        {1: "N", 2: (0.0, 0.0, 0.0), 3: "E", 4: (0.0, 0.0, 0.0)},
        {1: "N", 2: (26.6, 0.0)},
        {2: (95.0, 0.0, 0.0)},
    ]
    for seed, gps in enumerate(nowhere, 2):
        _, notices = taken(ledger, room(), placed(gps, seed))
        assert notices == ["no_place"]


@pytest.mark.parametrize(
    ("taken_at", "place", "doubts"),
    [
        (None, None, ["no_place", "no_time"]),
        (None, PLACES[0], ["no_time"]),
        (dt.datetime(2016, 2, 29, 23, 0), PLACES[0], ["early"]),
        (dt.datetime(2016, 3, 1, 0, 0), PLACES[0], []),
        (NOW + dt.timedelta(hours=9), PLACES[0], ["future"]),
        (NOW + dt.timedelta(hours=7), PLACES[0], []),
    ],
)
def test_p05_a_photo_without_place_or_time_or_of_another_time_is_told(ledger, shown, taken_at, place, doubts):
    entry, notices = taken(ledger, room(), shown.file(photo(place, taken_at)))
    assert notices == doubts
    assert entry.said.get("doubts", []) == doubts
    assert entry.happened_on <= dt.date(2016, 6, 30)


def test_p05_after_a_reopening_an_older_photo_is_told(ledger, shown):
    show_all(ledger, shown, HOME)
    close(ledger, HOME)
    from cuntong_gis.progress import reopen

    assert reopen(ledger, HOME, reason="抽查不合格", approver="周处长", by="吴抽查", on=dt.date(2016, 6, 20)).taken
    _, notices = taken(ledger, room(), shown.file(photo(seed=77)))
    assert notices == ["early"]
    _, notices = taken(ledger, room(), shown.file(photo(seed=78, taken=dt.datetime(2016, 6, 21, 9, 0))))
    assert notices == []


def test_p06_a_file_that_serves_a_village_serves_no_other(ledger, shown):
    data = photo(place=PLACES[0])
    entry, _ = taken(ledger, room(), shown.file(data))
    told = refused(ledger, room(CODES[1]), shown.file(data, "另一个名字.jpg"))
    assert HOME in told
    assert "一个文件只能用于一个村" in told
    assert withdraw_evidence(ledger, entry.entry_id, reason="交错了村", approver="赵站长", by="李巡检").taken
    taken(ledger, room(CODES[1]), shown.file(data))
    assert CODES[1] in refused(ledger, room(), shown.file(data))


def test_p06_the_same_photo_compressed_anew_is_told(ledger, shown):
    def saved(quality: int, size: tuple[int, int]) -> bytes:
        out = io.BytesIO()
        picture(5).resize(size).save(out, "JPEG", quality=quality, exif=exif(PLACES[0]))
        return out.getvalue()

    taken(ledger, room(), shown.file(saved(92, (960, 720))))
    _, notices = taken(ledger, room(CODES[1]), shown.file(saved(55, (800, 600))))
    assert notices == ["alike"]
    _, notices = taken(ledger, room(CODES[2]), shown.file(photo(seed=6)))
    assert notices == []


def test_p06_one_photo_does_not_close_twelve_villages(ledger, shown):
    """Moment of truth 12: the photo serves the first, and the eleven others stay open for the want of it."""
    data = photo(place=(2500.0, 450.0))  # within two kilometres of several villages
    claims = [room(code, vouch="赵站长") for code in CODES]
    words = [attach_evidence(ledger, claim, shown.file(data)).outcomes[0].word for claim in claims]
    assert words == ["new"] + ["refused"] * 11
    for n, code in enumerate(CODES):
        show_all(ledger, shown, code, leave_out=("photo_room",), seed=100 + 10 * n)
    checks = [check_village(ledger, Check(code, "county", True, "钱初验", dt.date(2016, 6, 10))) for code in CODES]
    assert [posted.taken for posted in checks] == [True] + [False] * 11
    assert all("机房照片" in posted.outcomes[0].judgement.refusal.message.zh for posted in checks[1:])


def test_p06_shown_by_twelve_at_once_it_serves_exactly_one(ledger, shown):
    from concurrent.futures import ThreadPoolExecutor

    file = shown.file(photo(place=(2500.0, 450.0)))
    with ThreadPoolExecutor(12) as pool:
        words = list(
            pool.map(lambda code: attach_evidence(ledger, room(code, vouch="赵站长"), file).outcomes[0].word, CODES)
        )
    assert sorted(words) == ["new"] + ["refused"] * 11
    assert list(ledger.entries()["kind"]).count("evidence") == 1


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("share", [0.05, 0.5, 0.9, 0.999])
def test_p07_an_upload_that_was_cut_off_is_refused(ledger, shown, kind, share):
    data = photo(kind=kind)
    told = refused(ledger, room(), shown.file(data[: int(len(data) * share)]))
    assert "不完整或已损坏" in told


def test_p07_a_refused_file_is_not_even_stored(ledger, shown):
    refused(ledger, room(), shown.file(photo()[:5000]))
    assert unreferenced(ledger.settings.evidence_folder, []) == []


def test_the_copy_for_papers_says_nothing_but_what_it_shows(ledger, shown):
    out, said = io.BytesIO(), exif(PLACES[0])
    said[0x0112] = 6  # the camera lay on its side
    picture(3, (3000, 2000)).save(out, "JPEG", exif=said, comment=b"secret")
    entry, _ = taken(ledger, room(), shown.file(out.getvalue()))
    with Image.open(copy_path(ledger.settings.evidence_folder, entry.evidence)) as copy:
        assert copy.format == "JPEG"
        assert copy.size == (1067, 1600)
        assert not dict(copy.getexif())
        assert not {"exif", "comment", "icc_profile"} & copy.info.keys()
