"""Files that are whole or absent: atomic writes, content hashes, the lock of a workspace."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import re
import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

from cuntong_gis.errors import WorkspaceError, system_words
from cuntong_gis.words import Words

ASIDE = ".aside"
"""Ending of the temporary folders in which files are written; a killed process leaves its own behind."""

LOCK = ".cuntong.lock"
"""Name of the lock file of a workspace."""


@contextlib.contextmanager
def written_aside(path: Path) -> Iterator[Path]:
    """Give a temporary path beside `path`; rename it into place when the block ends well.

    Parameters
    ----------
    path : Path
        The file to replace. Its folder is made when missing.

    Yields
    ------
    Path
        A path in a temporary folder of the same file system, with the same file name.

    Notes
    -----
    The file is fsynced before the rename and the folder after it, so a crash at any moment leaves the old
    file or the new one. On an error the old file stays and the temporary folder is removed.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = Path(tempfile.mkdtemp(prefix=f".{path.name}.", suffix=ASIDE, dir=path.parent))
    try:
        draft = aside / path.name
        yield draft
        with draft.open("rb") as handle:
            os.fsync(handle.fileno())
        draft.replace(path)
        _sync_folder(path.parent)
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def write_text(path: Path, text: str) -> None:
    """Write a UTF-8 text file atomically.

    Parameters
    ----------
    path : Path
        The file to replace.
    text : str
        Its content; line ends are written as they are.
    """
    with written_aside(path) as draft:
        draft.write_bytes(text.encode("utf-8"))


def fix_times(path: Path) -> None:
    """Rewrite an Office file without the time of day, so that the same content has the same bytes.

    Parameters
    ----------
    path : Path
        A draft: an ``.xlsx``, ``.docx`` or ``.pptx`` that is not in its place yet.
    """
    with zipfile.ZipFile(path) as source:
        parts = {item.filename: source.read(item) for item in source.infolist()}
    core = parts["docProps/core.xml"].decode("utf-8")
    parts["docProps/core.xml"] = re.sub(r"\d{4}-\d\d-\d\dT[\d:]+Z", "2016-03-01T00:00:00Z", core).encode("utf-8")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
        for name, content in parts.items():
            target.writestr(zipfile.ZipInfo(name, (2016, 3, 1, 0, 0, 0)), content, zipfile.ZIP_DEFLATED)


def append_line(path: Path, text: str) -> None:
    """Append one line to a text file, durably and at once.

    Parameters
    ----------
    path : Path
        Made when missing, with its folder.
    text : str
        Without a line end.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    try:
        os.write(handle, f"{text}\n".encode())
        os.fsync(handle)
    finally:
        os.close(handle)


def sha256_of(*paths: Path) -> str:
    """Return one hash over the names and contents of files.

    Parameters
    ----------
    *paths : Path
        Files, in the order that counts.

    Returns
    -------
    str
        64 hexadecimal digits.
    """
    whole = hashlib.sha256()
    for path in paths:
        whole.update(path.name.encode("utf-8", "surrogateescape") + b"\0")
        with path.open("rb") as handle:
            whole.update(hashlib.file_digest(handle, "sha256").digest())
    return whole.hexdigest()


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the only writer's lock of a workspace, and clear away what a killed writer left half-written.

    Parameters
    ----------
    folder : Path
        The workspace. The lock file ``.cuntong.lock`` stays; the lock itself ends with the process.

    Raises
    ------
    WorkspaceError
        If another process is writing in the same workspace, or the folder cannot be written.
    """
    path = folder / LOCK
    try:
        handle = path.open("a")
    except OSError as error:
        raise WorkspaceError(
            Words("目录不可写", "the folder cannot be written"), where=str(folder), hint=system_words(error)
        ) from error
    with handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise WorkspaceError(
                Words("另一个 cuntong 正在写这个工程目录", "another cuntong is writing in this workspace"),
                where=str(folder),
                hint=Words("等它结束后再运行", "run again when it has ended"),
            ) from error
        for depth in ("", "*/", "*/*/"):
            for left in folder.glob(f"{depth}.*{ASIDE}"):
                shutil.rmtree(left, ignore_errors=True)
        yield


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def safe_name(text: str) -> str:
    """Return a text as part of a file name.

    Parameters
    ----------
    text : str
        Any.

    Returns
    -------
    str
        Letters, digits, ``-`` and ``_``; the rest as ``_``.
    """
    return re.sub(r"[^\w-]", "_", text)[:80] or "_"
