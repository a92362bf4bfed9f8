"""The evidence store: every file shown, whole and unchanged under its own hash, and its stripped copy."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import tempfile
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from cuntong_gis.errors import LedgerError, system_words
from cuntong_gis.files import ASIDE
from cuntong_gis.progress.signoff.photos import stripped_copy
from cuntong_gis.words import Words, same

COPIES = "copies"
NAME_LENGTH = 120
SHA256 = re.compile(r"[0-9a-f]{64}")
DAMAGED = ".damaged"


@dataclass(frozen=True)
class Missing:
    """A file that an entry refers to and the store cannot show.

    Attributes
    ----------
    sha256 : str
        Of the file.
    damaged : bool
        It is there, but its bytes are others; false: it is not there.
    """

    sha256: str
    damaged: bool


def read_file(path: Path, max_mb: float) -> bytes:
    """Read a file that a user shows, if it is not too large.

    Parameters
    ----------
    path : Path
        The file.
    max_mb : float
        Limit in MB; a larger file is not read.

    Returns
    -------
    bytes
        The whole file.

    Raises
    ------
    LedgerError
        If it is no plain file, cannot be read, or is too large.
    """
    most = int(max_mb * 1e6)
    try:
        if not path.is_file():
            raise LedgerError(Words("没有这个文件", "there is no such file"), where=str(path))
        with path.open("rb") as handle:
            data = handle.read(most + 1) if os.fstat(handle.fileno()).st_size <= most else None
    except (OSError, ValueError) as error:
        why = system_words(error) if isinstance(error, OSError) else same(str(error))
        raise LedgerError(
            Words(f"文件读不了：{why.zh}", f"the file cannot be read: {why.en}"), where=str(path)
        ) from error
    if data is None or len(data) > most:
        raise LedgerError(
            Words(f"文件超过 {max_mb:g} MB", f"the file is larger than {max_mb:g} MB"),
            where=str(path),
            hint=Words("请压缩后再交", "give a smaller one"),
        )
    return data


def plain_name(name: str) -> str:
    """Return a file's name as harmless text: it is shown, and never used as a path.

    Parameters
    ----------
    name : str
        As the user's machine calls it; may hold anything.

    Returns
    -------
    str
        The last part, at most 120 characters, no control or formatting characters.
    """
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    clean = "".join("?" if unicodedata.category(c) in ("Cs", "Co", "Cn") else c for c in last if _shown(c)).strip()
    if len(clean) <= NAME_LENGTH:
        return clean
    ending = PurePosixPath(clean).suffix[:10]
    return clean[: NAME_LENGTH - 1 - len(ending)] + "…" + ending


def _shown(character: str) -> bool:
    return unicodedata.category(character) not in ("Cc", "Cf", "Zl", "Zp")


def path_of(folder: Path, sha256: str) -> Path:
    """Return where the store keeps a file.

    Parameters
    ----------
    folder : Path
        The store, ``campaign/evidence``.
    sha256 : str
        Of the file.

    Returns
    -------
    Path
        ``<folder>/ab/ab…``.

    Raises
    ------
    ValueError
        If `sha256` is no such hash: no text of a user's ever becomes a path.
    """
    if not SHA256.fullmatch(sha256):
        raise ValueError(f"{sha256!r} is no SHA-256")
    return folder / sha256[:2] / sha256


def copy_path(folder: Path, sha256: str) -> Path:
    """Return where the store keeps the stripped copy of a picture.

    Parameters
    ----------
    folder : Path
        The store.
    sha256 : str
        Of the original.

    Returns
    -------
    Path
        ``<folder>/copies/ab/ab….jpg``.
    """
    kept = path_of(folder / COPIES, sha256)
    return kept.with_name(f"{kept.name}.jpg")


def keep(folder: Path, data: bytes, *, picture: bool) -> str:
    """Keep a file for ever: to be called before the entry that refers to it is posted.

    Parameters
    ----------
    folder : Path
        The store; made when missing.
    data : bytes
        The whole file, already examined.
    picture : bool
        Also keep a stripped copy for papers and maps.

    Returns
    -------
    str
        Its SHA-256.

    Notes
    -----
    Written aside, fsynced and renamed into place, readable by its owner only. Other bytes never take its name: who
    shows the same file at the same moment renames the same bytes. One whose bytes have rotted is set beside first.
    """
    sha256 = hashlib.sha256(data).hexdigest()
    path = path_of(folder, sha256)
    if not intact(path, sha256):
        if path.exists() and not intact(path, sha256):  # not merely placed by another a moment ago
            shutil.copyfile(path, path.with_name(path.name + DAMAGED))
        _place(folder, path, data)
    if picture and not copy_path(folder, sha256).exists():
        _place(folder, copy_path(folder, sha256), stripped_copy(data))
    return sha256


def _place(top: Path, path: Path, data: bytes) -> None:
    """Write a file of the store aside, in its top folder, where the workspace's lock clears away what a kill left."""
    path.parent.mkdir(parents=True, exist_ok=True)
    top.chmod(0o700)
    for made in (path.parent.parent, top, top.parent):  # the new folders' own names must outlive a crash too
        _sync(made)
    aside = Path(tempfile.mkdtemp(prefix=f".{path.name[:8]}.", suffix=ASIDE, dir=top))
    try:
        _write(aside / path.name, data)
        (aside / path.name).replace(path)
        _sync(path.parent)
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _write(path: Path, data: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as handle:
        handle.write(data)
        handle.flush()
        os.fsync(handle.fileno())


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def intact(path: Path, sha256: str) -> bool:
    """Tell whether a file is there with the bytes it is known by.

    Parameters
    ----------
    path : Path
        The file.
    sha256 : str
        What its bytes must hash to.

    Returns
    -------
    bool
        False when it is absent or its bytes are others.
    """
    try:
        with path.open("rb") as handle:
            return hashlib.file_digest(handle, "sha256").hexdigest() == sha256
    except OSError:
        return False


def missing(folder: Path, evidence: Iterable[str]) -> list[Missing]:
    """Find the files that entries refer to and the store cannot show.

    Parameters
    ----------
    folder : Path
        The store.
    evidence : iterable of str
        Column `evidence` of the entries.

    Returns
    -------
    list of Missing
        In the order of their hashes; every file is read.
    """
    wanted = {sha for cell in evidence for sha in cell.split()}
    return [
        Missing(sha, path_of(folder, sha).exists())
        for sha in sorted(wanted)
        if not intact(path_of(folder, sha), sha)
    ]  # fmt: skip


def unreferenced(folder: Path, evidence: Iterable[str]) -> list[Path]:
    """Find what the store keeps and no entry refers to: left by refused or killed commands, and harmless.

    Parameters
    ----------
    folder : Path
        The store.
    evidence : iterable of str
        Column `evidence` of the entries.

    Returns
    -------
    list of Path
        Originals, sorted; copies follow their originals and are not listed.
    """
    wanted = {sha for cell in evidence for sha in cell.split()}
    return sorted(p for p in folder.glob("[0-9a-f][0-9a-f]/*") if p.name not in wanted)
